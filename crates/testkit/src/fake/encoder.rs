//! Frames of sound into fake packets.

use super::wire::{Content, Entries, Entry, MAX_REDUNDANCY, Packet, Units};
use core::time::Duration;
use moim_media::AudioFormat;
use moim_media::codec::{AudioEncoder, CodecError, Encoded};

/// How long it must be silent before discontinuous transmission begins.
const HANGOVER: Duration = Duration::from_millis(100);

/// What a [`FakeEncoder`] puts into its packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakeConfig {
    /// The format of the sound it takes.
    pub format: AudioFormat,
    /// Sound in one packet: a multiple of 2.5 ms, at most 120 ms.
    pub frame: Duration,
    /// Carry the frame before each packet as in-band FEC.
    pub fec: bool,
    /// Frames of deep redundancy in each packet, at most [`MAX_REDUNDANCY`].
    pub redundancy: usize,
    /// After 100 ms of silence send one packet of two bytes, then nothing until there is sound again.
    pub dtx: bool,
}

impl Default for FakeConfig {
    /// 20 ms of 48 kHz mono in each packet and nothing else.
    fn default() -> Self {
        Self {
            format: AudioFormat::VOICE,
            frame: Duration::from_millis(20),
            fec: false,
            redundancy: 0,
            dtx: false,
        }
    }
}

/// Why there is no such encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FakeConfigError {
    /// The frame is not a multiple of 2.5 ms between 2.5 and 120 ms.
    #[error("a frame of {frame:?} is not a multiple of 2.5 ms up to 120 ms")]
    Frame {
        /// The frame asked for.
        frame: Duration,
    },
    /// More redundancy than a packet holds.
    #[error("a packet holds redundancy for {MAX_REDUNDANCY} frames, not {frames}")]
    Redundancy {
        /// The frames asked for.
        frames: usize,
    },
}

/// The encoder of the [fake codec](super). Frames are numbered from zero, silent ones that are not sent included.
#[derive(Clone, Debug)]
pub struct FakeEncoder {
    config: FakeConfig,
    units: Units,
    next: u32,
    sent: Entries,
    silent_for: Duration,
    bitrate: Option<u32>,
    expected_loss: f32,
}

impl FakeEncoder {
    /// An encoder at the beginning of its stream.
    ///
    /// # Errors
    ///
    /// A [`FakeConfigError`] names the setting that is out of range.
    pub fn new(config: FakeConfig) -> Result<Self, FakeConfigError> {
        let units = Units::new(config.frame).ok_or(FakeConfigError::Frame { frame: config.frame })?;
        if config.redundancy > MAX_REDUNDANCY {
            return Err(FakeConfigError::Redundancy { frames: config.redundancy });
        }
        Ok(Self {
            config,
            units,
            next: 0,
            sent: Entries::default(),
            silent_for: Duration::ZERO,
            bitrate: None,
            expected_loss: 0.0,
        })
    }

    /// The bitrate last set; packets are padded to it.
    #[must_use]
    pub const fn bitrate(&self) -> Option<u32> {
        self.bitrate
    }

    /// The share of lost packets it was last told to expect. The packets do not depend on it.
    #[must_use]
    pub const fn expected_loss(&self) -> f32 {
        self.expected_loss
    }

    fn content(&self, own: Entry) -> Content {
        let previous = self.sent.as_slice().first().copied();
        Content::Sound {
            own,
            fec: previous.filter(|_| self.config.fec),
            redundancy: self.sent.newest(self.config.redundancy),
        }
    }

    fn padded_len(&self) -> usize {
        let bits = u128::from(self.bitrate.unwrap_or(0)) * self.config.frame.as_nanos() / 1_000_000_000;
        usize::try_from(bits / 8).unwrap_or(usize::MAX)
    }
}

impl AudioEncoder for FakeEncoder {
    fn format(&self) -> AudioFormat {
        self.config.format
    }

    fn frame(&self) -> Duration {
        self.config.frame
    }

    fn encode(&mut self, pcm: &[f32], packet: &mut [u8]) -> Result<Encoded, CodecError> {
        if pcm.len() != self.config.format.samples(self.config.frame) {
            return Err(CodecError::FrameSize { size: pcm.len() });
        }
        let silent_for = if is_silent(pcm) { self.silent_for + self.config.frame } else { Duration::ZERO };
        let own = Entry { frame: self.next, level: level(pcm) };
        let (content, len) = if !self.config.dtx || silent_for <= HANGOVER {
            (Some(self.content(own)), self.padded_len())
        } else if self.silent_for <= HANGOVER {
            (Some(Content::Silence), 0)
        } else {
            (None, 0)
        };
        let encoded = match content {
            None => Encoded::Silent,
            Some(content) => {
                let coded = Packet { units: self.units, content };
                let needed = len.max(coded.len());
                let actual = packet.len();
                let bytes = packet.get_mut(..needed).ok_or(CodecError::BufferTooSmall { needed, actual })?;
                bytes.fill(0);
                coded.write(bytes);
                Encoded::Packet(needed)
            }
        };
        self.silent_for = silent_for;
        self.sent.push_newest(own);
        self.next = self.next.wrapping_add(1);
        Ok(encoded)
    }

    fn set_bitrate(&mut self, bits_per_second: u32) -> Result<(), CodecError> {
        self.bitrate = Some(bits_per_second);
        Ok(())
    }

    fn set_expected_loss(&mut self, share: f32) -> Result<(), CodecError> {
        self.expected_loss = share;
        Ok(())
    }
}

/// Whether no sample reaches the smallest level there is.
fn is_silent(pcm: &[f32]) -> bool {
    pcm.iter().all(|sample| sample.abs() < 1.0 / 65_536.0)
}

fn level(pcm: &[f32]) -> i16 {
    let sum: f64 = pcm.iter().copied().map(f64::from).sum();
    (sum / pcm.len() as f64 * 32_768.0).round() as i16
}
