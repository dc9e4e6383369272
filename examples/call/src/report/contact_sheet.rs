//! The call at a glance: pictures as they were taken beside what was shown of them, in one PNG.

use anyhow::{Context, Result};
use moim_dsp::Halver;
use moim_media::{FramePool, VideoFrame, VideoSize};
use moim_simd::Cpu;
use std::time::Duration;
use yuv::{YuvPlanarImage, YuvRange, YuvStandardMatrix, yuv420_to_rgb};

/// Pictures are halved until they are no wider.
const WIDEST: usize = 400;
/// Pairs in a row of the sheet.
const COLUMNS: usize = 2;
/// Pixels between pairs, and around the sheet.
const MARGIN: usize = 10;
/// Pixels of the red frame around a freeze.
const FRAME: usize = 4;
/// Pixels of one dot of a digit.
const DOT: usize = 2;
/// Of a line of digits and the space below it.
const LINE: usize = DOT * (GLYPH_HEIGHT + 2);

const PAPER: [u8; 3] = [255; 3];
const INK: [u8; 3] = [40; 3];
const RED: [u8; 3] = [214, 39, 40];

/// A picture as the camera took it, and what the other side saw of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) taken: &'a VideoFrame,
    /// Since the beginning of the call; printed above the picture, in seconds.
    pub(crate) taken_at: Duration,
    pub(crate) shown: &'a VideoFrame,
    /// Likewise.
    pub(crate) shown_at: Duration,
    pub(crate) mark: Mark,
}

/// What is to be said of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// One of many.
    Ordinary,
    /// It stood for too long, or is the first after one that did: framed in red.
    Freeze,
}

/// Pairs from left to right and from top to bottom, in the order in which they were added.
#[derive(Debug)]
pub(crate) struct ContactSheet {
    halver: Halver,
    cells: Vec<Cell>,
}

#[derive(Debug)]
struct Cell {
    pictures: [Thumbnail; 2],
    mark: Mark,
}

/// A small picture and the time above it.
#[derive(Debug)]
struct Thumbnail {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
    at: Duration,
}

impl ContactSheet {
    pub(crate) fn new(cpu: Cpu) -> Self {
        Self { halver: Halver::new(cpu), cells: Vec::new() }
    }

    /// Adds a pair; the pictures are made small at once and not kept.
    ///
    /// # Errors
    ///
    /// When a picture cannot be converted, which does not happen.
    pub(crate) fn add(&mut self, pair: &Pair<'_>) -> Result<()> {
        let taken = self.thumbnail(pair.taken, pair.taken_at)?;
        let shown = self.thumbnail(pair.shown, pair.shown_at)?;
        self.cells.push(Cell { pictures: [taken, shown], mark: pair.mark });
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The sheet as a PNG file. All pictures become as large as the first; a sender that took refuge in smaller ones
    /// shows as coarse as it looked.
    ///
    /// # Errors
    ///
    /// When the PNG cannot be written, which in memory does not happen.
    pub(crate) fn png(&self) -> Result<Vec<u8>> {
        let (width, height) = self.cells.first().map_or((0, 0), |cell| {
            let [taken, _] = &cell.pictures;
            (taken.width, taken.height)
        });
        let (pair, line) = (2 * width + MARGIN, LINE + height + MARGIN);
        let rows = self.cells.len().div_ceil(COLUMNS);
        let mut canvas = Canvas::new(MARGIN + COLUMNS * pair, MARGIN + rows * line);
        for (n, cell) in self.cells.iter().enumerate() {
            let (left, top) = (MARGIN + n % COLUMNS * pair, MARGIN + n / COLUMNS * line);
            if cell.mark == Mark::Freeze {
                // It fills the space below the digits; the pictures leave its rim.
                let (left, top) = (left - FRAME, top + LINE - FRAME);
                canvas.fill(left, top, 2 * (width + FRAME), height + 2 * FRAME, RED);
            }
            for (n, thumbnail) in cell.pictures.iter().enumerate() {
                let left = left + n * width;
                canvas.print(left, top, &format!("{:.2}", thumbnail.at.as_secs_f64()));
                canvas.paste(left, top + LINE, (width, height), thumbnail);
            }
        }
        canvas.png()
    }

    fn thumbnail(&self, frame: &VideoFrame, at: Duration) -> Result<Thumbnail> {
        let matrix = matrix(frame.size());
        let mut small = frame.clone();
        while small.size().width() > WIDEST {
            let mut pool = FramePool::new(Halver::size(small.size()), 1);
            let halved = pool.write(|mut to| self.halver.picture(&small, &mut to));
            small = halved.context("a new pool has room")?;
        }
        let (width, height) = (small.size().width(), small.size().height());
        let [y, u, v] = small.planes();
        let image = YuvPlanarImage {
            y_plane: y.data(),
            y_stride: u32::try_from(y.stride())?,
            u_plane: u.data(),
            u_stride: u32::try_from(u.stride())?,
            v_plane: v.data(),
            v_stride: u32::try_from(v.stride())?,
            width: u32::try_from(width)?,
            height: u32::try_from(height)?,
        };
        let mut rgb = vec![0; 3 * width * height];
        yuv420_to_rgb(&image, &mut rgb, u32::try_from(3 * width)?, YuvRange::Limited, matrix)
            .context("colours")?;
        Ok(Thumbnail { width, height, rgb, at })
    }
}

/// What players take for granted where a stream does not say: HDTV's colours from 720 lines on.
fn matrix(size: VideoSize) -> YuvStandardMatrix {
    if size.height() < 720 { YuvStandardMatrix::Bt601 } else { YuvStandardMatrix::Bt709 }
}

/// Paper to draw on.
struct Canvas {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        Self { width, height, rgb: PAPER.repeat(width * height) }
    }

    fn fill(&mut self, left: usize, top: usize, width: usize, height: usize, colour: [u8; 3]) {
        for y in top..top + height {
            for x in left..left + width {
                self.dot(x, y, colour);
            }
        }
    }

    /// Digits and points; what else there is stays blank.
    fn print(&mut self, left: usize, top: usize, text: &str) {
        for (n, character) in text.chars().enumerate() {
            let left = left + n * DOT * (GLYPH_WIDTH + 1);
            for (y, row) in glyph(character).into_iter().enumerate() {
                for x in (0..GLYPH_WIDTH).filter(|x| row >> (GLYPH_WIDTH - 1 - x) & 1 == 1) {
                    self.fill(left + DOT * x, top + DOT * y, DOT, DOT, INK);
                }
            }
        }
    }

    /// Stretches to this size, pixels staying pixels.
    fn paste(&mut self, left: usize, top: usize, (width, height): (usize, usize), thumbnail: &Thumbnail) {
        for y in 0..height {
            let row = &thumbnail.rgb[3 * thumbnail.width * (y * thumbnail.height / height)..];
            for x in 0..width {
                let from = 3 * (x * thumbnail.width / width);
                self.dot(left + x, top + y, [row[from], row[from + 1], row[from + 2]]);
            }
        }
    }

    fn dot(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        self.rgb[3 * (y * self.width + x)..][..3].copy_from_slice(&colour);
    }

    fn png(&self) -> Result<Vec<u8>> {
        let mut file = Vec::new();
        let mut encoder =
            png::Encoder::new(&mut file, u32::try_from(self.width)?, u32::try_from(self.height)?);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rgb)?;
        writer.finish()?;
        Ok(file)
    }
}

const GLYPH_WIDTH: usize = 3;
const GLYPH_HEIGHT: usize = 5;

/// Rows from top to bottom, three dots each, the left one in bit 2.
fn glyph(character: char) -> [u8; GLYPH_HEIGHT] {
    match character {
        '0' => [0b111, 0b101, 0b101, 0b101, 0b111],
        '1' => [0b010, 0b110, 0b010, 0b010, 0b111],
        '2' => [0b111, 0b001, 0b111, 0b100, 0b111],
        '3' => [0b111, 0b001, 0b111, 0b001, 0b111],
        '4' => [0b101, 0b101, 0b111, 0b001, 0b001],
        '5' => [0b111, 0b100, 0b111, 0b001, 0b111],
        '6' => [0b111, 0b100, 0b111, 0b101, 0b111],
        '7' => [0b111, 0b001, 0b010, 0b010, 0b010],
        '8' => [0b111, 0b101, 0b111, 0b101, 0b111],
        '9' => [0b111, 0b101, 0b111, 0b001, 0b111],
        '.' => [0b000, 0b000, 0b000, 0b000, 0b010],
        _ => [0; GLYPH_HEIGHT],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// A picture of one colour.
    fn plain(width: u16, height: u16, colour: [u8; 3]) -> VideoFrame {
        let size = VideoSize::new(width, height).expect("a size");
        let frame = FramePool::new(size, 1).write(|mut frame| {
            for (plane, value) in frame.planes().iter_mut().zip(colour) {
                plane.rows().for_each(|row| row.fill(value));
            }
        });
        frame.expect("a new pool has room")
    }

    const BLACK: [u8; 3] = [16, 128, 128];
    const WHITE: [u8; 3] = [235, 128, 128];

    struct Image {
        width: usize,
        height: usize,
        rgb: Vec<u8>,
    }

    impl Image {
        fn read(file: &[u8]) -> Self {
            let mut reader = png::Decoder::new(Cursor::new(file)).read_info().expect("a PNG");
            let mut rgb = vec![0; reader.output_buffer_size().expect("of some size")];
            let info = reader.next_frame(&mut rgb).expect("a picture");
            Self { width: info.width as usize, height: info.height as usize, rgb }
        }

        fn at(&self, x: usize, y: usize) -> [u8; 3] {
            self.rgb[3 * (y * self.width + x)..][..3].try_into().expect("three bytes")
        }
    }

    fn sheet(pairs: &[(VideoFrame, VideoFrame, Mark)]) -> Image {
        let mut sheet = ContactSheet::new(Cpu::detect());
        for (taken, shown, mark) in pairs {
            let at = Duration::from_millis(12_345);
            let pair = Pair { taken, taken_at: at, shown, shown_at: at, mark: *mark };
            sheet.add(&pair).expect("converted");
        }
        Image::read(&sheet.png().expect("written"))
    }

    #[test]
    fn pictures_stand_side_by_side_at_the_size_of_the_first() {
        // 1280 × 720 becomes 320 × 180, and so does what was sent at a quarter of that.
        let pairs = [(plain(1_280, 720, BLACK), plain(160, 90, WHITE), Mark::Ordinary)];
        let image = sheet(&pairs);
        assert_eq!((image.width, image.height), (10 + 2 * 650, 10 + LINE + 180 + 10));
        let middle = MARGIN + LINE + 90;
        assert_eq!(image.at(MARGIN + 2, middle), [0; 3]);
        assert_eq!(image.at(MARGIN + 317, middle), [0; 3]);
        assert_eq!(image.at(MARGIN + 322, middle), [255; 3]);
        assert_eq!(image.at(MARGIN + 637, middle), [255; 3]);
    }

    #[test]
    fn a_freeze_is_framed_in_red_and_nothing_else_is() {
        let pair = |mark| (plain(64, 36, BLACK), plain(64, 36, WHITE), mark);
        let red = |image: &Image| image.rgb.as_chunks::<3>().0.iter().filter(|&&rgb| rgb == RED).count();
        assert_eq!(red(&sheet(&[pair(Mark::Ordinary)])), 0);
        let image = sheet(&[pair(Mark::Freeze), pair(Mark::Ordinary)]);
        assert_eq!(red(&image), 2 * FRAME * (2 * 64 + 36 + 2 * FRAME));
        for (x, y) in [(0, 0), (2 * 64 + FRAME, 0), (0, 36 + FRAME), (2 * 64 + FRAME, 36 + FRAME)] {
            assert_eq!(image.at(MARGIN - FRAME + x, MARGIN + LINE - FRAME + y), RED, "{x}, {y}");
        }
    }

    #[test]
    fn times_are_printed_above_the_pictures() {
        let image = sheet(&[(plain(64, 36, BLACK), plain(64, 36, WHITE), Mark::Ordinary)]);
        // The 1 of 12.35: its second row is two dots wide, and below them there is its stem.
        let dots = |row: usize| {
            let y = MARGIN + DOT * row;
            (0..GLYPH_WIDTH).map(|x| image.at(MARGIN + DOT * x, y) == INK).collect::<Vec<_>>()
        };
        assert_eq!(dots(0), [false, true, false]);
        assert_eq!(dots(1), [true, true, false]);
        assert_eq!(dots(4), [true, true, true]);
    }

    #[test]
    fn an_empty_sheet_is_still_a_picture() {
        let image = sheet(&[]);
        assert_eq!(image.at(0, 0), PAPER);
    }
}
