//! How loud a packet is: client-to-mixer audio level (RFC 6464).

use super::{HeaderExtension, put};

/// A loudness in steps of 1 dB below the overload point of the digital system (−dBov): 0 is the loudest there is,
/// 127 silence, be it digital or just that quiet (RFC 6464, section 3).
///
/// Ordered as numbers: the greater the quieter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u8);

impl Level {
    /// 0 dBov.
    pub const LOUDEST: Self = Self(0);
    /// −127 dBov or less.
    pub const SILENCE: Self = Self(127);

    /// The level `below` dB below overload; `None` above 127.
    #[must_use]
    pub const fn new(below: u8) -> Option<Self> {
        if below < 128 { Some(Self(below)) } else { None }
    }

    /// The level in the low 7 bits of `byte`; the other one is ignored.
    #[must_use]
    pub(super) const fn of_byte(byte: u8) -> Self {
        Self(byte & 0x7f)
    }

    /// The level nearest to `dbov`, 0 or negative. What is no number is silence.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 … 127")]
    pub fn from_dbov(dbov: f32) -> Self {
        if dbov.is_nan() {
            return Self::SILENCE;
        }
        Self((0.5 - dbov).clamp(0.0, 127.0) as u8)
    }

    /// Decibels below overload, 0 … 127.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The level in dBov, −127 … 0.
    #[must_use]
    pub fn dbov(self) -> f32 {
        -f32::from(self.0)
    }
}

/// Whether the sender takes the sound for speech.
///
/// It means nothing when signalling said `vad=off` (RFC 6464, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VoiceActivity {
    /// It does.
    Voice,
    /// It does not.
    NoVoice,
}

/// The loudness of the sound in a packet, as its sender measured it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AudioLevel {
    /// How loud it is.
    pub level: Level,
    /// Whether it is speech.
    pub activity: VoiceActivity,
}

impl AudioLevel {
    /// The value of the element.
    #[must_use]
    #[inline]
    pub const fn to_bytes(self) -> [u8; 1] {
        let voice = match self.activity {
            VoiceActivity::Voice => 0x80,
            VoiceActivity::NoVoice => 0,
        };
        [voice | self.level.get()]
    }
}

impl HeaderExtension<'_> for AudioLevel {
    const URI: &'static str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

    #[inline]
    fn read(value: &[u8]) -> Option<Self> {
        let [byte] = *value else { return None };
        let activity = if byte & 0x80 == 0 { VoiceActivity::NoVoice } else { VoiceActivity::Voice };
        Some(Self { level: Level::of_byte(byte), activity })
    }

    #[inline]
    fn value_len(&self) -> usize {
        1
    }

    #[inline]
    fn write(&self, into: &mut [u8]) -> Option<usize> {
        put(&self.to_bytes(), into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voice_is_the_high_bit_and_the_level_the_rest() {
        let level = AudioLevel { level: Level::new(30).unwrap(), activity: VoiceActivity::Voice };
        assert_eq!((level.to_bytes(), AudioLevel::read(&[0x9e])), ([0x9e], Some(level)));
        let silent = AudioLevel { level: Level::SILENCE, activity: VoiceActivity::NoVoice };
        assert_eq!((silent.to_bytes(), AudioLevel::read(&[0x7f])), ([0x7f], Some(silent)));
        assert_eq!((AudioLevel::read(&[]), AudioLevel::read(&[1, 2])), (None, None));
    }

    #[test]
    fn a_level_has_seven_bits_and_the_nearest_is_taken() {
        assert_eq!((Level::new(127), Level::new(128)), (Some(Level::SILENCE), None));
        let decibels = [(-0.4, 0), (3.0, 0), (-0.6, 1), (-30.2, 30), (-126.6, 127), (-900.0, 127)];
        for (dbov, level) in decibels {
            assert_eq!(Level::from_dbov(dbov).get(), level, "{dbov}");
        }
        assert_eq!(Level::from_dbov(f32::NEG_INFINITY), Level::SILENCE);
        assert_eq!(Level::from_dbov(f32::NAN), Level::SILENCE);
        assert!((0..128).filter_map(Level::new).all(|level| Level::from_dbov(level.dbov()) == level));
    }
}
