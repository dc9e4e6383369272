#![doc = include_str!("../README.md")]

mod fade;
mod level;
mod pace;
mod playout;
mod power;
mod receiver;
mod resume;
mod seam;
mod similarity;
mod stats;
mod stretch;

pub use playout::{Playout, PlayoutConfig, PlayoutError, Produced};
pub use receiver::AudioReceiver;
pub use stats::Stats;

/// What became of a packet, and how the buffer below is configured, decides and counts. Whoever writes a
/// [`DelayPolicy`] finds the rest of its vocabulary in `moim-jitter`.
pub use moim_jitter::{
    ConfigError, DelayPolicy, ExpectedQuality, Fixed, Inserted, JitterConfig, Quantile, Retransmit,
    Stats as JitterStats,
};
