//! How long a receiver is to hold pictures back: playout delay (webrtc.org, experiments/rtp-hdrext/playout-delay).

use super::{HeaderExtension, put};
use core::time::Duration;

const STEP: Duration = Duration::from_millis(10);
const MOST: u16 = 0xfff;

/// The bounds of the delay from capture to display that a sender wishes, in steps of 10 ms up to 40.95 s. It stays
/// valid until the next one.
///
/// Both zero ask for display as soon as possible, without smoothness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PlayoutDelay {
    min: u16,
    max: u16,
}

impl PlayoutDelay {
    /// Between `min` and `max`, both rounded down to 10 ms; `None` when `min` is the greater one or `max` is more
    /// than 40.95 s.
    #[must_use]
    pub fn new(min: Duration, max: Duration) -> Option<Self> {
        let steps = |delay: Duration| u16::try_from(delay.as_millis() / STEP.as_millis()).ok();
        Self::of_steps(steps(min)?, steps(max)?)
    }

    /// The shortest delay wished.
    #[must_use]
    pub fn min(self) -> Duration {
        STEP * u32::from(self.min)
    }

    /// The longest delay wished.
    #[must_use]
    pub fn max(self) -> Duration {
        STEP * u32::from(self.max)
    }

    /// The value of the element.
    #[must_use]
    #[inline]
    pub const fn to_bytes(self) -> [u8; 3] {
        let [_, a, b, c] = ((self.min as u32) << 12 | self.max as u32).to_be_bytes();
        [a, b, c]
    }

    fn of_steps(min: u16, max: u16) -> Option<Self> {
        (min <= max && max <= MOST).then_some(Self { min, max })
    }
}

impl HeaderExtension<'_> for PlayoutDelay {
    const URI: &'static str = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";

    #[inline]
    fn read(value: &[u8]) -> Option<Self> {
        let [a, b, c] = *value else { return None };
        Self::of_steps(u16::from_be_bytes([a, b]) >> 4, u16::from_be_bytes([b, c]) & MOST)
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
    fn twelve_bits_each_in_steps_of_10_ms() {
        let delay = PlayoutDelay::new(Duration::from_millis(129), Duration::from_secs(40)).unwrap();
        assert_eq!((delay.min(), delay.max()), (Duration::from_millis(120), Duration::from_secs(40)));
        assert_eq!(delay.to_bytes(), [0x00, 0xcf, 0xa0]);
        assert_eq!(PlayoutDelay::read(&[0x00, 0xcf, 0xa0]), Some(delay));
        assert_eq!((PlayoutDelay::read(&[0, 0]), PlayoutDelay::read(&[0; 4])), (None, None));
    }

    #[test]
    fn bounds_are_in_order_and_fit() {
        let (ten, twenty) = (Duration::from_millis(10), Duration::from_millis(20));
        assert_eq!(PlayoutDelay::new(twenty, ten), None);
        assert_eq!(PlayoutDelay::new(ten, ten).map(PlayoutDelay::max), Some(ten));
        assert_eq!(PlayoutDelay::read(&[0x00, 0x20, 0x01]), None);
        let longest = Duration::from_millis(40_950);
        assert!(PlayoutDelay::new(longest, longest).is_some());
        assert_eq!(PlayoutDelay::new(ten, longest + ten), None);
        assert_eq!(PlayoutDelay::new(ten, Duration::MAX), None);
    }
}
