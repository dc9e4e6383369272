//! H.264 (RFC 6184): an access unit as single NAL units, aggregates (STAP-A) and fragments (FU-A).
//!
//! A unit is one access unit in byte stream form (ITU-T H.264, annex B): NAL units behind start codes.

mod aggregate;
mod bits;
mod depayloader;
mod nal;
mod parameter_sets;
mod parameters;
mod payloader;
mod profile;
mod start_code;
#[cfg(test)]
mod tests;

pub use depayloader::H264Depayloader;
pub use nal::{NalKind, NalUnit, NalUnits, nal_units};
pub use parameters::{Parameters, ParametersError};
pub use payloader::H264Payloader;
pub use profile::{Level, Profile, ProfileLevelId, ProfileLevelIdError};

use moim_media::ClockRate;

/// The name in `a=rtpmap`.
pub const ENCODING_NAME: &str = "H264";
/// The RTP clock (RFC 6184, section 5.1).
pub const CLOCK_RATE: ClockRate = ClockRate::HZ_90000;
/// What follows the payload type in `a=rtpmap`.
pub const RTPMAP: &str = "H264/90000";

/// What a payload may be (RFC 6184, section 6). The third mode, which interleaves, is for streams that are watched
/// much later than they are sent; no browser and no phone uses it, and it is not here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PacketizationMode {
    /// Mode 0: one NAL unit, whole.
    #[default]
    SingleNal,
    /// Mode 1: one NAL unit, several, or a fragment of one, in decoding order.
    NonInterleaved,
}

/// The types of payloads that are not a NAL unit; their first byte is laid out like the header of one (RFC 6184,
/// section 5.2).
mod structure {
    pub(super) const STAP_A: u8 = 24;
    pub(super) const STAP_B: u8 = 25;
    pub(super) const MTAP24: u8 = 27;
    pub(super) const FU_A: u8 = 28;
    pub(super) const FU_B: u8 = 29;
}

/// The start and end bits of a fragment's second byte (RFC 6184, section 5.8).
mod fragment {
    pub(super) const START: u8 = 0x80;
    pub(super) const END: u8 = 0x40;
}

/// The bits of the header of a NAL unit (ITU-T H.264, section 7.3.1).
mod header {
    pub(super) const FORBIDDEN: u8 = 0x80;
    pub(super) const REF_IDC: u8 = 0x60;
    pub(super) const TYPE: u8 = 0x1f;
}
