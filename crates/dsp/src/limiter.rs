//! Limiting: what a sum needs before it is played.

use crate::{Gain, Mixer, Ramp};
use core::time::Duration;
use moim_media::AudioFormat;
use moim_simd::Cpu;

/// Where the curve leaves the straight line, about −2 dB.
const KNEE: f32 = 0.8;

/// How long the gain takes to fall.
const ATTACK: Duration = Duration::from_millis(1);

/// Brings a mixed block within −1 … 1, with a soft knee and without delay.
///
/// A peak below the knee of 0.8 passes unchanged; above it the gain is chosen so that the block's peak approaches
/// full scale and does not pass it. The gain falls within the first millisecond of a block and recovers over the
/// release time; it never jumps. As there is no look-ahead, an onset that is louder than anything before it is
/// clipped during that first millisecond. Allocates nothing, ever.
#[derive(Clone, Debug)]
pub struct Limiter {
    mixer: Mixer,
    gain: Gain,
    attack: usize,
    release: usize,
}

impl Limiter {
    /// For blocks of `format`, recovering with the time constant `release`; 200 ms suits speech.
    #[must_use]
    pub fn new(cpu: Cpu, format: AudioFormat, release: Duration) -> Self {
        Self {
            mixer: Mixer::new(cpu),
            gain: Gain::UNITY,
            attack: format.samples(ATTACK),
            release: format.samples(release),
        }
    }

    /// The gain at the end of the last block, at most one.
    #[must_use]
    pub const fn gain(&self) -> Gain {
        self.gain
    }

    /// Limits `block`, whose peak magnitude is `peak`: what [`Mixer::add`] returned last.
    ///
    /// Whatever is passed, all of `block` is within −1 … 1 afterwards; samples beyond a `peak` too low are clipped.
    ///
    /// # Panics
    ///
    /// When the block is longer than [`MAX_BLOCK`](crate::MAX_BLOCK).
    pub fn limit(&mut self, block: &mut [f32], peak: f32) {
        if block.is_empty() {
            return;
        }
        let target = target(peak);
        let peak = if target < self.gain { self.fall(block, target) } else { self.recover(block, target) };
        if peak > 1.0 {
            block.iter_mut().for_each(|x| *x = x.clamp(-1.0, 1.0));
        }
    }

    /// To `target` within the attack, and stays there. Returns the peak left.
    fn fall(&mut self, block: &mut [f32], target: Gain) -> f32 {
        let (onset, rest) = block.split_at_mut(self.attack.min(block.len()));
        let onset = self.mixer.scale(onset, Ramp { from: self.gain, to: target });
        let rest = self.mixer.scale(rest, Ramp::constant(target));
        self.gain = target;
        onset.max(rest)
    }

    /// Towards `target` during the whole block. Returns the peak left.
    fn recover(&mut self, block: &mut [f32], target: Gain) -> f32 {
        // One implicit step of a first-order filter: stable for any length, and without an exponential, whose
        // last bit differs between machines.
        let len = block.len() as f32;
        let share = len / (len + self.release as f32);
        let from = self.gain;
        self.gain = Gain::saturating(from.factor() + share * (target.factor() - from.factor()));
        self.mixer.scale(block, Ramp { from, to: self.gain })
    }
}

/// The gain that takes `peak` to its place on the curve: the identity up to the knee, then a hyperbola of the same
/// slope that approaches one.
fn target(peak: f32) -> Gain {
    if peak.is_nan() || peak <= KNEE {
        return Gain::UNITY;
    }
    let over = peak - KNEE;
    let room = 1.0 - KNEE;
    let limited = KNEE + room / (1.0 + room / over);
    Gain::saturating(limited / peak)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HEADROOM;
    use moim_media::ClockRate;

    const RELEASE: Duration = Duration::from_millis(200);

    fn limiter() -> Limiter {
        Limiter::new(Cpu::detect(), AudioFormat::VOICE, RELEASE)
    }

    /// 10 ms of a tone of magnitude `peak`.
    fn tone(peak: f32) -> Vec<f32> {
        let samples = AudioFormat::VOICE.samples(Duration::from_millis(10));
        (0..samples).map(|i| if i % 48 < 24 { peak } else { -peak }).collect()
    }

    #[test]
    fn sound_below_the_knee_passes_bit_for_bit() {
        let mut block = tone(KNEE);
        limiter().limit(&mut block, KNEE);
        assert_eq!(block, tone(KNEE));
    }

    #[test]
    fn the_curve_rises_smoothly_and_stays_below_one() {
        let peaks: Vec<f32> =
            (0..2_000).map(|i| 1.01_f32.powi(i) * 0.1).take_while(|&p| p < HEADROOM).collect();
        let limited: Vec<f32> = peaks.iter().map(|&peak| target(peak).factor() * peak).collect();
        // To the last bit of a product: the curve is flat up there.
        assert!(limited.windows(2).all(|pair| pair[1] >= pair[0] - f32::EPSILON), "not monotone");
        assert!(limited.iter().all(|&peak| peak <= 1.0 + f32::EPSILON));
        let slope = |at: f32| (target(at + 0.001).factor() * (at + 0.001) - target(at).factor() * at) / 0.001;
        assert!((slope(KNEE - 0.001) - 1.0).abs() < 0.01 && (slope(KNEE) - 1.0).abs() < 0.01);
    }

    #[test]
    fn an_onset_is_clipped_for_a_millisecond_and_then_only_turned_down() {
        let mut block = tone(4.0);
        limiter().limit(&mut block, 4.0);
        assert!(block.iter().all(|x| x.abs() <= 1.0));
        let level = target(4.0).factor() * 4.0;
        assert!(level < 1.0);
        assert!(block[48..].iter().all(|x| x.abs() == level), "the wave keeps its shape");
    }

    #[test]
    fn the_gain_recovers_over_the_release_time() {
        let mut limiter = limiter();
        limiter.limit(&mut tone(8.0), 8.0);
        let low = limiter.gain().factor();
        let mut gains = vec![low];
        for _ in 0..100 {
            limiter.limit(&mut tone(0.1), 0.1);
            gains.push(limiter.gain().factor());
        }
        assert!(gains.is_sorted(), "{gains:?}");
        let recovered = (gains[20] - low) / (1.0 - low);
        assert!((0.6..0.66).contains(&recovered), "after one time constant: {recovered}");
        assert!(gains[100] > 0.99);
    }

    #[test]
    fn the_gain_never_jumps() {
        // A constant shows the gain: its largest step is the attack from one, within 48 samples.
        let mut limiter = limiter();
        let mut heard = vec![0.1_f32];
        for peak in [0.1, 0.1, 3.0, 3.0, 0.1, 1.5, 0.1] {
            let mut block = vec![0.1; 480];
            limiter.limit(&mut block, peak);
            heard.extend(block);
        }
        let step = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(step < 0.1 / 48.0, "{step}");
    }

    #[test]
    fn whatever_the_peak_is_said_to_be_the_block_is_within_full_scale() {
        let format = AudioFormat::new(ClockRate::HZ_16000, 2).unwrap();
        for release in [Duration::ZERO, RELEASE, Duration::MAX] {
            let mut limiter = Limiter::new(Cpu::detect(), format, release);
            for peak in [0.0, 2.0, -1.0, f32::NAN, f32::INFINITY, f32::MAX, HEADROOM, f32::MIN_POSITIVE] {
                for sample in [f32::NAN, f32::NEG_INFINITY, f32::MAX, 1.5] {
                    for len in [0, 1, 15, 320] {
                        let mut block = vec![sample; len];
                        limiter.limit(&mut block, peak);
                        assert!(block.iter().all(|x| x.abs() <= 1.0), "{peak} {sample} {len}: {block:?}");
                        let gain = limiter.gain().factor();
                        assert!((0.0..=1.0).contains(&gain), "{peak} {sample} {len}: {gain}");
                    }
                }
            }
        }
    }
}
