//! To and from the types of webrtc-rs: its crates `rtp` and `rtcp`, version 0.17.
//!
//! Towards them, `From`; it allocates, as those types do. Back, the bytes are the meeting point:
//! [`write_packet`] for RTP, and `rtcp::packet::marshal` with [`walk`](crate::rtcp::walk) for compound packets.

mod extended_report;
mod feedback;
mod packet;
mod report;
mod source;
#[cfg(test)]
mod tests;

pub use packet::{ConversionError, write_packet};
