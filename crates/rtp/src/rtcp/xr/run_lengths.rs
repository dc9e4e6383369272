//! Losses and duplicates, packet by packet, with run-length encoding (RFC 3611, sections 4.1 and 4.2).

use super::block::block_type;
use super::{BlockWriter, PacketRange};
use crate::rtcp::WriteError;
use moim_media::Seq;

/// Bits of a vector, and what marks one.
const VECTOR_LEN: u16 = 15;
const VECTOR: u16 = 0x8000;
/// Bits that a run can count, and what marks one of ones.
const RUN_LEN: u16 = 0x3fff;
const ONES: u16 = 0x4000;

/// One bit about each packet of a stream.
#[derive(Clone, Copy, Debug)]
pub struct RunLengths<'a> {
    /// The packets.
    pub range: PacketRange,
    chunks: &'a [[u8; 2]],
}

impl<'a> RunLengths<'a> {
    #[inline]
    pub(super) fn read(specific: u8, body: &'a [u8]) -> Option<Self> {
        let (range, chunks) = PacketRange::read(specific, body)?;
        Some(Self { range, chunks: chunks.as_chunks().0 })
    }

    /// Every packet reported, with its bit; those for which there is no bit are left out. Up to 65 535, however few
    /// the bytes.
    #[inline]
    pub fn packets(&self) -> impl Iterator<Item = (Seq, bool)> + Clone + use<'a> {
        // A chunk of zeros ends them, and fills the block.
        let bits = self.chunks().take_while(|&chunk| chunk != 0).flat_map(bits);
        self.range.seqs().zip(bits)
    }

    /// The chunks as they are.
    #[inline]
    pub(crate) fn chunks(&self) -> impl Iterator<Item = u16> + Clone + use<'a> {
        self.chunks.iter().map(|&chunk| u16::from_be_bytes(chunk))
    }
}

#[inline]
fn bits(chunk: u16) -> impl Iterator<Item = bool> + Clone {
    let vector = chunk & VECTOR != 0;
    let len = if vector { VECTOR_LEN } else { chunk & RUN_LEN };
    // A run says its bit where a vector has its first.
    (0..len).map(move |n| (if vector { chunk << n } else { chunk }) & ONES != 0)
}

/// The chunks that say `bits`.
fn chunks(bits: impl Iterator<Item = bool>) -> impl Iterator<Item = u16> {
    let mut bits = bits.peekable();
    core::iter::from_fn(move || {
        let first = bits.next()?;
        let mut run = 1;
        while run < RUN_LEN && bits.next_if_eq(&first).is_some() {
            run += 1;
        }
        if run >= VECTOR_LEN || bits.peek().is_none() {
            return Some(if first { ONES } else { 0 } | run);
        }
        // The ones of the run stand in the highest of the 15 bits.
        let mut vector = if first { !(u16::MAX >> run) >> 1 } else { 0 };
        for n in run..VECTOR_LEN {
            let Some(bit) = bits.next() else { break };
            vector |= if bit { ONES >> n } else { 0 };
        }
        Some(VECTOR | vector)
    })
}

impl BlockWriter<'_> {
    /// Appends which packets of `range` were received: a bit for each that is reported on.
    ///
    /// # Errors
    ///
    /// [`WriteError::Count`] unless there are as many bits as packets reported on, or
    /// [`WriteError::BufferTooSmall`].
    pub fn losses<I>(&mut self, range: PacketRange, received: I) -> Result<(), WriteError>
    where
        I: IntoIterator<Item = bool, IntoIter: Clone>,
    {
        self.run_lengths(block_type::LOSSES, range, received.into_iter())
    }

    /// Appends which packets of `range` were received no more than once: a bit for each that is reported on.
    ///
    /// # Errors
    ///
    /// As [`losses`](Self::losses).
    pub fn duplicates<I>(&mut self, range: PacketRange, once: I) -> Result<(), WriteError>
    where
        I: IntoIterator<Item = bool, IntoIter: Clone>,
    {
        self.run_lengths(block_type::DUPLICATES, range, once.into_iter())
    }

    fn run_lengths(
        &mut self,
        block_type: u8,
        range: PacketRange,
        bits: impl Iterator<Item = bool> + Clone,
    ) -> Result<(), WriteError> {
        let count = bits.clone().count();
        if range.seqs().count() != count {
            return Err(WriteError::Count { count });
        }
        let len = chunks(bits.clone()).count();
        let body = 8 + len.next_multiple_of(2) * 2;
        let mut block = self.block(block_type, range.thinning.exponent(), body)?;
        block.words(range.words());
        chunks(bits).for_each(|chunk| block.bytes(&chunk.to_be_bytes()));
        block.fill_with_zeros();
        Ok(())
    }
}
