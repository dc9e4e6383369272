#![doc = include_str!("../README.md")]

mod access_unit;
mod assembly;
mod bits;
mod config;
mod decoder;
mod encoder;
mod ffi;
mod level;
mod nal;
mod order;
mod parameter_sets;
mod parameters;
mod slice;

pub use assembly::{Assembly, assembly};
pub use config::{Complexity, ConfigError, Content, DecoderConfig, EncoderConfig};
pub use decoder::Decoder;
pub use encoder::Encoder;
