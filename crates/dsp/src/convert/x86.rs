//! The conversions in vectors of x86.
//!
//! To `i16` by hand: no compiler makes vectors of `as i16`, and rounding below SSE4.1 is a call. To `f32` the
//! specification itself is compiled for each level.

#![allow(unsafe_code, reason = "loads and stores of vectors")]

use super::Converter;
use super::scalar::{self, SCALE};
#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;
use moim_simd::X86;

pub(super) fn select(level: X86) -> Converter {
    match level {
        X86::Sse2(_) => Converter { to_i16: to_i16_sse2, to_f32: to_f32_sse2 },
        X86::Avx2Fma(_) => Converter { to_i16: to_i16_avx2, to_f32: to_f32_avx2 },
        X86::Avx512(_) => Converter { to_i16: to_i16_avx512, to_f32: to_f32_avx512 },
    }
}

/// The largest that fits; a conversion to `i32` of more than `i32` holds would turn negative. Less than fits needs
/// no care: it turns to `i32::MIN`, and packing saturates.
const MAX: f32 = i16::MAX as f32;

#[target_feature(enable = "sse2")]
fn to_i16_sse2(from: &[f32], to: &mut [i16]) {
    #[target_feature(enable = "sse2")]
    fn round(x: __m128) -> __m128i {
        let number = _mm_cmpord_ps(x, x);
        let scaled = _mm_mul_ps(x, _mm_set1_ps(SCALE));
        _mm_cvtps_epi32(_mm_and_ps(number, _mm_min_ps(scaled, _mm_set1_ps(MAX))))
    }
    in_blocks::<8>(from, to, |from, to| {
        let (low, high) = from.split_at(4);
        // SAFETY: `low` has four samples.
        let low = unsafe { _mm_loadu_ps(low.as_ptr()) };
        // SAFETY: `high` has four samples.
        let high = unsafe { _mm_loadu_ps(high.as_ptr()) };
        let packed = _mm_packs_epi32(round(low), round(high));
        // SAFETY: `to` has eight samples of two bytes.
        unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), packed) };
    });
}

#[target_feature(enable = "avx2,fma")]
fn to_i16_avx2(from: &[f32], to: &mut [i16]) {
    #[target_feature(enable = "avx2,fma")]
    fn round(x: __m256) -> __m256i {
        let number = _mm256_cmp_ps::<_CMP_ORD_Q>(x, x);
        let scaled = _mm256_mul_ps(x, _mm256_set1_ps(SCALE));
        _mm256_cvtps_epi32(_mm256_and_ps(number, _mm256_min_ps(scaled, _mm256_set1_ps(MAX))))
    }
    in_blocks::<16>(from, to, |from, to| {
        let (low, high) = from.split_at(8);
        // SAFETY: `low` has eight samples.
        let low = unsafe { _mm256_loadu_ps(low.as_ptr()) };
        // SAFETY: `high` has eight samples.
        let high = unsafe { _mm256_loadu_ps(high.as_ptr()) };
        // Packing works within halves: quarters come out as 0 2 1 3.
        let packed = _mm256_packs_epi32(round(low), round(high));
        let ordered = _mm256_permute4x64_epi64::<0b11_01_10_00>(packed);
        // SAFETY: `to` has 16 samples of two bytes.
        unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), ordered) };
    });
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn to_i16_avx512(from: &[f32], to: &mut [i16]) {
    in_blocks::<16>(from, to, |from, to| {
        // SAFETY: `from` has 16 samples.
        let x = unsafe { _mm512_loadu_ps(from.as_ptr()) };
        let number = _mm512_cmp_ps_mask::<_CMP_ORD_Q>(x, x);
        let scaled = _mm512_maskz_mul_ps(number, x, _mm512_set1_ps(SCALE));
        let rounded = _mm512_cvtps_epi32(_mm512_min_ps(scaled, _mm512_set1_ps(MAX)));
        let packed = _mm512_cvtsepi32_epi16(rounded);
        // SAFETY: `to` has 16 samples of two bytes.
        unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), packed) };
    });
}

/// Runs `block` over all of `from`; a tail goes through a block of its own, padded with silence.
#[inline(always)]
fn in_blocks<const N: usize>(from: &[f32], to: &mut [i16], block: impl Fn(&[f32; N], &mut [i16; N])) {
    let (from_blocks, from_tail) = from.as_chunks::<N>();
    let (to_blocks, to_tail) = to.as_chunks_mut::<N>();
    for (from, to) in from_blocks.iter().zip(to_blocks) {
        block(from, to);
    }
    if !from_tail.is_empty() {
        let (mut from, mut to) = ([0.0; N], [0; N]);
        from[..from_tail.len()].copy_from_slice(from_tail);
        block(&from, &mut to);
        to_tail.copy_from_slice(&to[..from_tail.len()]);
    }
}

#[target_feature(enable = "sse2")]
fn to_f32_sse2(from: &[i16], to: &mut [f32]) {
    scalar::to_f32(from, to);
}

#[target_feature(enable = "avx2,fma")]
fn to_f32_avx2(from: &[i16], to: &mut [f32]) {
    scalar::to_f32(from, to);
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn to_f32_avx512(from: &[i16], to: &mut [f32]) {
    scalar::to_f32(from, to);
}
