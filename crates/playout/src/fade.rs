//! How loud made-up sound may be: less and less, down to the background, and never more again.
//!
//! Concealment is right for some tens of milliseconds. libopus (1.6.1) lets its own fade, but not for good. Behind 100 ms
//! its transform layer begins anew with noise: over speech by 12 dB louder, in the mean, than what had faded, and by 32 dB
//! at worst; with deep concealment behind 200 ms, by 23 and 36 dB. And every layer takes steady music for background and
//! goes on with that, 10 to 12 dB below what was heard, for as long as it is asked.

use crate::power::power;
use core::time::Duration;
use moim_media::AudioFormat;

/// Made-up sound may be as loud as it likes for this long …
const FREE: Duration = Duration::from_millis(60);
/// … then no louder than it has been, but for this, as power (3 dB): noise is not the same from step to step …
const MARGIN: f32 = 2.0;
/// … and from here on it has to fade …
const HOLD: Duration = Duration::from_millis(160);
/// … by 1.5 dB, as power, in every step of `STEP`: gone within 400 ms.
const DECAY: f32 = 0.707;
/// What it has been is followed down by 3 dB in a step at most, so that the gap between two pulses of a voice counts for
/// little.
const FALL: f32 = 0.5;
/// Levels are those of this much.
const STEP: Duration = Duration::from_millis(10);
/// Sound that returns gets its level back within this.
const RETURN: Duration = Duration::from_millis(5);
/// Sound that is too loud is turned down within this: what it does is known before it is played.
const ATTACK: Duration = Duration::from_millis(1);
/// The quietest that was heard is the background; what is heard later raises it by 3 dB in a second.
const RISE: f32 = 1.007;
/// A background louder than this is none, but music: −50 dBFS, as power.
const LOUDEST_BACKGROUND: f32 = 1e-5;

/// Fades what is made up, and lets what is real come back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fade {
    channels: usize,
    step: usize,
    free: usize,
    hold: usize,
    returning: usize,
    attack: usize,
    /// The power of the quietest that was heard lately.
    background: f32,
    /// Frames made up since something real was heard.
    made_up: usize,
    /// The power that made-up sound has come down to.
    level: f32,
    /// Of the last frame.
    gain: f32,
}

impl Fade {
    pub(crate) fn new(format: AudioFormat) -> Self {
        Self {
            channels: format.channels(),
            step: format.frames(STEP).max(1),
            free: format.frames(FREE),
            hold: format.frames(HOLD),
            returning: format.frames(RETURN).max(1),
            attack: format.frames(ATTACK).max(1),
            background: LOUDEST_BACKGROUND,
            made_up: 0,
            level: 0.0,
            gain: 1.0,
        }
    }

    /// Takes real sound: learns how loud the background is, and lets it come back from what was made up before it.
    pub(crate) fn heard(&mut self, pcm: &mut [f32]) {
        for part in pcm.chunks_exact(self.step * self.channels) {
            self.background = finite_power(part).min(self.background * RISE).min(LOUDEST_BACKGROUND);
        }
        self.turn(1.0, self.returning, pcm);
        self.joined();
    }

    /// Takes made-up sound that real sound is going to be cross-faded with: it is as loud as what was played before it.
    pub(crate) fn on_leaving(&self, pcm: &mut [f32]) {
        pcm.iter_mut().for_each(|sample| *sample *= self.gain);
    }

    /// Real sound was cross-faded with what was made up: it is back already.
    pub(crate) fn joined(&mut self) {
        self.made_up = 0;
        self.gain = 1.0;
    }

    /// Takes made-up sound, which goes on from what was taken before, and turns it down as far as it has to be.
    pub(crate) fn made_up(&mut self, pcm: &mut [f32]) {
        for part in pcm.chunks_mut(self.step * self.channels) {
            let power = finite_power(part);
            let allowed = self.allow(power);
            let gain = if power > allowed { (allowed / power).sqrt() } else { 1.0 };
            let within = if gain < self.gain { self.attack } else { self.step };
            self.turn(gain, within, part);
            self.made_up = self.made_up.saturating_add(part.len() / self.channels);
        }
    }

    /// How much power the next step may have, if by itself it has this.
    fn allow(&mut self, power: f32) -> f32 {
        if self.made_up < self.free {
            self.level = power;
            return f32::INFINITY;
        }
        let followed = power.clamp(FALL * self.level, self.level);
        let faded = if self.made_up < self.hold { self.level } else { DECAY * self.level };
        self.level = followed.min(faded).max(self.background);
        MARGIN * self.level
    }

    /// Multiplies `pcm` by a gain that runs from that of the last frame to `gain` in a straight line of `within` frames,
    /// and stays there.
    fn turn(&mut self, gain: f32, within: usize, pcm: &mut [f32]) {
        let from = core::mem::replace(&mut self.gain, gain);
        if from == 1.0 && gain == 1.0 {
            return;
        }
        for (frame, samples) in (1_usize..).zip(pcm.chunks_mut(self.channels)) {
            let gain = from + (gain - from) * (frame.min(within) as f32 / within as f32);
            samples.iter_mut().for_each(|sample| *sample *= gain);
        }
    }
}

/// Never more than finite.
fn finite_power(pcm: &[f32]) -> f32 {
    power(pcm).min(f32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fade() -> Fade {
        Fade::new(AudioFormat::VOICE)
    }

    /// Noise of this many decibels below full scale.
    fn noise(frames: usize, seed: u32, level: f32) -> Vec<f32> {
        let mut state = seed;
        let peak = 3_f32.sqrt() * 10_f32.powf(level / 20.0);
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            peak * ((state >> 8) as f32 / (1 << 23) as f32 - 1.0)
        };
        (0..frames).map(next).collect()
    }

    fn levels(pcm: &[f32]) -> Vec<f32> {
        pcm.chunks_exact(480).map(|part| 10.0 * power(part).max(1e-12).log10()).collect()
    }

    /// Made-up sound of these levels, each for 20 ms, as it is let through.
    fn let_through(fade: &mut Fade, course: &[f32]) -> Vec<f32> {
        let mut all = Vec::new();
        for (seed, level) in (1..).zip(course) {
            let mut pcm = noise(960, seed, *level);
            fade.made_up(&mut pcm);
            all.extend(pcm);
        }
        all
    }

    #[test]
    fn what_fades_by_itself_is_left_alone() {
        // As the speech layer does.
        let course = [-23.0, -31.0, -39.0, -51.0, -62.0, -67.0, -68.0, -68.0];
        let heard = let_through(&mut fade(), &course);
        let made: Vec<f32> = (1..).zip(&course).flat_map(|(seed, level)| noise(960, seed, *level)).collect();
        assert_eq!(heard, made);
    }

    #[test]
    fn what_has_faded_does_not_rise_again() {
        // As the transform layer does, classic and deep, on the average of speech.
        let classic = [-23.0, -29.0, -33.0, -37.0, -41.0, -25.0, -27.0, -30.0, -33.0, -36.0, -38.0, -40.0];
        let deep =
            [-24.0, -26.0, -27.0, -28.0, -30.0, -37.0, -46.0, -56.0, -90.0, -101.0, -36.0, -36.0, -38.0];
        for course in [&classic[..], &deep] {
            let levels = levels(&let_through(&mut fade(), course));
            let mut quietest = f32::MAX;
            for (step, level) in levels.iter().enumerate() {
                // The last 3 dB of what sinks like a stone are passed over.
                assert!(
                    step < 7 || *level < quietest.max(-50.0) + 6.0,
                    "{step}: {level} dB after {quietest} dB"
                );
                quietest = quietest.min(*level);
            }
            assert!(*levels.last().unwrap() < -45.0, "{levels:?}");
        }
    }

    #[test]
    fn music_that_would_go_on_for_ever_goes_smoothly() {
        let levels = levels(&let_through(&mut fade(), &[-20.0; 60]));
        assert!(levels[..16].iter().all(|level| (level + 20.0).abs() < 0.5), "{levels:?}");
        assert!(
            levels.windows(2).all(|pair| pair[1] - pair[0] < 0.7),
            "never up but as noise is: {levels:?}"
        );
        assert!(levels.windows(2).all(|pair| pair[1] - pair[0] > -3.0), "never at once: {levels:?}");
        assert!(levels[40..].iter().all(|level| (-51.0..-46.0).contains(level)), "{levels:?}");
    }

    #[test]
    fn the_background_goes_on() {
        let mut fade = fade();
        let mut speech = noise(48_000, 1, -20.0);
        speech[24_000..].copy_from_slice(&noise(24_000, 2, -60.0));
        fade.heard(&mut speech);
        let heard = let_through(&mut fade, &[-60.0; 200]);
        assert!(levels(&heard).iter().all(|level| (level + 60.0).abs() < 1.0));
        // What is 30 dB louder is turned down to it, all but the first millisecond.
        let levels = levels(&let_through(&mut fade, &[-30.0; 60]));
        assert!(levels[0] < -40.0 && levels[1..].iter().all(|level| *level < -56.0), "{levels:?}");
    }

    #[test]
    fn what_returns_returns_at_once_and_without_a_step() {
        let mut fade = fade();
        let _ = let_through(&mut fade, &[-20.0; 60]);
        let mut real = vec![0.5; 960];
        fade.heard(&mut real);
        assert!(real[0] < 0.03);
        assert!(real.windows(2).all(|pair| (0.0..0.0025).contains(&(pair[1] - pair[0]))));
        assert_eq!(real[240..], [0.5; 720]);
        let mut more = vec![0.5; 960];
        fade.heard(&mut more);
        assert_eq!(more, [0.5; 960]);
    }

    #[test]
    fn what_was_joined_is_back_and_the_next_loss_begins_anew() {
        let mut fade = fade();
        let _ = let_through(&mut fade, &[-20.0; 60]);
        fade.joined();
        let mut real = vec![0.5; 960];
        fade.heard(&mut real);
        assert_eq!(real, [0.5; 960]);
        assert_eq!(let_through(&mut fade, &[-20.0; 3]).len(), 2_880);
        assert_eq!(fade.gain, 1.0);
    }

    #[test]
    fn both_channels_fade_alike() {
        let format = AudioFormat::new(moim_media::ClockRate::HZ_48000, 2).unwrap();
        let mut fade = Fade::new(format);
        let mut pcm: Vec<f32> = noise(48_000, 1, -20.0).iter().flat_map(|x| [*x, -0.5 * x]).collect();
        fade.made_up(&mut pcm);
        assert!(pcm.as_chunks::<2>().0.iter().all(|[left, right]| *right == -0.5 * left));
        assert!(power(&pcm[90_000..]) < 1e-4);
    }

    #[test]
    fn any_length_and_any_sample_is_taken() {
        for rate in [8_000, 44_100, 100, 1] {
            let format = AudioFormat::new(moim_media::ClockRate::new(rate).unwrap(), 3).unwrap();
            let mut fade = Fade::new(format);
            for sample in [0.0, 1.0, f32::MAX, f32::INFINITY, f32::NAN, 1e-30, 1.0] {
                for frames in [0, 1, 7, 120, 5_760] {
                    fade.made_up(&mut vec![sample; 3 * frames]);
                    fade.heard(&mut vec![sample; 3 * frames]);
                    fade.made_up(&mut vec![sample; 3 * frames]);
                }
            }
            let mut pcm = [0.5; 9];
            fade.joined();
            fade.made_up(&mut pcm);
            assert!(pcm.iter().all(|x| (0.0..=0.5).contains(x)), "{pcm:?}");
        }
    }
}
