#![doc = include_str!("../README.md")]

mod config;
mod estimate;
mod gate;
mod ladder;
mod queue;
mod split;

pub use config::{ConfigError, EstimatorConfig, PacerConfig};
pub use estimate::Estimator;
pub use gate::{Admission, FrameGate};
pub use ladder::{Ladder, Prefer, Quality};
pub use queue::{Class, PacedQueue, Popped, Stats};
pub use split::{Split, split};
