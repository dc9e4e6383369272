//! The talker's choices, all from its seed.

use rand_core::Rng;
use rand_pcg::Pcg32;

#[derive(Clone, Debug)]
pub(super) struct Dice(Pcg32);

impl Dice {
    /// Independent dice for each `purpose` under one seed.
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        Self(Pcg32::new(seed, purpose))
    }

    /// Evenly in 0 … 1, one excluded.
    pub(super) fn unit(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    pub(super) fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[(self.unit() * from.len() as f64) as usize]
    }

    /// White noise of unit variance: a sum of four uniform numbers, near enough to Gaussian.
    pub(super) fn noise(&mut self) -> f64 {
        const SCALE: f64 = 1.732_050_807_568_877_2;
        (self.unit() + self.unit() + self.unit() + self.unit() - 2.0) * SCALE
    }
}
