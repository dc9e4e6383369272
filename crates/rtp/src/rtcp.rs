//! RTCP as borrowed values (RFC 3550, section 6; RFC 3611; RFC 4585; RFC 5104; RFC 8888): walk a compound packet,
//! write one.
//!
//! [`walk`] gives every part that can be read, whatever stands before or behind it; lists within a part end where
//! they break off, and keep what stands before. [`form`](form()) is for those who must be strict.
//!
//! ```
//! use moim_rtp::{Ssrc, rtcp};
//!
//! let mut buffer = [0; 64];
//! let mut writer = rtcp::Writer::new(&mut buffer);
//! writer.receiver_report(Ssrc(1), &[])?;
//! writer.cname(Ssrc(1), "me")?;
//! let len = writer.len();
//!
//! let cname = rtcp::walk(&buffer[..len]).find_map(|part| match part {
//!     Ok(rtcp::Part::SourceDescription(sources)) => sources.chunks().next()?.cname(),
//!     _ => None,
//! });
//! assert_eq!(cname, Some(&b"me"[..]));
//! # Ok::<(), rtcp::WriteError>(())
//! ```

mod app;
mod bitrate;
mod bitrate_bounds;
mod congestion_feedback;
mod form;
mod goodbye;
mod key_frame;
mod nack;
mod remb;
mod report;
pub mod schedule;
mod source_description;
#[cfg(test)]
mod tests;
mod transport_feedback;
mod walk;
mod writer;
pub mod xr;

pub use app::{App, AppSubtype};
pub use bitrate::Bitrate;
pub use bitrate_bounds::{BitrateBound, BitrateBounds, Overhead};
pub use congestion_feedback::{
    ArrivalOffset, CongestionFeedback, Ecn, PacketArrival, StreamArrivals, StreamFeedback, Streams,
};
pub use form::{Form, FormError, form};
pub use goodbye::Goodbye;
pub use key_frame::{Fir, FirEntry, Pli};
pub use nack::{Nack, NackPair};
pub use remb::Remb;
pub use report::{
    CumulativeLost, ExtendedSeq, FractionLost, LastReport, ReceiverReport, ReportBlock, SenderInfo,
    SenderReport,
};
pub use source_description::{Chunk, Described, Item, ItemKind, Private, SourceDescription};
pub use transport_feedback::{ArrivalTime, Packets, TransportFeedback};
pub use walk::{Part, PartError, Raw, Walk, walk};
pub use writer::{WriteError, Writer};
pub use xr::ExtendedReport;

/// RTCP packet types (RFC 3550, section 12.1; RFC 4585, section 6.1; RFC 3611, section 2).
mod packet_type {
    pub(super) const SENDER_REPORT: u8 = 200;
    pub(super) const RECEIVER_REPORT: u8 = 201;
    pub(super) const SOURCE_DESCRIPTION: u8 = 202;
    pub(super) const GOODBYE: u8 = 203;
    pub(super) const APP: u8 = 204;
    pub(super) const TRANSPORT_FEEDBACK: u8 = 205;
    pub(super) const PAYLOAD_FEEDBACK: u8 = 206;
    pub(super) const EXTENDED_REPORT: u8 = 207;
}

/// The formats of transport feedback (RFC 4585, section 6.2; RFC 5104, section 4.2; RFC 8888, section 3.1;
/// draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1) and of payload feedback (RFC 4585, sections 6.3
/// and 6.4; RFC 5104, section 4.3).
mod format {
    pub(super) const NACK: u8 = 1;
    pub(super) const TMMBR: u8 = 3;
    pub(super) const TMMBN: u8 = 4;
    pub(super) const CONGESTION: u8 = 11;
    pub(super) const ARRIVALS: u8 = 15;
    pub(super) const PLI: u8 = 1;
    pub(super) const FIR: u8 = 4;
    pub(super) const APPLICATION: u8 = 15;
}
