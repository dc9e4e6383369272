//! The units sent lately, to be sent again in front of those to come.

use super::{MAX_BLOCK, Unit, Written, write};
use crate::{BuildError, PayloadType};
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use moim_media::Timestamp;

/// Keeps the last units of a stream in slots of fixed size and puts some of them in front of each next one.
///
/// Which ones is said by their *distances*, how many packets ago they were sent: `[1]` is what browsers do, `[1, 2]`
/// survives two losses in a row, `[1, 3]` survives longer bursts without the cost. All memory is allocated by
/// [`new`](Self::new).
#[derive(Clone)]
pub struct RedSender {
    /// Ascending, without zero.
    distances: Box<[u8]>,
    slots: Box<[Slot]>,
    bytes: Box<[u8]>,
    bytes_per_unit: usize,
    /// The slot that the next unit is put into.
    next: usize,
}

#[derive(Clone, Copy, Debug)]
enum Slot {
    /// Nothing was sent so long ago.
    Unused,
    /// What was sent is too long to be sent again.
    TooLong,
    Kept {
        payload_type: PayloadType,
        timestamp: Timestamp,
        len: usize,
    },
}

impl RedSender {
    /// Puts the units `distances` packets before in front of each, where they have at most `bytes_per_unit` bytes.
    ///
    /// Distances may come in any order; zero and what is repeated mean nothing. Without any, payloads have one block.
    #[must_use]
    pub fn new(distances: &[u8], bytes_per_unit: usize) -> Self {
        let mut ascending: Vec<u8> = distances.iter().copied().filter(|&distance| distance > 0).collect();
        ascending.sort_unstable();
        ascending.dedup();
        let deepest = usize::from(ascending.last().copied().unwrap_or(0));
        let bytes_per_unit = bytes_per_unit.min(MAX_BLOCK);
        Self {
            distances: ascending.into_boxed_slice(),
            slots: vec![Slot::Unused; deepest].into_boxed_slice(),
            bytes: vec![0; deepest * bytes_per_unit].into_boxed_slice(),
            bytes_per_unit,
            next: 0,
        }
    }

    /// Writes `unit` with those before it into the beginning of `into`, and keeps it for those to come.
    ///
    /// What does not fit is left out as in [`write()`]; so is a unit too long to have been kept, and what is older.
    ///
    /// # Errors
    ///
    /// [`BuildError::BufferTooSmall`] when not even `unit` fits. It is then not kept.
    pub fn write(&mut self, unit: Unit<'_>, into: &mut [u8]) -> Result<Written, BuildError> {
        let sent = self.distances.iter().map(|&distance| self.slot(distance));
        let sent = sent.filter(|(slot, _)| !matches!(slot, Slot::Unused));
        let kept = sent.clone().map_while(|(slot, bytes)| match slot {
            Slot::Kept { payload_type, timestamp, len } => {
                Some(Unit { payload_type, timestamp, data: bytes.get(..len)? })
            }
            _ => None,
        });
        let written = write(kept, unit, into)?;
        let left_out = sent.count() - written.redundant;
        self.keep(unit);
        Ok(Written { left_out, ..written })
    }

    /// Forgets all units: the stream goes on after a silence, and nobody misses what was before.
    pub fn clear(&mut self) {
        self.slots.fill(Slot::Unused);
    }

    fn keep(&mut self, unit: Unit<'_>) {
        let start = self.next * self.bytes_per_unit;
        let bytes = self.bytes.get_mut(start..start + self.bytes_per_unit).unwrap_or_default();
        let Some(slot) = self.slots.get_mut(self.next) else { return };
        *slot = match bytes.get_mut(..unit.data.len()) {
            Some(place) => {
                place.copy_from_slice(unit.data);
                let Unit { payload_type, timestamp, data } = unit;
                Slot::Kept { payload_type, timestamp, len: data.len() }
            }
            None => Slot::TooLong,
        };
        self.next = (self.next + 1) % self.slots.len();
    }

    /// What was sent `distance` packets ago, and the bytes of its slot.
    fn slot(&self, distance: u8) -> (Slot, &[u8]) {
        // There are as many slots as the greatest distance.
        let index = (self.next + self.slots.len() - usize::from(distance)) % self.slots.len();
        let start = index * self.bytes_per_unit;
        let bytes = self.bytes.get(start..start + self.bytes_per_unit).unwrap_or_default();
        (self.slots.get(index).copied().unwrap_or(Slot::Unused), bytes)
    }
}

impl fmt::Debug for RedSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedSender")
            .field("distances", &self.distances)
            .field("bytes_per_unit", &self.bytes_per_unit)
            .finish_non_exhaustive()
    }
}
