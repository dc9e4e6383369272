//! Reading the first syntax elements of a NAL unit.

/// The bits of a NAL unit's payload without the bytes that prevent start codes (ITU-T H.264, section 7.3.1).
pub(super) struct Bits<'a> {
    rest: core::slice::Iter<'a, u8>,
    /// Zero bytes in a row just read.
    zeros: u8,
    byte: u8,
    left: u8,
}

impl<'a> Bits<'a> {
    /// Reads what follows the header of a NAL unit.
    pub(super) fn new(payload: &'a [u8]) -> Self {
        Self { rest: payload.iter(), zeros: 0, byte: 0, left: 0 }
    }

    /// `u(n)`, the values thrown away.
    pub(super) fn skip(&mut self, bits: u32) -> Option<()> {
        (0..bits).try_for_each(|_| self.bit().map(drop))
    }

    /// `ue(v)`, an Exp-Golomb code (section 9.1).
    pub(super) fn unsigned(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros == 32 {
                return None;
            }
        }
        let mut suffix = 0;
        for _ in 0..zeros {
            suffix = suffix << 1 | self.bit()?;
        }
        Some((1_u32 << zeros) - 1 + suffix)
    }

    fn bit(&mut self) -> Option<u32> {
        if self.left == 0 {
            self.byte = self.next_byte()?;
            self.left = 8;
        }
        self.left -= 1;
        Some(u32::from(self.byte >> self.left & 1))
    }

    fn next_byte(&mut self) -> Option<u8> {
        let mut byte = *self.rest.next()?;
        if self.zeros >= 2 && byte == 3 {
            self.zeros = 0;
            byte = *self.rest.next()?;
        }
        self.zeros = if byte == 0 { self.zeros.saturating_add(1) } else { 0 };
        Some(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standards_table() {
        // 1, 010, 011, 00100, 00101, 0001000 and padding.
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0010, 0b1000_1000]);
        let values: std::vec::Vec<_> = (0..6).map_while(|_| bits.unsigned()).collect();
        assert_eq!(values, [0, 1, 2, 3, 4, 7]);
        assert_eq!(bits.unsigned(), None);
    }

    #[test]
    fn the_largest_code_is_read_and_a_longer_one_is_none() {
        assert_eq!(Bits::new(&[0, 0, 3, 0, 1, 0xff, 0xff, 0xff, 0xff]).unsigned(), Some(u32::MAX - 1));
        assert_eq!(Bits::new(&[0; 16]).unsigned(), None);
    }

    #[test]
    fn a_byte_that_prevents_a_start_code_is_no_content() {
        let mut bits = Bits::new(&[0, 0, 3, 1]);
        assert_eq!(bits.skip(23), Some(()));
        assert_eq!(bits.unsigned(), Some(0));
        assert_eq!(bits.skip(1), None);
        // Not after a single zero.
        let mut bits = Bits::new(&[0, 3]);
        assert_eq!(bits.skip(14), Some(()));
        assert_eq!(bits.unsigned(), Some(0));
    }
}
