//! Pictures in, access units out.

use crate::ffi::{EncoderState, Parameters, Source};
use crate::level::{MOST_BITS_PER_SECOND, level};
use crate::parameters::MACROBLOCK;
use crate::{ConfigError, EncoderConfig};
use core::fmt;
use core::num::NonZeroU32;
use core::ops::RangeInclusive;
use moim_media::codec::{CodecError, EncodedVideo, FrameKind, VideoEncoder};
use moim_media::{MediaTime, Plane, VideoFrame, VideoSize};

/// Encodes pictures as H.264, constrained baseline profile: no picture waits for a later one, and parameter sets come
/// with every key frame.
///
/// The size is that of the pictures and may change with any of them. One thread, no clock: the same pictures at the
/// same times make the same bytes.
pub struct Encoder {
    config: EncoderConfig,
    /// `None` before the first picture, and after a failure.
    state: Option<EncoderState>,
    /// When the first picture was shown.
    begin: Option<MediaTime>,
    /// The luma plane of a picture with an odd side, with that side made even.
    even: Vec<u8>,
}

const BITRATES: RangeInclusive<u32> = 1_000..=MOST_BITS_PER_SECOND;
/// Pictures per second that OpenH264 reckons with.
const FRAME_RATES: RangeInclusive<f32> = 1.0..=60.0;
const TEMPORAL_LAYERS: RangeInclusive<u8> = 1..=4;
const LEAST_SLICE_BYTES: u16 = 500;

impl Encoder {
    /// An encoder at the beginning of a stream. OpenH264's own memory is allocated with the first picture, and when
    /// the size changes.
    ///
    /// # Errors
    ///
    /// The [`ConfigError`] that names the first setting which this encoder does not have.
    pub fn new(config: EncoderConfig) -> Result<Self, ConfigError> {
        if !BITRATES.contains(&config.bitrate) {
            return Err(ConfigError::Bitrate { bitrate: config.bitrate });
        }
        if !is_rate(config.frame_rate) {
            return Err(ConfigError::FrameRate { frame_rate: config.frame_rate });
        }
        if !TEMPORAL_LAYERS.contains(&config.temporal_layers) {
            return Err(ConfigError::TemporalLayers { layers: config.temporal_layers });
        }
        if let Some(bytes) = config.max_slice_bytes.filter(|&bytes| bytes < LEAST_SLICE_BYTES) {
            return Err(ConfigError::SliceBytes { bytes });
        }
        Ok(Self { config, state: None, begin: None, even: Vec::new() })
    }

    /// What it runs with, changes since the beginning included.
    #[must_use]
    pub fn config(&self) -> EncoderConfig {
        self.config
    }

    /// What OpenH264 has to be told for pictures of `size`, both sides even.
    fn parameters(&self, size: VideoSize) -> Option<Parameters> {
        let config = self.config;
        let frame_rate = config.frame_rate.clamp(*FRAME_RATES.start(), *FRAME_RATES.end());
        // A key frame begins a new round of the layers, so it must not come within one.
        let round = 1 << (config.temporal_layers - 1);
        let interval = config.key_frame_interval.map_or(0, NonZeroU32::get);
        Some(Parameters {
            size,
            bitrate: i32::try_from(config.bitrate).ok()?,
            frame_rate,
            usage: config.content.number(),
            complexity: config.complexity.number(),
            level: level(size, frame_rate, config.bitrate)?,
            temporal_layers: i32::from(config.temporal_layers),
            key_frame_interval: interval.checked_next_multiple_of(round).unwrap_or(0),
            max_nal_bytes: config.max_slice_bytes.map_or(0, u32::from),
        })
    }

    /// OpenH264, begun with `wanted`.
    fn state(&mut self, wanted: Parameters) -> Result<&mut EncoderState, CodecError> {
        if let Some(state) = &mut self.state {
            let now = state.parameters();
            if now.size != wanted.size || now.level < wanted.level {
                // All of them, or OpenH264 would go back to what it began with.
                state.restart(wanted)?;
            } else {
                if now.bitrate != wanted.bitrate {
                    state.set_bitrate(wanted.bitrate)?;
                }
                if now.frame_rate != wanted.frame_rate {
                    state.set_frame_rate(wanted.frame_rate)?;
                }
            }
        }
        match &mut self.state {
            Some(state) => Ok(state),
            none => Ok(none.insert(EncoderState::new(wanted)?)),
        }
    }

    fn encode_with(
        &mut self,
        wanted: Parameters,
        frame: &VideoFrame,
        millis: i64,
        kind: FrameKind,
        into: &mut Vec<u8>,
    ) -> Result<EncodedVideo, CodecError> {
        let [luma, u, v] = frame.planes();
        let mut even = core::mem::take(&mut self.even);
        let samples = if luma.size() == wanted.size {
            (luma.data(), luma.stride())
        } else {
            make_even(luma, wanted.size, &mut even);
            (&even[..], wanted.size.width())
        };
        let planes = [samples, (u.data(), u.stride()), (v.data(), v.stride())];
        let state = self.state(wanted)?;
        if kind == FrameKind::Key {
            state.force_key_frame()?;
        }
        let encoded = state.encode(Source { size: wanted.size, planes, millis }, into)?;
        self.even = even;
        Ok(encoded)
    }
}

impl VideoEncoder for Encoder {
    /// See [`VideoEncoder::encode`].
    ///
    /// The first picture, and the first of a new size, is a key frame. A side that is odd is made even by repeating
    /// its last samples, since H.264 has no odd pictures in 4:2:0: the decoder shows one row or column more. Sides
    /// shorter than 16 are [`CodecError::FrameSize`], and so is what no level has room for.
    ///
    /// `into` is reserved for once and written at its end; on an error it stays as it was, and the next picture is a
    /// key frame.
    fn encode(
        &mut self,
        frame: &VideoFrame,
        time: MediaTime,
        kind: FrameKind,
        into: &mut Vec<u8>,
    ) -> Result<EncodedVideo, CodecError> {
        let size = frame.size();
        let refused = CodecError::FrameSize { size: size.width() * size.height() };
        if size.width().min(size.height()) < MACROBLOCK {
            return Err(refused);
        }
        let wanted = even_size(size).and_then(|size| self.parameters(size)).ok_or(refused)?;
        let begin = *self.begin.get_or_insert(time);
        let millis = time.nanos_since(begin) / 1_000_000;
        let encoded = self.encode_with(wanted, frame, millis, kind, into);
        if encoded.is_err() {
            self.state = None;
        }
        encoded
    }

    /// See [`VideoEncoder::set_bitrate`]; from 1 000 to 240 000 000.
    ///
    /// When the level announced so far has no room for the new rate, the next picture is a key frame.
    fn set_bitrate(&mut self, bits_per_second: u32) -> Result<(), CodecError> {
        if !BITRATES.contains(&bits_per_second) {
            return Err(CodecError::Unsupported);
        }
        self.config.bitrate = bits_per_second;
        Ok(())
    }

    /// See [`VideoEncoder::set_frame_rate`].
    ///
    /// When the level announced so far has no room for the new rate, the next picture is a key frame.
    fn set_frame_rate(&mut self, frames_per_second: f32) -> Result<(), CodecError> {
        if !is_rate(frames_per_second) {
            return Err(CodecError::Unsupported);
        }
        self.config.frame_rate = frames_per_second;
        Ok(())
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").field("config", &self.config).finish_non_exhaustive()
    }
}

fn is_rate(frame_rate: f32) -> bool {
    frame_rate.is_finite() && frame_rate > 0.0
}

/// `size` with odd sides one longer.
fn even_size(size: VideoSize) -> Option<VideoSize> {
    let even = |side: usize| u16::try_from(side.next_multiple_of(2)).ok();
    VideoSize::new(even(size.width())?, even(size.height())?)
}

/// Writes `plane` as `size`, at most one sample larger either way, with its last column and row repeated.
fn make_even(plane: Plane<'_>, size: VideoSize, into: &mut Vec<u8>) {
    into.clear();
    into.reserve(size.width() * size.height());
    let missing = size.width() - plane.size().width();
    for row in plane.rows() {
        into.extend_from_slice(row);
        into.extend(core::iter::repeat_n(row[row.len() - 1], missing));
    }
    if size.height() > plane.size().height() {
        into.extend_from_within(into.len() - size.width()..);
    }
}
