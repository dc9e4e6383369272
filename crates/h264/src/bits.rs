//! Reading syntax elements (ITU-T H.264, 7.2, 7.4.1 and 9.1).

/// Bits of a NAL unit's body, emulation prevention removed on the way.
///
/// Every read is `None` once the bits have run out.
#[derive(Clone, Debug)]
pub(crate) struct Bits<'a> {
    bytes: &'a [u8],
    /// The byte being read, and how many of its bits are left.
    current: u8,
    left: u32,
    /// How many of the bytes just read were zero, up to two.
    zeros: u8,
}

/// The longest run of zeros before an Exp-Golomb code's one: codes go up to 2³² − 2.
const MOST_ZEROS: u32 = 31;

impl<'a> Bits<'a> {
    pub(crate) fn new(body: &'a [u8]) -> Self {
        Self { bytes: body, current: 0, left: 0, zeros: 0 }
    }

    /// `u(1)`.
    pub(crate) fn flag(&mut self) -> Option<bool> {
        if self.left == 0 {
            self.current = self.byte()?;
            self.left = u8::BITS;
        }
        self.left -= 1;
        Some(self.current >> self.left & 1 == 1)
    }

    /// `u(count)`, with `count` up to 32.
    pub(crate) fn bits(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |value, _| Some(value << 1 | u32::from(self.flag()?)))
    }

    /// `ue(v)`.
    pub(crate) fn unsigned(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > MOST_ZEROS {
                return None;
            }
        }
        let suffix = self.bits(zeros)?;
        Some((1 << zeros) - 1 + suffix)
    }

    /// `se(v)`.
    pub(crate) fn signed(&mut self) -> Option<i32> {
        let code = i64::from(self.unsigned()?);
        let magnitude = (code + 1) / 2;
        i32::try_from(if code % 2 == 1 { magnitude } else { -magnitude }).ok()
    }

    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        if self.zeros == 2 && first == 3 {
            // `emulation_prevention_three_byte`
            self.zeros = 0;
            return self.byte();
        }
        self.zeros = if first == 0 { (self.zeros + 1).min(2) } else { 0 };
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_golomb_codes_are_those_of_table_9_2() {
        // 1, 010, 011, 00100, 00101, 00110, 00111, 0001000, …
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0010, 0b1001_1000, 0b1110_0010, 0b0010_0000]);
        let codes: Vec<_> = (0..8).map(|_| bits.unsigned()).collect();
        assert_eq!(codes, (0..8).map(Some).collect::<Vec<_>>());
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0010, 0b1000_0000]);
        assert_eq!([0; 5].map(|_| bits.signed()), [Some(0), Some(1), Some(-1), Some(2), Some(-2)]);
    }

    #[test]
    fn the_longest_code_is_read_and_a_longer_one_is_none() {
        let mut longest = vec![0, 0, 3, 0, 1];
        longest.extend([0xff, 0xff, 0xff, 0xfe]);
        assert_eq!(Bits::new(&longest).unsigned(), Some(u32::MAX - 1));
        assert_eq!(Bits::new(&[0, 0, 3, 0, 0, 3, 0x80, 0, 0, 3, 0, 0]).unsigned(), None);
        assert_eq!(Bits::new(&[0, 0]).unsigned(), None);
        assert_eq!(Bits::new(&[]).flag(), None);
    }

    #[test]
    fn emulation_prevention_is_removed_wherever_it_falls() {
        let mut bits = Bits::new(&[0, 0, 3, 1, 0, 0, 3, 0, 3, 3]);
        let read: Vec<_> = core::iter::from_fn(|| bits.bits(8)).collect();
        assert_eq!(read, [0, 0, 1, 0, 0, 0, 3, 3]);
    }
}
