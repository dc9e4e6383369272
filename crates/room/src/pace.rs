//! How often somebody may do something.

use core::time::Duration;
use moim_media::Instant;

/// One thing in `every`, and up to `burst` of them at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The time between two, in the long run; zero does not limit.
    pub every: Duration,
    /// How many may come at once after a rest; at least 1.
    pub burst: u32,
}

/// How much of a [`Pace`] is used up: the time from which on nothing of it is (the "theoretical arrival time" of the
/// generic cell rate algorithm, ITU-T I.371).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Used(Instant);

impl Used {
    /// When one more is allowed; not after `now` when it is now.
    pub(crate) fn free_at(self, pace: Pace) -> Instant {
        self.0 - pace.every * pace.burst.saturating_sub(1)
    }

    /// One more was done at `now`.
    pub(crate) fn one_more(self, now: Instant, pace: Pace) -> Self {
        Self(self.0.max(now) + pace.every)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_at_a_time() {
        let pace = Pace { every: Duration::from_secs(2), burst: 3 };
        let (mut used, mut allowed) = (Used::default(), Vec::new());
        for second in 10..20 {
            for _ in 0..4 {
                let now = Instant::from_millis(1_000 * second);
                if used.free_at(pace) <= now {
                    used = used.one_more(now, pace);
                    allowed.push(second);
                }
            }
        }
        assert_eq!(allowed, [10, 10, 10, 12, 14, 16, 18]);
    }
}
