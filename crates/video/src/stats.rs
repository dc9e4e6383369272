//! What was shown, what was not, and why.

use core::time::Duration;

/// Counters since the receiver was made, which never go down, and its delay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Packets taken in.
    pub packets: u64,
    /// Packets that came after their picture was shown or given up.
    pub late: u64,
    /// Packets that were here already.
    pub duplicates: u64,
    /// Packets refused because they fit neither the stream nor the buffer.
    pub refused: u64,
    /// Access units of which every packet came.
    pub whole: u64,
    /// Pictures handed out.
    pub shown: u64,
    /// Of these, those that were handed out after their time.
    pub late_shown: u64,
    /// Of these, those that a newer one, handed out at the same moment, replaced before anybody could see them.
    pub superseded: u64,
    /// Whole access units passed over, because what they build on was missing.
    pub undecodable: u64,
    /// Torn access units passed over, because nothing builds on them.
    pub disposable_lost: u64,
    /// Key frames among the pictures handed out.
    pub key_frames: u64,
    /// Access units that the codec refused as not its own.
    pub corrupt: u64,
    /// Pictures dropped because all frames of the pool were in use.
    pub pool_exhausted: u64,
    /// Times the picture stood still.
    pub freezes: Freezes,
    /// Requests for retransmission.
    pub nacks: u64,
    /// Packets that came after they had been asked for, and in time.
    pub repaired: u64,
    /// Requests for a key frame.
    pub key_frame_requests: u64,
    /// Times the sender started afresh.
    pub restarts: u64,
    /// How long after the fastest packets pictures are shown now.
    pub delay: Duration,
    /// The delay that is aimed at.
    pub target: Duration,
}

/// Freezes as W3C webrtc-stats defines them (`freezeCount`, `totalFreezesDuration`): the time between two pictures
/// when it is at least three times the usual one, and at least the usual one and 150 ms.
///
/// Deliberately, a pause of the sender is none: pictures that were made far apart may be shown far apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freezes {
    /// How many.
    pub count: u64,
    /// All of them together.
    pub total: Duration,
    /// The longest one.
    pub longest: Duration,
}
