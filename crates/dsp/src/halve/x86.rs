//! Halving in vectors of x86, by hand: a compiler does not find the instruction that adds neighbours.

#![allow(unsafe_code, reason = "loads and stores of vectors")]

use super::{Halver, scalar};
#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;
use moim_simd::X86;

pub(super) fn select(level: X86) -> Halver {
    match level {
        X86::Sse2(_) => Halver { row: row_sse2 },
        X86::Avx2Fma(_) => Halver { row: row_avx2 },
        X86::Avx512(_) => Halver { row: row_avx512 },
    }
}

#[target_feature(enable = "sse2")]
fn row_sse2(upper: &[u8], lower: &[u8], to: &mut [u8]) {
    /// Sums of neighbours. SSE2 cannot add them: it takes the even and the odd ones apart.
    #[target_feature(enable = "sse2")]
    fn pairs(row: &[u8; 16]) -> __m128i {
        // SAFETY: `row` has 16 samples.
        let row = unsafe { _mm_loadu_si128(row.as_ptr().cast()) };
        _mm_add_epi16(_mm_and_si128(row, _mm_set1_epi16(0xff)), _mm_srli_epi16::<8>(row))
    }
    #[target_feature(enable = "sse2")]
    fn means(upper: &[u8; 16], lower: &[u8; 16]) -> __m128i {
        let four = _mm_add_epi16(pairs(upper), pairs(lower));
        _mm_srli_epi16::<2>(_mm_add_epi16(four, _mm_set1_epi16(2)))
    }
    in_blocks::<16>(upper, lower, to, |upper, lower, to| {
        let packed = _mm_packus_epi16(means(&upper[0], &lower[0]), means(&upper[1], &lower[1]));
        // SAFETY: `to` has 16 samples.
        unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), packed) };
    });
}

#[target_feature(enable = "avx2,fma")]
fn row_avx2(upper: &[u8], lower: &[u8], to: &mut [u8]) {
    #[target_feature(enable = "avx2,fma")]
    fn pairs(row: &[u8; 32]) -> __m256i {
        // SAFETY: `row` has 32 samples.
        let row = unsafe { _mm256_loadu_si256(row.as_ptr().cast()) };
        _mm256_maddubs_epi16(row, _mm256_set1_epi8(1))
    }
    #[target_feature(enable = "avx2,fma")]
    fn means(upper: &[u8; 32], lower: &[u8; 32]) -> __m256i {
        let four = _mm256_add_epi16(pairs(upper), pairs(lower));
        _mm256_srli_epi16::<2>(_mm256_add_epi16(four, _mm256_set1_epi16(2)))
    }
    in_blocks::<32>(upper, lower, to, |upper, lower, to| {
        // Packing works within halves: quarters come out as 0 2 1 3.
        let packed = _mm256_packus_epi16(means(&upper[0], &lower[0]), means(&upper[1], &lower[1]));
        let ordered = _mm256_permute4x64_epi64::<0b11_01_10_00>(packed);
        // SAFETY: `to` has 32 samples.
        unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), ordered) };
    });
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn row_avx512(upper: &[u8], lower: &[u8], to: &mut [u8]) {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    fn pairs(row: &[u8; 64]) -> __m512i {
        // SAFETY: `row` has 64 samples.
        let row = unsafe { _mm512_loadu_si512(row.as_ptr().cast()) };
        _mm512_maddubs_epi16(row, _mm512_set1_epi8(1))
    }
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    fn means(upper: &[u8; 64], lower: &[u8; 64]) -> __m512i {
        let four = _mm512_add_epi16(pairs(upper), pairs(lower));
        _mm512_srli_epi16::<2>(_mm512_add_epi16(four, _mm512_set1_epi16(2)))
    }
    // Packing works within quarters: eighths come out as 0 4 1 5 2 6 3 7.
    let order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    in_blocks::<64>(upper, lower, to, |upper, lower, to| {
        let packed = _mm512_packus_epi16(means(&upper[0], &lower[0]), means(&upper[1], &lower[1]));
        let ordered = _mm512_permutexvar_epi64(order, packed);
        // SAFETY: `to` has 64 samples.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), ordered) };
    });
}

/// Runs `block`, which makes one vector of two from each row, over all that fills it. The specification does the
/// rest.
#[inline(always)]
fn in_blocks<const N: usize>(
    upper: &[u8],
    lower: &[u8],
    to: &mut [u8],
    block: impl Fn(&[[u8; N]; 2], &[[u8; N]; 2], &mut [u8; N]),
) {
    let (upper_blocks, _) = upper.as_chunks::<N>().0.as_chunks::<2>();
    let (lower_blocks, _) = lower.as_chunks::<N>().0.as_chunks::<2>();
    let (to_blocks, _) = to.as_chunks_mut::<N>();
    for ((upper, lower), to) in upper_blocks.iter().zip(lower_blocks).zip(to_blocks) {
        block(upper, lower, to);
    }
    let done = upper_blocks.len() * N;
    scalar::row(&upper[2 * done..], &lower[2 * done..], &mut to[done..]);
}
