//! Pictures into access units that say what they are.

use super::byte_stream::START_CODE;
use super::parameter_sets::{self, MAX_SIDE};
use super::sketch::Sketch;
use super::unit::{FIRST_SLICE, MAX_SLICES, OTHER_SLICE, Unit};
use crate::stamp::{self, Stamp};
use core::num::NonZeroU32;
use core::time::Duration;
use moim_media::codec::{AccessUnitInfo, CodecError, EncodedVideo, FrameKind, VideoEncoder};
use moim_media::{MediaTime, VideoFrame, VideoSize};

/// Size of a key frame in units of what a picture may take on average.
const KEY_FRAME: i64 = 6;

/// What a [`FakeVideoEncoder`] makes of pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct FakeVideoConfig {
    /// Bits per second to aim at, at least 1.
    pub bitrate: u32,
    /// Pictures per second to expect; positive and finite.
    pub frame_rate: f32,
    /// Slices in each unit at the least, 1 … 1024.
    pub slices: usize,
    /// Bytes of one slice with its NAL header, at most; at least 256. More slices are made as needed, up to 1024,
    /// at which the unit ends.
    pub max_slice_bytes: Option<usize>,
    /// Pictures that nothing builds on between two that others build on: 1 is two temporal layers.
    pub disposable: u32,
    /// Units from one key frame to the next at most; `None` for key frames on demand only.
    pub key_interval: Option<NonZeroU32>,
    /// Where the parameter sets are.
    pub parameter_sets: ParameterSets,
    /// Which pictures it does not encode.
    pub skip: Skip,
}

/// How a decoder comes by the parameter sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterSets {
    /// Before every key frame.
    InBand,
    /// By signalling: see [`FakeVideoEncoder::parameter_sets`].
    OutOfBand,
}

/// Which pictures an encoder skips. It never skips a key frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// None.
    Never,
    /// Every so-many-th of those given.
    Every(NonZeroU32),
    /// As long as what was encoded takes longer than this to send at the bitrate, beyond the time it was shown.
    Behind(Duration),
}

impl Default for FakeVideoConfig {
    /// 1 Mbit/s at 30 pictures per second, one slice, every picture built on the last one.
    fn default() -> Self {
        Self {
            bitrate: 1_000_000,
            frame_rate: 30.0,
            slices: 1,
            max_slice_bytes: None,
            disposable: 0,
            key_interval: None,
            parameter_sets: ParameterSets::InBand,
            skip: Skip::Never,
        }
    }
}

/// Why there is no such encoder.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FakeVideoConfigError {
    /// No bits to spend.
    #[error("an encoder needs a bitrate")]
    Bitrate,
    /// The rate is not positive and finite.
    #[error("{frame_rate} pictures per second cannot be encoded")]
    FrameRate {
        /// The rate asked for.
        frame_rate: f32,
    },
    /// No slice, or more than a unit holds.
    #[error("a unit holds 1 to {MAX_SLICES} slices, not {slices}")]
    Slices {
        /// The slices asked for.
        slices: usize,
    },
    /// A slice that cannot hold what it must say.
    #[error("a slice needs 256 bytes, not {bytes}")]
    SliceBytes {
        /// The bytes asked for.
        bytes: usize,
    },
}

/// The encoder of the [fake video codec](super). Access units are numbered from zero.
///
/// A unit takes what bitrate and frame rate leave for it; a key frame takes six times as much, which the pictures
/// after it save again, a quarter each. A picture of a new size becomes a key frame. [`VideoEncoder::encode`] does
/// not allocate while the vector has room.
#[derive(Clone, Debug)]
pub struct FakeVideoEncoder {
    config: FakeVideoConfig,
    /// Pictures given.
    given: u32,
    /// Number of the next unit.
    next: u32,
    since_key: u32,
    /// Size and number of the picture that the next one builds on.
    reference: Option<(VideoSize, u32)>,
    /// Disposable units since then.
    disposed: u32,
    /// Bytes spent beyond those that bitrate and time allow.
    debt: i64,
}

impl FakeVideoEncoder {
    /// An encoder at the beginning of its stream.
    ///
    /// # Errors
    ///
    /// A [`FakeVideoConfigError`] names the setting that is out of range.
    pub fn new(config: FakeVideoConfig) -> Result<Self, FakeVideoConfigError> {
        if config.bitrate == 0 {
            return Err(FakeVideoConfigError::Bitrate);
        }
        if !is_frame_rate(config.frame_rate) {
            return Err(FakeVideoConfigError::FrameRate { frame_rate: config.frame_rate });
        }
        if !(1..=MAX_SLICES).contains(&config.slices) {
            return Err(FakeVideoConfigError::Slices { slices: config.slices });
        }
        if let Some(bytes) = config.max_slice_bytes.filter(|&bytes| bytes < 256) {
            return Err(FakeVideoConfigError::SliceBytes { bytes });
        }
        Ok(Self { config, given: 0, next: 0, since_key: 0, reference: None, disposed: 0, debt: 0 })
    }

    /// The parameter sets of pictures of `size`, as a byte stream.
    ///
    /// # Errors
    ///
    /// [`CodecError::FrameSize`] when a side is odd or longer than 16384 pixels.
    pub fn parameter_sets(size: VideoSize) -> Result<Vec<u8>, CodecError> {
        check(size)?;
        let mut sets = Vec::new();
        parameter_sets::write(size, &mut sets);
        Ok(sets)
    }

    /// The bitrate it aims at.
    #[must_use]
    pub const fn bitrate(&self) -> u32 {
        self.config.bitrate
    }

    /// The pictures per second it expects.
    #[must_use]
    pub const fn frame_rate(&self) -> f32 {
        self.config.frame_rate
    }

    /// Units encoded so far, which is also the number of the next one.
    #[must_use]
    pub const fn units(&self) -> u32 {
        self.next
    }

    /// Bytes a picture may take on average.
    fn share(&self) -> i64 {
        (f64::from(self.config.bitrate) / 8.0 / f64::from(self.config.frame_rate)) as i64
    }

    /// The picture a picture of `size` is to build on; `None` if it has to be a key frame.
    fn reference(&self, size: VideoSize, kind: FrameKind) -> Option<u32> {
        let due = self.config.key_interval.is_some_and(|interval| self.since_key >= interval.get());
        let (of, number) = self.reference?;
        (kind == FrameKind::Delta && !due && of == size).then_some(number)
    }

    fn skips(&self) -> bool {
        match self.config.skip {
            Skip::Never => false,
            Skip::Every(every) => self.given.is_multiple_of(every.get()),
            Skip::Behind(most) => {
                let most = most.as_secs_f64() * f64::from(self.config.bitrate) / 8.0;
                self.debt as f64 > most
            }
        }
    }

    /// Slices for that many bytes, and how many of the bytes they hold.
    fn slices(&self, bytes: usize) -> (usize, usize) {
        let Some(most) = self.config.max_slice_bytes else { return (self.config.slices, bytes) };
        let slices = bytes.div_ceil(most).clamp(self.config.slices, MAX_SLICES);
        (slices, bytes.min(slices * most))
    }

    /// Notes what was spent on a picture.
    fn spent(&mut self, bytes: usize) {
        self.debt = (self.debt + bytes as i64 - self.share()).max(0);
    }
}

impl VideoEncoder for FakeVideoEncoder {
    fn encode(
        &mut self,
        frame: &VideoFrame,
        time: MediaTime,
        kind: FrameKind,
        into: &mut Vec<u8>,
    ) -> Result<EncodedVideo, CodecError> {
        let size = frame.size();
        check(size)?;
        self.given = self.given.wrapping_add(1);
        let reference = self.reference(size, kind);
        if reference.is_some() && self.skips() {
            self.spent(0);
            return Ok(EncodedVideo::Skipped);
        }
        let share = self.share();
        let (kind, bytes) = match reference {
            None => (FrameKind::Key, KEY_FRAME * share),
            Some(_) => (FrameKind::Delta, share - self.debt.min(share / 4)),
        };
        let disposable = kind == FrameKind::Delta && self.disposed < self.config.disposable;
        let has_headers = kind == FrameKind::Key && self.config.parameter_sets == ParameterSets::InBand;
        let begin = into.len();
        if has_headers {
            parameter_sets::write(size, into);
        }
        let left = usize::try_from(bytes).unwrap_or(0).saturating_sub(into.len() - begin);
        let (slices, slice_bytes) = self.slices(left);
        let least = FIRST_SLICE + (slices - 1) * OTHER_SLICE;
        let unit = Unit {
            info: AccessUnitInfo { kind, disposable, has_headers },
            frame: self.next,
            builds_on: reference.unwrap_or(self.next),
            size,
            slices,
            stamp: stamp::read(frame).unwrap_or_else(|| Stamp { id: self.next, time: since_zero(time) }),
            sketch: Sketch::of(frame),
        };
        unit.write(slice_bytes.saturating_sub(slices * START_CODE.len()).max(least), into);

        self.spent(into.len() - begin);
        self.since_key = if kind == FrameKind::Key { 1 } else { self.since_key.saturating_add(1) };
        if disposable {
            self.disposed += 1;
        } else {
            self.reference = Some((size, self.next));
            self.disposed = 0;
        }
        self.next = self.next.wrapping_add(1);
        Ok(EncodedVideo::AccessUnit(kind))
    }

    fn set_bitrate(&mut self, bits_per_second: u32) -> Result<(), CodecError> {
        if bits_per_second == 0 {
            return Err(CodecError::Unsupported);
        }
        self.config.bitrate = bits_per_second;
        Ok(())
    }

    fn set_frame_rate(&mut self, frames_per_second: f32) -> Result<(), CodecError> {
        if !is_frame_rate(frames_per_second) {
            return Err(CodecError::Unsupported);
        }
        self.config.frame_rate = frames_per_second;
        Ok(())
    }
}

fn check(size: VideoSize) -> Result<(), CodecError> {
    let (width, height) = (size.width(), size.height());
    if width % 2 + height % 2 != 0 || width.max(height) > MAX_SIDE {
        return Err(CodecError::FrameSize { size: width * height });
    }
    Ok(())
}

fn is_frame_rate(frames_per_second: f32) -> bool {
    frames_per_second > 0.0 && frames_per_second.is_finite()
}

fn since_zero(time: MediaTime) -> Duration {
    time.rate().duration(time.ticks())
}
