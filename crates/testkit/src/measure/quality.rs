//! How much what was heard resembles what was said, once aligned.

use super::Alignment;
use super::level::{SPEAKS, dot, level, levels, speech_level};
use core::time::Duration;

/// Steps of 20 ms in a second.
const SECOND: usize = 50;

/// A second of what was heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Excerpt {
    /// Where it begins in the heard signal.
    pub at: Duration,
    /// Normalised correlation with the aligned reference, −1 … 1.
    pub correlation: f64,
}

impl Alignment<'_> {
    /// Normalised correlation of the heard signal with the aligned reference, −1 … 1, whatever its loudness; zero
    /// where either is silent.
    #[must_use]
    pub fn correlation(&self) -> f64 {
        Sums::over(&self.sums()).correlation()
    }

    /// Power of the aligned reference over that of what must be added to it to get what was heard, in dB. A change
    /// of loudness counts as noise; plus infinity for a perfect copy.
    #[must_use]
    pub fn snr(&self) -> f64 {
        let sums = Sums::over(&self.sums());
        10.0 * (sums.reference / sums.difference).log10()
    }

    /// The second, of those in which the source speaks at least half of the time, that resembles the reference
    /// least; `None` if there is no such second.
    #[must_use]
    pub fn worst_second(&self) -> Option<Excerpt> {
        let step = Duration::from_millis(20);
        let speech = speech_level(&levels(self.reference, self.rate, step / 2))?;
        let spoken: Vec<bool> = self.steps().map(|(_, sound)| level(sound) > speech - SPEAKS).collect();
        let is_spoken = |second: &[bool]| 2 * second.iter().filter(|&&spoken| spoken).count() >= SECOND;
        let sums = self.sums();
        let seconds = sums.windows(SECOND).zip(spoken.windows(SECOND)).enumerate();
        seconds
            .filter(|(_, (_, spoken))| is_spoken(spoken))
            .map(|(n, (sums, _))| Excerpt {
                at: step * n as u32,
                correlation: Sums::over(sums).correlation(),
            })
            .min_by(|a, b| a.correlation.total_cmp(&b.correlation))
    }

    fn sums(&self) -> Vec<Sums> {
        self.steps().map(|(heard, reference)| Sums::new(heard, reference)).collect()
    }
}

/// What correlation and SNR are made from.
#[derive(Clone, Copy, Debug)]
struct Sums {
    product: f64,
    heard: f64,
    reference: f64,
    difference: f64,
}

impl Sums {
    fn new(heard: &[f32], reference: &[f32]) -> Self {
        let difference = heard.iter().zip(reference).map(|(h, r)| f64::from(h - r).powi(2)).sum();
        Self {
            product: dot(heard, reference).into(),
            heard: dot(heard, heard).into(),
            reference: dot(reference, reference).into(),
            difference,
        }
    }

    fn over(steps: &[Self]) -> Self {
        let sum = |of: fn(&Self) -> f64| steps.iter().map(of).sum();
        Self {
            product: sum(|step| step.product),
            heard: sum(|step| step.heard),
            reference: sum(|step| step.reference),
            difference: sum(|step| step.difference),
        }
    }

    fn correlation(self) -> f64 {
        let norm = (self.heard * self.reference).sqrt();
        if norm > 0.0 { self.product / norm } else { 0.0 }
    }
}
