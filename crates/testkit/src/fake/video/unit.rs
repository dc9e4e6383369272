//! What an access unit says.

use super::byte_stream::{self, Nal, START_CODE, nals, slice_header, slices};
use super::parameter_sets::{MAX_SIDE, PICTURE, Sequence};
use super::sketch::Sketch;
use crate::stamp::Stamp;
use core::time::Duration;
use moim_media::VideoSize;
use moim_media::codec::{AccessUnitInfo, CodecError, FrameKind};

/// Slices in one unit, at most.
pub(super) const MAX_SLICES: usize = 1_024;
/// Bytes of the first slice without padding, its headers included.
pub(super) const FIRST_SLICE: usize = CHECKSUM + 5;
/// Bytes of any other slice without padding.
pub(super) const OTHER_SLICE: usize = HEADERS;

/// NAL and slice header.
const HEADERS: usize = 5;
/// Where the checksum is in the first slice.
const CHECKSUM: usize = HEADERS + 5 + 5 + 2 + 3 + 3 + 5 + 5 + Sketch::LEN;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) info: AccessUnitInfo,
    /// Number of the picture.
    pub(super) frame: u32,
    /// Number of the picture it builds on; its own if on none.
    pub(super) builds_on: u32,
    pub(super) size: VideoSize,
    pub(super) slices: usize,
    pub(super) stamp: Stamp,
    pub(super) sketch: Sketch,
}

impl Unit {
    /// Reads a unit that is whole.
    pub(super) fn parse(access_unit: &[u8]) -> Result<Self, CodecError> {
        let info = byte_stream::inspect(access_unit)?;
        let first = slices(access_unit).next().ok_or(CodecError::Corrupt)?;
        let unit = Self::parse_first_slice(info, first).ok_or(CodecError::Corrupt)?;
        let headers = (0..).map(|n| headers(info, n));
        let in_order = slices(access_unit).zip(headers).all(|(slice, headers)| slice.starts_with(&headers));
        let whole = in_order
            && slices(access_unit).count() == unit.slices
            && first[CHECKSUM..FIRST_SLICE] == number::<5>(checksum(access_unit))
            && unit.has_own_parameter_sets(access_unit);
        whole.then_some(unit).ok_or(CodecError::Corrupt)
    }

    /// Appends the slices, `slice_bytes` to share among them, no slice shorter than what it says.
    pub(super) fn write(&self, slice_bytes: usize, into: &mut Vec<u8>) {
        let begin = into.len();
        let mut left = slice_bytes;
        let mut padding = Padding(self.frame);
        for n in 0..self.slices {
            into.extend_from_slice(&START_CODE);
            let slice = into.len();
            into.extend_from_slice(&headers(self.info, n));
            if n == 0 {
                self.write_fields(into);
            }
            let len = left.div_ceil(self.slices - n).max(into.len() - slice);
            left = left.saturating_sub(len);
            into.extend((into.len() - slice..len).map(|_| padding.next_byte()));
        }
        let checksum = number::<5>(checksum(&into[begin..]));
        into[begin + START_CODE.len()..][CHECKSUM..FIRST_SLICE].copy_from_slice(&checksum);
    }

    fn write_fields(&self, into: &mut Vec<u8>) {
        let millis = self.stamp.time.as_millis() as u32;
        into.extend_from_slice(&number::<5>(self.frame));
        into.extend_from_slice(&number::<5>(self.builds_on));
        into.extend_from_slice(&number::<2>(self.slices as u32));
        into.extend_from_slice(&number::<3>(self.size.width() as u32));
        into.extend_from_slice(&number::<3>(self.size.height() as u32));
        into.extend_from_slice(&number::<5>(self.stamp.id));
        into.extend_from_slice(&number::<5>(millis));
        into.extend_from_slice(&self.sketch.values().map(|value| value | 0x80));
        into.extend_from_slice(&number::<5>(0));
    }

    fn parse_first_slice(info: AccessUnitInfo, slice: &[u8]) -> Option<Self> {
        let mut fields = Fields(slice.get(HEADERS..)?);
        let frame = fields.number::<5>()?;
        let builds_on = fields.number::<5>()?;
        let slices = fields.number::<2>()? as usize;
        let (width, height) = (fields.number::<3>()?, fields.number::<3>()?);
        let stamp =
            Stamp { id: fields.number::<5>()?, time: Duration::from_millis(fields.number::<5>()?.into()) };
        let sketch = Sketch::new(fields.take()?.map(|value| value & 0x7f));
        fields.number::<5>()?;
        let size = VideoSize::new(width.try_into().ok()?, height.try_into().ok()?)?;
        let fits = width.max(height) as usize <= MAX_SIDE;
        fits.then_some(Self { info, frame, builds_on, size, slices, stamp, sketch })
    }

    fn has_own_parameter_sets(&self, access_unit: &[u8]) -> bool {
        let own = Sequence::new(self.size);
        nals(access_unit).all(|nal| match nal {
            Ok(Nal::Sequence(sequence)) => *sequence == own.bytes()[..own.len()],
            Ok(Nal::Picture(picture)) => picture == PICTURE,
            Ok(Nal::Slice(_) | Nal::Other) => true,
            Err(_) => false,
        })
    }
}

/// NAL header and the beginning of slice header `n` (ITU-T H.264, 7.3.3): first macroblock, slice type, parameter
/// set; then ones.
fn headers(info: AccessUnitInfo, n: usize) -> [u8; HEADERS] {
    let first_macroblock = n as u32 + 1;
    let first_len = 2 * first_macroblock.ilog2() + 1;
    let (slice_type, type_len) = match info.kind {
        FrameKind::Key => (0b0001000, 7),
        FrameKind::Delta => (0b00110, 5),
    };
    let used = first_len + type_len + 1;
    let bits = (first_macroblock << (type_len + 1)) | (slice_type << 1) | 1;
    let [a, b, c, d] = ((bits << (32 - used)) | (u32::MAX >> used)).to_be_bytes();
    [slice_header(info.kind, info.disposable), a, b, c, d]
}

/// FNV-1a over all slices and their ends, without the checksum itself: no change of one byte goes unnoticed.
fn checksum(access_unit: &[u8]) -> u32 {
    let feed = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
    let mut hash = 2_166_136_261;
    for (n, slice) in slices(access_unit).enumerate() {
        let own = if n == 0 { CHECKSUM..FIRST_SLICE } else { 0..0 };
        let (before, after) = (&slice[..own.start.min(slice.len())], &slice[own.end.min(slice.len())..]);
        hash = before.iter().chain(after).copied().fold(hash, feed);
        hash = feed(hash, 0);
    }
    hash
}

/// The lowest `7 N` bits of `value`, seven in each byte, the highest first.
fn number<const N: usize>(value: u32) -> [u8; N] {
    core::array::from_fn(|n| (value >> (7 * (N - 1 - n))) as u8 | 0x80)
}

/// Fields that are still to be read.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    /// The next bytes; `None` when they are too few.
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (&taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(taken)
    }

    fn number<const N: usize>(&mut self) -> Option<u32> {
        Some(self.take::<N>()?.iter().fold(0, |value, byte| (value << 7) | u32::from(byte & 0x7f)))
    }
}

/// Bytes that mean nothing and do not compress; none is zero. Xorshift by G. Marsaglia, JSS 8 (2003).
struct Padding(u32);

impl Padding {
    fn next_byte(&mut self) -> u8 {
        let mut x = self.0 | 0x8000_0000;
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        self.0 = x;
        x as u8 | 0x80
    }
}
