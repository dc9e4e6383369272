//! Packets in, sound out, and sound for what did not come.

use crate::config::checked_format;
use crate::ffi::{DecoderState, DredReader};
use crate::{ConfigError, DecoderConfig, Mode, Neural, Packet, Redundancy};
use core::fmt;
use core::time::Duration;
use moim_media::AudioFormat;
use moim_media::codec::{Activity, AudioDecoder, AudioInput, CodecError, Content, PacketInfo};

/// Decodes Opus (RFC 6716) into one format, whatever the sender switches to.
///
/// `new` makes all allocations; nothing blocks. A packet that libopus rejects is an error for that packet alone.
pub struct Decoder {
    state: DecoderState,
    format: AudioFormat,
    /// Where deep redundancy can be read and decoded.
    dred: Option<DredReader>,
}

/// The unit of missing sound: libopus conceals multiples of it.
const STEP: Duration = Duration::from_micros(2_500);
/// Further back than any redundancy reaches.
const BEYOND_REDUNDANCY: Duration = Duration::from_secs(30);

impl Decoder {
    /// A decoder at the beginning of a stream.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when Opus has no such format, or a feature that the configuration needs is not compiled in.
    pub fn new(config: DecoderConfig) -> Result<Self, ConfigError> {
        let (hertz, channels) = checked_format(config.format)?;
        let neural = config.neural.checked()?;
        let state = DecoderState::new(hertz, channels, neural.complexity())?;
        let with_dred = cfg!(feature = "dred") && neural >= Neural::Concealment;
        let dred = with_dred.then(DredReader::new).transpose()?;
        Ok(Self { state, format: config.format, dred })
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

    fn decode_redundant(
        &mut self,
        from: &Redundancy,
        offset: Duration,
        pcm: &mut [f32],
    ) -> Result<usize, CodecError> {
        let (Some(_), Some(dred)) = (&self.dred, from.state()) else { return Err(CodecError::Unsupported) };
        self.check_missing(pcm)?;
        if pcm.is_empty() {
            return Ok(0);
        }
        let offset = self.format.frames(offset.min(BEYOND_REDUNDANCY));
        let frames = self.state.decode_dred(dred, offset as i32, pcm)?;
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
    type Redundancy = Redundancy;

    fn format(&self) -> AudioFormat {
        self.format
    }

    fn inspect(&self, packet: &[u8]) -> Result<PacketInfo, CodecError> {
        let packet = Packet::parse(packet)?;
        let activity = if packet.is_silent() { Activity::Silent } else { Activity::Active };
        let content = if packet.mode() == Mode::Celt { Content::General } else { Content::Speech };
        Ok(PacketInfo {
            duration: packet.duration(),
            activity,
            content,
            fec: packet.fec(),
            redundancy: Duration::ZERO,
        })
    }

    /// Parses the deep redundancy of `packet` into `into` and returns [`into.reach()`](Redundancy::reach).
    ///
    /// This is the costly half of decoding it, see the front page; [`Packet::has_dred`] tells cheaply whether there is
    /// any. A decoder that cannot decode it – feature `dred` is not compiled in, or it is [`Neural::Classic`] – finds
    /// none.
    fn parse_redundancy(&mut self, packet: &[u8], into: &mut Redundancy) -> Duration {
        let Some(reader) = &mut self.dred else {
            into.clear();
            return Duration::ZERO;
        };
        into.parse(reader, packet)
    }

    /// See [`AudioDecoder::decode`].
    ///
    /// Missing sound is a multiple of 2.5 ms, else [`CodecError::FrameSize`]. Of sound missing before `next`, FEC
    /// covers the end and the rest is concealed; without usable FEC in `next`, all of it is. Of sound asked of a
    /// [`Redundancy`], what it does not describe is concealed; it is [`CodecError::Unsupported`] when it is empty, and
    /// in a decoder that would not have parsed it.
    fn decode(&mut self, input: AudioInput<'_, Redundancy>, pcm: &mut [f32]) -> Result<usize, CodecError> {
        match input {
            AudioInput::Packet(packet) => self.decode_packet(packet, pcm),
            AudioInput::Fec { next } => self.decode_fec(next, pcm),
            AudioInput::Redundant { from, offset } => self.decode_redundant(from, offset, pcm),
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
