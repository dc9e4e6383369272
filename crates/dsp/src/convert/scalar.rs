//! The specification of the conversions, sample by sample; the oracle of the other levels.

/// Full scale.
pub(super) const SCALE: f32 = 32_768.0;

pub(super) fn to_i16(from: &[f32], to: &mut [i16]) {
    for (from, to) in from.iter().zip(to) {
        // `as` saturates and makes NaN zero.
        *to = (from * SCALE).round_ties_even() as i16;
    }
}

#[inline(always)]
pub(super) fn to_f32(from: &[i16], to: &mut [f32]) {
    for (from, to) in from.iter().zip(to) {
        *to = f32::from(*from) / SCALE;
    }
}
