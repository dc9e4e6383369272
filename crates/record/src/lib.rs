#![doc = include_str!("../README.md")]

mod config;
mod error;
mod nal;
mod opus;
mod reader;
mod sps;
mod ticks;
mod writer;

pub use config::{ConfigError, Mp4Config, SoundConfig};
pub use error::{Mp4ReadError, Mp4WriteError};
pub use reader::{Ending, Mp4Reader, PictureSample, PictureTrack, SoundSample, SoundTrack};
pub use writer::{Mp4Writer, Recorded};
