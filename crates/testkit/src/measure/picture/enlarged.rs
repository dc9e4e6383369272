//! A small picture at a larger size.

use moim_media::{FramePool, Plane, PlaneMut, VideoFrame, VideoSize};

/// Positions and weights are in 256ths of a sample.
const ONE: usize = 256;

/// `frame` at `size`, between its samples linearly, as a renderer shows it; chroma is sited as luma is.
///
/// Allocates the picture. Made for enlarging: a picture made smaller this way has aliases.
///
/// # Panics
///
/// Never in practice: a pool of one has room for one.
#[must_use]
pub fn enlarged(frame: &VideoFrame, size: VideoSize) -> VideoFrame {
    let drawn = FramePool::new(size, 1).write(|mut larger| {
        for (from, into) in frame.planes().into_iter().zip(larger.planes()) {
            enlarge(from, into);
        }
    });
    drawn.expect("an empty pool of one has room for one")
}

fn enlarge(from: Plane<'_>, mut into: PlaneMut<'_>) {
    let (size, target) = (from.size(), into.size());
    let columns: Vec<Place> =
        (0..target.width()).map(|x| Place::new(x, target.width(), size.width())).collect();
    for (y, row) in into.rows().enumerate() {
        let place = Place::new(y, target.height(), size.height());
        let [above, below] = [place.before, place.after].map(|y| &from.data()[y * from.stride()..]);
        for (sample, column) in row.iter_mut().zip(&columns) {
            let [top, bottom] = [above, below].map(|row| column.between(row));
            let sum = top * (ONE - place.weight) + bottom * place.weight;
            *sample = ((sum + ONE * ONE / 2) / (ONE * ONE)) as u8;
        }
    }
}

/// Between which two samples a new sample lies.
struct Place {
    before: usize,
    after: usize,
    /// How much of the second.
    weight: usize,
}

impl Place {
    /// Sample `n` of `new` over `old` samples, middle over middle.
    fn new(n: usize, new: usize, old: usize) -> Self {
        let place = ((2 * n + 1) * old * ONE / (2 * new)).saturating_sub(ONE / 2);
        let before = place / ONE;
        Self { before, after: (before + 1).min(old - 1), weight: place % ONE }
    }

    fn between(&self, row: &[u8]) -> usize {
        usize::from(row[self.before]) * (ONE - self.weight) + usize::from(row[self.after]) * self.weight
    }
}
