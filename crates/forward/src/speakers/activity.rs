//! How much one source speaks, over three spans.
//!
//! The model is that of Volfin and Cohen; its numbers are those of Jitsi's implementation, which has been used for years.

use core::time::Duration;
use moim_media::Instant;

/// A step: the commonest packet. Of what comes faster the loudest counts.
const STEP: Duration = Duration::from_millis(20);
/// Steps in a block, and blocks in a long span: 100 ms and 1 s.
const STEPS: usize = 5;
const BLOCKS: usize = 10;
/// 127 dB are divided into so many units of loudness …
const UNITS: u8 = 13;
const UNIT: u8 = 127_u8.div_ceil(UNITS);
/// … of which speech has more than this in a step; such steps are more than `STEPS_OF_SPEECH` in a block of speech.
const UNITS_OF_SPEECH: u8 = 7;
const STEPS_OF_SPEECH: u8 = 4;
/// In what time the noise that is taken for the room's rises to a steady sound.
const FLOOR_RISES: Duration = Duration::from_secs(10);
/// The score of what has none, so that two of them compare.
const LEAST: f32 = 1e-10;

/// How likely it is that somebody speaks, looking at a step, a block, and all blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scores {
    pub(super) short: f32,
    pub(super) medium: f32,
    pub(super) long: f32,
}

/// What is known of one source.
#[derive(Clone, Debug)]
pub(super) struct Activity {
    /// Loudness over silence of the newest steps in units, the newest first.
    steps: [u8; STEPS * BLOCKS],
    /// Loudness that is taken for noise, in dB over silence.
    floor: f32,
    /// When the newest step began.
    begun: Instant,
}

impl Activity {
    /// Of a source that is new at `now`.
    pub(super) fn new(now: Instant) -> Self {
        Self { steps: [0; STEPS * BLOCKS], floor: 0.0, begun: now }
    }

    /// Sound of `level` −dBov.
    pub(super) fn heard(&mut self, now: Instant, level: u8) {
        self.catch_up(now);
        let loudness = 127 - level.min(127);
        let over_noise = f32::from(loudness) >= self.floor + f32::from(UNIT);
        self.follow_noise(f32::from(loudness));
        let units = if over_noise { loudness / UNIT } else { 0 };
        self.steps[0] = self.steps[0].max(units);
    }

    /// Nothing was heard up to `now`: that is silence.
    pub(super) fn catch_up(&mut self, now: Instant) {
        let steps = now.since(self.begun).as_nanos() / STEP.as_nanos();
        let by = usize::try_from(steps).unwrap_or(usize::MAX).min(self.steps.len());
        if by == 0 {
            return;
        }
        self.steps.copy_within(..STEPS * BLOCKS - by, by);
        self.steps[..by].fill(0);
        self.begun = match by < STEPS * BLOCKS {
            true => self.begun + STEP * by as u32,
            false => now,
        };
    }

    /// The scores; never zero.
    pub(super) fn scores(&self) -> Scores {
        let medium = self.blocks().next().unwrap_or(0);
        let long = self.blocks().filter(|&spoken| spoken > STEPS_OF_SPEECH).count() as u8;
        Scores {
            short: score(self.steps[0].min(UNITS), UNITS, 0.78),
            medium: score(medium, STEPS as u8, 24.0),
            long: score(long, BLOCKS as u8, 47.0),
        }
    }

    /// Whether anything was said in the long span.
    pub(super) fn is_speech(&self) -> bool {
        self.blocks().any(|spoken| spoken > STEPS_OF_SPEECH)
    }

    fn follow_noise(&mut self, loudness: f32) {
        let rise = STEP.as_secs_f32() / FLOOR_RISES.as_secs_f32();
        self.floor +=
            if loudness < self.floor { loudness - self.floor } else { rise * (loudness - self.floor) };
    }

    /// Steps of speech in each block, the newest first.
    fn blocks(&self) -> impl Iterator<Item = u8> {
        let spoken =
            |block: &[u8; STEPS]| block.iter().filter(|&&units| units > UNITS_OF_SPEECH).count() as u8;
        self.steps.as_chunks::<STEPS>().0.iter().map(spoken)
    }
}

/// How much likelier it is that of `of` parts so many are active in speech than in noise: the logarithm of a binomial,
/// with even odds, against an exponential distribution.
fn score(active: u8, of: u8, lambda: f32) -> f32 {
    let (active, of) = (f32::from(active), f32::from(of));
    let mut choices = 0.0;
    let mut k = 1.0;
    while k <= active {
        choices += ((of - active + k) / k).ln();
        k += 1.0;
    }
    (choices + of * 0.5_f32.ln() - lambda.ln() + lambda * active).max(LEAST)
}
