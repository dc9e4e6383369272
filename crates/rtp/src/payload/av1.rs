//! AV1 (RTP Payload Format For AV1, version 1.0.0): OBUs aggregated and in fragments.
//!
//! A unit is one temporal unit in the low-overhead bitstream format (AV1, section 5.2): OBUs one after another, each
//! with its size in its header. It holds no temporal delimiter on the way out of here; containers that want one
//! (IVF, but not MP4) write it themselves.

mod aggregation;
mod depayloader;
mod layout;
mod leb128;
mod obu;
mod parameters;
mod payloader;
mod sequence;
#[cfg(test)]
mod tests;
mod unit;

pub use aggregation::{Aggregation, Element, Elements, Payload, Portion};
pub use depayloader::Av1Depayloader;
pub use obu::{Obu, ObuHeader, ObuKind, Obus, obus};
pub use parameters::{Level, Parameters, ParametersError, Profile, Tier};
pub use payloader::Av1Payloader;
pub use sequence::begins_sequence;

use moim_media::ClockRate;

/// The name in `a=rtpmap`.
pub const ENCODING_NAME: &str = "AV1";
/// The RTP clock (section 7.2.1).
pub const CLOCK_RATE: ClockRate = ClockRate::HZ_90000;
/// What follows the payload type in `a=rtpmap`.
pub const RTPMAP: &str = "AV1/90000";
