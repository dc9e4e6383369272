//! Sliding correlation: how much a pattern has in common with the sound at every offset,
//! `cross[k] = Σ pattern[n] · within[k·channels + n]`, `energy[k] = Σ within[k·channels + n]²`.

#![allow(unsafe_code, reason = "calls the kernel that was selected by a proof of what the CPU can do")]

use moim_media::AudioFormat;
use moim_simd::Cpu;

mod energies;
mod scalar;
#[cfg(test)]
mod tests;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86;

/// Slides a pattern over sound: the inner loop of every search for a pitch period, an echo path or a lost place.
///
/// From cross-correlation and energy comes the *normalised* cross-correlation, `cross / √(energy of the pattern ·
/// energy)`: 1 where the window has the shape of the pattern, at any level.
///
/// Neighbouring offsets are computed side by side, each by itself in the order of the samples, so every level gives
/// the same bits. Energies are sums of squares without a single subtraction: unlike those of a window that takes in
/// a sample and gives up another, they are as exact behind a bang as anywhere else. Allocates nothing, ever.
#[derive(Clone, Copy, Debug)]
pub struct Correlator {
    channels: usize,
    correlate: unsafe fn(&[f32], &[f32], usize, &mut [f32]),
}

impl Correlator {
    /// Selects the kernel for `cpu`, once; offsets are whole frames of `format`.
    #[must_use]
    pub fn new(cpu: Cpu, format: AudioFormat) -> Self {
        let correlate = match cpu {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Cpu::X86(level) => x86::select(level),
            _ => scalar::correlate,
        };
        Self { channels: format.channels(), correlate }
    }

    /// Samples of a `within` in which a pattern of `pattern` samples fits at `offsets` offsets, and no further.
    #[must_use]
    pub const fn reach(&self, pattern: usize, offsets: usize) -> usize {
        pattern + offsets.saturating_sub(1) * self.channels
    }

    /// Compares `pattern` with the windows of `within` that begin at its first frames: one for each place in `cross`,
    /// which takes what both have in common, and in `energies`, which takes what the window has.
    ///
    /// A window that reaches NaN or infinity, or so far above full scale that its energy is beyond `f32`, has
    /// nothing in common with anything: both its numbers are zero. So are all of `cross` when that goes for
    /// `pattern`. Rounding moves each number by less than 2⁻²⁴ per sample of the pattern, relative to the sum of the
    /// magnitudes of the products.
    ///
    /// # Panics
    ///
    /// When `cross` and `energies` differ in length, `pattern` has part of a frame, or `within` is shorter than
    /// [`reach`](Self::reach).
    pub fn correlate(&self, pattern: &[f32], within: &[f32], cross: &mut [f32], energies: &mut [f32]) {
        assert_eq!(cross.len(), energies.len(), "every offset has a correlation and an energy");
        assert_eq!(pattern.len() % self.channels, 0, "a pattern has whole frames");
        let reach = self.reach(pattern.len(), cross.len());
        assert!(within.len() >= reach, "the pattern fits at every offset");
        energies::sum(pattern.len() / self.channels, within, self.channels, energies);
        // SAFETY: `new` took the kernel from a match on `Cpu`, which proves that the CPU has its features.
        unsafe { (self.correlate)(pattern, &within[..reach], self.channels, cross) }
        for (cross, energy) in cross.iter_mut().zip(energies) {
            if !energy.is_finite() {
                (*cross, *energy) = (0.0, 0.0);
            } else if !cross.is_finite() {
                *cross = 0.0;
            }
        }
    }
}
