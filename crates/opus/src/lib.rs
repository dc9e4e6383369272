#![doc = include_str!("../README.md")]

mod config;
mod decoder;
mod encoder;
mod ffi;
mod packet;

pub use config::{Application, ConfigError, DecoderConfig, Dtx, EncoderConfig, Fec, Signal};
pub use decoder::Decoder;
pub use encoder::Encoder;
pub use packet::{Bandwidth, Mode, Packet};
