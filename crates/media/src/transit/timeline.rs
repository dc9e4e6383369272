//! Where the sender's media time lies on the receiver's clock.

use crate::{Instant, MediaTime};
use core::time::Duration;

const NANOS_PER_MILLI: i64 = 1_000_000;

/// A difference between the two clocks: arrival minus media time, in nanoseconds.
///
/// RFC 3550, appendix A.8, calls it the relative transit time. Its zero is arbitrary; its changes are the
/// jitter, its minimum the path without queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Transit(pub i64);

impl Transit {
    /// The transit this much later; saturates.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos(duration)))
    }

    /// The same in milliseconds, of either sign.
    #[must_use]
    pub fn plus_millis(self, millis: f32) -> Self {
        Self(self.0.saturating_add((millis * NANOS_PER_MILLI as f32) as i64))
    }

    /// The transit this much earlier; saturates.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(nanos(duration)))
    }

    /// How far this is over `other`; zero when it is below.
    #[must_use]
    pub fn over(self, other: Self) -> Duration {
        u64::try_from(self.0.saturating_sub(other.0)).map_or(Duration::ZERO, Duration::from_nanos)
    }

    /// As [`over`](Self::over), but signed and in milliseconds.
    #[must_use]
    pub fn millis_over(self, other: Self) -> f32 {
        self.0.saturating_sub(other.0) as f32 / NANOS_PER_MILLI as f32
    }
}

/// Relates media times to instants; made from the first packet of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    origin: MediaTime,
}

impl Timeline {
    /// A stream whose first packet is of media time `first`.
    #[must_use]
    pub fn new(first: MediaTime) -> Self {
        Self { origin: first }
    }

    /// The transit of media of time `time` that arrives, or is presented, at `at`.
    #[must_use]
    pub fn transit(self, at: Instant, time: MediaTime) -> Transit {
        let at = i64::try_from(at.as_nanos()).unwrap_or(i64::MAX);
        Transit(at.saturating_sub(time.nanos_since(self.origin)))
    }

    /// The media time that is played at `at` with this transit; `None` before the stream's zero.
    #[must_use]
    pub fn time(self, at: Instant, transit: Transit) -> Option<MediaTime> {
        let since_origin = i64::try_from(at.as_nanos()).unwrap_or(i64::MAX).saturating_sub(transit.0);
        let span = Duration::from_nanos(since_origin.unsigned_abs());
        if since_origin >= 0 {
            return Some(self.origin + span);
        }
        let ticks = self.origin.ticks().checked_sub(self.origin.rate().ticks(span))?;
        Some(MediaTime::new(ticks, self.origin.rate()))
    }

    /// When media of time `time` arrives, or is presented, with this transit; not before the epoch.
    #[must_use]
    pub fn instant(self, time: MediaTime, transit: Transit) -> Instant {
        let at = time.nanos_since(self.origin).saturating_add(transit.0);
        Instant::from_nanos(u64::try_from(at).unwrap_or(0))
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClockRate;

    #[test]
    fn a_transit_its_instant_and_its_time_are_inverse() {
        let time = |ticks| MediaTime::new(ticks, ClockRate::HZ_90000);
        let timeline = Timeline::new(time(1 << 40));
        let at = Instant::from_millis(5_000);
        for ticks in [1 << 40, (1 << 40) + 90_000, (1 << 40) - 90_000] {
            let transit = timeline.transit(at, time(ticks));
            assert_eq!(timeline.instant(time(ticks), transit), at);
            assert_eq!(timeline.time(at, transit), Some(time(ticks)));
        }
        assert_eq!(
            timeline.instant(time(0), timeline.transit(Instant::EPOCH, time(1 << 40))),
            Instant::EPOCH
        );
        assert_eq!(Timeline::new(time(0)).time(Instant::EPOCH, Transit(1_000_000_000)), None);
    }
}
