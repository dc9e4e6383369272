//! The loops one writes first, for `moim-dsp`, and libraries that scale pictures and transform sound.

use fast_image_resize as fir;
use fir::images::{TypedImage, TypedImageRef};
use fir::pixels::U8;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::fmt;
use std::sync::Arc;

/// Adds `x` to `sum` with a gain from `from` to `to`, silencing what is not finite; returns the peak of the sum.
pub fn mix(sum: &mut [f32], x: &[f32], from: f32, to: f32) -> f32 {
    let step = (to - from) / sum.len() as f32;
    let mut peak = 0.0_f32;
    for i in 0..sum.len() {
        if x[i].is_finite() {
            sum[i] += (from + step * i as f32) * x[i];
        }
        peak = peak.max(sum[i].abs());
    }
    peak
}

/// `as i16` saturates and takes NaN for zero, but rounds towards zero: up to one step off.
pub fn to_i16_truncating(from: &[f32], to: &mut [i16]) {
    for (from, to) in from.iter().zip(to) {
        *to = (from * 32_768.0) as i16;
    }
}

/// Rounds to the nearest, halves to even.
pub fn to_i16(from: &[f32], to: &mut [i16]) {
    for (from, to) in from.iter().zip(to) {
        *to = (from * 32_768.0).round_ties_even() as i16;
    }
}

/// Full scale is 32768.
pub fn to_f32(from: &[i16], to: &mut [f32]) {
    for (from, to) in from.iter().zip(to) {
        *to = f32::from(*from) / 32_768.0;
    }
}

/// Cross-correlation of `pattern` with every window of `within`, and the energy of the window; `step` is the channels.
pub fn correlate(pattern: &[f32], within: &[f32], step: usize, cross: &mut [f32], energies: &mut [f32]) {
    for (offset, (cross, energy)) in cross.iter_mut().zip(energies).enumerate() {
        let window = &within[offset * step..][..pattern.len()];
        *cross = pattern.iter().zip(window).map(|(a, b)| a * b).sum();
        *energy = window.iter().map(|x| x * x).sum();
    }
}

/// The shape of libwebrtc's `WebRtcSpl_CrossCorrelationC`: 16-bit samples, each product shifted right by `shift` so
/// that 32 bits hold the sum; and the energies as its users take them, by a window that gives up a sample for each
/// it takes in.
pub fn correlate_i16(
    pattern: &[i16],
    within: &[i16],
    shift: u32,
    step: usize,
    cross: &mut [i32],
    energies: &mut [i32],
) {
    let product = |a: i16, b: i16| (i32::from(a) * i32::from(b)) >> shift;
    let mut running: i32 = within[..pattern.len()].iter().map(|&x| product(x, x)).sum();
    for (offset, (cross, energy)) in cross.iter_mut().zip(energies).enumerate() {
        let window = &within[offset * step..];
        *cross = pattern.iter().zip(window).map(|(&a, &b)| product(a, b)).sum();
        *energy = running;
        let new = window.iter().skip(pattern.len()).take(step).map(|&x| product(x, x)).sum::<i32>();
        running += new - window[..step].iter().map(|&x| product(x, x)).sum::<i32>();
    }
}

/// Correlation by multiplying spectra, with `realfft` (3.5): mono.
pub struct RealFft {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    time: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    other: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl fmt::Debug for RealFft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RealFft").field("length", &self.time.len()).finish_non_exhaustive()
    }
}

impl RealFft {
    /// For sound of up to `samples` in which a pattern is looked for.
    #[must_use]
    pub fn new(samples: usize) -> Self {
        let mut planner = RealFftPlanner::new();
        let length = samples.next_power_of_two();
        let (forward, inverse) = (planner.plan_fft_forward(length), planner.plan_fft_inverse(length));
        Self {
            time: forward.make_input_vec(),
            spectrum: forward.make_output_vec(),
            other: forward.make_output_vec(),
            scratch: forward.make_scratch_vec(),
            forward,
            inverse,
        }
    }

    /// As [`correlate`] with a step of one; energies by a window in `f64` that gives up a sample for each it takes in.
    ///
    /// # Panics
    ///
    /// When `within` is longer than was said.
    pub fn correlate(&mut self, pattern: &[f32], within: &[f32], cross: &mut [f32], energies: &mut [f32]) {
        let transform =
            |time: &mut Vec<f32>, sound: &[f32], to: &mut Vec<Complex<f32>>, scratch: &mut Vec<_>| {
                time[..sound.len()].copy_from_slice(sound);
                time[sound.len()..].fill(0.0);
                self.forward.process_with_scratch(time, to, scratch).expect("lengths of its own");
            };
        transform(&mut self.time, within, &mut self.spectrum, &mut self.scratch);
        transform(&mut self.time, pattern, &mut self.other, &mut self.scratch);
        for (a, b) in self.spectrum.iter_mut().zip(&self.other) {
            *a *= b.conj();
        }
        // Of a real sum both ends of the spectrum are real; rounding may have left a trace.
        let (first, last) = (0, self.spectrum.len() - 1);
        (self.spectrum[first].im, self.spectrum[last].im) = (0.0, 0.0);
        self.inverse
            .process_with_scratch(&mut self.spectrum, &mut self.time, &mut self.scratch)
            .expect("lengths of its own");
        let scale = 1.0 / self.time.len() as f32;
        for (cross, time) in cross.iter_mut().zip(&self.time) {
            *cross = scale * time;
        }
        let square = |x: &f32| f64::from(*x) * f64::from(*x);
        let mut running: f64 = within[..pattern.len()].iter().map(square).sum();
        for (offset, energy) in energies.iter_mut().enumerate() {
            *energy = running as f32;
            running += within.get(offset + pattern.len()).map_or(0.0, square) - square(&within[offset]);
        }
    }
}

/// Means of two by two samples, halves rounded up; `width` and the height are even.
pub fn halve(from: &[u8], width: usize, to: &mut [u8]) {
    for (y, to) in to.chunks_exact_mut(width / 2).enumerate() {
        for (x, to) in to.iter_mut().enumerate() {
            let at = |dx, dy| u32::from(from[(2 * y + dy) * width + 2 * x + dx]);
            *to = ((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) >> 2) as u8;
        }
    }
}

/// `fast_image_resize` (6.1) with its box filter.
#[derive(Debug, Default)]
pub struct FastImageResize(fir::Resizer);

impl FastImageResize {
    /// Halves a plane without padding.
    ///
    /// # Panics
    ///
    /// When a length does not fit its size.
    pub fn halve(&mut self, from: &[u8], (width, height): (u32, u32), to: &mut [u8]) {
        let from = TypedImageRef::<U8>::from_buffer(width, height, from).expect("a plane");
        let mut to = TypedImage::<U8>::from_buffer(width / 2, height / 2, to).expect("a plane");
        let options = fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Box));
        self.0.resize_typed(&from, &mut to, &options).expect("sizes without a zero");
    }
}
