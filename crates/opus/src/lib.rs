#![doc = include_str!("../README.md")]

mod config;
mod decoder;
mod encoder;
mod extension;
mod ffi;
mod neural;
mod packet;
mod protection;
mod redundancy;

pub use config::{Application, ConfigError, DecoderConfig, Dtx, EncoderConfig, Fec, MAX_DRED, Signal};
pub use decoder::Decoder;
pub use encoder::Encoder;
pub use neural::Neural;
pub use packet::{Bandwidth, Mode, Packet};
pub use protection::{PathReport, Protection, Protector, ProtectorConfig};
pub use redundancy::Redundancy;
