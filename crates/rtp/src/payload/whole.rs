//! Units of sound that travel whole, one in a packet.

use super::{DepayloadError, Extent, Fragment, PayloadError, Piece, Prefix};
use crate::Packet;

/// Where a sender is between silence and speech: the first packet after a silence is marked (RFC 3551, section 4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Talkspurt {
    #[default]
    Begins,
    Goes,
}

impl Talkspurt {
    /// Gives `sink` all of `unit` as one payload.
    pub(super) fn send(
        &mut self,
        unit: &[u8],
        limit: usize,
        sink: &mut dyn FnMut(Fragment<'_>),
    ) -> Result<(), PayloadError> {
        check(unit, limit)?;
        let marker = core::mem::replace(self, Self::Goes) == Self::Begins;
        sink(Fragment { prefix: &[], body: unit, marker });
        Ok(())
    }
}

/// Whether `unit` can be one payload.
pub(super) fn check(unit: &[u8], limit: usize) -> Result<(), PayloadError> {
    if unit.is_empty() {
        return Err(PayloadError::Empty);
    }
    if unit.len() > limit {
        return Err(PayloadError::TooLong { needed: unit.len(), limit });
    }
    Ok(())
}

/// Gives `sink` the payload as one unit.
pub(super) fn take<'a>(
    packet: &Packet<'a>,
    sink: &mut dyn FnMut(Piece<'a>),
) -> Result<Extent, DepayloadError> {
    if packet.payload().is_empty() {
        return Err(DepayloadError::Empty);
    }
    sink(Piece { prefix: Prefix::EMPTY, body: packet.payload() });
    Ok(Extent::WHOLE)
}
