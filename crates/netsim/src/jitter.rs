//! Delay that differs from packet to packet.

use crate::config::{ConfigError, longer_than_zero};
use crate::episodes::{Episodes, EpisodesState};
use crate::random::{Model, Random, seconds};
use core::time::Duration;
use moim_media::Instant;

/// How much longer than the propagation delay a packet takes: a distribution, never below zero.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Jitter {
    /// No longer.
    #[default]
    None,
    /// Anything up to `max`, equally likely.
    Uniform {
        /// The most.
        max: Duration,
    },
    /// A bell around `mean`, cut at zero and at twice the mean so that the mean stays what it says.
    Normal {
        /// The middle.
        mean: Duration,
        /// Standard deviation of the uncut bell.
        deviation: Duration,
    },
    /// Skewed to the right, the usual shape of queueing delay.
    Gamma {
        /// The mean.
        mean: Duration,
        /// Standard deviation; equal to the mean it is the exponential distribution.
        deviation: Duration,
    },
    /// Heavy-tailed: mostly little, rarely very much (Pareto type II, also called Lomax, cut at `max`).
    Pareto {
        /// The larger, the longer all delays; uncut, the mean is `scale / (shape − 1)`.
        scale: Duration,
        /// The smaller, the heavier the tail; above 0, wild below 2.
        shape: f64,
        /// No packet takes longer.
        max: Duration,
    },
}

impl Jitter {
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        match *self {
            Self::None | Self::Uniform { .. } => Ok(()),
            Self::Normal { mean, deviation } | Self::Gamma { mean, deviation } => {
                longer_than_zero("jitter mean", mean)?;
                longer_than_zero("jitter deviation", deviation)
            }
            Self::Pareto { scale, shape, .. } => {
                longer_than_zero("jitter scale", scale)?;
                if shape.is_finite() && shape > 0.0 {
                    Ok(())
                } else {
                    Err(ConfigError::Shape { value: shape })
                }
            }
        }
    }

    pub(crate) fn sample(&self, random: &mut Random) -> Duration {
        match *self {
            Self::None => Duration::ZERO,
            Self::Uniform { max } => random.duration(Duration::ZERO, max),
            Self::Normal { mean, deviation } => {
                seconds(cut_normal(random, mean.as_secs_f64(), deviation.as_secs_f64()))
            }
            Self::Gamma { mean, deviation } => {
                let (mean, deviation) = (mean.as_secs_f64(), deviation.as_secs_f64());
                let shape = (mean / deviation) * (mean / deviation);
                seconds(random.gamma(shape) * mean / shape)
            }
            Self::Pareto { scale, shape, max } => {
                let scale = scale.as_secs_f64();
                // The inverse of the distribution function, over the part of it below `max`.
                let beyond = libm::pow(1.0 + max.as_secs_f64() / scale, -shape);
                let tail = 1.0 - random.unit() * (1.0 - beyond);
                seconds(scale * (libm::pow(tail, -1.0 / shape) - 1.0)).min(max)
            }
        }
    }
}

/// A normal variable between 0 and twice its mean, by rejection; every try succeeds with probability 0.6 or more.
fn cut_normal(random: &mut Random, mean: f64, deviation: f64) -> f64 {
    loop {
        if deviation <= mean {
            let x = mean + deviation * random.normal();
            if (0.0..=2.0 * mean).contains(&x) {
                return x;
            }
        } else {
            // A wide bell is nearly flat between the cuts: propose flat, and reject into shape.
            let x = 2.0 * mean * random.unit();
            let z = (x - mean) / deviation;
            if random.chance(libm::exp(-0.5 * z * z)) {
                return x;
            }
        }
    }
}

/// Spells of heavier jitter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JitterBursts {
    /// When they come and how long they last.
    pub when: Episodes,
    /// What packets suffer then, on top of the ordinary jitter.
    pub jitter: Jitter,
}

impl JitterBursts {
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        self.when.validate("jitter bursts")?;
        self.jitter.validate()
    }
}

/// Ordinary jitter and bursts, with their dice.
#[derive(Clone, Debug)]
pub(crate) struct JitterState {
    jitter: Jitter,
    random: Random,
    bursts: Option<(EpisodesState, Jitter, Random)>,
}

impl JitterState {
    pub(crate) fn new(jitter: Jitter, bursts: Option<JitterBursts>, seed: u64) -> Self {
        Self {
            jitter,
            random: Random::new(seed, Model::Jitter),
            bursts: bursts.map(|bursts| {
                let when = EpisodesState::new(bursts.when, Random::new(seed, Model::Bursts));
                (when, bursts.jitter, Random::new(seed, Model::BurstJitter))
            }),
        }
    }

    /// For the next packet, which leaves `at`; never earlier than the one before.
    pub(crate) fn next(&mut self, at: Instant) -> Duration {
        let mut sum = self.jitter.sample(&mut self.random);
        if let Some((when, jitter, random)) = &mut self.bursts
            && when.until(at).is_some()
        {
            sum = sum.saturating_add(jitter.sample(random));
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: usize = 100_000;

    /// Samples in milliseconds, sorted.
    fn samples(jitter: Jitter) -> alloc::vec::Vec<f64> {
        jitter.validate().unwrap();
        let mut random = Random::new(3, Model::Jitter);
        let mut samples: alloc::vec::Vec<f64> =
            (0..DRAWS).map(|_| jitter.sample(&mut random).as_secs_f64() * 1e3).collect();
        samples.sort_by(f64::total_cmp);
        samples
    }

    fn mean(samples: &[f64]) -> f64 {
        samples.iter().sum::<f64>() / samples.len() as f64
    }

    fn deviation(samples: &[f64]) -> f64 {
        let mean = mean(samples);
        (samples.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / samples.len() as f64).sqrt()
    }

    /// Within 2 %: more than five standard errors of every estimate below.
    fn close(actual: f64, expected: f64) {
        assert!((actual / expected - 1.0).abs() < 0.02, "{actual}, expected {expected}");
    }

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn uniform_fills_its_range() {
        let uniform = samples(Jitter::Uniform { max: ms(30) });
        close(mean(&uniform), 15.0);
        close(deviation(&uniform), 30.0 / 12.0_f64.sqrt());
        assert!(uniform[0] < 0.01 && uniform[DRAWS - 1] > 29.99 && uniform[DRAWS - 1] <= 30.0);
    }

    #[test]
    fn normal_keeps_its_mean_when_cut() {
        let narrow = samples(Jitter::Normal { mean: ms(30), deviation: ms(5) });
        close(mean(&narrow), 30.0);
        close(deviation(&narrow), 5.0);
        let wide = samples(Jitter::Normal { mean: ms(30), deviation: ms(60) });
        close(mean(&wide), 30.0);
        assert!(wide[DRAWS - 1] <= 60.0);
        // Between flat (30 / √3) and the bell.
        assert!((15.0..17.3).contains(&deviation(&wide)), "{}", deviation(&wide));
    }

    #[test]
    fn gamma_has_its_mean_and_deviation() {
        for spread in [10, 20, 40] {
            let gamma = samples(Jitter::Gamma { mean: ms(20), deviation: ms(spread) });
            close(mean(&gamma), 20.0);
            close(deviation(&gamma), spread as f64);
        }
    }

    #[test]
    fn pareto_has_its_quantiles_and_its_cut() {
        let pareto = samples(Jitter::Pareto { scale: ms(10), shape: 1.5, max: ms(100_000) });
        let quantile = |p: f64| 10.0 * ((1.0 - p).powf(-1.0 / 1.5) - 1.0);
        close(pareto[DRAWS / 2], quantile(0.5));
        close(pareto[DRAWS * 9 / 10], quantile(0.9));
        let cut = samples(Jitter::Pareto { scale: ms(10), shape: 1.5, max: ms(200) });
        assert!(cut[DRAWS - 1] <= 200.0 && cut[DRAWS - 1] > 190.0);
    }

    #[test]
    fn impossible_shapes_are_refused() {
        let none = Duration::ZERO;
        assert!(Jitter::Gamma { mean: none, deviation: ms(1) }.validate().is_err());
        assert!(Jitter::Normal { mean: ms(1), deviation: none }.validate().is_err());
        for shape in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Jitter::Pareto { scale: ms(1), shape, max: ms(9) }.validate().is_err());
        }
    }
}
