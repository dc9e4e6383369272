//! Parameter sets that tell the truth about the picture's size (ITU-T H.264, 7.3.2.1 and 7.3.2.2).

use super::byte_stream::START_CODE;
use moim_media::VideoSize;

/// The longest side there is: with it, no parameter set needs escaping.
pub(super) const MAX_SIDE: usize = 16_384;

/// The only picture parameter set: number 0, for sequence 0, CAVLC, nothing optional.
pub(super) const PICTURE: [u8; 4] = [0x68, 0xce, 0x38, 0x80];

/// A sequence parameter set, its NAL header included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sequence {
    bits: u128,
    len: u32,
}

impl Sequence {
    /// Constrained baseline, level 3.1, for pictures of `size`: even sides of at most [`MAX_SIDE`].
    pub(super) fn new(size: VideoSize) -> Self {
        let [(columns, right), (rows, bottom)] = [size.width(), size.height()].map(|side| {
            let macroblocks = side.div_ceil(16);
            (macroblocks as u32, ((macroblocks * 16 - side) / 2) as u32)
        });
        let mut set = Self { bits: 0, len: 0 };
        set.put(0x67_42_e0_1f, 32);
        // Number 0, four bits of frame number, output in the order of decoding, one reference, no gaps in numbers.
        set.put_golomb([0, 0, 2, 1]);
        set.put(0, 1);
        set.put_golomb([columns - 1, rows - 1]);
        // Frames, direct inference, cropped.
        set.put(0b111, 3);
        set.put_golomb([0, right, 0, bottom]);
        // No usability information; the stop bit.
        set.put(0b01, 2);
        set
    }

    /// Its bytes, of which the first [`len`](Self::len) count.
    pub(super) fn bytes(self) -> [u8; 16] {
        (self.bits << (u128::BITS - self.len)).to_be_bytes()
    }

    pub(super) fn len(self) -> usize {
        self.len.div_ceil(8) as usize
    }

    fn put(&mut self, value: u32, bits: u32) {
        self.bits = (self.bits << bits) | u128::from(value);
        self.len += bits;
    }

    /// ue(v) of clause 9.1: each number plus one, after as many zeros as it has bits less one.
    fn put_golomb<const N: usize>(&mut self, values: [u32; N]) {
        for value in values {
            self.put(value + 1, 2 * (value + 1).ilog2() + 1);
        }
    }
}

/// Appends both parameter sets for pictures of `size`.
pub(super) fn write(size: VideoSize, into: &mut Vec<u8>) {
    let sequence = Sequence::new(size);
    into.extend_from_slice(&START_CODE);
    into.extend_from_slice(&sequence.bytes()[..sequence.len()]);
    into.extend_from_slice(&START_CODE);
    into.extend_from_slice(&PICTURE);
}
