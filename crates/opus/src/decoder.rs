//! Packets in, sound out, and sound for what did not come.

use crate::config::{checked_complexity, checked_format};
use crate::ffi::DecoderState;
use crate::{ConfigError, DecoderConfig, Packet};
use core::fmt;
use core::time::Duration;
use moim_media::AudioFormat;
use moim_media::codec::{Activity, AudioDecoder, AudioInput, CodecError, PacketInfo};

/// Decodes Opus (RFC 6716) into one format, whatever the sender switches to.
///
/// `new` makes all allocations; nothing blocks. A packet that libopus rejects is an error for that packet alone.
pub struct Decoder {
    state: DecoderState,
    format: AudioFormat,
}

/// The unit of missing sound: libopus conceals multiples of it.
const STEP: Duration = Duration::from_micros(2_500);

impl Decoder {
    /// A decoder at the beginning of a stream.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when Opus has no such format or complexity.
    pub fn new(config: DecoderConfig) -> Result<Self, ConfigError> {
        let (hertz, channels) = checked_format(config.format)?;
        let complexity = checked_complexity(config.complexity)?;
        Ok(Self { state: DecoderState::new(hertz, channels, complexity)?, format: config.format })
    }

    fn decode_packet(&mut self, bytes: &[u8], pcm: &mut [f32]) -> Result<usize, CodecError> {
        let needed = self.format.samples(Packet::parse(bytes)?.duration());
        let actual = pcm.len();
        let pcm = pcm.get_mut(..needed).ok_or(CodecError::BufferTooSmall { needed, actual })?;
        let frames = self.state.decode(bytes, pcm)?;
        Ok(frames * self.format.channels())
    }

    fn decode_fec(&mut self, next: &[u8], pcm: &mut [f32]) -> Result<usize, CodecError> {
        Packet::parse(next)?;
        self.check_missing(pcm)?;
        if pcm.is_empty() {
            return Ok(0);
        }
        let frames = self.state.decode_fec(next, pcm)?;
        Ok(frames * self.format.channels())
    }

    fn conceal(&mut self, pcm: &mut [f32]) -> Result<usize, CodecError> {
        self.check_missing(pcm)?;
        if pcm.is_empty() {
            return Ok(0);
        }
        let frames = self.state.conceal(pcm)?;
        Ok(frames * self.format.channels())
    }

    /// The sound that is missing can be made by one call.
    fn check_missing(&self, pcm: &[f32]) -> Result<(), CodecError> {
        let size = pcm.len();
        let countable = i32::try_from(size / self.format.channels()).is_ok();
        let whole = size.is_multiple_of(self.format.samples(STEP));
        if countable && whole { Ok(()) } else { Err(CodecError::FrameSize { size }) }
    }
}

impl AudioDecoder for Decoder {
    type Redundancy = ();

    fn format(&self) -> AudioFormat {
        self.format
    }

    fn inspect(&self, packet: &[u8]) -> Result<PacketInfo, CodecError> {
        let packet = Packet::parse(packet)?;
        let activity = if packet.is_silent() { Activity::Silent } else { Activity::Active };
        Ok(PacketInfo {
            duration: packet.duration(),
            activity,
            fec: packet.fec(),
            redundancy: Duration::ZERO,
        })
    }

    fn parse_redundancy(&mut self, _packet: &[u8], _into: &mut ()) -> Duration {
        Duration::ZERO
    }

    /// See [`AudioDecoder::decode`].
    ///
    /// Missing sound is a multiple of 2.5 ms, else [`CodecError::FrameSize`]. Of sound missing before `next`, FEC
    /// covers the end and the rest is concealed; without usable FEC in `next`, all of it is.
    fn decode(&mut self, input: AudioInput<'_, ()>, pcm: &mut [f32]) -> Result<usize, CodecError> {
        match input {
            AudioInput::Packet(packet) => self.decode_packet(packet, pcm),
            AudioInput::Fec { next } => self.decode_fec(next, pcm),
            AudioInput::Redundant { .. } => Err(CodecError::Unsupported),
            AudioInput::Lost => self.conceal(pcm),
        }
    }

    fn save(&mut self) {
        self.state.save();
    }

    fn restore(&mut self) {
        self.state.restore();
    }

    /// Forgets the stream, and the state remembered of it.
    fn reset(&mut self) {
        self.state.reset();
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("format", &self.format).finish_non_exhaustive()
    }
}
