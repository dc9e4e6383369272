//! Sound: interleaved `f32` slices and the format that gives them meaning.

use crate::ClockRate;
use core::num::NonZeroU8;
use core::time::Duration;

/// How a `&[f32]` of sound is to be read: sampling rate and interleaved channels.
///
/// Samples are nominally within −1 … 1; more is allowed between stages and limited at the end. A *frame* is one
/// sample of every channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AudioFormat {
    rate: ClockRate,
    channels: NonZeroU8,
}

impl AudioFormat {
    /// 48 kHz, one channel: what a voice call plays.
    pub const VOICE: Self = Self { rate: ClockRate::HZ_48000, channels: NonZeroU8::MIN };

    /// `channels` interleaved channels at `rate`; `None` without a channel.
    #[must_use]
    pub const fn new(rate: ClockRate, channels: u8) -> Option<Self> {
        match NonZeroU8::new(channels) {
            Some(channels) => Some(Self { rate, channels }),
            None => None,
        }
    }

    /// Frames per second.
    #[must_use]
    pub const fn rate(self) -> ClockRate {
        self.rate
    }

    /// Channels, at least one.
    #[must_use]
    pub const fn channels(self) -> usize {
        self.channels.get() as usize
    }

    /// Frames in `duration`, rounded to the nearest.
    #[must_use]
    pub fn frames(self, duration: Duration) -> usize {
        usize::try_from(self.rate.ticks(duration)).unwrap_or(usize::MAX)
    }

    /// Length of a slice that holds `duration`: frames times channels.
    #[must_use]
    pub fn samples(self, duration: Duration) -> usize {
        self.frames(duration).saturating_mul(self.channels())
    }

    /// How long a slice of `samples` samples lasts, all channels counted.
    #[must_use]
    pub fn duration(self, samples: usize) -> Duration {
        self.rate.duration((samples / self.channels()) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_and_duration_are_inverse() {
        let stereo = AudioFormat::new(ClockRate::HZ_16000, 2).unwrap();
        let ten = Duration::from_millis(10);
        assert_eq!(stereo.frames(ten), 160);
        assert_eq!(stereo.samples(ten), 320);
        assert_eq!(stereo.duration(320), ten);
        assert_eq!(AudioFormat::new(ClockRate::HZ_16000, 0), None);
    }
}
