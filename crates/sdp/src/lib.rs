#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::cast_possible_truncation))]

mod answer;
pub mod attribute;
mod bandwidth;
mod capabilities;
mod description;
mod format;
mod negotiated;
mod parameters;
mod protocol;
mod section;
mod static_payload;

pub use attribute::*;
pub use bandwidth::{Bandwidth, BandwidthKind};
pub use capabilities::{Bundle, Capabilities, OfferError};
pub use description::{Description, MAX_ATTRIBUTES, MAX_BYTES, MAX_SECTIONS, ParseError, Parsed};
pub use format::{Format, Retransmission, Role};
pub use negotiated::{
    Agreed, AgreedFormat, Disagreement, Keys, Negotiated, NegotiationError, Numbered, Party, Wishes,
};
pub use parameters::{Parameters, ParametersError, Rtx, RtxError};
pub use protocol::{MediaKind, Protection, Protocol};
pub use sdp_types;
pub use section::{Bundling, ExtensionForms, Problem, ProblemKind, ReportSize, RtcpMux, Section};
pub use static_payload::static_encoding;
