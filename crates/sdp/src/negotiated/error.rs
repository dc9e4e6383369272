//! Why an answer does not answer an offer.

use crate::Direction;
use moim_rtp::{ExtensionId, PayloadType};

/// Why an answer does not answer an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NegotiationError {
    /// There are not as many sections (RFC 3264, section 6).
    #[error("{offered} sections were offered, {answered} answered")]
    SectionCount {
        /// Sections of the offer.
        offered: usize,
        /// Sections of the answer.
        answered: usize,
    },
    /// Sections are grouped that were not offered as a group.
    #[error("a group is answered that was not offered")]
    Group,
    /// A section does not answer the one at its place.
    #[error("section {section}: {disagreement}")]
    Section {
        /// The section, the first being 0.
        section: usize,
        /// What is wrong.
        disagreement: Disagreement,
    },
}

/// Why a section does not answer the one at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Disagreement {
    /// It is about something else.
    #[error("it is of another kind than was offered")]
    Kind,
    /// It travels otherwise.
    #[error("it is of another protocol than was offered")]
    Protocol,
    /// It has another name.
    #[error("it has another name than was offered")]
    Mid,
    /// It accepts what was not offered.
    #[error("it accepts a section that was refused")]
    Refused,
    /// It sends where nobody receives, or receives where nobody sends.
    #[error("it is {answered}, {offered} was offered")]
    Direction {
        /// As seen by the offerer.
        offered: Direction,
        /// As seen by the answerer.
        answered: Direction,
    },
    /// A payload type was not offered, or as something else.
    #[error("payload type {} was not offered", payload_type.get())]
    Format {
        /// The number in the answer.
        payload_type: PayloadType,
    },
    /// What is sent again was not offered to be.
    #[error("payload type {} was not offered to be sent again", payload_type.get())]
    Retransmission {
        /// The number in the answer.
        payload_type: PayloadType,
    },
    /// It accepts, but nothing that is sound, pictures or text.
    #[error("it accepts no codec")]
    NoCodec,
    /// A header extension was not offered, or under another number.
    #[error("header extension {} was not offered", id.get())]
    Extension {
        /// The number in the answer.
        id: ExtensionId,
    },
    /// A stream was not offered, or the other way round.
    #[error("a stream is answered that was not offered")]
    Rid,
    /// Reports come with the media, or do not, against the offer.
    #[error("reports do not come as was offered")]
    RtcpMux,
    /// The keys are of no tag that was offered, or there are none.
    #[error("there are no keys for what was offered")]
    Crypto,
    /// Both would begin the handshake, or none.
    #[error("the part in the handshake does not fit the one that was offered")]
    Setup,
}
