//! The packets a block is about (RFC 3611, section 4.1): a range of sequence numbers, perhaps thinned.

use crate::Ssrc;
use moim_media::Seq;

/// The packets of a stream that a block is about: fewer than 65 534, or they could not be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketRange {
    /// The stream.
    pub media: Ssrc,
    /// The first packet.
    pub first: Seq,
    /// The packet after the last one; the range is empty when it is the first.
    pub end: Seq,
    /// Which packets of the range are reported on.
    pub thinning: Thinning,
}

/// Which packets are reported on: those whose number is a multiple of a power of two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thinning(u8);

impl Thinning {
    /// One packet in two to the power of `exponent`; `None` above 15.
    #[must_use]
    pub const fn new(exponent: u8) -> Option<Self> {
        if exponent < 16 { Some(Self(exponent)) } else { None }
    }

    /// One packet in this many is reported on: 1 … 32 768.
    #[must_use]
    pub const fn every(self) -> u16 {
        1 << self.0
    }

    /// The power of two, 0 … 15.
    #[must_use]
    pub const fn exponent(self) -> u8 {
        self.0
    }
}

impl PacketRange {
    /// The numbers of the packets reported on.
    #[inline]
    pub fn seqs(self) -> impl Iterator<Item = Seq> + Clone {
        let (first, every) = (self.first.0, self.thinning.every());
        let len = self.end.0.wrapping_sub(first);
        // The first multiple that is not before the range.
        let skipped = first.wrapping_neg() & (every - 1);
        (skipped..len).step_by(usize::from(every)).map(move |n| Seq(first.wrapping_add(n)))
    }

    /// The range, and what is said about it.
    #[inline]
    pub(super) fn read(specific: u8, body: &[u8]) -> Option<(Self, &[u8])> {
        let (&[s0, s1, s2, s3, b0, b1, e0, e1], behind) = body.split_first_chunk()?;
        let range = Self {
            media: Ssrc(u32::from_be_bytes([s0, s1, s2, s3])),
            first: Seq(u16::from_be_bytes([b0, b1])),
            end: Seq(u16::from_be_bytes([e0, e1])),
            thinning: Thinning(specific & 15),
        };
        Some((range, behind))
    }

    pub(super) const fn words(self) -> [u32; 2] {
        [self.media.0, (self.first.0 as u32) << 16 | self.end.0 as u32]
    }
}
