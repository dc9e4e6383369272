//! Structural similarity: Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli, "Image quality assessment: from error
//! visibility to structural similarity", IEEE Transactions on Image Processing 13 (2004).

use core::ops::Add;
use moim_media::VideoFrame;

/// A window is two blocks wide and high, and moves on by one.
const BLOCK: usize = 4;

/// Structural similarity of luma, mean over all windows of 8 × 8 samples that begin at multiples of 4, each sample of
/// equal weight; at most 1, which is identical luma.
///
/// A picture smaller than a window is one window. Samples right and below the last whole block do not count.
///
/// # Panics
///
/// When the pictures differ in size.
#[must_use]
pub fn ssim(reference: &VideoFrame, shown: &VideoFrame) -> f64 {
    assert_eq!(reference.size(), shown.size(), "pictures are compared at one size");
    let ([reference, ..], [shown, ..]) = (reference.planes(), shown.planes());
    let size = reference.size();
    if size.width() < 2 * BLOCK || size.height() < 2 * BLOCK {
        let rows = reference.rows().zip(shown.rows());
        return rows.map(|(a, b)| Sums::of(a, b)).fold(Sums::default(), Sums::add).similarity();
    }
    let (a, b) = (reference.data(), shown.data());
    let (stride, columns) = (reference.stride(), size.width() / BLOCK);
    let row_of_blocks = |row: usize, into: &mut Vec<Sums>| {
        into.clear();
        into.extend((0..columns).map(|column| {
            let begin = |y: usize| (row * BLOCK + y) * stride + column * BLOCK;
            let line = |y: usize| Sums::of(&a[begin(y)..][..BLOCK], &b[begin(y)..][..BLOCK]);
            (0..BLOCK).map(line).fold(Sums::default(), Sums::add)
        }));
    };
    let (mut above, mut below) = (Vec::with_capacity(columns), Vec::with_capacity(columns));
    row_of_blocks(0, &mut above);
    let (mut sum, mut windows) = (0.0, 0_u32);
    for row in 1..size.height() / BLOCK {
        row_of_blocks(row, &mut below);
        for (above, below) in above.windows(2).zip(below.windows(2)) {
            sum += (above[0] + above[1] + below[0] + below[1]).similarity();
            windows += 1;
        }
        core::mem::swap(&mut above, &mut below);
    }
    sum / f64::from(windows)
}

/// What the similarity of two windows is made from.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    count: u32,
    a: u32,
    b: u32,
    /// Of the squares of both; only their sum matters.
    squares: u32,
    products: u32,
}

impl Sums {
    fn of(a: &[u8], b: &[u8]) -> Self {
        let pairs = a.iter().zip(b).map(|(&a, &b)| (u32::from(a), u32::from(b)));
        pairs.fold(Self { count: a.len() as u32, ..Self::default() }, |sums, (a, b)| Self {
            a: sums.a + a,
            b: sums.b + b,
            squares: sums.squares + a * a + b * b,
            products: sums.products + a * b,
            ..sums
        })
    }

    /// Formula 13 with K₁ = 0.01, K₂ = 0.03 and variances over the number of samples less one, as there.
    fn similarity(self) -> f64 {
        let stable = |k: f64| (k * 255.0).powi(2);
        let (c1, c2) = (stable(0.01), stable(0.03));
        let count = f64::from(self.count);
        let (a, b) = (f64::from(self.a) / count, f64::from(self.b) / count);
        let freedom = (count - 1.0).max(1.0);
        let variances = (f64::from(self.squares) - count * (a * a + b * b)) / freedom;
        let covariance = (f64::from(self.products) - count * a * b) / freedom;
        (2.0 * a * b + c1) * (2.0 * covariance + c2) / ((a * a + b * b + c1) * (variances + c2))
    }
}

impl Add for Sums {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            a: self.a + other.a,
            b: self.b + other.b,
            squares: self.squares + other.squares,
            products: self.products + other.products,
        }
    }
}
