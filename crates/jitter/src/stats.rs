//! What a jitter buffer has seen, in numbers.

/// Counters since the buffer was made; they never go down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Packets taken in.
    pub received: u64,
    /// Packets taken in as copies that came inside of others.
    pub copied: u64,
    /// Packets that came after their place had been played.
    pub late: u64,
    /// Packets that were here already.
    pub duplicates: u64,
    /// Packets refused because they fit neither the stream nor the buffer.
    pub refused: u64,
    /// Packets that were pushed out because nobody pulled.
    pub overflowed: u64,
    /// Packets handed out to be played.
    pub played: u64,
    /// Packets handed out too late to be heard, to be decoded and dropped.
    pub overdue: u64,
    /// Gaps that a later packet could repair.
    pub repairable: u64,
    /// Gaps, in steps of a frame, that nothing could repair.
    pub missing: u64,
    /// Requests for retransmission.
    pub requested: u64,
    /// Packets that came after they had been asked for, and in time.
    pub recovered: u64,
    /// Times the sender started afresh.
    pub restarts: u64,
    /// Times the delay of the network was found to have shifted to another level.
    pub shifts: u64,
}
