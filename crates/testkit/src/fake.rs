//! Terrible codecs, for tests that must know what was played or shown, and by which route.
//!
//! # Sound
//!
//! Every way to fill a gap. A packet carries one number for a whole frame – the mean of its samples – and, where configured, the same number
//! for frames before it: the previous one as in-band FEC, up to [`MAX_REDUNDANCY`] as deep redundancy. The decoder
//! plays that number on every sample and writes each input into its [`history`](FakeDecoder::history).
//!
//! ```text
//! sound   0xfa | flags: fec 0x80, n 0x0f | 2.5 ms units | frame u32 | level i16 | fec? | n × redundancy | zeros
//! silence 0xfb | 2.5 ms units
//! ```
//!
//! Numbers are big-endian. FEC and redundancy entries are frame u32 and level i16, newest first; redundancy begins
//! with the frame right before the packet. Zeros pad the packet to the bitrate.
//!
//! # Pictures
//!
//! See [`video`].

mod decoder;
mod encoder;
#[cfg(test)]
mod tests;
pub mod video;
mod wire;

pub use decoder::{FakeDecoder, FakeRedundancy, Played};
pub use encoder::{FakeConfig, FakeConfigError, FakeEncoder};
pub use video::{FakeVideoConfig, FakeVideoDecoder, FakeVideoEncoder};
pub use wire::MAX_REDUNDANCY;
