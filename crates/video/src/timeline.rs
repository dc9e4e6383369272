//! Where the sender's media time lies on the receiver's clock.

use core::time::Duration;
use moim_media::{Instant, MediaTime};

/// A difference between the two clocks: arrival minus media time, in nanoseconds.
///
/// RFC 3550, appendix A.8, calls it the relative transit time. Its zero is arbitrary; its changes are the
/// jitter, its minimum the path without queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Transit(pub(crate) i64);

impl Transit {
    pub(crate) fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos(duration)))
    }

    pub(crate) fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(nanos(duration)))
    }

    /// How far this is over `other`; zero when it is below.
    pub(crate) fn over(self, other: Self) -> Duration {
        u64::try_from(self.0.saturating_sub(other.0)).map_or(Duration::ZERO, Duration::from_nanos)
    }
}

/// Relates media times to instants; made from the first packet of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeline {
    origin: MediaTime,
}

impl Timeline {
    pub(crate) fn new(first: MediaTime) -> Self {
        Self { origin: first }
    }

    /// The transit of a picture of media time `time` that arrives, or is shown, at `at`.
    pub(crate) fn transit(self, at: Instant, time: MediaTime) -> Transit {
        let at = i64::try_from(at.as_nanos()).unwrap_or(i64::MAX);
        Transit(at.saturating_sub(time.nanos_since(self.origin)))
    }

    /// When a picture of media time `time` arrives, or is shown, with this transit.
    pub(crate) fn instant(self, time: MediaTime, transit: Transit) -> Instant {
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
    use moim_media::ClockRate;

    #[test]
    fn a_transit_and_its_instant_are_inverse() {
        let time = |ticks| MediaTime::new(ticks, ClockRate::HZ_90000);
        let timeline = Timeline::new(time(1 << 40));
        let at = Instant::from_millis(5_000);
        for ticks in [1 << 40, (1 << 40) + 90_000, (1 << 40) - 90_000] {
            assert_eq!(timeline.instant(time(ticks), timeline.transit(at, time(ticks))), at);
        }
        assert_eq!(
            timeline.instant(time(0), timeline.transit(Instant::EPOCH, time(1 << 40))),
            Instant::EPOCH
        );
    }
}
