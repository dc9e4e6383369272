//! Ellipses, and how they swing.

use moim_media::PlaneMut;

/// An ellipse in pixels; it may lie partly or wholly outside of the picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ellipse {
    pub(super) x: i32,
    pub(super) y: i32,
    /// Half of its width and of its height.
    pub(super) across: i32,
    pub(super) down: i32,
}

impl Ellipse {
    /// The same in a plane of half the size.
    pub(super) fn halved(self) -> Self {
        Self { x: self.x / 2, y: self.y / 2, across: self.across / 2, down: self.down / 2 }
    }

    /// Hands `fill` each row inside: its distance below the middle, and its samples with theirs to the right of it.
    pub(super) fn rows<'a>(
        self,
        plane: &'a mut PlaneMut<'_>,
        mut fill: impl FnMut(i32, core::iter::Zip<core::ops::RangeFrom<i32>, core::slice::IterMut<'a, u8>>),
    ) {
        let width = plane.size().width() as i32;
        for (y, row) in (-self.y..).zip(plane.rows()) {
            if y.abs() >= self.down {
                continue;
            }
            // x² / across² + y² / down² = 1.
            let inside = (self.down * self.down - y * y).isqrt() * self.across / self.down;
            let begin = (self.x - inside).clamp(0, width);
            let end = (self.x + inside).clamp(begin, width);
            fill(y, (begin - self.x..).zip(&mut row[begin as usize..end as usize]));
        }
    }
}

/// A sine of this period in microseconds and amplitude, after Bhaskara I, right within 0.2 %.
pub(super) fn wave(micros: u64, period: u64, amplitude: i32) -> i32 {
    const HALF: i64 = 1 << 12;
    let turn = (micros % period * (2 * HALF as u64) / period) as i64;
    let (phase, sign) = if turn < HALF { (turn, 1) } else { (turn - HALF, -1) };
    let arch = phase * (HALF - phase);
    (sign * i64::from(amplitude) * 16 * arch / (5 * HALF * HALF - 4 * arch)) as i32
}
