#![doc = include_str!("../README.md")]

mod lip_sync;
mod sender_clock;
mod time;

pub use lip_sync::{ConfigError, LipSync, Rendered, Stream, SyncConfig};
pub use sender_clock::SenderClock;
pub use time::{Basis, Captured, ClockTime};
