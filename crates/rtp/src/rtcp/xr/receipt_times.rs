//! Packet receipt times (RFC 3611, section 4.3).

use super::Thinning;
use super::run_lengths::Range;
use crate::Ssrc;
use moim_media::{Seq, Timestamp};

/// When the packets of a stream were received.
#[derive(Clone, Copy, Debug)]
pub struct ReceiptTimes<'a> {
    /// The stream.
    pub media: Ssrc,
    /// Which of its packets are reported on.
    pub thinning: Thinning,
    range: Range,
    times: &'a [[u8; 4]],
}

impl<'a> ReceiptTimes<'a> {
    #[inline]
    pub(super) fn read(specific: u8, body: &'a [u8]) -> Option<Self> {
        let (media, range, times) = Range::read(body)?;
        Some(Self { media, thinning: Thinning::of_byte(specific), range, times: times.as_chunks().0 })
    }

    /// Every packet reported, with the time of its receipt in units of the stream's own clock.
    #[inline]
    pub fn packets(&self) -> impl Iterator<Item = (Seq, Timestamp)> + use<'a> {
        let times = self.times.iter().map(|&time| Timestamp(u32::from_be_bytes(time)));
        self.range.seqs(self.thinning).zip(times)
    }
}
