//! Pictures against those they were made from, and when they were shown.
//!
//! Pictures of different sizes are compared at the size of the reference, as a viewer sees them:
//! `psnr(reference, &enlarged(shown, reference.size()))`. A stamp drawn into both counts as part of the picture.

mod enlarged;
mod shown;
mod ssim;
#[cfg(test)]
mod tests;

pub use enlarged::enlarged;
pub use shown::{Freeze, freezes, intervals};
pub use ssim::ssim;

use moim_media::VideoFrame;

/// Whether both pictures have the same size and the same samples in every plane.
#[must_use]
pub fn is_identical(a: &VideoFrame, b: &VideoFrame) -> bool {
    a.size() == b.size() && a.planes().into_iter().zip(b.planes()).all(|(a, b)| a.rows().eq(b.rows()))
}

/// Peak signal-to-noise ratio of luma in dB: 255² over the mean squared error; plus infinity for identical luma.
///
/// # Panics
///
/// When the pictures differ in size.
#[must_use]
pub fn psnr(reference: &VideoFrame, shown: &VideoFrame) -> f64 {
    assert_eq!(reference.size(), shown.size(), "pictures are compared at one size");
    let ([reference, ..], [shown, ..]) = (reference.planes(), shown.planes());
    let squared = |(a, b): (&u8, &u8)| u32::from(a.abs_diff(*b)).pow(2);
    // A row of 65535 errors of 255 still fits into 32 bits.
    let row = |(a, b): (&[u8], &[u8])| u64::from(a.iter().zip(b).map(squared).sum::<u32>());
    let sum: u64 = reference.rows().zip(shown.rows()).map(row).sum();
    let samples = reference.size().width() * reference.size().height();
    10.0 * (255.0 * 255.0 * samples as f64 / sum as f64).log10()
}
