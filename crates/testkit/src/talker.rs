//! Somebody who talks: synthetic speech, the same on every machine.
//!
//! A formant synthesiser after D. Klatt, "Software for a cascade/parallel formant synthesizer", JASA 67 (1980). It
//! says nothing, but codecs, detectors and cancellers take it for speech: voiced periods over a falling spectrum,
//! formants that glide, hiss, closures and bursts, syllables, phrases and pauses.

mod dice;
mod score;
#[cfg(test)]
mod tests;
mod tract;

use dice::Dice;
use moim_media::ClockRate;
use score::{Posture, Score};
use tract::Tract;

/// Articulation moves in steps of 1/400 s.
const TICKS_PER_SECOND: u32 = 400;

/// A talker: phrases of 1.5 to 3 s with pauses of 0.4 to 0.8 s, about −23 dBFS RMS while speaking, without end.
///
/// An even seed speaks with a low voice, an odd one with a high voice. The same seed and rate make the same samples
/// bit for bit on every machine, in pieces of any size. [`fill`](Self::fill) does not allocate.
#[derive(Clone, Debug)]
pub struct Talker {
    score: Score,
    tract: Tract,
    posture: Posture,
    samples_left: usize,
    samples_per_tick: usize,
}

impl Talker {
    /// A talker about to begin a phrase, one channel at `rate`; at least 8 kHz to sound like one.
    #[must_use]
    pub fn new(seed: u64, rate: ClockRate) -> Self {
        let voice = Voice::of(seed);
        Self {
            score: Score::new(Dice::new(seed, 0), voice),
            tract: Tract::new(Dice::new(seed, 1), voice, rate),
            posture: Posture::REST,
            samples_left: 0,
            samples_per_tick: (rate.hz() / TICKS_PER_SECOND).max(1) as usize,
        }
    }

    /// Speaks on into all of `pcm`.
    pub fn fill(&mut self, mut pcm: &mut [f32]) {
        while !pcm.is_empty() {
            if self.samples_left == 0 {
                self.posture = self.score.tick();
                self.tract.move_towards(&self.posture);
                self.samples_left = self.samples_per_tick;
            }
            let (now, later) = pcm.split_at_mut(self.samples_left.min(pcm.len()));
            self.tract.sound(&self.posture, now);
            self.samples_left -= now.len();
            pcm = later;
        }
    }
}

/// What distinguishes talkers.
#[derive(Clone, Copy, Debug)]
struct Voice {
    /// Mean pitch in Hz.
    pitch: f64,
    /// Formants relative to a male adult's.
    formants: f64,
    /// Output per unit of excitation; makes both voices equally loud.
    gain: f64,
}

impl Voice {
    fn of(seed: u64) -> Self {
        let place = Dice::new(seed, 2).unit();
        if seed.is_multiple_of(2) {
            Self { pitch: 95.0 + 30.0 * place, formants: 1.0, gain: 0.125 }
        } else {
            Self { pitch: 180.0 + 40.0 * place, formants: 1.16, gain: 0.094 }
        }
    }
}
