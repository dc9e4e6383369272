//! When a packet left, on the clock of its stream: transmission time offset (RFC 5450).

use super::{HeaderExtension, put};
use moim_media::Timestamp;

/// How long after the moment that its timestamp names a packet left, in ticks of its stream's clock: −2²³ … 2²³ − 1
/// (RFC 5450, section 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransmissionOffset(i32);

impl TransmissionOffset {
    /// `None` for what does not fit into 24 bits.
    #[must_use]
    pub const fn new(ticks: i32) -> Option<Self> {
        if ticks << 8 >> 8 == ticks { Some(Self(ticks)) } else { None }
    }

    /// The offset in ticks.
    #[must_use]
    pub const fn ticks(self) -> i32 {
        self.0
    }

    /// When a packet of `timestamp` left.
    #[must_use]
    pub const fn after(self, timestamp: Timestamp) -> Timestamp {
        Timestamp(timestamp.0.wrapping_add_signed(self.0))
    }

    /// The value of the element.
    #[must_use]
    #[inline]
    pub const fn to_bytes(self) -> [u8; 3] {
        let [_, a, b, c] = self.0.to_be_bytes();
        [a, b, c]
    }
}

impl HeaderExtension<'_> for TransmissionOffset {
    const URI: &'static str = "urn:ietf:params:rtp-hdrext:toffset";

    #[inline]
    fn read(value: &[u8]) -> Option<Self> {
        let [a, b, c] = *value else { return None };
        // In the upper 24 bits first, so that the sign is theirs.
        Some(Self(i32::from_be_bytes([a, b, c, 0]) >> 8))
    }

    #[inline]
    fn value_len(&self) -> usize {
        3
    }

    #[inline]
    fn write(&self, into: &mut [u8]) -> Option<usize> {
        put(&self.to_bytes(), into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_has_24_bits_and_a_sign() {
        for (ticks, bytes) in [
            (0, [0, 0, 0]),
            (450, [0, 1, 0xc2]),
            (-1, [0xff; 3]),
            (0x7f_ffff, [0x7f, 0xff, 0xff]),
            (-0x80_0000, [0x80, 0, 0]),
        ] {
            let offset = TransmissionOffset::new(ticks).unwrap();
            assert_eq!((offset.to_bytes(), TransmissionOffset::read(&bytes)), (bytes, Some(offset)));
        }
        assert_eq!((TransmissionOffset::new(0x80_0000), TransmissionOffset::new(-0x80_0001)), (None, None));
        assert_eq!((TransmissionOffset::read(&[0; 2]), TransmissionOffset::read(&[0; 4])), (None, None));
        assert_eq!(TransmissionOffset(-3).after(Timestamp(1)), Timestamp(u32::MAX - 1));
    }
}
