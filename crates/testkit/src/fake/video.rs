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
//!
//! ```
//! use moim_media::codec::{FrameKind, VideoDecoder, VideoEncoder, VideoInput, VideoOutput};
//! use moim_media::{ClockRate, FramePool, MediaTime, VideoSize};
//! use moim_testkit::fake::{FakeVideoConfig, FakeVideoDecoder, FakeVideoEncoder};
//! use moim_testkit::stamp;
//!
//! let mut pool = FramePool::new(VideoSize::new(640, 360).unwrap(), 2);
//! let picture = pool.write(|mut frame| frame.planes()[0].data().fill(90)).unwrap();
//! let mut encoder = FakeVideoEncoder::new(FakeVideoConfig::default())?;
//! let mut decoder = FakeVideoDecoder::new();
//! for n in 0..3 {
//!     let mut unit = Vec::new();
//!     let time = MediaTime::new(n * 3_000, ClockRate::HZ_90000);
//!     encoder.encode(&picture, time, FrameKind::Delta, &mut unit)?;
//!     match decoder.decode(VideoInput::AccessUnit(&unit), &mut pool)? {
//!         VideoOutput::Frame(shown) => assert_eq!(stamp::read(&shown).map(|stamp| stamp.id), Some(n as u32)),
//!         other => panic!("nothing was lost, but {other:?}"),
//!     }
//! }
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

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
