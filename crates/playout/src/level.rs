//! Is this a pause? Relative to how loud the speaker usually is.

use crate::power::power;
use core::time::Duration;
use moim_media::AudioFormat;

/// A pause is this much quieter than speech: 30 dB.
const QUIET: f32 = 0.001;
/// Speech level falls by half in about this time, so that a speaker who turns away is followed.
const HALF_LIFE: f32 = 10.0;
/// Nobody speaks louder than full scale, as power; a broken packet may sound 100 dB louder, and would make a pause of all
/// that is said for minutes.
const LOUDEST: f32 = 1.0;
/// What is below this is silence whatever the speaker does: −70 dBFS, as power.
const FLOOR: f32 = 1e-7;
/// The shortest sound that is not overlooked.
const WINDOW: Duration = Duration::from_millis(10);

/// Follows the level of speech.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    /// Samples whose power is looked at together: 10 ms.
    window: usize,
    speech: f32,
}

impl Level {
    pub(crate) fn new(format: AudioFormat) -> Self {
        Self { window: format.samples(WINDOW).max(1), speech: 0.0 }
    }

    /// Learns from a stretch of sound and tells whether it is quiet throughout.
    pub(crate) fn is_quiet(&mut self, pcm: &[f32], lasting: Duration) -> bool {
        let power = pcm.chunks(self.window).map(power).fold(0.0, f32::max);
        self.speech = power.min(LOUDEST).max(self.speech * 0.5_f32.powf(lasting.as_secs_f32() / HALF_LIFE));
        power < (self.speech * QUIET).max(FLOOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(20);

    #[test]
    fn a_pause_is_relative_to_the_speaker() {
        let mut level = Level::new(AudioFormat::VOICE);
        assert!(!level.is_quiet(&[0.1; 960], FRAME));
        assert!(level.is_quiet(&[0.001; 960], FRAME));
        assert!(!level.is_quiet(&[0.01; 960], FRAME));
        let mut whisperer = Level::new(AudioFormat::VOICE);
        whisperer.is_quiet(&[0.005; 960], FRAME);
        assert!(!whisperer.is_quiet(&[0.001; 960], FRAME));
    }

    #[test]
    fn a_broken_packet_does_not_make_a_pause_of_speech() {
        for sample in [1e4, f32::MAX, f32::INFINITY, f32::NAN] {
            let mut level = Level::new(AudioFormat::VOICE);
            level.is_quiet(&[0.1; 960], FRAME);
            assert!(!level.is_quiet(&[sample; 960], FRAME) || sample.is_nan());
            assert!(!level.is_quiet(&[0.1; 960], FRAME), "after {sample}");
            assert!(level.is_quiet(&[0.001; 960], FRAME), "after {sample}");
        }
    }

    #[test]
    fn a_short_sound_in_a_long_pause_is_no_pause() {
        let mut level = Level::new(AudioFormat::VOICE);
        level.is_quiet(&[0.1; 960], FRAME);
        let mut click = [0.0; 960];
        click[900] = 1.0;
        assert!(!level.is_quiet(&click, FRAME));
    }
}
