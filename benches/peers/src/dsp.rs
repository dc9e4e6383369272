//! The loops one writes first, for `moim-dsp`, and a library that scales pictures.

use fast_image_resize as fir;
use fir::images::{TypedImage, TypedImageRef};
use fir::pixels::U8;

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
