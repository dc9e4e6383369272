//! How late and how well a talk was heard: measured in the sound alone.

use super::journey::START;
use crate::course::millis;
use core::time::Duration;
use moim_media::AudioFormat;
use moim_testkit::measure::{Alignment, Delay, align};

/// The longest delay that is looked for.
const LONGEST: Duration = Duration::from_millis(1_200);
/// Stretches as alike as this count as recognised.
const RECOGNISED: f32 = 0.5;
/// A step of 20 ms is looked at together with 20 ms on either side.
const WINDOW: Duration = Duration::from_millis(60);
/// Where the talk is this much quieter than its loudest 20 ms nobody speaks: 45 dB.
const PAUSE: f32 = 3e-5;

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// What network and receiver add together, over the fastest packets: mean over the sound that was recognised.
    pub delay_ms: f64,
    /// The same, 95th percentile.
    pub delay_p95_ms: f64,
    /// Normalised correlation of what was heard with the undisturbed decode, in percent, 0 … 100.
    pub likeness: f64,
    /// Share of the speech that was heard but not recognised: concealed wrongly, or torn, in percent.
    pub damaged: f64,
    /// Where the source speaks and nothing is heard, in all.
    pub silent_ms: f64,
    /// The longest such stretch.
    pub longest_gap_ms: f64,
}

impl Score {
    /// Compares `heard` with the `undisturbed` decode of the same packets, which the sender's clock, `drift_ppm` too
    /// fast, sent through a network whose fastest packets took `fastest`.
    #[must_use]
    pub fn measure(undisturbed: &[f32], heard: &[f32], fastest: Duration, drift_ppm: i32) -> Self {
        let rate = AudioFormat::VOICE.rate();
        let alignment = align(undisturbed, heard, rate, START + LONGEST);
        let early = millis(START + fastest);
        let slow = 1.0 - 1.0 / (1.0 + f64::from(drift_ppm) * 1e-6);
        let over_fastest = |delay: &Delay| {
            let said = millis(delay.at) - millis(delay.delay);
            millis(delay.delay) - early + said * slow
        };
        let recognised = alignment.delays().iter().filter(|delay| delay.likeness > RECOGNISED);
        let mut sorted: Vec<f64> = recognised.map(over_fastest).collect();
        sorted.sort_by(f64::total_cmp);
        let gaps = alignment.gaps();
        Self {
            delay_ms: sorted.iter().sum::<f64>() / sorted.len().max(1) as f64,
            delay_p95_ms: sorted.get(sorted.len() * 95 / 100).copied().unwrap_or(0.0),
            likeness: 100.0 * alignment.correlation().max(0.0),
            damaged: damaged(&alignment, undisturbed, heard),
            silent_ms: gaps.iter().fold(0.0, |sum, gap| sum + millis(gap.duration)),
            longest_gap_ms: gaps.iter().fold(0.0, |longest, gap| millis(gap.duration).max(longest)),
        }
    }
}

/// The share of steps in which the source speaks and what is heard is something else, in percent.
fn damaged(alignment: &Alignment<'_>, undisturbed: &[f32], heard: &[f32]) -> f64 {
    let window = AudioFormat::VOICE.samples(WINDOW);
    let loudest = undisturbed.chunks(window / 3).map(power).fold(0.0, f32::max);
    let (mut spoken, mut damaged) = (0_u32, 0_u32);
    for delay in alignment.delays() {
        let middle = AudioFormat::VOICE.samples(delay.at);
        let said = middle.checked_sub(delay.samples).and_then(|middle| around(undisturbed, middle, window));
        let Some(said) = said else { continue };
        if power(&said[window / 3..2 * window / 3]) < loudest * PAUSE {
            continue;
        }
        spoken += 1;
        let recognised = around(heard, middle, window).is_some_and(|heard| alike(said, heard) > RECOGNISED);
        damaged += u32::from(!recognised);
    }
    100.0 * f64::from(damaged) / f64::from(spoken.max(1))
}

fn around(sound: &[f32], middle: usize, window: usize) -> Option<&[f32]> {
    let begin = middle.checked_sub(window / 2)?;
    sound.get(begin..begin + window)
}

fn power(sound: &[f32]) -> f32 {
    sound.iter().map(|sample| sample * sample).sum::<f32>() / sound.len().max(1) as f32
}

/// Normalised correlation.
fn alike(a: &[f32], b: &[f32]) -> f32 {
    let product: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    let norm = (power(a) * power(b)).sqrt() * a.len() as f32;
    if norm > 0.0 { product / norm } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moim_testkit::talker::Talker;

    fn said() -> Vec<f32> {
        let mut said = vec![0.0; 4 * 48_000];
        Talker::new(1, AudioFormat::VOICE.rate()).fill(&mut said);
        said
    }

    /// What is said, heard so long after it left.
    fn heard(said: &[f32], after: Duration) -> Vec<f32> {
        let mut heard = vec![0.0; AudioFormat::VOICE.samples(START + after)];
        heard.extend_from_slice(said);
        heard
    }

    #[test]
    fn a_perfect_receiver_measures_what_it_waited_and_nothing_else() {
        let said = said();
        let heard = heard(&said, Duration::from_millis(85));
        let score = Score::measure(&said, &heard, Duration::from_millis(25), 0);
        assert!((score.delay_ms - 60.0).abs() < 0.5 && (score.delay_p95_ms - 60.0).abs() < 0.5, "{score:?}");
        assert!(score.likeness > 99.9 && score.damaged == 0.0 && score.silent_ms == 0.0, "{score:?}");
    }

    #[test]
    fn what_is_missing_or_wrong_is_damaged() {
        let said = said();
        let mut silent = heard(&said, Duration::from_millis(60));
        // 160 ms of the first phrase, which is 1.5 s long at least.
        silent[48_000..48_000 + 7_680].fill(0.0);
        let mut wrong = heard(&said, Duration::from_millis(60));
        wrong[48_000..48_000 + 7_680].copy_from_slice(&said[60_000..67_680]);
        let [silent, wrong] = [silent, wrong].map(|heard| Score::measure(&said, &heard, Duration::ZERO, 0));
        assert!((silent.silent_ms - 160.0).abs() < 30.0, "{silent:?}");
        assert!((4.0..12.0).contains(&silent.damaged), "8 steps of about 150: {silent:?}");
        assert!((2.0..12.0).contains(&wrong.damaged) && wrong.likeness < 99.0, "{wrong:?}");
    }

    #[test]
    fn a_drifting_clock_is_no_delay() {
        let said = said();
        // The receiver's clock is slow by far: it plays on time, and loses a sample in a thousand on the way.
        let ppm = 1_000;
        let played: Vec<f32> = (0..said.len() * 1_000 / 1_001).map(|n| said[n * 1_001 / 1_000]).collect();
        let score = Score::measure(&said, &heard(&played, Duration::from_millis(60)), Duration::ZERO, ppm);
        assert!((score.delay_ms - 60.0).abs() < 1.0 && (score.delay_p95_ms - 60.0).abs() < 1.5, "{score:?}");
    }
}
