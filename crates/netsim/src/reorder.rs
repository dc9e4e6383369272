//! Packets that take a detour and are overtaken.

use crate::config::{ConfigError, longer_than_zero, probability};
use crate::random::{Model, Random};
use core::time::Duration;

/// Holds single packets back so that those behind them arrive first.
///
/// The packet overtaken arrives later than it would have, whatever [`Order`](crate::Order) says; the ones behind do not
/// wait for it. With a packet every 20 ms, one that is held back by 50 ms is overtaken by two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reorder {
    /// That a packet is held back, 0 … 1.
    pub probability: f64,
    /// The least by which it is held back; anything up to `longest` is equally likely.
    pub shortest: Duration,
    /// The most.
    pub longest: Duration,
}

impl Reorder {
    /// Holds every such packet back `by` the same time.
    #[must_use]
    pub const fn by(probability: f64, by: Duration) -> Self {
        Self { probability, shortest: by, longest: by }
    }

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        probability("reordering", self.probability)?;
        longer_than_zero("reordering", self.shortest)?;
        if self.shortest > self.longest {
            return Err(ConfigError::EmptyRange { setting: "reordering" });
        }
        Ok(())
    }
}

/// A reordering and its dice.
#[derive(Clone, Debug)]
pub(crate) struct ReorderState {
    config: Option<Reorder>,
    random: Random,
}

impl ReorderState {
    pub(crate) fn new(config: Option<Reorder>, seed: u64) -> Self {
        Self { config, random: Random::new(seed, Model::Reorder) }
    }

    /// How long the next packet is held back, if it is.
    pub(crate) fn next(&mut self) -> Option<Duration> {
        let Reorder { probability, shortest, longest } = self.config?;
        if !self.random.chance(probability) {
            return None;
        }
        // One time for all needs no dice: what was recorded before there were ranges stays as it was.
        Some(if shortest == longest { shortest } else { self.random.duration(shortest, longest) })
    }
}
