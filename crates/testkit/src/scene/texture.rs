//! Detail as in photographs: noise of many sizes, the finer the weaker.

use rand_core::Rng;
use rand_pcg::Pcg32;

/// How much weaker noise of half the size is, in 256ths.
const FALL: i32 = 186;

/// A plane of noise that repeats seamlessly from its right end to its left.
#[derive(Clone, Debug)]
pub(super) struct Texture {
    width: usize,
    mean: i32,
    samples: Vec<u8>,
}

impl Texture {
    /// Noise around `mean` in octaves from half the height down to `finest` pixels, the coarsest of them up to
    /// `amplitude`.
    pub(super) fn new(
        (width, height): (usize, usize),
        seed: u64,
        mean: i32,
        amplitude: i32,
        finest: usize,
    ) -> Self {
        let mut sums = vec![0; width * height];
        let mut dice = Pcg32::new(seed, 0);
        let (mut cell, mut amplitude) = (height.div_ceil(2), amplitude * 256);
        while cell >= finest.max(2) {
            add_octave(&mut sums, width, cell, amplitude, &mut dice);
            (cell, amplitude) = (cell / 2, amplitude * FALL / 256);
        }
        let samples = sums.iter().map(|&sum| (mean + (sum >> 8)).clamp(16, 235) as u8).collect();
        Self { width, mean, samples }
    }

    pub(super) fn row(&self, y: usize) -> &[u8] {
        &self.samples[y * self.width..][..self.width]
    }

    /// How much brighter than the mean it is, half as strong, at a place that may be outside.
    pub(super) fn detail(&self, x: usize, y: usize) -> i32 {
        let sample = self.samples[(y * self.width + x) % self.samples.len()];
        (i32::from(sample) - self.mean) / 2
    }
}

/// Adds random values on a lattice of about `cell` pixels, smoothly between them; `amplitude` in 256ths.
fn add_octave(sums: &mut [i32], width: usize, cell: usize, amplitude: i32, dice: &mut Pcg32) {
    let height = sums.len() / width;
    let columns = width.div_ceil(cell);
    let rows = height.div_ceil(cell) + 1;
    let lattice: Vec<i32> = (0..columns * rows)
        .map(|_| (dice.next_u32() >> 16) as i32 * 2 * amplitude / 65_536 - amplitude)
        .collect();
    // Which column each pixel is in, and how far it is on the way to the next, in 256ths.
    let across: Vec<(usize, i32)> =
        (0..width).map(|x| (x * columns / width, smooth(x * columns % width, width))).collect();
    for (y, sums) in sums.chunks_exact_mut(width).enumerate() {
        let down = smooth(y % cell, cell);
        let [above, below] = [0, 1].map(|next| &lattice[(y / cell + next) * columns..][..columns]);
        let between = |column: usize| above[column] + (((below[column] - above[column]) * down) >> 8);
        for (sum, &(column, right)) in sums.iter_mut().zip(&across) {
            let (left, next) = (between(column), between((column + 1) % columns));
            *sum += left + (((next - left) * right) >> 8);
        }
    }
}

/// 3t² − 2t³ of the fraction `part / whole`, in 256ths.
fn smooth(part: usize, whole: usize) -> i32 {
    let t = (part * 256 / whole) as i32;
    (t * t * (3 * 256 - 2 * t)) >> 16
}
