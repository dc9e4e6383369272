#![doc = include_str!("../README.md")]

mod arrival;
mod base;
mod buffer;
mod config;
mod continuity;
mod histogram;
mod retransmit;
mod shift;
mod slots;
mod stats;
mod target;
mod timeline;

pub use buffer::{Inserted, JitterBuffer, Packet, Pulled};
pub use config::{ConfigError, JitterConfig};
pub use retransmit::Retransmit;
pub use stats::Stats;
