//! Bit rates as feedback carries them: a mantissa and a power of two.

/// Bits per second.
///
/// On the wire it keeps 17 or 18 binary digits, rounded down: never more is promised than was meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bitrate(pub u64);

impl Bitrate {
    /// From an exponent of six bits and a mantissa; the highest there is when that is more than 64 bits can hold.
    #[inline]
    pub(super) const fn from_parts(exponent: u32, mantissa: u32) -> Self {
        let mantissa = mantissa as u64;
        if exponent > mantissa.leading_zeros() {
            return Self(if mantissa == 0 { 0 } else { u64::MAX });
        }
        Self(mantissa.unbounded_shl(exponent))
    }

    /// The exponent, the smallest there is, and the mantissa of `digits` bits.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the shift leaves `digits` bits, at most 18")]
    pub(super) const fn parts(self, digits: u32) -> (u32, u32) {
        let exponent = (u64::BITS - self.0.leading_zeros()).saturating_sub(digits);
        (exponent, (self.0 >> exponent) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_rounded_down_to_the_digits_of_its_mantissa() {
        for digits in [17, 18] {
            for bits in [0, 1, (1 << digits) - 1, 1 << digits, 8_927_168, 1_000_000_007, u64::MAX] {
                let (exponent, mantissa) = Bitrate(bits).parts(digits);
                let kept = Bitrate::from_parts(exponent, mantissa).0;
                assert!(mantissa < 1 << digits && exponent < 64);
                assert!(kept <= bits && bits - kept < 1 << exponent, "{bits} became {kept}");
                assert!(exponent == 0 || mantissa >= 1 << (digits - 1), "no digit is wasted");
            }
        }
    }

    #[test]
    fn what_64_bits_cannot_hold_is_the_highest_rate() {
        assert_eq!(Bitrate::from_parts(63, 0x3_ffff), Bitrate(u64::MAX));
        assert_eq!(Bitrate::from_parts(63, 1), Bitrate(1 << 63));
        assert_eq!(Bitrate::from_parts(47, 0x3_ffff), Bitrate(u64::MAX));
        assert_eq!(Bitrate::from_parts(46, 0x3_ffff), Bitrate(0x3_ffff << 46));
        assert_eq!(Bitrate::from_parts(63, 0), Bitrate(0));
    }
}
