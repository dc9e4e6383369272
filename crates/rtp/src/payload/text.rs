//! Real-time text (RFC 4103): what is typed, as it is typed, in the characters of T.140.
//!
//! A *block* is the text of some 300 ms. Each travels in a packet of its own, and again in front of the next ones
//! where redundancy is agreed on ([`red`]); a block for each packet, even if it is empty, so that the place
//! of a repeated block says which packet it is of. What is lost all the same is marked, so that the reader knows.
//!
//! [`TextSender`] and [`TextReceiver`] are the two ends. Erasing is the character [`ERASE`], a new line [`NEW_LINE`];
//! what T.140 says of control characters is for whoever shows the text.

mod characters;
mod parameters;
mod rate;
mod receiver;
mod sender;
#[cfg(test)]
mod tests;

pub use parameters::Parameters;
pub use receiver::{ReceiverConfig, TextReceiver};
pub use sender::{SenderConfig, TextPacket, TextSender};

use crate::PayloadType;
use crate::red;
use core::time::Duration;
use moim_media::ClockRate;

/// The name in `a=rtpmap`.
pub const ENCODING_NAME: &str = "t140";
/// Milliseconds, with and without redundancy.
pub const CLOCK_RATE: ClockRate = ClockRate::new(1_000).unwrap();
/// What follows the payload type in `a=rtpmap`.
pub const RTPMAP: &str = "t140/1000";
/// What follows the payload type of the redundant format in `a=rtpmap`.
pub const RED_RTPMAP: &str = "red/1000";
/// From one packet to the next while there is text (RFC 4103, section 5.1).
pub const INTERVAL: Duration = Duration::from_millis(300);

/// Stands for a block that is lost (RFC 4103, section 5.3).
pub const MISSING: char = char::REPLACEMENT_CHARACTER;
/// Begins a session; later it means nothing, and keeps the path open. No receiver shows it.
pub const BYTE_ORDER_MARK: char = '\u{feff}';
/// Takes the last character back.
pub const ERASE: char = '\u{8}';
/// Begins a line.
pub const NEW_LINE: char = '\u{2028}';

/// How blocks travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// As they are: a lost packet is lost text.
    Plain {
        /// The payload type of `t140/1000`.
        t140: PayloadType,
    },
    /// Again in front of those that follow.
    Redundant {
        /// The payload type of `red/1000`, which packets have.
        red: PayloadType,
        /// The payload type of `t140/1000`, which blocks have.
        t140: PayloadType,
        /// How often each block is sent again: so many packets in a row may be lost. Two is what the standard
        /// recommends.
        generations: u8,
    },
}

impl Format {
    /// What packets are.
    #[must_use]
    pub const fn payload_type(self) -> PayloadType {
        match self {
            Self::Plain { t140 } => t140,
            Self::Redundant { red, .. } => red,
        }
    }

    /// What blocks are.
    #[must_use]
    pub const fn t140(self) -> PayloadType {
        match self {
            Self::Plain { t140 } | Self::Redundant { t140, .. } => t140,
        }
    }

    /// How often each block is sent again.
    #[must_use]
    pub const fn generations(self) -> u8 {
        match self {
            Self::Plain { .. } => 0,
            Self::Redundant { generations, .. } => generations,
        }
    }

    /// What a description says in `a=fmtp` of the redundant format; `None` without one.
    #[must_use]
    pub fn red_parameters(self) -> Option<red::Parameters> {
        match self {
            Self::Plain { .. } => None,
            Self::Redundant { t140, generations, .. } => Some(red::Parameters::of(t140, generations)),
        }
    }
}
