#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod bottleneck;
mod config;
mod episodes;
mod jitter;
mod link;
mod loss;
mod network;
mod random;
mod reorder;
mod trace;

pub use bottleneck::{Bottleneck, Capacity, QueueLimit};
pub use config::{ConfigError, LinkConfig, Order};
pub use episodes::Episodes;
pub use jitter::{Jitter, JitterBursts};
pub use link::{Delivery, Link, LinkStats, Sent};
pub use loss::{GilbertElliott, Loss};
pub use network::{Network, Side};
pub use reorder::Reorder;
pub use trace::{Trace, TraceError, TracePoint};
