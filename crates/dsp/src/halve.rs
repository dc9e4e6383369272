//! Half the size: every 2 × 2 samples become their mean, `(a + b + c + d + 2) >> 2`.

#![allow(unsafe_code, reason = "calls the kernel that was selected by a proof of what the CPU can do")]

use moim_media::{Plane, PlaneMut, VideoFrame, VideoFrameMut, VideoSize};
use moim_simd::Cpu;

mod scalar;
#[cfg(test)]
mod tests;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86;

/// Scales pictures of 8-bit samples down by exactly two on each side.
///
/// Each sample is the mean of the four it covers, halves rounded up: a box filter, which sees every sample once. At
/// an odd side the last column or row covers the two that there are, at an odd corner the one. Twice in a row is
/// 4 : 1, within one step of the mean of 16. Every level gives the same bytes. Allocates nothing, ever.
#[derive(Clone, Copy, Debug)]
pub struct Halver {
    row: unsafe fn(&[u8], &[u8], &mut [u8]),
}

impl Halver {
    /// Selects the kernel for `cpu`, once.
    #[must_use]
    pub fn new(cpu: Cpu) -> Self {
        match cpu {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Cpu::X86(level) => x86::select(level),
            _ => Self { row: scalar::row },
        }
    }

    /// The size of what a picture of size `of` is halved into: half of each side, rounded up.
    ///
    /// # Panics
    ///
    /// Never: half of at least one, rounded up, is at least one.
    #[must_use]
    pub fn size(of: VideoSize) -> VideoSize {
        let half = |side: usize| u16::try_from(side.div_ceil(2)).expect("less than a side, which is a u16");
        VideoSize::new(half(of.width()), half(of.height())).expect("half of at least one, rounded up")
    }

    /// Halves two neighbouring rows into one. The last row of an odd height is given twice.
    ///
    /// # Panics
    ///
    /// When the rows differ in length, or `to` is not half as long, rounded up.
    pub fn row(&self, upper: &[u8], lower: &[u8], to: &mut [u8]) {
        assert_eq!(upper.len(), lower.len(), "the two rows are of one plane");
        assert_eq!(to.len(), upper.len().div_ceil(2), "a row is halved into half of its length, rounded up");
        // SAFETY: `new` took the kernel from a match on `Cpu`, which proves that the CPU has its features.
        unsafe { (self.row)(upper, lower, to) }
    }

    /// Halves one plane.
    ///
    /// # Panics
    ///
    /// When `to` is not of [`size`](Self::size).
    pub fn plane(&self, from: Plane<'_>, to: &mut PlaneMut<'_>) {
        assert_eq!(to.size(), Self::size(from.size()), "a plane is halved into half of its size, rounded up");
        let mut rows = from.rows();
        for to in to.rows() {
            let Some(upper) = rows.next() else { return };
            self.row(upper, rows.next().unwrap_or(upper), to);
        }
    }

    /// Halves a picture, its luma and both of its chroma planes.
    ///
    /// # Panics
    ///
    /// When `to` is not of [`size`](Self::size).
    pub fn picture(&self, from: &VideoFrame, to: &mut VideoFrameMut<'_>) {
        for (from, mut to) in from.planes().into_iter().zip(to.planes()) {
            self.plane(from, &mut to);
        }
    }
}
