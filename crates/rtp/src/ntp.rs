//! Wall-clock time as sender reports carry it (RFC 3550, section 4).

use core::time::Duration;

/// Seconds from 1900-01-01, the NTP era 0, to 1970-01-01.
const UNIX_EPOCH: u64 = 2_208_988_800;

/// A wall-clock time: seconds since 1900 in the high 32 bits, their fraction in the low 32.
///
/// It wraps in 2036; only differences between near times mean something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NtpTime(pub u64);

impl NtpTime {
    /// The time `since` after 1970-01-01 UTC, rounded down to 2⁻³² s.
    #[must_use]
    pub const fn from_unix(since: Duration) -> Self {
        let seconds = since.as_secs().wrapping_add(UNIX_EPOCH);
        let fraction = ((since.subsec_nanos() as u64) << 32) / 1_000_000_000;
        Self((seconds << 32) | fraction)
    }

    /// The middle 32 bits, by which a receiver names the report it has heard.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "the upper half of the seconds is what is dropped")]
    pub const fn middle32(self) -> NtpShort {
        NtpShort((self.0 >> 16) as u32)
    }

    /// Time since `earlier`; zero when `earlier` is the later one, by the shorter way around the era.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        let ticks = self.0.wrapping_sub(earlier.0);
        if ticks > u64::MAX / 2 {
            return Duration::ZERO;
        }
        // Below 10⁹ for a fraction below 2³².
        let nanos = ((ticks & 0xffff_ffff) * 1_000_000_000) >> 32;
        Duration::from_nanos((ticks >> 32) * 1_000_000_000 + nanos)
    }
}

/// A time or a span in units of 2⁻¹⁶ s, wrapping after about 18 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NtpShort(pub u32);

impl NtpShort {
    /// The span, rounded down to 2⁻¹⁶ s; the longest there is for anything longer.
    #[must_use]
    pub fn from_duration(span: Duration) -> Self {
        Self(u32::try_from((span.as_nanos() << 16) / 1_000_000_000).unwrap_or(u32::MAX))
    }

    /// The span, rounded down to a nanosecond.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_nanos((self.0 as u64 * 1_000_000_000) >> 16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unix_epoch_is_seventy_years_into_the_era() {
        let time = NtpTime::from_unix(Duration::from_millis(500));
        assert_eq!(time.0, (UNIX_EPOCH << 32) | 0x8000_0000);
        assert_eq!(time.middle32().0, ((UNIX_EPOCH as u32) << 16) | 0x8000);
    }

    #[test]
    fn differences_cross_the_end_of_the_era() {
        let era = Duration::from_secs((1 << 32) - UNIX_EPOCH);
        let before = NtpTime::from_unix(era - Duration::from_millis(250));
        let after = NtpTime::from_unix(era + Duration::from_millis(250));
        assert_eq!(after.since(before), Duration::from_millis(500));
        assert_eq!(before.since(after), Duration::ZERO);
    }

    #[test]
    fn short_spans_keep_sixteen_microseconds_and_saturate() {
        let span = Duration::from_millis(1_234);
        let short = NtpShort::from_duration(span);
        assert!(span - short.duration() < Duration::from_micros(16));
        assert_eq!(NtpShort::from_duration(Duration::MAX).0, u32::MAX);
    }
}
