//! What there is to tell of one source.

use core::time::Duration;
use moim_media::Instant;

/// How one source was received so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Packets that arrived, late and repeated ones included.
    pub packets: u64,
    /// Bytes of their payloads, of those that came by [`receive_packet`](super::Source::receive_packet).
    pub bytes: u64,
    /// Packets that did not arrive, whatever came twice; unlike the number in a report block.
    pub lost: u64,
    /// Packets that arrived once more.
    pub duplicates: u64,
    /// Packets that arrived after a later one.
    pub reordered: u64,
    /// Interarrival jitter, a smoothed mean (RFC 3550, appendix A.8).
    pub jitter: Duration,
    /// When a sender report of it arrived last.
    pub last_report: Option<Instant>,
    /// How long a packet takes there and back, as was told last.
    pub round_trip: Option<Duration>,
}
