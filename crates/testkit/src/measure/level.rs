//! How loud a signal is over time.

use core::time::Duration;
use moim_media::ClockRate;

/// How far below its speech level a source still speaks, in dB.
pub(super) const SPEAKS: f32 = 25.0;

/// RMS level of each `step` of a signal of one channel, in dB of a full-scale square wave; minus infinity for
/// digital silence.
#[must_use]
pub fn levels(signal: &[f32], rate: ClockRate, step: Duration) -> Vec<f32> {
    signal.chunks(samples(rate, step)).map(level).collect()
}

/// RMS level of a whole slice; minus infinity for nothing.
pub(super) fn level(signal: &[f32]) -> f32 {
    decibels(power(signal))
}

/// The level of speech in a signal of which [`levels`] are given: the mean power of what is at most 20 dB below its
/// loudest twentieth. `None` where nothing is above −70 dBFS.
pub(super) fn speech_level(levels: &[f32]) -> Option<f32> {
    let mut sorted = levels.to_vec();
    sorted.sort_by(f32::total_cmp);
    let loud = *sorted.get(sorted.len() * 19 / 20)?;
    if loud < -70.0 {
        return None;
    }
    let spoken = sorted.iter().filter(|&&level| level > loud - 20.0);
    let (count, power) =
        spoken.fold((0, 0.0), |(count, sum), level| (count + 1, sum + from_decibels(*level)));
    Some(decibels(power / count as f32))
}

/// Samples of one channel in `duration`, at least one.
pub(super) fn samples(rate: ClockRate, duration: Duration) -> usize {
    usize::try_from(rate.ticks(duration)).unwrap_or(usize::MAX).max(1)
}

pub(super) fn decibels(power: f32) -> f32 {
    10.0 * power.log10()
}

pub(super) fn from_decibels(decibels: f32) -> f32 {
    10.0_f32.powf(decibels / 10.0)
}

/// Mean square; zero for nothing.
pub(super) fn power(signal: &[f32]) -> f32 {
    dot(signal, signal) / signal.len().max(1) as f32
}

/// Sum of products over the shorter of both, in eight sums so that it vectorises.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let len = a.len().min(b.len());
    let (a, b) = (a[..len].as_chunks::<8>(), b[..len].as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.0.iter().zip(b.0) {
        for n in 0..8 {
            sums[n] += a[n] * b[n];
        }
    }
    sums.iter().sum::<f32>() + a.1.iter().zip(b.1).map(|(a, b)| a * b).sum::<f32>()
}
