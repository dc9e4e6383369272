//! VP8 (RFC 7741): a frame in payloads behind a descriptor of one to six bytes.
//!
//! A unit is one frame as the encoder made it (RFC 6386). In: [`Vp8Depayloader`]. Out: [`Vp8Payloader`]. Between the
//! two, who forwards asks [`Payload`] which packets a receiver needs, and gives them to a [`Vp8Rewriter`], so that
//! the receiver sees one stream of which nothing is missing.

mod depayloader;
mod descriptor;
mod descriptor_mut;
mod frame_header;
mod parameters;
mod payloader;
mod rewriter;
#[cfg(test)]
mod tests;

pub use depayloader::Vp8Depayloader;
pub use descriptor::{Descriptor, KeyIdx, Partition, Payload, TemporalId, TemporalLayer};
pub use descriptor_mut::DescriptorMut;
pub use frame_header::FrameHeader;
pub use parameters::Parameters;
pub use payloader::{FrameInfo, Vp8Config, Vp8Payloader};
pub use rewriter::Vp8Rewriter;

use moim_media::ClockRate;

/// The name in `a=rtpmap`.
pub const ENCODING_NAME: &str = "VP8";
/// The RTP clock (RFC 7741, section 4.1).
pub const CLOCK_RATE: ClockRate = ClockRate::HZ_90000;
/// What follows the payload type in `a=rtpmap`.
pub const RTPMAP: &str = "VP8/90000";
