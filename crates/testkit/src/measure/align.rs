//! Which moment of the reference is heard when.

use super::coarse::Coarse;
use super::level::{dot, power, samples};
use super::path::Path;
use core::time::Duration;
use moim_media::ClockRate;

/// How often the delay is measured.
const STEP: Duration = Duration::from_millis(20);
/// How much sound decides on the delay at full rate.
const WINDOW: Duration = Duration::from_millis(160);
/// Power below that of the whole signal at which there is nothing to recognise: 40 dB.
const FLOOR: f32 = 1e-4;
/// From which likeness on a delay counts.
pub(super) const SURE: f32 = 0.5;

/// A reference, what was heard of it, and the delay between them in steps of 20 ms.
#[derive(Clone, Debug)]
pub struct Alignment<'a> {
    pub(super) reference: &'a [f32],
    pub(super) heard: &'a [f32],
    pub(super) rate: ClockRate,
    delays: Vec<Delay>,
}

/// By how much the heard sound is behind the reference at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delay {
    /// Where in the heard signal: the middle of 20 ms.
    pub at: Duration,
    /// Samples since the reference.
    pub samples: usize,
    /// Since the reference.
    pub delay: Duration,
    /// Normalised correlation of the surrounding 160 ms, −1 … 1; zero where either side is silent.
    pub likeness: f32,
}

/// Aligns `heard` with `reference`, both one channel at `rate`, for delays from zero to `max_delay`.
///
/// Memory and time grow with the length of `heard` times `max_delay`: 24 MB for half a minute and half a second. Steps
/// in which nothing can be recognised take the delay of those around them. Where a change of delay is sudden, its
/// time is found to about 80 ms.
#[must_use]
pub fn align<'a>(
    reference: &'a [f32],
    heard: &'a [f32],
    rate: ClockRate,
    max_delay: Duration,
) -> Alignment<'a> {
    let step = samples(rate, STEP);
    let centres: Vec<usize> = (0..heard.len()).step_by(step).map(|begin| begin + step / 2).collect();

    let mut coarse = Coarse::new(reference, heard, rate, samples(rate, max_delay));
    let mut path = Path::new(coarse.lags());
    for &centre in &centres {
        path.push(coarse.scores(centre));
    }
    let window = samples(rate, WINDOW);
    let floors = (FLOOR * power(heard), FLOOR * power(reference));
    let delays = centres
        .iter()
        .zip(path.best())
        .map(|(&centre, lag)| {
            let begin = centre.saturating_sub(window / 2);
            let around = &heard[begin..(centre + window / 2).min(heard.len())];
            let likeness = |lag| likeness(paired(reference, around, begin, lag), floors);
            let (lag, likeness) = refine(lag * coarse.factor(), coarse.factor(), likeness);
            Delay {
                at: rate.duration(centre as u64),
                samples: lag,
                delay: rate.duration(lag as u64),
                likeness,
            }
        })
        .collect();
    Alignment { reference, heard, rate, delays }
}

impl<'a> Alignment<'a> {
    /// The delay over time, one for each 20 ms of the heard signal.
    #[must_use]
    pub fn delays(&self) -> &[Delay] {
        &self.delays
    }

    /// The median of the delays that are certain (a likeness above one half), or `None` if nothing was recognised.
    #[must_use]
    pub fn delay(&self) -> Option<Duration> {
        let sure = self.delays.iter().filter(|delay| delay.likeness > SURE);
        let mut sure: Vec<Duration> = sure.map(|delay| delay.delay).collect();
        sure.sort_unstable();
        sure.get(sure.len() / 2).copied()
    }

    /// The step of 20 ms that contains this sample of the heard signal.
    pub(super) fn step_of(&self, sample: usize) -> Option<&Delay> {
        self.delays.get(sample / samples(self.rate, STEP))
    }

    /// Every step of the heard signal with the reference it was aligned to; the slices are equally long, and empty
    /// where there is no reference.
    pub(super) fn steps(&self) -> impl Iterator<Item = (&'a [f32], &'a [f32])> {
        let step = samples(self.rate, STEP);
        let steps = self.heard.chunks(step).zip(&self.delays).enumerate();
        steps.map(move |(n, (heard, delay))| paired(self.reference, heard, n * step, delay.samples))
    }
}

/// The part of `heard`, which begins at sample `begin`, that lies `lag` samples after some reference, and that reference.
fn paired<'a, 'b>(
    reference: &'a [f32],
    heard: &'b [f32],
    begin: usize,
    lag: usize,
) -> (&'b [f32], &'a [f32]) {
    let early = lag.saturating_sub(begin).min(heard.len());
    let from = (begin + early).saturating_sub(lag).min(reference.len());
    let len = (heard.len() - early).min(reference.len() - from);
    (&heard[early..][..len], &reference[from..][..len])
}

/// Normalised correlation; zero where either side does not exceed its floor.
fn likeness((heard, reference): (&[f32], &[f32]), floors: (f32, f32)) -> f32 {
    let (heard_power, reference_power) = (power(heard), power(reference));
    if heard_power <= floors.0 || reference_power <= floors.1 {
        return 0.0;
    }
    dot(heard, reference) / heard.len() as f32 / (heard_power * reference_power).sqrt()
}

/// The likeliest lag within about `reach` of `lag`, and how likely it is.
fn refine(lag: usize, reach: usize, likeness: impl Fn(usize) -> f32) -> (usize, f32) {
    let mut best = (lag, likeness(lag));
    let mut search = |reach: usize, stride: usize| {
        let middle = best.0;
        for lag in (middle.saturating_sub(reach)..=middle + reach).step_by(stride) {
            let like = likeness(lag);
            if like > best.1 {
                best = (lag, like);
            }
        }
    };
    let stride = (reach / 3).max(1);
    search(reach, stride);
    search(stride, 1);
    best
}
