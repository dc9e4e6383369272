//! Sound in, packets out.

use crate::config::{
    BITRATES, MAX_COMPLEXITY, checked_bitrate, checked_complexity, checked_dred, checked_format,
    checked_frame, dred_units,
};
use crate::ffi::{EncoderState, Setting};
use crate::{Bandwidth, ConfigError, Dtx, EncoderConfig, Fec, Protection, Signal};
use core::fmt;
use core::time::Duration;
use moim_media::AudioFormat;
use moim_media::codec::{AudioEncoder, CodecError, Encoded};

/// Encodes sound as Opus (RFC 6716), at a variable bitrate.
///
/// `new` makes all allocations; nothing blocks. What is set while it runs takes effect with the next frame.
pub struct Encoder {
    state: EncoderState,
    format: AudioFormat,
    frame: Duration,
    lookahead: Duration,
    silence: Silence,
}

/// What the far side knows of our silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silence {
    /// The last packet held sound, or its refreshment.
    Unannounced,
    /// The last packet said that nothing follows.
    Announced,
}

/// Bits of a frame below which libopus sends none of the sound.
const LEAST_FRAME_BITS: f64 = 24.0;
/// Packets up to this long hold no sound; libopus makes them for silence when DTX is on.
const LONGEST_EMPTY: usize = 2;

impl Encoder {
    /// An encoder at the beginning of a stream.
    ///
    /// # Errors
    ///
    /// The [`ConfigError`] that names the first setting which Opus does not have.
    pub fn new(config: EncoderConfig) -> Result<Self, ConfigError> {
        let (hertz, channels) = checked_format(config.format)?;
        let complexity = checked_complexity(config.complexity)?;
        let frame = checked_frame(config.frame)?;
        let bitrate = checked_bitrate(config.bitrate)?;
        if !(0.0..=1.0).contains(&config.expected_loss) {
            return Err(ConfigError::ExpectedLoss { share: config.expected_loss });
        }
        let dred = checked_dred(config.dred)?;
        let mut state = EncoderState::new(hertz, channels, config.application.number())?;
        state.set(Setting::Bitrate, bitrate_for(frame, bitrate))?;
        state.set(Setting::Complexity, i32::from(complexity))?;
        state.set(Setting::Dtx, config.dtx.number())?;
        state.set(Setting::ExpectedLoss, percent(config.expected_loss))?;
        state.set(Setting::Fec, config.fec.number())?;
        state.set(Setting::MaxBandwidth, config.max_bandwidth.number())?;
        state.set(Setting::Signal, config.signal.number())?;
        if dred > 0 {
            state.set(Setting::Dred, dred)?;
        }
        let lookahead = config.format.rate().duration(state.lookahead()? as u64);
        Ok(Self { state, format: config.format, frame, lookahead, silence: Silence::Unannounced })
    }

    /// How much later sound leaves the decoder than it entered here, in media time; packets do not wait for it.
    #[must_use]
    pub fn lookahead(&self) -> Duration {
        self.lookahead
    }

    /// Sets the computing time to spend, 0 … 10.
    ///
    /// # Errors
    ///
    /// [`CodecError::Unsupported`] above 10.
    pub fn set_complexity(&mut self, complexity: u8) -> Result<(), CodecError> {
        if complexity > MAX_COMPLEXITY {
            return Err(CodecError::Unsupported);
        }
        Ok(self.state.set(Setting::Complexity, i32::from(complexity))?)
    }

    /// Sets whether packets repeat the sound before them.
    ///
    /// # Errors
    ///
    /// [`CodecError::Library`], which no version of libopus is known to cause.
    pub fn set_fec(&mut self, fec: Fec) -> Result<(), CodecError> {
        Ok(self.state.set(Setting::Fec, fec.number())?)
    }

    /// Sets how far back the deep redundancy in each packet may reach, limited to [`MAX_DRED`](crate::MAX_DRED) and
    /// rounded up to 10 ms; zero for none.
    ///
    /// # Errors
    ///
    /// [`CodecError::Unsupported`] for any but zero without feature `dred`.
    pub fn set_dred(&mut self, reach: Duration) -> Result<(), CodecError> {
        match dred_units(reach) {
            units if cfg!(feature = "dred") => Ok(self.state.set(Setting::Dred, units)?),
            0 => Ok(()),
            _ => Err(CodecError::Unsupported),
        }
    }

    /// Protects the stream as a [`Protector`](crate::Protector) picked. Its `red` is for whoever makes the payloads.
    ///
    /// # Errors
    ///
    /// [`CodecError::Unsupported`], and nothing is changed, when it wants DRED and feature `dred` is missing.
    pub fn protect(&mut self, protection: &Protection) -> Result<(), CodecError> {
        self.set_dred(protection.dred)?;
        self.set_fec(protection.fec)?;
        self.set_expected_loss(protection.expected_loss)?;
        self.set_bitrate(protection.bitrate)
    }

    /// Sets whether silence is sent.
    ///
    /// # Errors
    ///
    /// As [`set_fec`](Self::set_fec).
    pub fn set_dtx(&mut self, dtx: Dtx) -> Result<(), CodecError> {
        Ok(self.state.set(Setting::Dtx, dtx.number())?)
    }

    /// Says what the sound is from now on.
    ///
    /// # Errors
    ///
    /// As [`set_fec`](Self::set_fec).
    pub fn set_signal(&mut self, signal: Signal) -> Result<(), CodecError> {
        Ok(self.state.set(Setting::Signal, signal.number())?)
    }

    /// Sets the highest bandwidth that may be chosen.
    ///
    /// # Errors
    ///
    /// As [`set_fec`](Self::set_fec).
    pub fn set_max_bandwidth(&mut self, bandwidth: Bandwidth) -> Result<(), CodecError> {
        Ok(self.state.set(Setting::MaxBandwidth, bandwidth.number())?)
    }

    /// Least room for a packet: one at the lowest bitrate there is.
    fn least_packet(&self) -> usize {
        (f64::from(*BITRATES.start()) * self.frame.as_secs_f64() / 8.0).ceil().max(3.0) as usize
    }
}

impl AudioEncoder for Encoder {
    fn format(&self) -> AudioFormat {
        self.format
    }

    fn frame(&self) -> Duration {
        self.frame
    }

    fn lookahead(&self) -> Duration {
        self.lookahead
    }

    /// See [`AudioEncoder::encode`].
    ///
    /// A packet of 1 275 bytes for each 20 ms or less of the frame is never too small for the bitrate; one that is
    /// gets the sound that fits, down to 6 kbit/s, below which it is [`CodecError::BufferTooSmall`]. With
    /// [`Dtx::On`] the first packet of a silence is sent, so that the far side knows; then come
    /// [`Encoded::Silent`] and, every 400 ms, a packet that refreshes the comfort noise.
    fn encode(&mut self, pcm: &[f32], packet: &mut [u8]) -> Result<Encoded, CodecError> {
        if pcm.len() != self.format.samples(self.frame) {
            return Err(CodecError::FrameSize { size: pcm.len() });
        }
        let (needed, actual) = (self.least_packet(), packet.len());
        if actual < needed {
            return Err(CodecError::BufferTooSmall { needed, actual });
        }
        let len = self.state.encode(pcm, packet)?;
        let known = self.silence;
        self.silence = if len <= LONGEST_EMPTY { Silence::Announced } else { Silence::Unannounced };
        match (known, self.silence) {
            (Silence::Announced, Silence::Announced) => Ok(Encoded::Silent),
            _ => Ok(Encoded::Packet(len)),
        }
    }

    /// Sets the bits per second to aim at, limited to what Opus can do with this frame: 6 000 … 510 000, and not
    /// under 9 600 for frames of 2.5 ms.
    fn set_bitrate(&mut self, bits_per_second: u32) -> Result<(), CodecError> {
        Ok(self.state.set(Setting::Bitrate, bitrate_for(self.frame, bits_per_second))?)
    }

    /// Sets the share of packets to prepare for, limited to 0 … 1 and rounded to a percent.
    fn set_expected_loss(&mut self, share: f32) -> Result<(), CodecError> {
        Ok(self.state.set(Setting::ExpectedLoss, percent(share))?)
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder")
            .field("format", &self.format)
            .field("frame", &self.frame)
            .finish_non_exhaustive()
    }
}

/// The nearest bitrate at which every frame carries sound.
fn bitrate_for(frame: Duration, bits_per_second: u32) -> i32 {
    let least = ((LEAST_FRAME_BITS / frame.as_secs_f64()).ceil() as u32).max(*BITRATES.start());
    bits_per_second.clamp(least, *BITRATES.end()) as i32
}

/// A share as libopus takes it. What is not a number is no loss.
fn percent(share: f32) -> i32 {
    (share.clamp(0.0, 1.0) * 100.0).round() as i32
}
