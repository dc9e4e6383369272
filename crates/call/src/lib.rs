#![doc = include_str!("../README.md")]

mod call;
mod config;
mod event;
mod format;
mod outbox;
mod rate;
mod receiving;
mod reporting;
mod sending;
mod stats;

pub use call::{Call, Handled, Ignored};
pub use config::{CallConfig, CallError};
pub use event::Event;
pub use format::{Format, FormatError, RtpMap, RtpMapError};
pub use outbox::{Kind, Transmit};
pub use stats::Stats;
