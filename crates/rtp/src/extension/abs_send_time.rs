//! When a packet left: absolute send time (webrtc.org, experiments/rtp-hdrext/abs-send-time).

use super::{HeaderExtension, put};
use crate::NtpTime;
use core::time::Duration;
use moim_media::Instant;

/// Fractional bits of a second.
const FRACTION: u32 = 18;
const MASK: u32 = 0xff_ffff;

/// A time on the sender's clock in units of 2⁻¹⁸ s, about 3.8 µs. It wraps every 64 s: only differences between near
/// times mean something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AbsSendTime(u32);

impl AbsSendTime {
    /// The time `ticks` units after the last wrap; `None` for more than 24 bits.
    #[must_use]
    pub const fn new(ticks: u32) -> Option<Self> {
        if ticks <= MASK { Some(Self(ticks)) } else { None }
    }

    /// Units since the last wrap.
    #[must_use]
    pub const fn ticks(self) -> u32 {
        self.0
    }

    /// The time of a packet that leaves at `now`, rounded down. Any clock serves the receiver that compares
    /// differences, as all do.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "whole turns of 64 s are what is dropped")]
    pub const fn at(now: Instant) -> Self {
        let nanos = now.as_nanos();
        let fraction = ((nanos % 1_000_000_000) << FRACTION) / 1_000_000_000;
        Self((((nanos / 1_000_000_000) << FRACTION) | fraction) as u32 & MASK)
    }

    /// Time since `earlier`; zero when `earlier` is the later one, by the shorter way around.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        let ticks = self.ticks_since(earlier);
        if ticks < 0 {
            return Duration::ZERO;
        }
        Duration::from_nanos((ticks as u64 * 1_000_000_000) >> FRACTION)
    }

    /// Units from `earlier` to this time, by the shorter way around: negative when `earlier` is the later one,
    /// −2²³ … 2²³ − 1.
    #[must_use]
    pub const fn ticks_since(self, earlier: Self) -> i32 {
        // The difference fills the upper 24 bits, so that its sign is theirs.
        (self.0.wrapping_sub(earlier.0) << 8).cast_signed() >> 8
    }

    /// The last such time not after `arrival`: when the packet left, if the two clocks agree and it was under way
    /// for less than 64 s.
    #[must_use]
    pub const fn before(self, arrival: NtpTime) -> NtpTime {
        let arrival = arrival.0 >> (32 - FRACTION);
        let under_way = arrival.wrapping_sub(self.0 as u64) & MASK as u64;
        NtpTime(arrival.wrapping_sub(under_way) << (32 - FRACTION))
    }

    /// The value of the element.
    #[must_use]
    #[inline]
    pub const fn to_bytes(self) -> [u8; 3] {
        let [_, a, b, c] = self.0.to_be_bytes();
        [a, b, c]
    }
}

impl From<NtpTime> for AbsSendTime {
    /// Rounds down.
    #[allow(clippy::cast_possible_truncation, reason = "whole turns of 64 s are what is dropped")]
    fn from(time: NtpTime) -> Self {
        Self((time.0 >> (32 - FRACTION)) as u32 & MASK)
    }
}

impl HeaderExtension<'_> for AbsSendTime {
    const URI: &'static str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";

    #[inline]
    fn read(value: &[u8]) -> Option<Self> {
        let [a, b, c] = *value else { return None };
        Some(Self(u32::from_be_bytes([0, a, b, c])))
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
    fn seconds_have_6_bits_and_their_fraction_18() {
        let time = AbsSendTime::at(Instant::from_millis(64_000 * 7 + 1_500));
        assert_eq!(time.to_bytes(), [0x06, 0, 0]);
        assert_eq!(AbsSendTime::read(&[0x06, 0, 0]), Some(time));
        assert_eq!((AbsSendTime::read(&[1, 2]), AbsSendTime::read(&[1, 2, 3, 4])), (None, None));
        assert_eq!(
            (AbsSendTime::new(MASK).map(AbsSendTime::ticks), AbsSendTime::new(MASK + 1)),
            (Some(MASK), None)
        );
        assert_eq!(AbsSendTime::at(Instant::MAX).ticks() >> FRACTION, 9);
    }

    #[test]
    fn both_clocks_give_the_same_time() {
        // NTP's era began a multiple of 64 s before Unix'.
        for millis in [0, 1, 999, 63_999, 64_000, 1_700_000_000_123] {
            let ntp = NtpTime::from_unix(Duration::from_millis(millis));
            let difference =
                AbsSendTime::from(ntp).ticks_since(AbsSendTime::at(Instant::from_millis(millis)));
            assert!((-1..=0).contains(&difference), "{millis}: {difference}");
        }
    }

    #[test]
    fn differences_cross_the_wrap() {
        let before = AbsSendTime::at(Instant::from_millis(63_750));
        let after = AbsSendTime::at(Instant::from_millis(64_500));
        assert_eq!(after.since(before), Duration::from_millis(750));
        assert_eq!(before.since(after), Duration::ZERO);
        assert_eq!(after.ticks_since(before), 3 << 16);
        assert_eq!(before.ticks_since(after), -(3 << 16));
        let half = AbsSendTime::new(1 << 23).unwrap();
        assert_eq!(half.ticks_since(AbsSendTime(0)), -(1 << 23));
    }

    #[test]
    fn the_time_of_departure_is_the_last_before_the_arrival() {
        for (sent, under_way) in [(10_000, 0), (10_000, 40), (63_990, 20), (128_000, 63_999)] {
            let at = |millis| NtpTime::from_unix(Duration::from_millis(millis));
            let found = AbsSendTime::from(at(sent)).before(at(sent + under_way));
            assert!(at(sent).since(found) < Duration::from_micros(4), "{sent} {under_way}");
            assert!(found.since(at(sent)).is_zero());
        }
    }
}
