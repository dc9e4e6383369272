#![doc = include_str!("../README.md")]

mod assembler;
mod config;
mod freezes;
mod key_frame_request;
mod lateness;
mod losses;
mod playout;
mod receiver;
mod references;
mod render_time;
mod reordering;
mod slots;
mod stats;

pub use config::{ConfigError, Policy, Retransmit, VideoConfig};
pub use key_frame_request::KeyFrameNeed;
pub use playout::{Inserted, Picture, VideoPlayout};
pub use receiver::VideoReceiver;
pub use stats::{Freezes, Stats};
