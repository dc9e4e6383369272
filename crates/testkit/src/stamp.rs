//! A number and a time in every picture, for machines to read.
//!
//! The topmost thirteenth of the picture holds two rows of forty black or white cells, without colour: 32 bits of
//! number, 32 bits of milliseconds, and a checksum of 16 bits (CRC-16/CCITT, which takes neither black nor white
//! alone for a stamp). The cells are laid out relative to the picture's size, and only the middle of each is
//! looked at, so that the stamp survives scaling, blur, noise and a starved codec.

#[cfg(test)]
mod tests;

use core::time::Duration;
use moim_media::{Plane, VideoFrame, VideoFrameMut, VideoSize};

/// Cells in a row.
const COLUMNS: usize = 40;
const ROWS: usize = 2;
/// The strip is this fraction of the picture's height.
const FRACTION: usize = 13;

// The ends of the range of luma (ITU-R BT.601), what lies between them, and no colour.
const BLACK: u8 = 16;
const WHITE: u8 = 235;
const GREY: usize = 126;
const NEUTRAL: u8 = 128;

/// What a picture says about itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// The number of the picture.
    pub id: u32,
    /// When it was taken: whole milliseconds up to 49 days are carried, the rest is cut off.
    pub time: Duration,
}

/// Writes `stamp` into the topmost thirteenth of `frame`, whatever was there.
///
/// Below 40 × 26 pixels there is no room for it, and [`read`] finds nothing.
pub fn write(frame: &mut VideoFrameMut<'_>, stamp: Stamp) {
    let size = frame.size();
    let (width, height) = (size.width(), size.height());
    let code = encode(stamp);
    let [mut luma, mut u, mut v] = frame.planes();
    for (y, row) in luma.rows().enumerate() {
        let Some(cells) = row_of(2 * y + 1, height) else { break };
        for (x, sample) in row.iter_mut().enumerate() {
            // Where the middle of the pixel lies.
            let cell = cells * COLUMNS + (2 * x + 1) * COLUMNS / (2 * width);
            *sample = if code >> (COLUMNS * ROWS - 1 - cell) & 1 == 1 { WHITE } else { BLACK };
        }
    }
    for chroma in [&mut u, &mut v] {
        for (y, row) in chroma.rows().enumerate() {
            if row_of(4 * y + 1, height).is_none() {
                break;
            }
            row.fill(NEUTRAL);
        }
    }
}

/// Reads the stamp of `frame`; `None` when it has none, or one that is damaged.
///
/// One in 65536 pictures of noise is taken for stamped.
#[must_use]
pub fn read(frame: &VideoFrame) -> Option<Stamp> {
    let [luma, ..] = frame.planes();
    let cells = (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| is_white(luma, column, row)));
    decode(cells.fold(0, |code, white| code << 1 | u128::from(white)))
}

/// Which row of cells a place belongs to that is `halves` half pixels below the top of a picture.
fn row_of(halves: usize, height: usize) -> Option<usize> {
    let row = halves * ROWS * FRACTION / (2 * height);
    (row < ROWS).then_some(row)
}

/// Whether the mean of the middle quarter of a cell is brighter than grey, parts of pixels counted as parts.
fn is_white(luma: Plane<'_>, column: usize, row: usize) -> bool {
    let size: VideoSize = luma.size();
    let (mut sum, mut area) = (0, 0);
    let rows = middle(row, ROWS * FRACTION, size.height());
    for (y, rows) in rows {
        for (x, columns) in middle(column, COLUMNS, size.width()) {
            let sample = luma.data()[y * luma.stride() + x];
            sum += usize::from(sample) * rows * columns;
            area += rows * columns;
        }
    }
    sum > GREY * area
}

/// The pixels in the middle half of cell `cell` of `cells` over `pixels` pixels, and how much of each lies in it.
///
/// Everything is counted in parts of which a pixel has four times `cells` and a cell four times `pixels`.
fn middle(cell: usize, cells: usize, pixels: usize) -> impl Iterator<Item = (usize, usize)> {
    let pixel = 4 * cells;
    let (begin, end) = (pixels * (4 * cell + 1), pixels * (4 * cell + 3));
    (begin / pixel..end.div_ceil(pixel)).map(move |n| (n, end.min((n + 1) * pixel) - begin.max(n * pixel)))
}

/// The cells of a stamp, the first one in bit 79.
fn encode(stamp: Stamp) -> u128 {
    let millis = (stamp.time.as_millis() & u128::from(u32::MAX)) as u32;
    let content = u64::from(stamp.id) << 32 | u64::from(millis);
    u128::from(content) << 16 | u128::from(checksum(content))
}

fn decode(code: u128) -> Option<Stamp> {
    let content = (code >> 16) as u64;
    let intact = checksum(content) == code as u16;
    intact.then(|| Stamp {
        id: (content >> 32) as u32,
        time: Duration::from_millis(content & u64::from(u32::MAX)),
    })
}

/// CRC-16/CCITT: x¹⁶ + x¹² + x⁵ + 1, from all ones.
fn checksum(content: u64) -> u16 {
    content.to_be_bytes().iter().fold(u16::MAX, |crc, &byte| {
        (0..8).fold(
            crc ^ u16::from(byte) << 8,
            |crc, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
            },
        )
    })
}
