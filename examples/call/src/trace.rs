//! What a party notes down while it calls: the material of the plots and of the words beside them.

use moim_call::Stats;
use moim_media::{Instant, Seq};
use std::time::Duration;

/// Between two snapshots.
pub(crate) const SNAPSHOT_EVERY: Duration = Duration::from_millis(100);

/// The diary of a party. Its instants count from the beginning of the call.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    /// Packets of sound handed to the network, those sent again included.
    pub(crate) sent: Vec<SentPacket>,
    /// Packets of sound that came.
    pub(crate) arrived: Vec<Arrival>,
    /// What the call counted, every [`SNAPSHOT_EVERY`] since the beginning.
    pub(crate) snapshots: Vec<Stats>,
}

/// A packet handed to the network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SentPacket {
    pub(crate) seq: Seq,
    pub(crate) at: Instant,
    pub(crate) bytes: usize,
}

/// A packet that came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) seq: Seq,
    pub(crate) at: Instant,
    pub(crate) bytes: usize,
    /// Whether its place had been played already.
    pub(crate) late: bool,
}

impl Trace {
    /// A diary with room for a call of this length.
    pub(crate) fn new(length: Duration) -> Self {
        // 20 ms packets, and half as many again.
        let packets = length.as_millis() as usize / 20 * 3 / 2;
        Self {
            sent: Vec::with_capacity(packets),
            arrived: Vec::with_capacity(packets),
            snapshots: Vec::with_capacity(length.as_millis() as usize / 100 + 1),
        }
    }
}
