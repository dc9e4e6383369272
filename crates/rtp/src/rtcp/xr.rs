//! Extended reports (RFC 3611): blocks of statistics beside those that sender and receiver reports hold.
//!
//! ```
//! use moim_rtp::rtcp::{self, xr};
//! use moim_rtp::{NtpTime, Ssrc};
//!
//! let mut buffer = [0; 64];
//! let mut writer = rtcp::Writer::new(&mut buffer);
//! writer.extended_report(Ssrc(1), |blocks| blocks.reference_time(NtpTime(2 << 32)))?;
//!
//! let Some(Ok(rtcp::Part::ExtendedReport(report))) = rtcp::walk(writer.as_bytes()).next() else { panic!() };
//! assert!(matches!(report.blocks().next(), Some(Ok(xr::Block::ReferenceTime(NtpTime(0x2_0000_0000))))));
//! # Ok::<(), rtcp::WriteError>(())
//! ```

use super::packet_type;
use super::{WriteError, Writer};
use crate::Ssrc;
use block::read_block;
use core::iter::FusedIterator;

mod block;
mod delays;
mod range;
mod receipt_times;
mod run_lengths;
mod statistics;
#[cfg(test)]
mod tests;
mod voip_metrics;

pub use block::{Block, BlockError, BlockWriter, RawBlock};
pub use delays::{DelayReport, Delays};
pub use range::{PacketRange, Thinning};
pub use receipt_times::ReceiptTimes;
pub use run_lengths::RunLengths;
pub use statistics::{HopKind, HopSummary, JitterSummary, StatisticsSummary};
pub use voip_metrics::{
    Adaptation, AdaptationRate, Concealment, JitterBuffer, Milliseconds, Mos, RFactor, VoipMetrics,
};

/// Blocks of statistics.
#[derive(Clone, Copy, Debug)]
pub struct ExtendedReport<'a> {
    /// Who reports.
    pub sender: Ssrc,
    blocks: &'a [u8],
}

/// The blocks of an [`ExtendedReport`].
#[derive(Clone, Debug)]
pub struct Blocks<'a> {
    rest: &'a [u8],
}

impl<'a> ExtendedReport<'a> {
    #[inline]
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let (sender, blocks) = body.split_first_chunk()?;
        Some(Self { sender: Ssrc(u32::from_be_bytes(*sender)), blocks })
    }

    /// The blocks in their order. Each is judged alone, as the parts of a compound packet are: only a length that
    /// leads out of the report ends the walk.
    #[must_use]
    #[inline]
    pub const fn blocks(&self) -> Blocks<'a> {
        Blocks { rest: self.blocks }
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Result<Block<'a>, BlockError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        Some(read_block(&mut self.rest))
    }
}

impl FusedIterator for Blocks<'_> {}

impl Writer<'_> {
    /// Appends an extended report of `sender` with the blocks that `write` appends to it.
    ///
    /// # Errors
    ///
    /// What `write` returns, [`WriteError::Long`], or [`WriteError::BufferTooSmall`]; the packet is then as it was
    /// before.
    pub fn extended_report(
        &mut self,
        sender: Ssrc,
        write: impl FnOnce(&mut BlockWriter<'_>) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        // Written ahead of their part, which is reserved when its length is known.
        let mut blocks = BlockWriter::new(self.len() + 8, self.whole_buffer());
        write(&mut blocks)?;
        let len = blocks.len();
        let mut part = self.part(packet_type::EXTENDED_REPORT, 0, 4 + len)?;
        part.word(sender.0);
        Ok(())
    }
}
