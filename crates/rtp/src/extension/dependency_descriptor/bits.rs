//! The syntax elements of a descriptor (section A.8.2).

/// The bits of a value, the highest of each byte first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    /// From the bit `at` on.
    pub(super) const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// How many bits have been read.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// All of the value.
    pub(super) const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// `f(1)`.
    pub(super) fn flag(&mut self) -> Option<bool> {
        self.number(1).map(|bit| bit == 1)
    }

    /// `f(count)` of up to 16 bits.
    pub(super) fn number(&mut self, count: u32) -> Option<u16> {
        let from = self.at;
        self.skip(count as usize)?;
        let window = (from / 8..from / 8 + 3)
            .fold(0_u32, |window, at| window << 8 | self.bytes.get(at).copied().map_or(0, u32::from));
        let behind = 24 - u32::try_from(from % 8).ok()? - count;
        u16::try_from(window >> behind & ((1 << count) - 1)).ok()
    }

    /// `f(count)` of up to 32 bits.
    pub(super) fn wide(&mut self, count: u32) -> Option<u32> {
        let high = self.number(count.saturating_sub(16))?;
        let low = self.number(count.min(16))?;
        Some(u32::from(high) << 16 | u32::from(low))
    }

    /// `ns(values)`: one of so many values, from 0, where those that come first take a bit less.
    pub(super) fn non_symmetric(&mut self, values: u16) -> Option<u16> {
        let width = u16::BITS - values.leading_zeros();
        let short = (1 << width) - u32::from(values);
        let value = u32::from(self.number(width.saturating_sub(1))?);
        if value < short {
            return u16::try_from(value).ok();
        }
        let last = u32::from(self.number(1)?);
        u16::try_from((value << 1) - short + last).ok()
    }

    pub(super) fn skip(&mut self, count: usize) -> Option<()> {
        let end = self.at.checked_add(count).filter(|&end| end <= 8 * self.bytes.len())?;
        self.at = end;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn numbers_are_read_wherever_they_begin() {
        let bytes = [0b1010_0110, 0b1100_0001, 0b1111_0000];
        let all = 0b1010_0110_1100_0001_1111_0000_u32;
        for at in 0..24 {
            for count in 0..=16.min(24 - at) {
                let expected = all >> (24 - at - count) & ((1 << count) - 1);
                assert_eq!(Bits::new(&bytes, at as usize).number(count).map(u32::from), Some(expected));
            }
        }
        assert_eq!(Bits::new(&bytes, 9).number(16), None);
        assert_eq!(Bits::new(&[1, 2, 3, 4], 0).wide(32), Some(0x0102_0304));
        assert_eq!(Bits::new(&[1, 2, 3, 4], 4).wide(20), Some(0x1_0203));
        assert_eq!(Bits::new(&[1, 2, 3, 4], 1).wide(32), None);
        assert_eq!(Bits::new(&[], 0).wide(0), Some(0));
    }

    #[test]
    fn the_first_of_a_few_values_take_a_bit_less() {
        // The specification's table for five: 00, 01, 10, 110, 111.
        let mut bits = Bits::new(&[0b0001_1011, 0b0111_0000], 0);
        let values: Vec<_> = (0..5).map_while(|_| bits.non_symmetric(5)).collect();
        assert_eq!((values, bits.at()), (std::vec![0, 1, 2, 3, 4], 12));
        // One value needs no bit.
        assert_eq!(Bits::new(&[], 0).non_symmetric(1), Some(0));
        assert_eq!(Bits::new(&[0xff], 8).non_symmetric(2), None);
        assert_eq!(Bits::new(&[0b1111_1100], 0).non_symmetric(33), Some(32));
    }
}
