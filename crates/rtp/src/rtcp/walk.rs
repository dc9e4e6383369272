//! A compound packet, part by part (RFC 3550, section 6.1).

use super::xr::ExtendedReport;
use super::{
    App, BitrateBounds, CongestionFeedback, Fir, Goodbye, Nack, Pli, ReceiverReport, Remb, SenderReport,
    SourceDescription, TransportFeedback, WriteError, Writer, format, packet_type,
};
use crate::packet::strip_padding;
use core::iter::FusedIterator;

/// Walks the parts of `datagram`.
///
/// Each part is judged alone: a bad one is an error in its place, and the walk goes on behind it by its length.
/// Only a length that leads out of the datagram ends the walk. Reduced-size packets (RFC 5506) and single parts
/// are walked like any other.
#[must_use]
#[inline]
pub const fn walk(datagram: &[u8]) -> Walk<'_> {
    Walk { rest: datagram }
}

/// One part of a compound packet.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Part<'a> {
    /// What a sender has sent, and what it has received.
    SenderReport(SenderReport<'a>),
    /// What a receiver has received.
    ReceiverReport(ReceiverReport<'a>),
    /// Who the sources are.
    SourceDescription(SourceDescription<'a>),
    /// Which sources leave.
    Goodbye(Goodbye<'a>),
    /// What an application says in its own way.
    App(App<'a>),
    /// Blocks of statistics.
    ExtendedReport(ExtendedReport<'a>),
    /// Which packets are asked for again.
    Nack(Nack<'a>),
    /// When each packet of a transport arrived.
    TransportFeedback(TransportFeedback<'a>),
    /// When the packets of each stream arrived, and with what mark.
    CongestionFeedback(CongestionFeedback<'a>),
    /// Bounds on bit rates, asked for.
    Tmmbr(BitrateBounds<'a>),
    /// Bounds on bit rates, in force.
    Tmmbn(BitrateBounds<'a>),
    /// How much the path can carry.
    Remb(Remb<'a>),
    /// That a picture was lost.
    Pli(Pli),
    /// Which streams are to send a key frame.
    Fir(Fir<'a>),
    /// A kind that is not read here.
    Other(Raw<'a>),
}

/// A part as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a> {
    /// The RTCP packet type.
    pub packet_type: u8,
    /// The five bits that count items or, in feedback, name the format.
    pub count: u8,
    /// What follows the first word, without padding; a whole number of 32-bit words when it is written.
    pub body: &'a [u8],
}

/// Why a part could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartError {
    /// The datagram ends inside the part. Nothing can follow.
    #[error("the part needs {needed} bytes, the datagram has {actual} left")]
    Truncated {
        /// Bytes the part needs.
        needed: usize,
        /// Bytes there are.
        actual: usize,
    },
    /// Not version 2.
    #[error("RTCP version {version} is not 2")]
    Version {
        /// The version given, 0 … 3.
        version: u8,
    },
    /// The padding is empty or longer than the part.
    #[error("{count} bytes of padding announced in a part of {available}")]
    Padding {
        /// The count in the part's last byte.
        count: u8,
        /// Bytes after the part's first word.
        available: usize,
    },
    /// The part is too short for what it says it holds.
    #[error("a part of type {packet_type} and count {count} cannot have {len} bytes")]
    Body {
        /// The RTCP packet type.
        packet_type: u8,
        /// The five bits that count items or, in feedback, name the format.
        count: u8,
        /// Bytes after the part's first word, without padding.
        len: usize,
    },
}

/// The parts of a compound packet; see [`walk`].
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    rest: &'a [u8],
}

impl<'a> Walk<'a> {
    /// Whether no part is left.
    #[inline]
    pub(super) const fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes the next part off the datagram; all that is left when its length leads outside.
    #[inline]
    pub(super) fn take_part(&mut self) -> Result<(&'a [u8; 4], &'a [u8]), PartError> {
        let rest = core::mem::take(&mut self.rest);
        let truncated = |needed| PartError::Truncated { needed, actual: rest.len() };
        let Some((head, behind)) = rest.split_first_chunk::<4>() else {
            return Err(truncated(4));
        };
        let len = usize::from(u16::from_be_bytes([head[2], head[3]])) * 4;
        let Some((body, behind)) = behind.split_at_checked(len) else {
            return Err(truncated(4 + len));
        };
        self.rest = behind;
        Ok((head, body))
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Result<Part<'a>, PartError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done() {
            return None;
        }
        Some(self.take_part().and_then(|(head, body)| Raw::new(head, body)?.read()))
    }
}

impl FusedIterator for Walk<'_> {}

impl<'a> Raw<'a> {
    #[inline]
    fn new(head: &[u8; 4], body: &'a [u8]) -> Result<Self, PartError> {
        let &[flags, packet_type, _, _] = head;
        if flags >> 6 != 2 {
            return Err(PartError::Version { version: flags >> 6 });
        }
        let mut unpadded = body;
        if flags & 0x20 != 0 {
            (unpadded, _) =
                strip_padding(body).map_err(|count| PartError::Padding { count, available: body.len() })?;
        }
        Ok(Self { packet_type, count: flags & 0x1f, body: unpadded })
    }

    #[inline]
    fn read(self) -> Result<Part<'a>, PartError> {
        let (body, count) = (self.body, usize::from(self.count));
        let part = match self.packet_type {
            packet_type::SENDER_REPORT => SenderReport::read(body, count).map(Part::SenderReport),
            packet_type::RECEIVER_REPORT => ReceiverReport::read(body, count).map(Part::ReceiverReport),
            packet_type::SOURCE_DESCRIPTION => {
                SourceDescription::read(body, count).map(Part::SourceDescription)
            }
            packet_type::GOODBYE => Goodbye::read(body, count).map(Part::Goodbye),
            packet_type::APP => App::read(body, self.count).map(Part::App),
            packet_type::EXTENDED_REPORT => ExtendedReport::read(body).map(Part::ExtendedReport),
            packet_type::TRANSPORT_FEEDBACK => match self.count {
                format::NACK => Nack::read(body).map(Part::Nack),
                format::TMMBR => BitrateBounds::read_request(body).map(Part::Tmmbr),
                format::TMMBN => BitrateBounds::read(body).map(Part::Tmmbn),
                format::CONGESTION => CongestionFeedback::read(body).map(Part::CongestionFeedback),
                format::ARRIVALS => TransportFeedback::read(body).map(Part::TransportFeedback),
                _ => Some(Part::Other(self)),
            },
            packet_type::PAYLOAD_FEEDBACK => match self.count {
                format::PLI => Pli::read(body).map(Part::Pli),
                format::FIR => Fir::read(body).map(Part::Fir),
                format::APPLICATION if Remb::owns(body) => Remb::read(body).map(Part::Remb),
                _ => Some(Part::Other(self)),
            },
            _ => Some(Part::Other(self)),
        };
        part.ok_or(PartError::Body { packet_type: self.packet_type, count: self.count, len: body.len() })
    }
}

impl Writer<'_> {
    /// Appends a part as it is.
    ///
    /// # Errors
    ///
    /// [`WriteError::Count`] above 31, [`WriteError::Unaligned`] when its body is not a whole number of words,
    /// [`WriteError::Long`], or [`WriteError::BufferTooSmall`].
    pub fn raw(&mut self, raw: &Raw<'_>) -> Result<(), WriteError> {
        let len = raw.body.len();
        if !len.is_multiple_of(4) {
            return Err(WriteError::Unaligned { len });
        }
        self.part(raw.packet_type, usize::from(raw.count), len)?.bytes(raw.body);
        Ok(())
    }
}
