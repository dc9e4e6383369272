//! What builds on what: the dependency descriptor (RTP Payload Format For AV1, version 1.0.0, appendix A), read.
//!
//! Each packet says which frame it is of, of which layer that is, what it builds on, and for whom it is. Who forwards
//! needs nothing else, whatever the codec, and even where the payload is encrypted. Most of it is said in advance, by
//! a structure of templates that comes with a key frame: a [`DependencyReader`] per stream remembers it.

mod bits;
mod descriptor;
mod diffs;
mod mandatory;
mod reader;
mod structure;
#[cfg(test)]
mod tests;

pub use descriptor::{DecodeTargets, DependencyDescriptor};
pub use diffs::{ChainDiffs, FrameDiffs, Indication, Indications};
pub use mandatory::{FrameNumber, MandatoryFields};
pub use reader::{DependencyError, DependencyReader};
pub use structure::{DependencyStructure, Resolution};

/// By what signalling names this extension (section A.9).
pub const URI: &str =
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";
