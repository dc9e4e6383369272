#![doc = include_str!("../README.md")]

mod call;
mod config;
mod event;
mod format;
mod in_step;
mod incoming;
mod outgoing;
mod picture;
mod rates;
mod reporting;
mod stats;
mod transmit;
mod transport;
mod voice;

pub use call::{Call, Handled, Ignored};
pub use config::{CallConfig, CallError};
pub use event::{Event, Medium};
pub use format::{Format, FormatError, PictureFormat, RtpMap, RtpMapError};
pub use stats::{PictureStats, Stats};
pub use transmit::{Kind, Transmit};
