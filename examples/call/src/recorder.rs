//! What a party saw and heard, or showed and said, as an MP4 that is written while the call goes on.

use anyhow::{Context, Result};
use moim_media::codec::{AudioEncoder, Encoded};
use moim_media::{AudioFormat, VideoSize};
use moim_opus::{Encoder, EncoderConfig};
use moim_record::{Mp4Config, Mp4Writer, SoundConfig};
use std::fs::File;
use std::path::Path;
use std::time::Duration;

/// Bits per second of the recorded sound: what the recording adds must not be heard.
const BITRATE: u32 = 64_000;
/// Samples by which the encoder delays sound (RFC 7845, section 4.2).
const PRE_SKIP: u16 = 312;
/// The longest packet of the encoder, in bytes (RFC 6716, section 3.4).
const LONGEST_PACKET: usize = 1_276;

/// Pictures as they came, and sound coded anew, for it was joined, stretched and made up on its way.
pub(crate) struct Recorder {
    writer: Mp4Writer<File>,
    encoder: Encoder,
    /// Sound that is not a frame yet.
    frame: Vec<f32>,
    frame_samples: usize,
    packet: [u8; LONGEST_PACKET],
    /// Samples that were coded.
    coded: usize,
}

impl Recorder {
    /// A recording into the file at `path`, of pictures that are at first of this size.
    pub(crate) fn create(path: &Path, size: VideoSize) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let sound = SoundConfig { pre_skip: PRE_SKIP, ..SoundConfig::default() };
        let config = Mp4Config { picture: Some(size), sound: Some(sound), ..Mp4Config::default() };
        let encoder =
            Encoder::new(EncoderConfig { bitrate: BITRATE, complexity: 1, ..EncoderConfig::default() })?;
        let frame_samples = encoder.format().samples(encoder.frame());
        Ok(Self {
            writer: Mp4Writer::new(file, config)?,
            encoder,
            frame: Vec::with_capacity(frame_samples),
            frame_samples,
            packet: [0; LONGEST_PACKET],
            coded: 0,
        })
    }

    /// A picture that is on the screen from `at` on, counted from the beginning of the call.
    pub(crate) fn picture(&mut self, at: Duration, access_unit: &[u8]) -> Result<()> {
        // What comes before the first key frame cannot be shown, and was not.
        let _ = self.writer.picture(at, access_unit)?;
        Ok(())
    }

    /// The sound that follows on the last.
    pub(crate) fn sound(&mut self, mut pcm: &[f32]) -> Result<()> {
        while !pcm.is_empty() {
            let (part, rest) = pcm.split_at(pcm.len().min(self.frame_samples - self.frame.len()));
            self.frame.extend_from_slice(part);
            pcm = rest;
            if self.frame.len() == self.frame_samples {
                let at = AudioFormat::VOICE.duration(self.coded);
                if let Encoded::Packet(len) = self.encoder.encode(&self.frame, &mut self.packet)? {
                    self.writer.sound(at, &self.packet[..len])?;
                }
                self.coded += self.frame_samples;
                self.frame.clear();
            }
        }
        Ok(())
    }

    /// Ends the recording, which lasts until `end`.
    pub(crate) fn finish(self, end: Duration) -> Result<()> {
        self.writer.finish(end)?;
        Ok(())
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("coded", &self.coded).finish_non_exhaustive()
    }
}
