//! What was played, and where it came from.

use core::time::Duration;

/// Playing times since the start; they never go down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Sound from packets of its own.
    pub decoded: Duration,
    /// Sound from in-band FEC.
    pub from_fec: Duration,
    /// Sound from deep redundancy.
    pub from_redundancy: Duration,
    /// Concealment of sound that is lost for good.
    pub concealed: Duration,
    /// Concealment while nothing had come yet.
    pub underrun: Duration,
    /// Comfort noise.
    pub silence: Duration,
    /// Zeros while there was no stream.
    pub idle: Duration,
    /// Sound left out to come down to the target delay, in pauses and in speech.
    pub removed: Duration,
    /// Sound repeated, in pauses and for a picture's sake in speech, to come up to the target delay.
    pub inserted: Duration,
    /// Packets that the codec refused as not its own.
    pub corrupt: u64,
    /// How long after the fastest packets sound is played now.
    pub delay: Duration,
    /// The delay that is aimed at.
    pub target: Duration,
    /// The delay that would be aimed at if nothing were played in step with this.
    pub wanted: Duration,
    /// By how many millionths the sender's clock runs faster than the loudspeaker's, negative when slower; `None` in
    /// the first half minute.
    pub drift_ppm: Option<i32>,
    /// What the buffer counted.
    pub jitter: moim_jitter::Stats,
}
