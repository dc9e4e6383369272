//! The pictures of a film by their number: kept in memory when it is short, else read again and again.

use super::FrameRate;
use super::origin::{Bytes, Origin};
use crate::lang::Lang;
use anyhow::{Result, ensure};
use moim_media::{VideoFrameMut, VideoSize};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use y4m::{Colorspace, Decoder, Limits};

/// What is kept in memory at most: seven seconds of 720p.
const KEPT: usize = 256 << 20;
/// The largest picture that is read, in bytes: far beyond 4K.
const PICTURE: usize = 64 << 20;

/// A film that repeats.
#[derive(Debug)]
pub(super) struct Film {
    origin: Origin,
    shape: Shape,
    rate: FrameRate,
    pictures: Pictures,
}

#[derive(Debug)]
enum Pictures {
    /// All of them. Not empty.
    Kept(Arc<[Box<[u8]>]>),
    Streamed {
        /// `None` before the first is asked for.
        reading: Option<Reading>,
        /// How many there are, once the end was seen.
        count: Option<u32>,
    },
}

/// One picture of a film.
#[derive(Clone, Copy, Debug)]
pub(super) struct Picture<'a> {
    planes: &'a [u8],
    shape: Shape,
}

/// Sides of the pictures as they lie in the file.
#[derive(Clone, Copy, Debug)]
struct Shape {
    width: usize,
    height: usize,
    /// Less the last line of an odd side.
    size: VideoSize,
}

impl Film {
    pub(super) fn open(path: &Path, lang: Lang) -> Result<Self> {
        let origin = Origin::of(path, lang)?;
        let mut reading = Reading::start(&origin)?;
        let (shape, rate) = (reading.shape(&origin)?, reading.rate(&origin)?);
        let mut kept = Vec::new();
        while reading.advance(&origin)? {
            kept.push(reading.last.clone());
            if kept.len() * reading.last.len() > KEPT {
                let pictures = Pictures::Streamed { reading: None, count: None };
                return Ok(Self { origin, shape, rate, pictures });
            }
        }
        ensure!(!kept.is_empty(), origin.holds_nothing());
        Ok(Self { origin, shape, rate, pictures: Pictures::Kept(kept.into()) })
    }

    pub(super) fn size(&self) -> VideoSize {
        self.shape.size
    }

    pub(super) fn rate(&self) -> FrameRate {
        self.rate
    }

    /// Picture `n` of the film, which repeats without end.
    pub(super) fn picture(&mut self, n: u32) -> Result<Picture<'_>> {
        let planes = match &mut self.pictures {
            Pictures::Kept(kept) => &kept[n as usize % kept.len()],
            Pictures::Streamed { reading, count } => streamed(reading, count, &self.origin, n)?,
        };
        Ok(Picture { planes, shape: self.shape })
    }
}

#[cfg(test)]
impl Film {
    /// As if it were too long to be kept.
    pub(super) fn forget(&mut self) {
        self.pictures = Pictures::Streamed { reading: None, count: None };
    }
}

/// Reads on, or from the beginning, until the last picture read is the one wanted.
fn streamed<'a>(
    reading: &'a mut Option<Reading>,
    count: &mut Option<u32>,
    origin: &Origin,
    n: u32,
) -> Result<&'a [u8]> {
    loop {
        let wanted = count.map_or(n, |count| n % count);
        let mut current = match reading.take().filter(|reading| reading.read <= wanted + 1) {
            Some(reading) => reading,
            None => Reading::start(origin)?,
        };
        while current.read <= wanted && current.advance(origin)? {}
        if current.read == wanted + 1 {
            return Ok(&reading.insert(current).last);
        }
        // The end.
        ensure!(current.read > 0, origin.holds_nothing());
        *count = Some(current.read);
    }
}

impl Clone for Film {
    /// A clone shares what is in memory and reads for itself what is not.
    fn clone(&self) -> Self {
        let pictures = match &self.pictures {
            Pictures::Kept(kept) => Pictures::Kept(Arc::clone(kept)),
            Pictures::Streamed { count, .. } => Pictures::Streamed { reading: None, count: *count },
        };
        Self { origin: self.origin.clone(), shape: self.shape, rate: self.rate, pictures }
    }
}

/// A reading of the film from its beginning.
struct Reading {
    pictures: Decoder<Bytes>,
    /// How many have been read.
    read: u32,
    /// The last of them: Y, U and V without padding.
    last: Box<[u8]>,
}

impl Reading {
    fn start(origin: &Origin) -> Result<Self> {
        let pictures = Decoder::new_with_limits(origin.open()?, Limits { bytes: PICTURE });
        let pictures = pictures.map_err(|error| origin.unreadable(&error))?;
        Ok(Self { pictures, read: 0, last: Box::default() })
    }

    /// Reads the next picture; `false` at the end. What is cut off there is no picture.
    fn advance(&mut self, origin: &Origin) -> Result<bool> {
        let frame = match self.pictures.read_frame() {
            Ok(frame) => frame,
            Err(y4m::Error::EOF) => return Ok(false),
            Err(error) => return Err(origin.unreadable(&error)),
        };
        self.last = [frame.get_y_plane(), frame.get_u_plane(), frame.get_v_plane()].concat().into();
        self.read += 1;
        Ok(true)
    }

    fn shape(&self, origin: &Origin) -> Result<Shape> {
        let color = self.pictures.get_colorspace();
        let is_i420 = matches!(
            color,
            Colorspace::C420 | Colorspace::C420jpeg | Colorspace::C420paldv | Colorspace::C420mpeg2
        );
        ensure!(
            is_i420,
            origin.wrong(
                format!("{color:?} 형식입니다. 8비트 4:2:0만 읽습니다 (`ffmpeg … -pix_fmt yuv420p`)."),
                format!("is {color:?}; only 4:2:0 of 8 bits is read (`ffmpeg … -pix_fmt yuv420p`)"),
            )
        );
        let (width, height) = (self.pictures.get_width(), self.pictures.get_height());
        let even = |side: usize| u16::try_from(side & !1).ok();
        let size = even(width).zip(even(height)).and_then(|(width, height)| VideoSize::new(width, height));
        let size = size.ok_or_else(|| {
            origin.wrong(
                format!("{width} × {height} 크기의 그림은 보낼 수 없습니다"),
                format!("pictures of {width} × {height} cannot be sent"),
            )
        })?;
        Ok(Shape { width, height, size })
    }

    fn rate(&self, origin: &Origin) -> Result<FrameRate> {
        let ratio = self.pictures.get_framerate();
        // 0 : 0 is how the format says that it does not know.
        if (ratio.num, ratio.den) == (0, 0) {
            return Ok(FrameRate::DEFAULT);
        }
        FrameRate::new(ratio.num, ratio.den).ok_or_else(|| {
            origin.wrong(
                format!("초당 {ratio}장은 다룰 수 없습니다 (1–240)"),
                format!("{ratio} pictures per second are not between 1 and 240"),
            )
        })
    }
}

impl Picture<'_> {
    /// Copies it into a frame of the film's size.
    pub(super) fn copy_to(self, frame: &mut VideoFrameMut<'_>) {
        let Shape { width, height, .. } = self.shape;
        let (chroma_width, chroma_height) = (width.div_ceil(2), height.div_ceil(2));
        let (y, chroma) = self.planes.split_at(width * height);
        let (u, v) = chroma.split_at(chroma_width * chroma_height);
        let planes = [(y, width), (u, chroma_width), (v, chroma_width)];
        for (mut to, (from, stride)) in frame.planes().into_iter().zip(planes) {
            for (to, from) in to.rows().zip(from.chunks_exact(stride)) {
                to.copy_from_slice(&from[..to.len()]);
            }
        }
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("read", &self.read).finish_non_exhaustive()
    }
}
