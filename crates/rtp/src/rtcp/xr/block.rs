//! The framework of blocks (RFC 3611, section 3).

use super::{Delays, ReceiptTimes, RunLengths, StatisticsSummary, VoipMetrics};
use crate::NtpTime;
use crate::rtcp::WriteError;
use crate::rtcp::writer::Unwritten;

/// Block types (RFC 3611, section 4).
pub(super) mod block_type {
    pub(in super::super) const LOSSES: u8 = 1;
    pub(in super::super) const DUPLICATES: u8 = 2;
    pub(in super::super) const RECEIPT_TIMES: u8 = 3;
    pub(in super::super) const REFERENCE_TIME: u8 = 4;
    pub(in super::super) const DELAYS: u8 = 5;
    pub(in super::super) const STATISTICS: u8 = 6;
    pub(in super::super) const VOIP_METRICS: u8 = 7;
}

/// One block of an extended report.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Block<'a> {
    /// Which packets were received (one) and which were lost (zero).
    Losses(RunLengths<'a>),
    /// Which packets were received more than once (zero) and which were not (one).
    Duplicates(RunLengths<'a>),
    /// When each packet was received.
    ReceiptTimes(ReceiptTimes<'a>),
    /// When this report was sent, by a participant that sends no sender reports.
    ReferenceTime(NtpTime),
    /// The answer to the reference times of others.
    Delays(Delays<'a>),
    /// Losses, duplicates, jitter and hops in numbers.
    Statistics(StatisticsSummary),
    /// How a call sounds.
    VoipMetrics(VoipMetrics),
    /// A kind that is not read here.
    Other(RawBlock<'a>),
}

/// A block as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawBlock<'a> {
    /// The block type.
    pub block_type: u8,
    /// The second byte, whose meaning is the type's.
    pub specific: u8,
    /// What follows the first word: a whole number of 32-bit words when it is written.
    pub body: &'a [u8],
}

/// Why a block could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// The report ends inside the block. Nothing can follow.
    #[error("the block needs {needed} bytes, the report has {actual} left")]
    Truncated {
        /// Bytes the block needs.
        needed: usize,
        /// Bytes there are.
        actual: usize,
    },
    /// The block cannot be what its type says.
    #[error("a block of type {block_type} cannot have these {len} bytes")]
    Body {
        /// The block type.
        block_type: u8,
        /// Bytes after the block's first word.
        len: usize,
    },
}

/// Takes a block off `rest`; all that is left when its length leads outside.
#[inline]
pub(super) fn read_block<'a>(rest: &mut &'a [u8]) -> Result<Block<'a>, BlockError> {
    let bytes = core::mem::take(rest);
    let truncated = |needed| BlockError::Truncated { needed, actual: bytes.len() };
    let Some((&[block_type, specific, l0, l1], behind)) = bytes.split_first_chunk() else {
        return Err(truncated(4));
    };
    let len = usize::from(u16::from_be_bytes([l0, l1])) * 4;
    let Some((body, behind)) = behind.split_at_checked(len) else { return Err(truncated(4 + len)) };
    *rest = behind;
    let block = match block_type {
        block_type::LOSSES => RunLengths::read(specific, body).map(Block::Losses),
        block_type::DUPLICATES => RunLengths::read(specific, body).map(Block::Duplicates),
        block_type::RECEIPT_TIMES => ReceiptTimes::read(specific, body).map(Block::ReceiptTimes),
        block_type::REFERENCE_TIME => {
            let time = body.try_into().ok().map(u64::from_be_bytes);
            time.map(|time| Block::ReferenceTime(NtpTime(time)))
        }
        block_type::DELAYS => Delays::read(body).map(Block::Delays),
        block_type::STATISTICS => StatisticsSummary::read(specific, body).map(Block::Statistics),
        block_type::VOIP_METRICS => VoipMetrics::read(body).map(Block::VoipMetrics),
        _ => Some(Block::Other(RawBlock { block_type, specific, body })),
    };
    block.ok_or(BlockError::Body { block_type, len })
}

/// Appends blocks to an extended report; see [`Writer::extended_report`](crate::rtcp::Writer::extended_report).
///
/// Each call writes a whole block or none.
#[derive(Debug)]
pub struct BlockWriter<'a> {
    buffer: &'a mut [u8],
    begin: usize,
    end: usize,
}

impl<'a> BlockWriter<'a> {
    /// Blocks from `begin` of `buffer` on, which may lie outside.
    pub(super) const fn new(begin: usize, buffer: &'a mut [u8]) -> Self {
        Self { buffer, begin, end: begin }
    }

    /// Bytes of all blocks so far.
    pub(super) const fn len(&self) -> usize {
        self.end - self.begin
    }

    /// Appends the time at which this report is sent, to which others answer with [`delays`](Self::delays).
    ///
    /// # Errors
    ///
    /// [`WriteError::BufferTooSmall`].
    pub fn reference_time(&mut self, now: NtpTime) -> Result<(), WriteError> {
        self.block(block_type::REFERENCE_TIME, 0, 8)?.bytes(&now.0.to_be_bytes());
        Ok(())
    }

    /// Appends a block as it is.
    ///
    /// # Errors
    ///
    /// [`WriteError::Unaligned`] when its body is not a whole number of words, [`WriteError::Long`], or
    /// [`WriteError::BufferTooSmall`].
    pub fn raw(&mut self, block: &RawBlock<'_>) -> Result<(), WriteError> {
        let len = block.body.len();
        if !len.is_multiple_of(4) {
            return Err(WriteError::Unaligned { len });
        }
        self.block(block.block_type, block.specific, len)?.bytes(block.body);
        Ok(())
    }

    /// Reserves a block of `body` bytes after its first word, a whole number of words, and writes that word.
    pub(super) fn block(
        &mut self,
        block_type: u8,
        specific: u8,
        body: usize,
    ) -> Result<Unwritten<'_>, WriteError> {
        let Ok(words) = u16::try_from(body / 4) else {
            return Err(WriteError::Long { len: body });
        };
        let (needed, actual) = (self.end + 4 + body, self.buffer.len());
        let Some(place) = self.buffer.get_mut(self.end..needed) else {
            return Err(WriteError::BufferTooSmall { needed, actual });
        };
        self.end = needed;
        let mut block = Unwritten(place);
        let [high, low] = words.to_be_bytes();
        block.bytes(&[block_type, specific, high, low]);
        Ok(block)
    }
}
