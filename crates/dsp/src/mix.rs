//! Mixing: blocks added into a sum with a gain that ramps, `sum[i] += gain(i) · x[i]`.

#![allow(unsafe_code, reason = "calls the kernel that was selected by a proof of what the CPU can do")]

use crate::Ramp;
use moim_simd::Cpu;

mod scalar;
#[cfg(test)]
mod tests;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86;

/// Bound of every sum, 2²⁰ or 120 dB above full scale: far above any sound, and finite.
pub const HEADROOM: f32 = 1_048_576.0;

/// Samples of the longest block, 2²⁴: up to there `f32` counts exactly. Almost six minutes at 48 kHz.
pub const MAX_BLOCK: usize = 1 << 24;

/// Adds and scales blocks of sound with ramped gains.
///
/// Nothing is clipped below [`HEADROOM`], so that a sum may pass through any level and come back; whoever plays it
/// limits it, which needs the peak that each call returns. NaN and infinity count as silence wherever they stand,
/// so whatever arrives, what leaves is finite. Every level gives the same bits. Allocates nothing, ever.
#[derive(Clone, Copy, Debug)]
pub struct Mixer {
    add: unsafe fn(&mut [f32], &[f32], Ramp) -> f32,
    scale: unsafe fn(&mut [f32], Ramp) -> f32,
}

impl Mixer {
    /// Selects the kernels for `cpu`, once.
    #[must_use]
    pub fn new(cpu: Cpu) -> Self {
        match cpu {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Cpu::X86(level) => x86::select(level),
            _ => Self { add: scalar::add, scale: scalar::scale },
        }
    }

    /// Adds `x` to `sum` with `gain` and returns the peak magnitude of the new sum.
    ///
    /// # Panics
    ///
    /// When the lengths differ or exceed [`MAX_BLOCK`].
    pub fn add(&self, sum: &mut [f32], x: &[f32], gain: Ramp) -> f32 {
        assert_eq!(sum.len(), x.len(), "a block is added to a sum of its own length");
        assert!(sum.len() <= MAX_BLOCK, "the block is longer than MAX_BLOCK");
        // SAFETY: `new` took the kernel from a match on `Cpu`, which proves that the CPU has its features.
        unsafe { (self.add)(sum, x, gain) }
    }

    /// Multiplies `block` by `gain` in place and returns the peak magnitude of the result.
    ///
    /// # Panics
    ///
    /// When the length exceeds [`MAX_BLOCK`].
    pub fn scale(&self, block: &mut [f32], gain: Ramp) -> f32 {
        assert!(block.len() <= MAX_BLOCK, "the block is longer than MAX_BLOCK");
        // SAFETY: `new` took the kernel from a match on `Cpu`, which proves that the CPU has its features.
        unsafe { (self.scale)(block, gain) }
    }
}
