//! Which packets a repair packet protects (RFC 8627, section 4.2.2.1; RFC 5109, section 7.4).

use core::fmt;

/// A choice among the 110 packets from a base number on.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Mask(u128);

impl Mask {
    /// No packet.
    pub const EMPTY: Self = Self(0);
    /// How many packets there are to choose from.
    pub const PACKETS: u16 = 110;

    /// These packets and the one `offset` after the base; `None` from [`PACKETS`](Self::PACKETS) on.
    #[must_use]
    pub const fn with(self, offset: u16) -> Option<Self> {
        if offset < Self::PACKETS { Some(Self(self.0 | 1 << offset)) } else { None }
    }

    /// The packets at these offsets from the base; `None` when one is out of reach.
    pub fn of(offsets: impl IntoIterator<Item = u16>) -> Option<Self> {
        offsets.into_iter().try_fold(Self::EMPTY, Self::with)
    }

    /// Whether the packet `offset` after the base is chosen.
    #[must_use]
    pub const fn contains(self, offset: u16) -> bool {
        offset < Self::PACKETS && self.0 >> offset & 1 == 1
    }

    /// How many packets are chosen.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether none is.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The offset of the last packet chosen.
    #[must_use]
    pub fn last(self) -> Option<u16> {
        u16::try_from(self.0.checked_ilog2()?).ok()
    }

    /// The offsets of the packets chosen, in order.
    pub fn offsets(self) -> impl Iterator<Item = u16> {
        Bits(self.0)
    }

    /// From bits as they travel: the first packet in the highest bit.
    pub(crate) const fn of_wire(bits: u128) -> Self {
        Self(bits.reverse_bits() & ((1 << Self::PACKETS) - 1))
    }

    /// The bits as they travel: the first packet in the highest bit.
    pub(crate) const fn wire(self) -> u128 {
        self.0.reverse_bits()
    }
}

/// The places of the bits that are set, from the lowest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits(pub(super) u128);

impl Iterator for Bits {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        let place = self.0.trailing_zeros();
        self.0 &= self.0.wrapping_sub(1);
        u16::try_from(place).ok().filter(|&place| place < 128)
    }
}

impl Mask {
    pub(super) const fn bits(self) -> Bits {
        Bits(self.0)
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.offsets()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::vec::Vec;

    #[test]
    fn what_is_put_in_is_found() {
        let mask = Mask::of([109, 0, 15, 46]).unwrap();
        assert_eq!(mask.offsets().collect::<Vec<_>>(), [0, 15, 46, 109]);
        assert_eq!((mask.len(), mask.is_empty(), mask.last()), (4, false, Some(109)));
        assert!((0..200).all(|offset| mask.contains(offset) == [0, 15, 46, 109].contains(&offset)));
        assert_eq!(format!("{mask:?}"), "{0, 15, 46, 109}");
        assert_eq!(Mask::of([3, 110]), None);
        assert_eq!((Mask::EMPTY.last(), Mask::EMPTY.offsets().next()), (None, None));
    }

    #[test]
    fn the_first_packet_travels_in_the_highest_bit() {
        let mask = Mask::of([0, 109]).unwrap();
        assert_eq!(mask.wire(), 1 << 127 | 1 << 18);
        assert_eq!(Mask::of_wire(mask.wire() | 1), mask, "what is beyond 110 packets is no packet");
    }
}
