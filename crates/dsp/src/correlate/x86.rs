//! Sliding correlation in vectors of x86: the specification itself, compiled for each level.
//!
//! It is bound by loads, and those of 512 bits at any alignment nearly always cross a cache line: nothing is to be gained
//! by them.

use super::scalar;
use moim_simd::X86;

pub(super) fn select(level: X86) -> unsafe fn(&[f32], &[f32], usize, &mut [f32]) {
    match level {
        X86::Sse2(_) => correlate_sse2,
        X86::Avx2Fma(_) | X86::Avx512(_) => correlate_avx2,
    }
}

#[target_feature(enable = "sse2")]
fn correlate_sse2(pattern: &[f32], within: &[f32], channels: usize, cross: &mut [f32]) {
    scalar::in_lanes::<32>(pattern, within, channels, cross);
}

#[target_feature(enable = "avx2,fma")]
fn correlate_avx2(pattern: &[f32], within: &[f32], channels: usize, cross: &mut [f32]) {
    scalar::in_lanes::<64>(pattern, within, channels, cross);
}
