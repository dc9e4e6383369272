#![doc = include_str!("../README.md")]

mod arrival;
mod buffer;
mod config;
mod drift;
mod histogram;
mod payloads;
mod policy;
mod retransmit;
mod shift;
mod slots;
mod stats;
mod target;

pub use buffer::{Copied, Inserted, JitterBuffer, Packet, Pulled};
pub use config::{ConfigError, JitterConfig};
pub use policy::{
    Arrival, DelayPolicy, Expectation, ExpectedQuality, Fixed, Grid, Observation, Quantile, Repair,
};
pub use retransmit::Retransmit;
pub use stats::Stats;

const NANOS_PER_MILLI: i64 = 1_000_000;
