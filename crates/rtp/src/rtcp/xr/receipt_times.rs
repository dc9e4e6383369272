//! Packet receipt times (RFC 3611, section 4.3).

use super::block::block_type;
use super::{BlockWriter, PacketRange};
use crate::rtcp::WriteError;
use moim_media::{Seq, Timestamp};

/// When the packets of a stream were received.
#[derive(Clone, Copy, Debug)]
pub struct ReceiptTimes<'a> {
    /// The packets.
    pub range: PacketRange,
    times: &'a [[u8; 4]],
}

impl<'a> ReceiptTimes<'a> {
    #[inline]
    pub(super) fn read(specific: u8, body: &'a [u8]) -> Option<Self> {
        let (range, times) = PacketRange::read(specific, body)?;
        Some(Self { range, times: times.as_chunks().0 })
    }

    /// Every packet reported, with the time of its receipt in units of the stream's own clock; those for which
    /// there is no time are left out.
    #[inline]
    pub fn packets(&self) -> impl Iterator<Item = (Seq, Timestamp)> + Clone + use<'a> {
        self.range.seqs().zip(self.times.iter().map(|&time| Timestamp(u32::from_be_bytes(time))))
    }
}

impl BlockWriter<'_> {
    /// Appends the times at which the packets of `range` were received, in units of the stream's own clock.
    ///
    /// # Errors
    ///
    /// [`WriteError::Count`] unless there is one for each packet that is reported on, [`WriteError::Long`], or
    /// [`WriteError::BufferTooSmall`].
    pub fn receipt_times(&mut self, range: PacketRange, times: &[Timestamp]) -> Result<(), WriteError> {
        if range.seqs().count() != times.len() {
            return Err(WriteError::Count { count: times.len() });
        }
        let (thinning, body) = (range.thinning.exponent(), 8 + times.len() * 4);
        let mut block = self.block(block_type::RECEIPT_TIMES, thinning, body)?;
        block.words(range.words());
        times.iter().for_each(|time| block.word(time.0));
        Ok(())
    }
}
