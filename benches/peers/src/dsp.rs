//! The loops one writes first, for `moim-dsp`.

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
