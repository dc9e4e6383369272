//! The one place that asks what time it is.

use moim_media::Instant;
use std::time::{Duration, SystemTime};

/// The machine's monotonic clock, counted from when it was started, and the wall-clock time of that moment.
///
/// Copies share the epoch: give every thread of a program a copy of one clock, and their times compare. The wall
/// clock is read once; that it is set later changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    epoch: std::time::Instant,
    unix_epoch: Duration,
}

impl Clock {
    /// A clock whose epoch is now.
    #[must_use]
    pub fn start() -> Self {
        // A machine whose clock stands before 1970 has no wall-clock time worth keeping.
        let unix_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { epoch: std::time::Instant::now(), unix_epoch }
    }

    /// Time since the epoch of this clock; never goes back.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::EPOCH + self.epoch.elapsed()
    }

    /// Wall-clock time of `at`, as time since 1 January 1970 UTC. An NTP timestamp (RFC 3550, section 4) is
    /// this plus 2 208 988 800 seconds.
    #[must_use]
    pub fn unix_time(&self, at: Instant) -> Duration {
        self.unix_epoch.saturating_add(at.since_epoch())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_share_one_monotonic_time() {
        let clock = Clock::start();
        let copy = clock;
        let (first, second, third) = (clock.now(), copy.now(), clock.now());
        assert!(first <= second && second <= third);
    }

    #[test]
    fn wall_clock_time_runs_with_the_clock() {
        let clock = Clock::start();
        let start = clock.unix_time(Instant::EPOCH);
        assert_eq!(clock.unix_time(Instant::from_millis(1_500)), start + Duration::from_millis(1_500));
        let since_2020 = Duration::from_secs(1_577_836_800);
        assert!(start > since_2020, "the wall clock of this machine is not set");
    }
}
