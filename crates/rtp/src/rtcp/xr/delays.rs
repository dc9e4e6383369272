//! Delay since the last receiver reference time (RFC 3611, section 4.5): the answer by which those who only listen
//! learn their round trip.

use super::BlockWriter;
use super::block::block_type;
use crate::rtcp::{LastReport, WriteError};
use crate::{NtpShort, NtpTime, Ssrc};
use core::time::Duration;

/// Bytes of a report.
const REPORT: usize = 12;

/// What was heard of the reference times of others.
#[derive(Clone, Copy, Debug)]
pub struct Delays<'a> {
    reports: &'a [[u8; REPORT]],
}

/// Which reference time of one participant was heard last, and how long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelayReport {
    /// The participant.
    pub receiver: Ssrc,
    /// The middle of its reference time, and the time since that was heard; `None` before the first.
    pub last: Option<LastReport>,
}

impl<'a> Delays<'a> {
    #[inline]
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let (reports, rest) = body.as_chunks();
        rest.is_empty().then_some(Self { reports })
    }

    /// One report for each participant.
    #[inline]
    pub fn reports(&self) -> impl ExactSizeIterator<Item = DelayReport> + use<'a> {
        self.reports.iter().map(|&[s0, s1, s2, s3, l0, l1, l2, l3, d0, d1, d2, d3]| {
            let ntp = NtpShort(u32::from_be_bytes([l0, l1, l2, l3]));
            let delay = NtpShort(u32::from_be_bytes([d0, d1, d2, d3]));
            DelayReport {
                receiver: Ssrc(u32::from_be_bytes([s0, s1, s2, s3])),
                last: (ntp.0 != 0).then_some(LastReport { ntp, delay }),
            }
        })
    }
}

impl DelayReport {
    /// How long a packet takes to the reporter and back, when the report arrives at `now` on the clock that the
    /// reference times were taken from; as [`ReportBlock::round_trip`](crate::rtcp::ReportBlock::round_trip).
    #[must_use]
    pub fn round_trip(&self, now: NtpTime) -> Option<Duration> {
        self.last.map(|last| last.round_trip(now))
    }
}

impl BlockWriter<'_> {
    /// Appends what was heard of the reference times of others.
    ///
    /// # Errors
    ///
    /// [`WriteError::NothingNamed`] without a report, [`WriteError::Long`], or [`WriteError::BufferTooSmall`].
    pub fn delays(&mut self, reports: &[DelayReport]) -> Result<(), WriteError> {
        if reports.is_empty() {
            return Err(WriteError::NothingNamed);
        }
        let mut block = self.block(block_type::DELAYS, 0, reports.len() * REPORT)?;
        for report in reports {
            let (ntp, delay) = report.last.map_or((0, 0), |last| (last.ntp.0, last.delay.0));
            block.words([report.receiver.0, ntp, delay]);
        }
        Ok(())
    }
}
