#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::cast_possible_truncation))]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod association;
mod builder;
pub mod collision;
mod demux;
mod dice;
pub mod extension;
pub mod fec;
pub mod feedback;
pub mod history;
mod identity;
mod layer;
pub mod loss;
pub mod nack;
mod ntp;
mod packet;
mod patch;
pub mod payload;
pub mod reception;
pub mod red;
pub mod rtcp;
pub mod rtx;
#[cfg(feature = "webrtc-rs")]
pub mod webrtc_rs;

pub use builder::{BuildError, PacketBuilder};
pub use demux::is_rtcp;
pub use extension::{Extension, ExtensionForm, ExtensionId, Extensions, HeaderExtension, TransportSeq};
pub use identity::{PayloadType, Ssrc};
pub use layer::Layer;
pub use ntp::{NtpShort, NtpTime};
pub use packet::{Header, Packet, ParseError};
pub use patch::{IdMap, PacketMut, Patched};
