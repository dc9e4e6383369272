//! Dice that fall the same way on every machine: PCG, and samplers of our own over `libm`.

use core::time::Duration;
use rand_core::Rng as _;
use rand_pcg::Pcg64;

/// One stream of random numbers, for one model of one link.
#[derive(Clone, Debug)]
pub(crate) struct Random(Pcg64);

impl Random {
    /// The stream of `model` under `seed`. Streams of different models are unrelated, so that turning one model
    /// on or off leaves the others' dice as they were.
    pub(crate) fn new(seed: u64, model: Model) -> Self {
        let mut state = derive(seed, model as u64);
        let mut word = || {
            state = derive(state, 0);
            u128::from(state)
        };
        Self(Pcg64::new(word() << 64 | word(), word() << 64 | word()))
    }

    /// Uniform in 0 ≤ x < 1, in steps of 2⁻⁵³.
    pub(crate) fn unit(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        (self.0.next_u64() >> 11) as f64 * STEP
    }

    /// True with `probability`; always draws.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Uniform in `least..=most`.
    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        let width = u128::from(most.saturating_sub(least)) + 1;
        // The top half of a 128-bit product: biased by at most 2⁻⁶⁴ × width, which no experiment can see.
        let offset = (u128::from(self.0.next_u64()) * width) >> 64;
        least.saturating_add(offset as u64)
    }

    /// A duration uniform in `least..=most`.
    pub(crate) fn duration(&mut self, least: Duration, most: Duration) -> Duration {
        let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.between(nanos(least), nanos(most)))
    }

    /// Exponential with mean 1: the wait for an event that has no memory.
    pub(crate) fn exponential(&mut self) -> f64 {
        -libm::log(1.0 - self.unit())
    }

    /// Normal with mean 0 and deviation 1, by Marsaglia's polar method.
    pub(crate) fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * libm::sqrt(-2.0 * libm::log(square) / square);
            }
        }
    }

    /// Gamma with the given shape and mean `shape` (Marsaglia and Tsang, "A simple method for generating gamma
    /// variables", 2000).
    pub(crate) fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            // Their section 6: a variable of the next shape, thinned by a power of a uniform one.
            let thin = libm::pow(self.unit(), 1.0 / shape);
            return self.gamma(shape + 1.0) * thin;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            if libm::log(1.0 - self.unit()) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }
}

/// The models that roll dice.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Model {
    Jitter = 1,
    Bursts = 2,
    BurstJitter = 3,
    Stalls = 4,
    Loss = 5,
    TraceLoss = 6,
    Reorder = 7,
    Duplicate = 8,
}

/// A seed for part `part` of what `seed` seeds: one step of SplitMix64 (Steele, Lea and Flood, 2014).
pub(crate) const fn derive(seed: u64, part: u64) -> u64 {
    let z = seed.wrapping_add(part.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// `seconds` to the nanosecond below; nothing when negative, saturating far above any delay.
pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::from_nanos((seconds * 1e9) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: usize = 100_000;

    /// Mean and standard deviation of many draws.
    fn moments(mut draw: impl FnMut(&mut Random) -> f64) -> (f64, f64) {
        let mut random = Random::new(7, Model::Jitter);
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..DRAWS {
            let x = draw(&mut random);
            sum += x;
            squares += x * x;
        }
        let mean = sum / DRAWS as f64;
        (mean, (squares / DRAWS as f64 - mean * mean).sqrt())
    }

    /// Five standard errors of a mean of `DRAWS`: missed once in a million seeds.
    fn close(actual: f64, expected: f64, deviation: f64) {
        let allowed = 5.0 * deviation / (DRAWS as f64).sqrt();
        assert!((actual - expected).abs() < allowed, "{actual}, expected {expected} ± {allowed}");
    }

    #[test]
    fn samplers_have_the_moments_they_promise() {
        let (mean, deviation) = moments(Random::unit);
        close(mean, 0.5, deviation);
        close(deviation, (1.0_f64 / 12.0).sqrt(), 0.5);
        let (mean, deviation) = moments(Random::normal);
        close(mean, 0.0, 1.0);
        close(deviation, 1.0, 1.0);
        let (mean, deviation) = moments(Random::exponential);
        close(mean, 1.0, 1.0);
        close(deviation, 1.0, 2.0);
        for shape in [0.5, 1.0, 9.0] {
            let (mean, deviation) = moments(|random| random.gamma(shape));
            close(mean, shape, shape.sqrt());
            // The deviation of a deviation grows with the kurtosis, which is 3 + 6 / shape.
            close(deviation, shape.sqrt(), shape.sqrt() * (1.0 + 2.0 / shape));
        }
    }

    #[test]
    fn the_bounds_of_a_range_are_both_drawn() {
        let mut random = Random::new(1, Model::Jitter);
        let mut seen = [0_u32; 4];
        (0..4_000).for_each(|_| seen[random.between(2, 5) as usize - 2] += 1);
        // Binomial: 1 000 ± 27; six deviations.
        assert!(seen.iter().all(|count| (840..1_160).contains(count)), "{seen:?}");
        assert_eq!(random.between(9, 9), 9);
        random.between(0, u64::MAX);
    }

    #[test]
    fn the_dice_are_pinned() {
        // A change of these numbers changes every recorded experiment: it is a breaking change.
        let mut random = Random::new(1, Model::Loss);
        assert_eq!([random.between(0, 999_999), random.between(0, 999_999)], [179_450, 180_764]);
        assert_eq!((random.normal(), random.gamma(2.5)), (0.946890796183819, 3.114721725746362));
    }
}
