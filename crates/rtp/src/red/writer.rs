//! Writing blocks into the caller's buffer.

use super::{FOLLOWED, HEADER, MAX_BLOCK, TimestampOffset};
use crate::{BuildError, PayloadType};
use moim_media::Timestamp;

/// What one packet holds without redundancy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit<'a> {
    /// Which format it has.
    pub payload_type: PayloadType,
    /// When its first sample was taken.
    pub timestamp: Timestamp,
    /// The payload.
    pub data: &'a [u8],
}

/// What became of the units that were to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Written {
    /// Bytes of the payload.
    pub len: usize,
    /// How many units are in front of the primary one.
    pub redundant: usize,
    /// How many more were to be, and did not fit.
    pub left_out: usize,
}

/// Writes `primary` behind the units before it into the beginning of `into`; `newest_first` are those units, in the
/// order which says which of them matter most.
///
/// A unit does not fit when it is longer than [`MAX_BLOCK`], more than [`TimestampOffset::MAX`] before the primary or
/// after it, or when `into` has no room. Then it is left out, and so is all that is older: the places of the blocks
/// tell a receiver whose they were.
///
/// # Errors
///
/// [`BuildError::BufferTooSmall`] when not even the primary fits.
pub fn write<'a>(
    newest_first: impl Iterator<Item = Unit<'a>> + Clone,
    primary: Unit<'_>,
    into: &mut [u8],
) -> Result<Written, BuildError> {
    let (needed, actual) = (1 + primary.data.len(), into.len());
    let Some(mut room) = actual.checked_sub(needed) else {
        return Err(BuildError::BufferTooSmall { needed, actual });
    };
    let mut redundant = 0;
    for unit in newest_first.clone() {
        let left = room.checked_sub(HEADER + unit.data.len());
        let (Some(left), Some(_)) = (left, header(&unit, primary.timestamp)) else { break };
        (room, redundant) = (left, redundant + 1);
    }

    let len = actual - room;
    let (headers, rest) = into.split_at_mut(redundant * HEADER);
    let (headers, _) = headers.as_chunks_mut::<HEADER>();
    let (place, bodies) = rest.split_at_mut(1);
    place.fill(primary.payload_type.get());
    let (bodies, _) = bodies.split_at_mut(len - redundant * HEADER - 1);
    // Backwards, since the newest stands last.
    let (mut before, place) = bodies.split_at_mut(bodies.len() - primary.data.len());
    place.copy_from_slice(primary.data);
    for (unit, place) in newest_first.clone().zip(headers.iter_mut().rev()) {
        *place = header(&unit, primary.timestamp).unwrap_or_default();
        let (rest, body) = before.split_at_mut(before.len() - unit.data.len());
        body.copy_from_slice(unit.data);
        before = rest;
    }
    Ok(Written { len, redundant, left_out: newest_first.skip(redundant).count() })
}

/// What stands before the block of `unit` in a packet at `packet`; `None` when its fields cannot say it.
fn header(unit: &Unit<'_>, packet: Timestamp) -> Option<[u8; HEADER]> {
    let offset = TimestampOffset::between(unit.timestamp, packet)?;
    let len = u16::try_from(unit.data.len()).ok().filter(|&len| usize::from(len) <= MAX_BLOCK)?;
    let first = FOLLOWED | unit.payload_type.get();
    let fields = u32::from(first) << 24 | u32::from(offset.get()) << 10 | u32::from(len);
    Some(fields.to_be_bytes())
}
