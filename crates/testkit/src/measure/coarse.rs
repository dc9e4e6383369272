//! How like the reference each lag is, at a rate that is quick to search.

use super::level::dot;
use core::f64::consts::{PI, TAU};
use moim_media::ClockRate;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

const RATE: u32 = 8_000;
/// Upper edge of what is compared, of half the rate: the sound of the formants, sampled so finely that a lag between
/// two samples is not mistaken for one a pitch period away.
const EDGE: f64 = 0.45;
/// 320 ms, weighted by a Hann window.
const WINDOW: usize = 2_560;
/// Windows this far below the mean are silence and resemble nothing.
const FLOOR: f64 = 1e-4;

/// Both signals at about 8 kHz, and what a correlation of one window with all lags needs.
pub(super) struct Coarse {
    factor: usize,
    lags: usize,
    weights: Vec<f32>,
    /// With half a window of silence before and a window after.
    heard: Vec<f32>,
    /// With half a window and all lags of silence before, and silence after to where the last window ends.
    reference: Vec<f32>,
    /// Weighted energy of the reference window that begins at each sample.
    energy: Vec<f64>,
    /// Weighted energy up to which a window is silent.
    silent_heard: f64,
    silent_reference: f64,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    time: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    product: Vec<Complex<f32>>,
    likeness: Vec<f32>,
    scores: Vec<f32>,
}

impl Coarse {
    pub(super) fn new(reference: &[f32], heard: &[f32], rate: ClockRate, max_delay: usize) -> Self {
        let factor = (rate.hz() / RATE).max(1) as usize;
        // Nothing can be heard later than at the end.
        let lags = max_delay.min(heard.len()) / factor + 1;
        let (reference, heard) = (decimate(reference, factor), decimate(heard, factor));
        let len = reference.len().max(heard.len());
        let reference = pad(&reference, WINDOW / 2 + lags, lags + len + 2 * WINDOW);
        let heard = pad(&heard, WINDOW / 2, len + 2 * WINDOW);

        let weights: Vec<f32> =
            (0..WINDOW).map(|n| (0.5 - 0.5 * (TAU * n as f64 / WINDOW as f64).cos()) as f32).collect();
        let energy = weighted_energy(&reference);
        let silent_heard = FLOOR * mean(&weighted_energy(&heard));
        let silent_reference = FLOOR * mean(&energy);
        let size = (WINDOW + lags).next_power_of_two();
        let mut planner = RealFftPlanner::new();
        let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
        let (spectrum, product) = (forward.make_output_vec(), forward.make_output_vec());
        Self {
            factor,
            lags,
            weights,
            heard,
            reference,
            energy,
            silent_heard,
            silent_reference,
            forward,
            inverse,
            time: vec![0.0; size],
            spectrum,
            product,
            likeness: vec![0.0; lags],
            scores: vec![0.0; lags],
        }
    }

    /// Samples at full rate in one lag.
    pub(super) fn factor(&self) -> usize {
        self.factor
    }

    /// Lags compared, from zero.
    pub(super) fn lags(&self) -> usize {
        self.lags
    }

    /// Squared normalised correlation (0 … 1) at every lag, of the window around sample `centre` at full rate.
    /// Opposite signs resemble nothing.
    pub(super) fn scores(&mut self, centre: usize) -> &[f32] {
        let begin = centre / self.factor;
        let window = &self.heard[begin..begin + WINDOW];
        let heard_energy: f64 = window.iter().zip(&self.weights).map(|(x, w)| f64::from(w * x * x)).sum();
        if heard_energy <= self.silent_heard {
            self.scores.fill(0.0);
            return &self.scores;
        }
        self.time.fill(0.0);
        for ((out, x), w) in self.time.iter_mut().zip(window).zip(&self.weights) {
            *out = x * w;
        }
        transform(&*self.forward, &mut self.time, &mut self.product);
        // The reference from the longest lag on: window begin + 1 is lag `lags − 1`, `lags` later is lag 0.
        let span = &self.reference[begin + 1..begin + WINDOW + self.lags];
        self.time.fill(0.0);
        self.time[..span.len()].copy_from_slice(span);
        transform(&*self.forward, &mut self.time, &mut self.spectrum);
        let scale = 1.0 / self.time.len() as f32;
        for (product, spectrum) in self.product.iter_mut().zip(&self.spectrum) {
            *product = product.conj() * spectrum * scale;
        }
        self.inverse
            .process(&mut self.product, &mut self.time)
            .expect("the product of two spectra of real signals is one");
        for (lag, likeness) in self.likeness.iter_mut().enumerate() {
            let place = self.lags - 1 - lag;
            let energy = self.energy[begin + 1 + place];
            *likeness = if energy <= self.silent_reference {
                0.0
            } else {
                self.time[place] / (energy * heard_energy).sqrt() as f32
            };
        }
        for (lag, score) in self.scores.iter_mut().enumerate() {
            *score = crest(&self.likeness, lag).clamp(0.0, 1.0).powi(2);
        }
        &self.scores
    }
}

/// The likeness at `lag`, or at the top of the parabola through it and its neighbours where it is a peak.
fn crest(likeness: &[f32], lag: usize) -> f32 {
    let middle = likeness[lag];
    let (Some(&left), Some(&right)) = (lag.checked_sub(1).map(|left| &likeness[left]), likeness.get(lag + 1))
    else {
        return middle;
    };
    let bend = 2.0 * middle - left - right;
    if middle < left || middle < right || bend <= 0.0 {
        return middle;
    }
    middle + (right - left).powi(2) / (8.0 * bend)
}

fn transform(fft: &dyn RealToComplex<f32>, time: &mut [f32], spectrum: &mut [Complex<f32>]) {
    fft.process(time, spectrum).expect("both buffers were made by this transform");
}

/// Every `factor`-th sample after a low-pass: a sinc of about seven zero crossings to either side under a Hann window.
fn decimate(signal: &[f32], factor: usize) -> Vec<f32> {
    let reach = 16 * factor as isize;
    let tap = |n: isize| {
        let x = PI * EDGE * n as f64 / factor as f64;
        let sinc = if n == 0 { 1.0 } else { x.sin() / x };
        let hann = 0.5 + 0.5 * (PI * n as f64 / (reach + 1) as f64).cos();
        (EDGE * sinc * hann / factor as f64) as f32
    };
    let taps: Vec<f32> = (-reach..=reach).map(tap).collect();
    let padded = pad(signal, reach as usize, signal.len() + 2 * taps.len());
    (0..signal.len()).step_by(factor).map(|n| dot(&padded[n..n + taps.len()], &taps)).collect()
}

/// `signal` after `before` zeros, `len` long.
fn pad(signal: &[f32], before: usize, len: usize) -> Vec<f32> {
    let mut padded = vec![0.0; before];
    padded.extend_from_slice(signal);
    padded.resize(len.max(padded.len()), 0.0);
    padded
}

/// Energy under the Hann window that begins at each sample: running sums of the energy and of the energy turned
/// once around per window.
fn weighted_energy(signal: &[f32]) -> Vec<f64> {
    let turn = |n: usize| Complex::from_polar(1.0, TAU * (n % WINDOW) as f64 / WINDOW as f64);
    let mut sums = vec![(0.0, Complex::new(0.0, 0.0))];
    let (mut plain, mut turned) = sums[0];
    for (n, &x) in signal.iter().enumerate() {
        let energy = f64::from(x * x);
        plain += energy;
        turned += turn(n) * energy;
        sums.push((plain, turned));
    }
    let window = |n: usize| {
        let (plain, turned) = (sums[n + WINDOW].0 - sums[n].0, sums[n + WINDOW].1 - sums[n].1);
        (0.5 * plain - 0.5 * (turned * turn(n).conj()).re).max(0.0)
    };
    (0..=signal.len() - WINDOW).map(window).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
