//! A video codec whose pictures are nothing, and whose streams are everything a receiver must get right.
//!
//! An access unit is an H.264 byte stream (ITU-T H.264, annex B) as far as a payload format, an MP4 writer or a
//! stream parser looks at it: start codes, parameter sets that tell the true size, slices with a true beginning of
//! their header, no start code and nothing to be escaped inside. Behind the slice header, where an H.264 decoder
//! would read macroblocks, the first slice says what the picture is:
//!
//! ```text
//! frame | builds on | slices | width | height | stamp: id, ms | luma 8 × 8, chroma 4 × 4 twice | checksum | padding
//! ```
//!
//! Numbers travel in groups of seven bits under a one, so that no byte is ever zero. The checksum covers every slice.
//! Hence the decoder knows exactly whether a unit is whole and whether what it builds on was decoded; it never shows
//! anything else. The picture it draws is a sketch of the one that was encoded, under the same
//! [stamp](crate::stamp); a picture that came without one is stamped with its frame number and media time.

mod byte_stream;
mod decoder;
mod encoder;
mod parameter_sets;
mod sketch;
#[cfg(test)]
mod tests;
mod unit;

pub use decoder::{Decoded, FakeVideoDecoder};
pub use encoder::{FakeVideoConfig, FakeVideoConfigError, FakeVideoEncoder, ParameterSets, Skip};
