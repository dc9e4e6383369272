//! The same delay, whatever happens: what every other policy is to be compared with.

use super::{DelayPolicy, Grid, Observation};
use core::time::Duration;
use moim_media::Instant;
use moim_media::transit::{Base, Transit};

/// Aims at one delay above the fastest packets of the last 20 s.
#[derive(Clone, Debug)]
pub struct Fixed {
    delay: Duration,
    base: Base,
}

impl Fixed {
    /// Aims at `delay`.
    #[must_use]
    pub fn new(delay: Duration) -> Self {
        Self { delay, base: Base::new() }
    }
}

impl DelayPolicy for Fixed {
    fn observe(&mut self, observation: Observation) {
        if let Observation::Arrived(arrival) = observation {
            self.base.record(arrival.at, arrival.transit);
        }
    }

    fn choose(&mut self, _now: Instant, grid: Grid) -> Option<Transit> {
        Some(grid.at_least(self.base()?.plus(self.delay)))
    }

    fn base(&self) -> Option<Transit> {
        self.base.transit()
    }

    fn first_wait(&self) -> Duration {
        self.delay
    }

    fn clear(&mut self) {
        self.base.clear();
    }
}
