//! What a recording holds, and how much of it may wait in memory.

use core::time::Duration;
use moim_media::VideoSize;

/// What a recording holds.
///
/// [`Default`] is mono sound and a picture of 1280×720 in fragments of a second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mp4Config {
    /// The picture track, or none. The size is announced to readers when no sequence parameter set tells it before
    /// the first fragment is written; the pictures' own size counts, then and later.
    pub picture: Option<VideoSize>,
    /// The sound track, or none.
    pub sound: Option<SoundConfig>,
    /// The longest fragment, 100 ms to 10 s: what is lost at most, beside the picture being shown, when the program
    /// dies.
    pub fragment: Duration,
    /// The most bytes of pictures that wait in memory, up to 1 GiB: also the largest access unit. A fragment that
    /// reaches it is written early.
    pub picture_bytes: usize,
}

impl Default for Mp4Config {
    fn default() -> Self {
        Self {
            picture: VideoSize::new(1_280, 720),
            sound: Some(SoundConfig::default()),
            fragment: Duration::from_secs(1),
            picture_bytes: 4 << 20,
        }
    }
}

/// The sound track: Opus (RFC 6716).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoundConfig {
    /// 1 or 2.
    pub channels: u8,
    /// Samples at 48 kHz by which the encoder delays sound, cut from the front by readers (RFC 7845, 4.2).
    ///
    /// Zero when the times given to [`sound`](crate::Mp4Writer::sound) are those at which a *decoded* packet begins
    /// to sound, as a receiver knows them; the encoder's look-ahead (312 in libopus) when they are those of the
    /// samples that the *encoder* was given.
    pub pre_skip: u16,
}

impl Default for SoundConfig {
    fn default() -> Self {
        Self { channels: 1, pre_skip: 0 }
    }
}

/// A configuration that makes no recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is neither picture nor sound.
    #[error("a recording needs a picture or a sound track")]
    NoTrack,
    /// Without a mapping table, Opus has one or two channels.
    #[error("sound has 1 or 2 channels, not {channels}")]
    Channels {
        /// The number given.
        channels: u8,
    },
    /// Fragments are 100 ms to 10 s long.
    #[error("a fragment lasts 100 ms to 10 s, not {fragment:?}")]
    Fragment {
        /// The length given.
        fragment: Duration,
    },
    /// Pictures may take up to 1 GiB, and something.
    #[error("pictures may take 1 byte to 1 GiB, not {bytes} bytes")]
    PictureBytes {
        /// The number given.
        bytes: usize,
    },
}

impl Mp4Config {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if self.picture.is_none() && self.sound.is_none() {
            return Err(ConfigError::NoTrack);
        }
        if let Some(SoundConfig { channels, .. }) = self.sound
            && !(1..=2).contains(&channels)
        {
            return Err(ConfigError::Channels { channels });
        }
        if !(Duration::from_millis(100)..=Duration::from_secs(10)).contains(&self.fragment) {
            return Err(ConfigError::Fragment { fragment: self.fragment });
        }
        if !(1..=1 << 30).contains(&self.picture_bytes) {
            return Err(ConfigError::PictureBytes { bytes: self.picture_bytes });
        }
        Ok(())
    }
}
