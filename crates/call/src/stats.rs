//! A call in numbers.

use core::time::Duration;

/// Counters and present values. Counters never go down.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// Packets of sound sent, retransmissions apart.
    pub sent_packets: u64,
    /// Bytes of them, with RTP headers.
    pub sent_bytes: u64,
    /// Packets sent again on request.
    pub retransmitted: u64,
    /// Frames of sound that the encoder refused.
    pub not_encoded: u64,
    /// Datagrams that were queued but pushed out because nobody took them.
    pub not_taken: u64,
    /// Datagrams that came and were of use.
    pub received: u64,
    /// Datagrams that came and were not.
    pub ignored: u64,
    /// Bits per second our encoder aims at.
    pub bitrate: u32,
    /// The share of our packets that the far side reports lost, smoothed, 0 … 1.
    pub remote_loss: f32,
    /// Time to the far side and back; `None` before the first report on our report.
    pub round_trip: Option<Duration>,
    /// How the far side is played here.
    pub playout: moim_playout::Stats,
}
