//! The specification of mixing, sample by sample; the oracle of the other levels.

use super::HEADROOM;
use crate::Ramp;

#[inline(always)]
pub(super) fn add(sum: &mut [f32], x: &[f32], gain: Ramp) -> f32 {
    let gain = gain.over(sum.len());
    let mut peak = Peak::default();
    for (i, (sum, &x)) in sum.iter_mut().zip(x).enumerate() {
        // Multiplied, then added: never fused, so that every level gives the same bits.
        *sum = bounded(finite(*sum) + gain.at(i) * finite(x));
        peak.hold(*sum);
    }
    peak.magnitude()
}

#[inline(always)]
pub(super) fn scale(block: &mut [f32], gain: Ramp) -> f32 {
    let gain = gain.over(block.len());
    let mut peak = Peak::default();
    for (i, x) in block.iter_mut().enumerate() {
        *x = bounded(gain.at(i) * finite(*x));
        peak.hold(*x);
    }
    peak.magnitude()
}

/// NaN and infinity are silence.
#[inline(always)]
fn finite(x: f32) -> f32 {
    if x.is_finite() { x } else { 0.0 }
}

/// Takes sums and products of finite numbers: infinite at most, never NaN.
#[inline(always)]
fn bounded(x: f32) -> f32 {
    x.clamp(-HEADROOM, HEADROOM)
}

/// The largest magnitude so far, as the bits of an `f32`.
///
/// Without sign and NaN those are ordered as integers are, and a maximum of integers, unlike one of floats, may be
/// taken in any order: this is what lets the compiler use vectors.
#[derive(Default)]
struct Peak(i32);

impl Peak {
    #[inline(always)]
    fn hold(&mut self, x: f32) {
        self.0 = self.0.max(x.abs().to_bits() as i32);
    }

    #[inline(always)]
    fn magnitude(self) -> f32 {
        f32::from_bits(self.0 as u32)
    }
}
