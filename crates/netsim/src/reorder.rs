//! Packets that take a detour and are overtaken.

use crate::config::{ConfigError, longer_than_zero, probability};
use crate::random::{Model, Random};
use core::time::Duration;

/// Holds single packets back so that those behind them arrive first.
///
/// The packet overtaken arrives `by` later than it would have, whatever [`Order`](crate::Order) says; the ones
/// behind do not wait for it. With a packet every 20 ms and `by` 50 ms it is overtaken by two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reorder {
    /// That a packet is held back, 0 … 1.
    pub probability: f64,
    /// How long it is held back.
    pub by: Duration,
}

impl Reorder {
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        probability("reordering", self.probability)?;
        longer_than_zero("reordering", self.by)
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
        let Reorder { probability, by } = self.config?;
        self.random.chance(probability).then_some(by)
    }
}
