//! Something to film: a moving scene, the same on every machine.
//!
//! ```text
//! ┌──────────── stamp ─────────────┐   a textured wall that pans, a floor that pans faster
//! │ wall   ○       ╭───╮           │   balls that swing through the picture, their texture with them
//! │            ○   │· ·│           │   somebody who nods, blinks and talks in phrases
//! │ floor      ○  ╭┴───┴╮          │
//! └────────────────────────────────┘
//! ```
//!
//! What it shows is a function of size, seed and time, in integers only. Detail falls with its fineness as in
//! photographs, and all of it moves by itself: there is something to predict, something to find and something to
//! uncover, as in a call.

mod shape;
#[cfg(test)]
mod tests;
mod texture;

use crate::stamp::{self, Stamp};
use moim_media::{PlaneMut, VideoFrameMut, VideoSize};
use shape::{Ellipse, wave};
use texture::Texture;

/// Where the wall ends, in 64ths of the picture's height.
const FLOOR: usize = 48;
const BALLS: usize = 4;

/// A scene of one size; see the [module](self).
///
/// [`new`](Self::new) makes all allocations, about the size of one picture. A picture of 1280 × 720 is drawn in about
/// a millisecond.
#[derive(Clone, Debug)]
pub struct Scene {
    size: VideoSize,
    /// Y, U and V of wall and floor, seamless from right to left.
    background: [Texture; 3],
}

impl Scene {
    /// The scene of `seed` in pictures of `size`.
    #[must_use]
    pub fn new(size: VideoSize, seed: u64) -> Self {
        let (width, height) = (size.width(), size.height());
        let colour = (width.div_ceil(2), height.div_ceil(2));
        let background = [
            Texture::new((width, height), 2 * seed, 112, 42, 2),
            Texture::new(colour, 2 * seed + 1, 120, 20, height / 16),
            Texture::new(colour, u64::MAX - seed, 132, 20, height / 16),
        ];
        Self { size, background }
    }

    /// The size of its pictures.
    #[must_use]
    pub const fn size(&self) -> VideoSize {
        self.size
    }

    /// Draws the scene as it is at the time of `stamp`, and [stamps](stamp::write) it.
    ///
    /// # Panics
    ///
    /// When `frame` is not of the scene's size.
    pub fn draw(&self, frame: &mut VideoFrameMut<'_>, stamp: Stamp) {
        assert_eq!(frame.size(), self.size, "a scene is drawn at its own size");
        let micros = stamp.time.as_micros() as u64;
        let [mut y, mut u, mut v] = frame.planes();
        for (plane, texture) in [&mut y, &mut u, &mut v].into_iter().zip(&self.background) {
            pan(plane, texture, micros);
        }
        let mut stage = Stage { height: self.size.height() as i32, luma: y, chroma: [u, v] };
        let width = self.size.width() as i32;
        draw_person(&mut stage, width, micros);
        for n in 0..BALLS {
            self.draw_ball(&mut stage, n as i32, micros);
        }
        stamp::write(frame, stamp);
    }

    fn draw_ball(&self, stage: &mut Stage<'_>, n: i32, micros: u64) {
        let (width, height) = (self.size.width() as i32, stage.height);
        let radius = height / (9 + 2 * n);
        let swing = |period: u64, reach: i32| wave(micros + 700_000 * n as u64, period, reach);
        let ball = Ellipse {
            x: width / 2 + swing(5_300_000 + 1_100_000 * n as u64, width * 7 / 16),
            y: height * 9 / 16 + swing(3_100_000 + 500_000 * n as u64, height * 5 / 16),
            across: radius,
            down: radius,
        };
        let texture = &self.background[0];
        let colours = [(90, 200), (170, 100), (100, 90), (140, 170)];
        stage.fill(ball, 150 - 12 * n, colours[n as usize], |x, y| {
            texture.detail((x + radius) as usize, (y + radius) as usize)
        });
    }
}

/// Moves the wall slowly and the floor twice as fast, a width in 20 and in 10 seconds.
fn pan(plane: &mut PlaneMut<'_>, texture: &Texture, micros: u64) {
    let (width, height) = (plane.size().width(), plane.size().height());
    let moved = |period: u64| (micros % period * width as u64 / period) as usize;
    let (wall, floor) = (moved(20_000_000), moved(10_000_000));
    for (y, row) in plane.rows().enumerate() {
        let begin = if y * 64 < height * FLOOR { wall } else { floor };
        let (left, right) = texture.row(y).split_at(begin);
        row[..right.len()].copy_from_slice(right);
        row[right.len()..].copy_from_slice(left);
    }
}

fn draw_person(stage: &mut Stage<'_>, width: i32, micros: u64) {
    let unit = stage.height;
    let plain = |_, _| 0;
    let (x, y) =
        (width * 5 / 8 + wave(micros, 4_700_000, unit / 40), unit / 2 + wave(micros, 2_900_000, unit / 60));
    let at =
        |right: i32, below: i32, across: i32, down: i32| Ellipse { x: x + right, y: y + below, across, down };
    // Shoulders, neck, hair, face.
    stage.fill(at(0, unit / 2, unit * 5 / 16, unit / 4), 70, (150, 110), plain);
    stage.fill(at(0, unit / 5, unit / 14, unit / 7), 130, (112, 148), plain);
    stage.fill(at(0, -unit / 20, unit / 6, unit / 5), 45, (124, 134), plain);
    stage.fill(at(0, 0, unit / 7, unit / 5), 165, (112, 150), plain);

    let open = if micros % 3_300_000 < 150_000 { unit / 400 } else { unit / 70 };
    for side in [-1, 1] {
        stage.fill(at(side * unit / 18, -unit / 24, unit / 45, open), 40, (128, 128), plain);
    }
    stage.fill(at(0, unit / 11, unit / 18, unit / 160 + mouth(micros, unit / 28)), 60, (118, 170), plain);
}

/// How far the mouth is open, up to `most`: syllables in phrases of two seconds, a pause of one after each.
fn mouth(micros: u64, most: i32) -> i32 {
    if micros % 3_000_000 >= 2_000_000 {
        return 0;
    }
    let syllables = wave(micros, 230_000, most / 2) + wave(micros, 410_000, most / 2);
    syllables.abs()
}

/// The planes of a picture being drawn.
struct Stage<'a> {
    height: i32,
    luma: PlaneMut<'a>,
    chroma: [PlaneMut<'a>; 2],
}

impl Stage<'_> {
    /// Fills an ellipse with light from above, `detail` of each place relative to its middle, and one colour.
    fn fill(&mut self, shape: Ellipse, luma: i32, chroma: (u8, u8), detail: impl Fn(i32, i32) -> i32) {
        // From 24 above at the top to 24 below at the bottom.
        let slope = 24 * 256 / shape.down.max(1);
        shape.rows(&mut self.luma, |y, columns| {
            let lit = luma - ((y * slope) >> 8);
            for (x, sample) in columns {
                *sample = (lit + detail(x, y)).clamp(16, 235) as u8;
            }
        });
        for (plane, colour) in self.chroma.iter_mut().zip([chroma.0, chroma.1]) {
            shape.halved().rows(plane, |_, columns| columns.for_each(|(_, sample)| *sample = colour));
        }
    }
}
