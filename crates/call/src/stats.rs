//! A call in numbers.

use core::time::Duration;
use moim_pace::Quality;

/// Counters and present values. Counters never go down.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// Packets of sound sent, retransmissions apart.
    pub sent_packets: u64,
    /// Bytes of them, with RTP headers.
    pub sent_bytes: u64,
    /// Packets sent again on request, of sound and picture.
    pub retransmitted: u64,
    /// Frames of sound that the encoder refused.
    pub not_encoded: u64,
    /// Datagrams that were queued but pushed out or too old when they were to be taken.
    pub not_taken: u64,
    /// Datagrams that came and were of use.
    pub received: u64,
    /// Datagrams that came and were not.
    pub ignored: u64,
    /// Bits per second our encoder of sound aims at.
    pub bitrate: u32,
    /// The share of our packets that the far side reports lost, smoothed, 0 … 1.
    pub remote_loss: f32,
    /// Time to the far side and back; `None` before the first report on our report.
    pub round_trip: Option<Duration>,
    /// How long packets wait in queues on the path, as far as the far side tells.
    pub path_queue: Duration,
    /// How the far side is played here.
    pub playout: moim_playout::Stats,
    /// The picture, both ways; `None` in a call without.
    pub picture: Option<PictureStats>,
    /// How much later than the sound that belongs to it the picture is shown, in nanoseconds; `None` until both are
    /// there.
    pub picture_late: Option<i64>,
}

/// The picture in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PictureStats {
    /// Pictures sent.
    pub sent: u64,
    /// Key frames among them.
    pub key_frames: u64,
    /// Pictures of the camera that were left out, for want of room.
    pub left_out: u64,
    /// Pictures that the encoder refused.
    pub not_encoded: u64,
    /// Packets sent, retransmissions apart.
    pub sent_packets: u64,
    /// Bytes of them, with RTP headers.
    pub sent_bytes: u64,
    /// Bits per second our encoder aims at; 0 while there is no room for a picture.
    pub bitrate: u32,
    /// The quality in which pictures are sent; `None` while none are.
    pub quality: Option<Quality>,
    /// How long our pictures wait before they leave.
    pub waiting: Duration,
    /// How the far side's pictures are received.
    pub received: moim_video::Stats,
}
