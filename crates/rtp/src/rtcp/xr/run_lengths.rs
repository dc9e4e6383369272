//! Losses and duplicates, packet by packet, with run-length encoding (RFC 3611, sections 4.1 and 4.2).

use crate::Ssrc;
use moim_media::Seq;

/// Symbols of a bit vector.
const VECTOR: u16 = 15;

/// One bit about each packet of a stream.
#[derive(Clone, Copy, Debug)]
pub struct RunLengths<'a> {
    /// The stream.
    pub media: Ssrc,
    /// Which of its packets are reported on.
    pub thinning: Thinning,
    range: Range,
    chunks: &'a [[u8; 2]],
}

/// Which packets are reported on: those whose number is a multiple of a power of two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thinning(u8);

/// The packets a block is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    first: Seq,
    /// Packets, those left out by thinning included.
    len: u16,
}

impl Thinning {
    /// In the low four bits of a block's second byte.
    pub(super) const fn of_byte(specific: u8) -> Self {
        Self(specific & 15)
    }

    /// One packet in this many is reported on: 1 … 32 768.
    #[must_use]
    pub const fn every(self) -> u16 {
        1 << self.0
    }
}

impl Range {
    /// The stream, the packets, and what is said about them.
    #[inline]
    pub(super) fn read(body: &[u8]) -> Option<(Ssrc, Self, &[u8])> {
        let (&[s0, s1, s2, s3, b0, b1, e0, e1], behind) = body.split_first_chunk()?;
        let first = Seq(u16::from_be_bytes([b0, b1]));
        let len = u16::from_be_bytes([e0, e1]).wrapping_sub(first.0);
        Some((Ssrc(u32::from_be_bytes([s0, s1, s2, s3])), Self { first, len }, behind))
    }

    /// The numbers that are reported on.
    #[inline]
    pub(super) fn seqs(self, thinning: Thinning) -> impl Iterator<Item = Seq> {
        let every = thinning.every();
        // The first multiple that is not before the range.
        let skipped = self.first.0.wrapping_neg() & (every - 1);
        (skipped..self.len).step_by(usize::from(every)).map(move |n| Seq(self.first.0.wrapping_add(n)))
    }
}

impl<'a> RunLengths<'a> {
    #[inline]
    pub(super) fn read(specific: u8, body: &'a [u8]) -> Option<Self> {
        let (media, range, chunks) = Range::read(body)?;
        Some(Self { media, thinning: Thinning::of_byte(specific), range, chunks: chunks.as_chunks().0 })
    }

    /// Every packet reported, with its bit.
    #[inline]
    pub fn packets(&self) -> impl Iterator<Item = (Seq, bool)> + use<'a> {
        self.range.seqs(self.thinning).zip(self.bits())
    }

    fn bits(&self) -> impl Iterator<Item = bool> + use<'a> {
        let words = self.chunks.iter().map(|&chunk| u16::from_be_bytes(chunk));
        // A word of zeros ends the chunks, and fills the block.
        words.take_while(|&word| word != 0).flat_map(|word| {
            let vector = word & 0x8000 != 0;
            let len = if vector { VECTOR } else { word & 0x3fff };
            (0..len).map(move |n| if vector { word << n & 0x4000 != 0 } else { word & 0x4000 != 0 })
        })
    }
}
