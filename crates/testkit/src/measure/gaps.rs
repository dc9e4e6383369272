//! Where the source speaks and nothing is heard.

use super::Alignment;
use super::level::{SPEAKS, from_decibels, level, levels, samples, speech_level};
use core::ops::Range;
use core::time::Duration;

const STEP: Duration = Duration::from_millis(5);
/// How far below the reference the heard sound is missing, in dB.
const MISSING: f32 = 25.0;
/// A closure of the source this short does not end a gap: 100 ms.
const BRIDGED: usize = 20;
/// Steps on either side in which the source must speak too, so that an onset heard a little late is no gap.
const CONTEXT: usize = 2;

/// A stretch in which the source speaks and nothing is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where it begins in the heard signal.
    pub at: Duration,
    /// How long it lasts, closures of the source within it included.
    pub duration: Duration,
}

impl Alignment<'_> {
    /// The stretches of at least 10 ms in which the source speaks (its 10 ms level is at most 25 dB below its
    /// speech level) and the heard sound is at least 25 dB below the reference, the usual difference of their
    /// levels allowed for. Exact to about 5 ms where the delay is.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let Some(steps) = Steps::new(self) else { return Vec::new() };
        let runs = steps.runs().into_iter().map(|run| steps.to_samples(&run, self.heard));
        let gap = |run: Range<usize>| Gap {
            at: self.rate.duration(run.start as u64),
            duration: self.rate.duration(run.len() as u64),
        };
        runs.map(gap).filter(|gap| gap.duration >= 2 * STEP).collect()
    }
}

/// Levels in steps of 5 ms of the heard signal.
struct Steps {
    len: usize,
    heard: Vec<f32>,
    /// Of the aligned reference; minus infinity where there is none.
    reference: Vec<f32>,
    /// Of the reference below which it does not speak.
    speaks: f32,
    /// Usual level of the heard sound over the reference.
    gain: f32,
}

impl Steps {
    fn new(alignment: &Alignment<'_>) -> Option<Self> {
        let len = samples(alignment.rate, STEP);
        let speech = speech_level(&levels(alignment.reference, alignment.rate, 2 * STEP))?;
        let heard = levels(alignment.heard, alignment.rate, STEP);
        let reference = (0..heard.len()).map(|n| reference_level(alignment, n * len, len)).collect();
        let mut steps = Self { len, heard, reference, speaks: speech - SPEAKS, gain: 0.0 };
        steps.gain = steps.usual_gain();
        Some(steps)
    }

    /// The median difference while the source speaks and is heard at all, at most 20 dB either way.
    fn usual_gain(&self) -> f32 {
        let pairs = self.heard.iter().zip(&self.reference);
        let spoken = pairs.filter(|&(heard, reference)| *reference > self.speaks && heard.is_finite());
        let mut gains: Vec<f32> = spoken.map(|(heard, reference)| heard - reference).collect();
        gains.sort_by(f32::total_cmp);
        gains.get(gains.len() / 2).map_or(0.0, |gain| gain.clamp(-20.0, 20.0))
    }

    fn is_missing(&self, step: usize) -> bool {
        self.reference[step] > self.speaks && self.heard[step] < self.reference[step] + self.gain - MISSING
    }

    /// Whether nothing is heard here, whatever the source does.
    fn is_silent(&self, step: usize) -> bool {
        self.heard[step] < self.speaks + self.gain
    }

    /// Whether nothing is heard although the source speaks before, now and after.
    fn is_surely_missing(&self, step: usize) -> bool {
        let around = step.saturating_sub(CONTEXT)..(step + CONTEXT + 1).min(self.heard.len());
        let quietest = self.reference[around].iter().copied().fold(f32::INFINITY, f32::min);
        quietest > self.speaks && self.heard[step] < quietest + self.gain - MISSING
    }

    /// Runs of missing steps that are somewhere surely missing, closures bridged.
    fn runs(&self) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for step in (0..self.heard.len()).filter(|&step| self.is_missing(step)) {
            match runs.last_mut() {
                Some(run)
                    if step - run.end <= BRIDGED
                        && (run.end..step).all(|between| self.is_silent(between)) =>
                {
                    run.end = step + 1;
                }
                _ => runs.push(step..step + 1),
            }
        }
        runs.retain(|run| run.clone().any(|step| self.is_surely_missing(step)));
        runs
    }

    /// The run in samples: each end is moved out by less than a step, to where sound is heard.
    fn to_samples(&self, run: &Range<usize>, heard: &[f32]) -> Range<usize> {
        let silent = |step: usize| {
            let limit = from_decibels(self.reference[step] + self.gain - MISSING).sqrt();
            move |sample: &&f32| sample.abs() < limit
        };
        let (start, end) = (run.start * self.len, (run.end * self.len).min(heard.len()));
        let before = &heard[start - start.min(self.len - 1)..start];
        let after = &heard[end..(end + self.len - 1).min(heard.len())];
        let before = before.iter().rev().take_while(silent(run.start)).count();
        let after = after.iter().take_while(silent(run.end - 1)).count();
        start - before..end + after
    }
}

/// Level of the 10 ms of reference around the `len` samples from `begin` of the heard signal.
fn reference_level(alignment: &Alignment<'_>, begin: usize, len: usize) -> f32 {
    let Some(delay) = alignment.step_of(begin) else { return f32::NEG_INFINITY };
    let from = (begin + len / 2).checked_sub(delay.samples + len);
    let around = from.and_then(|from| alignment.reference.get(from..from + 2 * len));
    around.map_or(f32::NEG_INFINITY, level)
}
