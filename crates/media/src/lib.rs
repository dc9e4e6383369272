#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod audio;
mod clock;
pub mod codec;
mod instant;
mod sequence;
pub mod transit;
mod unwrap;
mod video;

pub use audio::AudioFormat;
pub use clock::{ClockRate, MediaTime};
pub use instant::Instant;
pub use sequence::{Seq, SeqNo, Timestamp};
pub use unwrap::Unwrap;
pub use video::{FramePool, Plane, PlaneMut, VideoFrame, VideoFrameMut, VideoSize};
