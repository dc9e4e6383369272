//! VP9 (RFC 9628): a picture in payloads behind a descriptor, in flexible mode and in the other.
//!
//! A unit is one picture: its frame – or the superframe that holds frames not shown and the one that is (VP9 bit
//! stream, annex B) –, or the frames of all its spatial layers behind one another. In: [`Vp9Depayloader`]. Out:
//! [`Vp9Payloader`]. Between the two, who forwards asks [`Payload`] which packets a receiver needs, and gives them to
//! a [`Vp9Rewriter`], so that the receiver sees one stream.

mod depayloader;
mod descriptor;
mod descriptor_mut;
mod frame_header;
mod layer;
mod parameters;
mod payloader;
mod rewriter;
mod structure;
#[cfg(test)]
mod tests;

pub use depayloader::Vp9Depayloader;
pub use descriptor::{Descriptor, Mode, Payload};
pub use descriptor_mut::DescriptorMut;
pub use frame_header::{Coding, FrameHeader};
pub use layer::{Layer, Layers, References, SpatialId, TemporalId};
pub use parameters::{Parameters, ParametersError};
pub use payloader::{FrameInfo, Position, Structure, Vp9Config, Vp9Mode, Vp9Payloader};
pub use rewriter::Vp9Rewriter;
pub use structure::{GroupPicture, ScalabilityStructure};

use moim_media::ClockRate;

/// The name in `a=rtpmap`.
pub const ENCODING_NAME: &str = "VP9";
/// The RTP clock (RFC 9628, section 4.1).
pub const CLOCK_RATE: ClockRate = ClockRate::HZ_90000;
/// What follows the payload type in `a=rtpmap`.
pub const RTPMAP: &str = "VP9/90000";
