//! What is left of a picture: the mean of each of a few rectangles.

use core::ops::Range;
use moim_media::{Plane, PlaneMut, VideoFrame, VideoFrameMut};

/// Rectangles in each direction, and where their values are, for Y, U and V.
const GRIDS: [(usize, Range<usize>); 3] = [(8, 0..64), (4, 64..80), (4, 80..96)];
/// Samples of a rectangle looked at in each direction, at most.
const LOOKED_AT: usize = 16;

/// A picture of 8 × 8 rectangles of luma and 4 × 4 of each chroma, row by row, seven bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sketch([u8; Self::LEN]);

impl Sketch {
    pub(super) const LEN: usize = 96;

    /// From values of seven bits.
    pub(super) fn new(values: [u8; Self::LEN]) -> Self {
        Self(values)
    }

    pub(super) fn of(frame: &VideoFrame) -> Self {
        let mut sketch = [0; Self::LEN];
        for (plane, (grid, range)) in frame.planes().into_iter().zip(GRIDS) {
            for (n, value) in sketch[range].iter_mut().enumerate() {
                *value = mean(plane, n % grid, n / grid, grid) / 2;
            }
        }
        Self(sketch)
    }

    pub(super) fn values(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// Fills all of `frame`.
    pub(super) fn draw(&self, frame: &mut VideoFrameMut<'_>) {
        for (plane, (grid, range)) in frame.planes().into_iter().zip(GRIDS) {
            draw(plane, grid, &self.0[range]);
        }
    }
}

fn mean(plane: Plane<'_>, column: usize, row: usize, grid: usize) -> u8 {
    let columns = part(column, grid, plane.size().width());
    let rows = part(row, grid, plane.size().height());
    let (across, down) = (columns.len().div_ceil(LOOKED_AT), rows.len().div_ceil(LOOKED_AT));
    let rows = rows.step_by(down).map(|y| &plane.data()[y * plane.stride()..]);
    let samples = rows.flat_map(|row| row[columns.clone()].iter().step_by(across));
    let (count, sum) = samples.fold((0, 0), |(count, sum), &sample| (count + 1, sum + u32::from(sample)));
    (sum / count) as u8
}

fn draw(mut plane: PlaneMut<'_>, grid: usize, values: &[u8]) {
    let (width, height) = (plane.size().width(), plane.size().height());
    for (y, row) in plane.rows().enumerate() {
        let values = &values[y * grid / height * grid..][..grid];
        for (column, &value) in values.iter().enumerate() {
            row[part(column, grid, width)].fill(value * 2);
        }
    }
}

/// Part `n` of `pixels` in `grid` parts; never empty, and no pixel is left over.
fn part(n: usize, grid: usize, pixels: usize) -> Range<usize> {
    let begin = n * pixels / grid;
    begin..((n + 1) * pixels / grid).max(begin + 1)
}
