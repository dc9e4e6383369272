//! A codec of nothing but numbers, whose decoder knows whether a unit is whole and what it builds on was decoded.

use moim_media::codec::{AccessUnitInfo, CodecError, FrameKind, VideoDecoder, VideoInput, VideoOutput};
use moim_media::{FramePool, SeqNo, Timestamp, VideoSize};
use moim_rtp::payload::{DepayloadError, Depayloader, Extent, Piece, Prefix};
use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc};

const HEAD: usize = 14;
const BODY: usize = 1_100;
pub(crate) const SIZES: [VideoSize; 2] = [VideoSize::new(32, 16).unwrap(), VideoSize::new(64, 48).unwrap()];

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Is {
    Key,
    Delta,
    Disposable,
}

/// Makes units and remembers what they build on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Units {
    pub(crate) next: u32,
    reference: u32,
    pub(crate) large: bool,
}

impl Units {
    /// The unit with the next number, `len` bytes long.
    pub(crate) fn make(&mut self, is: Is, len: usize) -> Vec<u8> {
        let number = self.next;
        self.next += 1;
        let mut unit = vec![is as u8, u8::from(self.large)];
        unit.extend(number.to_be_bytes());
        unit.extend(if is == Is::Key { number } else { self.reference }.to_be_bytes());
        let len = len.max(HEAD);
        unit.extend((len as u32).to_be_bytes());
        unit.extend((HEAD..len).map(|at| filler(number, at)));
        if is != Is::Disposable {
            self.reference = number;
        }
        unit
    }
}

fn filler(number: u32, at: usize) -> u8 {
    (number as usize * 31 + at * 7) as u8
}

fn word(unit: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*unit.get(at..)?.first_chunk()?))
}

/// Splits `unit` into packets from `seq` on, the last one marked unless `marker` says otherwise.
pub(crate) fn packets(unit: &[u8], seq: SeqNo, timestamp: Timestamp, marker: bool) -> Vec<Vec<u8>> {
    let count = unit.len().div_ceil(BODY);
    (0..)
        .zip(unit.chunks(BODY))
        .map(|(n, body)| {
            packet(seq + n, timestamp, marker && n as usize + 1 == count, &[&[u8::from(n == 0)], body])
        })
        .collect()
}

/// One packet with this payload.
pub(crate) fn packet(seq: SeqNo, timestamp: Timestamp, marker: bool, payload: &[&[u8]]) -> Vec<u8> {
    let payload_type = PayloadType::new(96).unwrap();
    let header = Header { marker, payload_type, seq: seq.wire(), timestamp, ssrc: Ssrc(7) };
    let mut bytes = vec![0; 1_500];
    let len = PacketBuilder::new(header).write(payload, &mut bytes).unwrap();
    bytes.truncate(len);
    bytes
}

/// The payload format: a byte that says whether a unit begins, and its bytes. Until a unit is finished, something is
/// ahead of it that no decoder takes.
#[derive(Debug)]
pub(crate) struct Format;

const UNFINISHED: u8 = 0xff;

impl Depayloader for Format {
    fn depacketize<'a>(
        &mut self,
        packet: &Packet<'a>,
        sink: &mut dyn FnMut(Piece<'a>),
    ) -> Result<Extent, DepayloadError> {
        let (&first, body) = packet.payload().split_first().ok_or(DepayloadError::Empty)?;
        if first > 1 {
            return Err(DepayloadError::Malformed);
        }
        let prefix = if first == 1 { Prefix::new(&[UNFINISHED]).unwrap() } else { Prefix::EMPTY };
        sink(Piece { prefix, body });
        Ok(Extent { begins: first == 1, ends: packet.marker() })
    }

    fn finish(&mut self, unit: &mut [u8]) -> usize {
        if unit.first() != Some(&UNFINISHED) {
            return unit.len();
        }
        unit.copy_within(1.., 0);
        unit.len() - 1
    }
}

/// The decoder, which panics where it is given what a receiver must never give it.
#[derive(Debug, Default)]
pub(crate) struct Strict {
    reference: Option<u32>,
    last: Option<u32>,
    refuses: Option<u32>,
}

impl Strict {
    /// Refuses the unit with this number.
    pub(crate) fn refusing(number: u32) -> Self {
        Self { refuses: Some(number), ..Self::default() }
    }
}

impl VideoDecoder for Strict {
    fn inspect(&self, unit: &[u8]) -> Result<AccessUnitInfo, CodecError> {
        let info = |kind, disposable| Ok(AccessUnitInfo { kind, disposable, has_headers: true });
        match unit.first() {
            Some(0) => info(FrameKind::Key, false),
            Some(1) => info(FrameKind::Delta, false),
            Some(2) => info(FrameKind::Delta, true),
            _ => Err(CodecError::Corrupt),
        }
    }

    fn decode(&mut self, input: VideoInput<'_>, pool: &mut FramePool) -> Result<VideoOutput, CodecError> {
        let VideoInput::AccessUnit(unit) = input else { return Ok(VideoOutput::NeedsKeyFrame) };
        let head = (word(unit, 2), word(unit, 6), word(unit, 10));
        let (Some(number), Some(builds_on), Some(len)) = head else { return Err(CodecError::Corrupt) };
        assert_eq!(unit.len(), len as usize, "a torn unit");
        assert!((HEAD..unit.len()).all(|at| unit[at] == filler(number, at)), "a damaged unit");
        if self.refuses == Some(number) {
            self.refuses = None;
            self.reference = None;
            return Err(CodecError::Corrupt);
        }
        assert!(unit[0] == 0 || self.reference == Some(builds_on), "#{number} without #{builds_on}");
        assert!(self.last.is_none_or(|last| last < number), "#{number} after {:?}", self.last);
        self.last = Some(number);
        if unit[0] != 2 {
            self.reference = Some(number);
        }
        let size = SIZES[usize::from(unit[1])];
        if pool.size() != size {
            *pool = FramePool::new(size, pool.capacity());
        }
        let frame = pool.write(|mut frame| frame.planes()[0].data().fill(number as u8));
        Ok(frame.map_or(VideoOutput::PoolExhausted, VideoOutput::Frame))
    }
}
