//! From a codec's units to payloads and back.
//!
//! A *unit* is what a codec makes or takes at once: a packet of sound, an access unit of video. A payload format
//! says how it travels: whole, in fragments, or several parts in one packet. Each format is a module that holds
//! both directions; `dyn` traits, so that whoever composes a call chooses the format while it runs.

pub mod av1;
pub mod comfort_noise;
mod continuity;
#[cfg(test)]
mod exchange;
pub mod g711;
pub mod g722;
pub mod h264;
mod narrow;
pub mod opus;
mod picture_id;
mod renumbering;
mod split;
pub mod telephone_event;
pub mod text;
pub mod vp8;
pub mod vp9;
mod whole;

pub use picture_id::{PictureId, PictureIdWidth, Tl0PicIdx};
pub use renumbering::Renumbered;

use crate::Packet;

/// Splits units into payloads.
pub trait Payloader {
    /// Gives `sink` the payloads of `unit` in the order in which they are sent, none longer than `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`PayloadError`] concerns this unit alone. `sink` has then seen nothing.
    fn packetize(
        &mut self,
        unit: &[u8],
        limit: usize,
        sink: &mut dyn FnMut(Fragment<'_>),
    ) -> Result<(), PayloadError>;

    /// Takes note that the stream is silent for now: the next unit begins it again.
    fn pause(&mut self) {}
}

/// One payload to be sent: `prefix` and then `body`, to be gathered into the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// What the format puts before the body.
    pub prefix: &'a [u8],
    /// A part of the unit, as it is.
    pub body: &'a [u8],
    /// Whether the packet is marked.
    pub marker: bool,
}

/// Puts units together again.
pub trait Depayloader {
    /// Gives `sink` what `packet` holds of the unit it belongs to, to be appended in this order, and says where
    /// in the unit that is. Packets are to come in the stream's order; after a missing one the unit it was of is
    /// spoilt.
    ///
    /// # Errors
    ///
    /// [`DepayloadError`] concerns this packet alone: treat it as lost. `sink` has then seen nothing.
    fn depacketize<'a>(
        &mut self,
        packet: &Packet<'a>,
        sink: &mut dyn FnMut(Piece<'a>),
    ) -> Result<Extent, DepayloadError>;

    /// Completes `unit`, to which all its pieces were appended, and returns how long it is then: never longer. Some
    /// formats know only at the end what stands ahead, such as a size. Of a unit that is spoilt, what is whole remains.
    fn finish(&mut self, unit: &mut [u8]) -> usize {
        unit.len()
    }
}

/// A part of a unit: `prefix` and then `body`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// What the format took off on the way, such as a start code.
    pub prefix: Prefix,
    /// Bytes of the packet, as they are.
    pub body: &'a [u8],
}

/// Which part of a unit a packet holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Whether a unit begins with it.
    pub begins: bool,
    /// Whether a unit ends with it.
    pub ends: bool,
}

impl Extent {
    /// A whole unit.
    pub const WHOLE: Self = Self { begins: true, ends: true };
}

/// Up to eight bytes by value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefix {
    bytes: [u8; 8],
    len: u8,
}

impl Prefix {
    /// No bytes.
    pub const EMPTY: Self = Self { bytes: [0; 8], len: 0 };

    /// `None` above eight bytes.
    #[must_use]
    pub fn new(prefix: &[u8]) -> Option<Self> {
        let mut bytes = [0; 8];
        bytes.get_mut(..prefix.len())?.copy_from_slice(prefix);
        Some(Self { bytes, len: u8::try_from(prefix.len()).ok()? })
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// Why a unit cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// There is nothing in it.
    #[error("an empty unit has no payload")]
    Empty,
    /// The format cannot split it to fit.
    #[error("the unit needs a payload of {needed} bytes, the limit is {limit}")]
    TooLong {
        /// Bytes the payload would have.
        needed: usize,
        /// Bytes it may have.
        limit: usize,
    },
    /// The unit is not one of this format's codec.
    #[error("the unit is not one of the payload format's codec")]
    Malformed,
}

/// Why a packet is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DepayloadError {
    /// There is nothing in it: padding that measures the network.
    #[error("the payload is empty")]
    Empty,
    /// It is not of this format.
    #[error("the payload is not of the expected format")]
    Malformed,
    /// It is of a mode of the format that is not agreed on, and not read.
    #[error("the payload is of a mode that is not supported")]
    Unsupported,
    /// It continues what has not begun, or of which a packet between is missing.
    #[error("the payload continues what did not come")]
    Headless,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_holds_up_to_eight_bytes() {
        assert_eq!(Prefix::new(&[1, 2, 3]).unwrap().as_bytes(), [1, 2, 3]);
        assert_eq!(Prefix::new(&[]), Some(Prefix::EMPTY));
        assert_eq!(Prefix::new(&[9; 8]).unwrap().as_bytes(), [9; 8]);
        assert_eq!(Prefix::new(&[9; 9]), None);
    }
}
