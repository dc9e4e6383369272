//! The packets of one source that a repair packet protects (RFC 8627, section 4.2.2).

use super::Mask;
use super::mask::Bits;
use crate::Ssrc;
use core::num::NonZeroU8;
use moim_media::Seq;

/// Some packets of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protected {
    /// Whose packets.
    pub source: Ssrc,
    /// The number from which the pattern counts.
    pub base: Seq,
    /// Which of the packets from there on.
    pub pattern: Pattern,
}

/// Packets by their distance from a base number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Those of a mask.
    Mask(Mask),
    /// A row or a column of a block.
    Block(Block),
}

/// A row or a column of a block of packets (RFC 8627, section 4.2.2.2), as it travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// L: as many packets are in a row.
    pub columns: NonZeroU8,
    /// D: 0 means a row of a block that is protected by rows only, 1 a row of one whose columns are protected too,
    /// anything more the column that begins at the base, with this many packets.
    pub rows: u8,
}

impl Block {
    /// How many packets they are.
    #[must_use]
    pub const fn len(self) -> u8 {
        if self.rows > 1 { self.rows } else { self.columns.get() }
    }

    /// Never: a row has a packet, a column two.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        false
    }

    /// How far each packet is from the one before.
    pub(super) fn step(self) -> u16 {
        if self.rows > 1 { u16::from(self.columns.get()) } else { 1 }
    }
}

impl Pattern {
    /// Whether the packet `offset` after the base belongs to it.
    #[must_use]
    pub fn contains(self, offset: u16) -> bool {
        match self {
            Self::Mask(mask) => mask.contains(offset),
            Self::Block(block) => {
                offset.is_multiple_of(block.step()) && offset / block.step() < u16::from(block.len())
            }
        }
    }

    /// The distances from the base, in order.
    pub fn offsets(self) -> impl Iterator<Item = u16> {
        match self {
            Self::Mask(mask) => Offsets::Bits(mask.bits()),
            Self::Block(block) => {
                Offsets::Steps { next: 0, step: block.step(), left: usize::from(block.len()) }
            }
        }
    }

    /// The distance of the last packet; `None` without one.
    #[must_use]
    pub fn last(self) -> Option<u16> {
        match self {
            Self::Mask(mask) => mask.last(),
            // At most 254 steps of 255.
            Self::Block(block) => Some(u16::from(block.len() - 1) * block.step()),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Offsets {
    Bits(Bits),
    Steps { next: u16, step: u16, left: usize },
}

impl Iterator for Offsets {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        match self {
            Self::Bits(bits) => bits.next(),
            Self::Steps { next, step, left } => {
                *left = left.checked_sub(1)?;
                let offset = *next;
                *next = next.saturating_add(*step);
                Some(offset)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn block(columns: u8, rows: u8) -> Pattern {
        Pattern::Block(Block { columns: NonZeroU8::new(columns).unwrap(), rows })
    }

    #[test]
    fn rows_are_neighbours_and_columns_are_a_row_apart() {
        for rows in [0, 1] {
            assert_eq!(block(4, rows).offsets().collect::<Vec<_>>(), [0, 1, 2, 3]);
        }
        assert_eq!(block(4, 3).offsets().collect::<Vec<_>>(), [0, 4, 8]);
        assert_eq!(block(1, 2).offsets().collect::<Vec<_>>(), [0, 1]);
        assert_eq!(block(255, 255).last(), Some(64_770));
    }

    #[test]
    fn members_are_those_that_are_counted() {
        let mask = Pattern::Mask(Mask::of([1, 50, 109]).unwrap());
        for pattern in [block(1, 0), block(7, 1), block(3, 5), block(255, 255), mask] {
            let offsets: Vec<_> = pattern.offsets().collect();
            let members: Vec<_> = (0..=u16::MAX).filter(|&offset| pattern.contains(offset)).collect();
            assert_eq!(offsets, members);
            assert_eq!(pattern.last(), offsets.last().copied());
        }
        assert_eq!(Pattern::Mask(Mask::EMPTY).last(), None);
    }
}
