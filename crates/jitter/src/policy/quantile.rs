//! The delay at which a given share of frames comes in time: how NetEQ and most papers before 2000 choose it (Ramjee,
//! Kurose, Towsley and Schulzrinne, INFOCOM 1994; Moon, Kurose and Towsley, Multimedia Systems 6(1), 1998).

use super::{DelayPolicy, Grid, Observation};
use crate::ConfigError;
use crate::histogram::{Histogram, Tail, TailSums};
use core::time::Duration;
use moim_media::Instant;
use moim_media::transit::{Base, Transit};

/// What the first packet of all waits.
const FIRST_WAIT: Duration = Duration::from_millis(30);

/// Aims at a quantile of the transits of the past, which fade exponentially.
#[derive(Clone, Debug)]
pub struct Quantile {
    share: f32,
    history: Histogram,
    sums: TailSums,
    base: Base,
}

impl Quantile {
    /// Aims to have `share` (0 … 1) of the frames in time; a frame is forgotten, to 1/e, after `memory`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Share`] when `share` is none, [`ConfigError::Memory`] when `memory` is nothing.
    pub fn new(share: f32, memory: Duration) -> Result<Self, ConfigError> {
        if !(0.0..=1.0).contains(&share) {
            return Err(ConfigError::Share { share });
        }
        if memory.is_zero() {
            return Err(ConfigError::Memory);
        }
        Ok(Self {
            share,
            history: Histogram::new(memory.as_secs_f32()),
            sums: TailSums::new(),
            base: Base::new(),
        })
    }
}

impl DelayPolicy for Quantile {
    fn observe(&mut self, observation: Observation) {
        match observation {
            Observation::Arrived(arrival) => {
                self.base.record(arrival.at, arrival.transit);
                self.history.record(arrival.at, arrival.transit, 1.0);
            }
            Observation::Repaired { at, transit, by } => self.history.record(at, transit, by.worth()),
            Observation::Lost { at, frames } => self.history.record_lost(at, frames as f32),
        }
    }

    fn choose(&mut self, _now: Instant, grid: Grid) -> Option<Transit> {
        let base = self.base()?;
        let tail: Tail<'_> = self.history.tail(&mut self.sums);
        let late = tail.total() * (1.0 - self.share);
        grid.candidates(base)
            .find(|&candidate| tail.above(candidate) <= late)
            .or(grid.candidates(base).last())
    }

    fn base(&self) -> Option<Transit> {
        self.base.transit()
    }

    fn first_wait(&self) -> Duration {
        FIRST_WAIT
    }

    fn clear(&mut self) {
        self.history.clear();
        self.base.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Arrival;
    use moim_media::codec::Content;
    use moim_media::{ClockRate, MediaTime};

    #[test]
    fn what_is_no_quantile_is_refused() {
        let second = Duration::from_secs(1);
        assert_eq!(Quantile::new(1.1, second).err(), Some(ConfigError::Share { share: 1.1 }));
        assert!(Quantile::new(f32::NAN, second).is_err());
        assert_eq!(Quantile::new(0.9, Duration::ZERO).err(), Some(ConfigError::Memory));
    }

    #[test]
    fn covers_the_share_and_no_more() {
        let mut policy = Quantile::new(0.95, Duration::from_secs(25)).unwrap();
        for packet in 0..1_000 {
            let late = packet * 7 % 100;
            policy.observe(Observation::Arrived(Arrival {
                at: Instant::from_millis(1_000 + packet * 20 + late),
                time: MediaTime::new(packet * 960, ClockRate::HZ_48000),
                transit: Transit(late as i64 * 1_000_000),
                content: Content::Speech,
            }));
        }
        let grid = Grid { pulled: Transit(0), least: Duration::ZERO, most: Duration::from_millis(500) };
        let target = policy.choose(Instant::from_millis(21_000), grid);
        assert!(target == Some(Transit(90_000_000)) || target == Some(Transit(100_000_000)), "{target:?}");
    }
}
