//! When something was captured, on a clock that may be somebody else's.

use moim_media::Instant;
use moim_rtp::NtpTime;

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// Signed nanoseconds on a clock whose zero does not matter: only differences mean something. They saturate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockTime(i64);

/// What a capture time rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// The sender's reports: the time is on the sender's wall clock (RFC 3550, section 6.4.1).
    Report,
    /// Arrivals alone: the time is on the receiver's clock, and the fastest packets are taken to have needed no time
    /// at all. Between two streams of one sender it is wrong by how much longer one of them needs at its fastest.
    Arrival,
}

/// When something was captured, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// On the sender's wall clock, once its reports tell.
    pub by_report: Option<ClockTime>,
    /// On the receiver's clock, from the fastest packets.
    pub by_arrival: Option<ClockTime>,
}

impl ClockTime {
    /// The time `nanos` nanoseconds after the clock's zero.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the clock's zero.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Signed nanoseconds from `other` to `self`.
    #[must_use]
    pub const fn nanos_since(self, other: Self) -> i64 {
        self.0.saturating_sub(other.0)
    }
}

impl From<Instant> for ClockTime {
    fn from(now: Instant) -> Self {
        Self(i64::try_from(now.as_nanos()).unwrap_or(i64::MAX))
    }
}

impl From<NtpTime> for ClockTime {
    /// Nanoseconds since 1900. A time in the lower half of the era is one of the next era, which begins in 2036.
    fn from(ntp: NtpTime) -> Self {
        let (seconds, fraction) = (ntp.0 >> 32, ntp.0 & 0xffff_ffff);
        let era = if seconds < 1 << 31 { 1 << 32 } else { 0 };
        // Below 2³³ seconds, which is less than 2⁶³ nanoseconds.
        let seconds = (seconds + era).cast_signed();
        Self(seconds * NANOS_PER_SECOND + ((fraction * 1_000_000_000) >> 32).cast_signed())
    }
}

impl Captured {
    /// The best that is known.
    #[must_use]
    pub const fn basis(&self) -> Option<Basis> {
        match self {
            Self { by_report: Some(_), .. } => Some(Basis::Report),
            Self { by_arrival: Some(_), .. } => Some(Basis::Arrival),
            _ => None,
        }
    }

    /// The time on `basis`.
    #[must_use]
    pub const fn on(&self, basis: Basis) -> Option<ClockTime> {
        match basis {
            Basis::Report => self.by_report,
            Basis::Arrival => self.by_arrival,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;

    #[test]
    fn the_sender_clock_passes_the_end_of_the_era() {
        let at = |millis| ClockTime::from(NtpTime::from_unix(Duration::from_millis(millis)));
        let era = ((1 << 32) - 2_208_988_800) * 1_000;
        assert_eq!(at(era + 250).nanos_since(at(era - 250)), 500_000_000);
        assert_eq!(at(1_000).nanos_since(at(0)), NANOS_PER_SECOND);
        assert!(
            ClockTime::from(NtpTime(u64::MAX / 2)).as_nanos() > ClockTime::from(NtpTime(u64::MAX)).as_nanos()
        );
    }

    #[test]
    fn differences_saturate() {
        assert_eq!(ClockTime::from_nanos(i64::MIN).nanos_since(ClockTime::from_nanos(1)), i64::MIN);
        assert_eq!(ClockTime::from(Instant::MAX).as_nanos(), i64::MAX);
    }
}
