//! Between `f32` and 16-bit samples: `i16 = round(32768 · f32)`, `f32 = i16 / 32768`.

#![allow(unsafe_code, reason = "calls the kernel that was selected by a proof of what the CPU can do")]

use moim_simd::Cpu;

mod scalar;
#[cfg(test)]
mod tests;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86;

/// Converts blocks of sound between `f32` and `i16`.
///
/// Full scale is 32768 in both directions: a power of two, so that scaling is exact and `i16` → `f32` → `i16`
/// returns every value as it was. Therefore −1 is `i16::MIN`, and +1 saturates to `i16::MAX`. To `i16`, halves go to
/// the even neighbour (no bias), values outside saturate, NaN is silence. Every level gives the same bits.
/// Allocates nothing, ever.
#[derive(Clone, Copy, Debug)]
pub struct Converter {
    to_i16: unsafe fn(&[f32], &mut [i16]),
    to_f32: unsafe fn(&[i16], &mut [f32]),
}

impl Converter {
    /// Selects the kernels for `cpu`, once.
    #[must_use]
    pub fn new(cpu: Cpu) -> Self {
        match cpu {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Cpu::X86(level) => x86::select(level),
            _ => Self { to_i16: scalar::to_i16, to_f32: scalar::to_f32 },
        }
    }

    /// Rounds `from` into `to`.
    ///
    /// # Panics
    ///
    /// When the lengths differ.
    pub fn to_i16(&self, from: &[f32], to: &mut [i16]) {
        assert_eq!(from.len(), to.len(), "a block is converted into one of its own length");
        // SAFETY: `new` took the kernel from a match on `Cpu`, which proves that the CPU has its features.
        unsafe { (self.to_i16)(from, to) }
    }

    /// Scales `from` into `to`: −1 … 32767⁄32768, exact.
    ///
    /// # Panics
    ///
    /// When the lengths differ.
    pub fn to_f32(&self, from: &[i16], to: &mut [f32]) {
        assert_eq!(from.len(), to.len(), "a block is converted into one of its own length");
        // SAFETY: `new` took the kernel from a match on `Cpu`, which proves that the CPU has its features.
        unsafe { (self.to_f32)(from, to) }
    }
}
