//! Taking a little sound out, or putting a little in, where the ear notices least.
//!
//! Overlap-add with similarity search (WSOLA: Verhelst and Roelands, ICASSP 1993): a stretch of one pitch period
//! is left out or repeated, and the seam is cross-faded.

use crate::similarity::best_match;
use core::time::Duration;
use moim_media::AudioFormat;

/// Length of a seam.
const SEAM: Duration = Duration::from_millis(5);
/// The shortest pitch period looked for: 400 Hz.
const SHORTEST_PERIOD: Duration = Duration::from_micros(2_500);
/// The longest: one period of a deep voice, two of a high one.
const LONGEST_PERIOD: Duration = Duration::from_millis(15);
/// The search looks at every fourth lag first; at 48 kHz that still sees 6 kHz.
const STRIDE: usize = 4;
/// Seams are tried at this many places.
const PLACES: usize = 3;

/// Cuts and repeats sound that is waiting to be played.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    channels: usize,
    seam: usize,
    periods: (usize, usize),
}

impl Stretch {
    pub(crate) fn new(format: AudioFormat) -> Self {
        Self {
            channels: format.channels(),
            seam: format.frames(SEAM),
            periods: (format.frames(SHORTEST_PERIOD), format.frames(LONGEST_PERIOD)),
        }
    }

    /// Cuts one pitch period out of `pcm`, if it has one that repeats at least as well as `min_similarity`. Returns
    /// the frames that are gone.
    pub(crate) fn cut_period(&self, pcm: &mut Vec<f32>, min_similarity: f32) -> usize {
        match self.best_period(pcm) {
            Some((place, lag, alike)) if alike >= min_similarity => {
                self.cut(pcm, place, lag);
                lag
            }
            _ => 0,
        }
    }

    /// Cuts up to `frames` out of `pcm`, wherever: for sound that is quiet throughout. Returns the frames that are
    /// gone.
    pub(crate) fn cut_quiet(&self, pcm: &mut Vec<f32>, frames: usize) -> usize {
        let frames = frames.min((pcm.len() / self.channels).saturating_sub(self.seam));
        if frames > 0 {
            self.cut(pcm, 0, frames);
        }
        frames
    }

    /// Repeats `frames` of `pcm`, which is quiet throughout, if its capacity has room. Returns the frames added.
    pub(crate) fn repeat_quiet(&self, pcm: &mut Vec<f32>, frames: usize) -> usize {
        self.repeat(pcm, 0, frames)
    }

    /// Repeats one pitch period of `pcm`, if it has one that repeats at least as well as `min_similarity` and its
    /// capacity has room. Returns the frames added.
    pub(crate) fn repeat_period(&self, pcm: &mut Vec<f32>, min_similarity: f32) -> usize {
        match self.best_period(pcm) {
            Some((place, lag, alike)) if alike >= min_similarity => self.repeat(pcm, place, lag),
            _ => 0,
        }
    }

    /// Puts as much of `tail` in front of `pcm` as makes the two fit best, and cross-fades between them. Returns the
    /// frames added.
    ///
    /// No new sound is lost, on purpose: whoever had to wait for it has too little delay, not too much.
    pub(crate) fn join(&self, tail: &[f32], pcm: &mut Vec<f32>) -> usize {
        let seam = (self.seam * self.channels).min(tail.len()).min(pcm.len());
        let room = (tail.len() - seam).min(pcm.capacity() - pcm.len()) / self.channels;
        let (place, _) = best_match(&pcm[..seam], tail, 0..=room, self.channels, STRIDE).unwrap_or_default();
        let (old, added) = (pcm.len(), place * self.channels);
        pcm.resize(old + added, 0.0);
        pcm.copy_within(..old, added);
        pcm[..added].copy_from_slice(&tail[..added]);
        self.fade_from(&tail[added..added + seam], &mut pcm[added..added + seam]);
        place
    }

    /// Where `pcm` repeats best: the place, the period in frames, and how much alike.
    fn best_period(&self, pcm: &[f32]) -> Option<(usize, usize, f32)> {
        let slack = (pcm.len() / self.channels).checked_sub(self.seam + self.periods.0)?;
        (0..PLACES)
            .map(|place| slack * place / PLACES)
            .filter_map(|place| self.period_at(pcm, place).map(|(lag, alike)| (place, lag, alike)))
            .max_by(|a, b| a.2.total_cmp(&b.2))
    }

    fn period_at(&self, pcm: &[f32], place: usize) -> Option<(usize, f32)> {
        let from = &pcm[place * self.channels..];
        let pattern = from.get(..self.seam * self.channels)?;
        best_match(pattern, from, self.periods.0..=self.periods.1, self.channels, STRIDE)
    }

    /// Repeats the `frames` behind `place`, if there is room for them. Returns the frames added.
    fn repeat(&self, pcm: &mut Vec<f32>, place: usize, frames: usize) -> usize {
        let (length, spare) = (pcm.len() / self.channels, (pcm.capacity() - pcm.len()) / self.channels);
        if frames == 0 || frames > spare || place + frames + self.seam > length {
            return 0;
        }
        let (start, added) = (place * self.channels, frames * self.channels);
        let seam = self.seam * self.channels;
        let old = pcm.len();
        // [ a: frames | rest ] becomes [ a | seam from rest into a | a behind its seam | rest ].
        pcm.resize(old + added, 0.0);
        pcm.copy_within(start..old, start + added);
        // In front of the second `a` belongs what followed the first one.
        let (repeated, rest) = pcm[start + added..].split_at_mut(added);
        self.fade_from(&rest[..seam], &mut repeated[..seam.min(added)]);
        frames
    }

    /// Leaves out `frames` behind `place`; there is room for them and a seam.
    fn cut(&self, pcm: &mut Vec<f32>, place: usize, frames: usize) {
        let (start, gone) = (place * self.channels, frames * self.channels);
        let seam = (self.seam * self.channels).min(pcm.len() - start - gone);
        for n in 0..seam {
            let share = self.share(n, seam);
            pcm[start + n] = pcm[start + n] * (1.0 - share) + pcm[start + gone + n] * share;
        }
        pcm.drain(start + seam..start + seam + gone);
    }

    /// Lets `sound` begin as `old` and end as itself.
    fn fade_from(&self, old: &[f32], sound: &mut [f32]) {
        let seam = sound.len();
        for (n, (sound, old)) in sound.iter_mut().zip(old).enumerate() {
            let share = self.share(n, seam);
            *sound = old * (1.0 - share) + *sound * share;
        }
    }

    /// How far the new has come at sample `n` of a seam of `samples`: as far in every channel.
    fn share(&self, n: usize, samples: usize) -> f32 {
        ((n / self.channels) as f32 + 0.5) / (samples / self.channels) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(frames: usize, period: f32) -> Vec<f32> {
        let mut pcm = Vec::with_capacity(4 * frames);
        pcm.extend((0..frames).map(|n| (n as f32 * core::f32::consts::TAU / period).sin()));
        pcm
    }

    fn roughest_step(pcm: &[f32]) -> f32 {
        pcm.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn a_cut_period_leaves_a_smooth_tone() {
        let stretch = Stretch::new(AudioFormat::VOICE);
        let mut pcm = tone(960, 300.0);
        let before = roughest_step(&pcm);
        let gone = stretch.cut_period(&mut pcm, 0.9);
        assert!(gone == 300 || gone == 600, "{gone}");
        assert_eq!(pcm.len(), 960 - gone);
        assert!(roughest_step(&pcm) < 1.05 * before);
    }

    #[test]
    fn what_does_not_repeat_is_not_cut() {
        let stretch = Stretch::new(AudioFormat::VOICE);
        let mut state = 1_u32;
        let mut noise: Vec<f32> = (0..960)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect();
        assert_eq!(stretch.cut_period(&mut noise, 0.9), 0);
        assert_eq!(noise.len(), 960);
    }

    #[test]
    fn repeating_adds_exactly_what_it_says_and_keeps_the_end() {
        let stretch = Stretch::new(AudioFormat::VOICE);
        let mut pcm = tone(960, 480.0);
        let original = pcm.clone();
        assert_eq!(stretch.repeat_quiet(&mut pcm, 480), 480);
        assert_eq!(pcm.len(), 1_440);
        assert_eq!(pcm[..480], original[..480]);
        assert_eq!(pcm[480 + 240..], original[240..]);
        assert!(roughest_step(&pcm) < 1.05 * roughest_step(&original));
    }

    #[test]
    fn a_repeated_period_leaves_a_smooth_tone() {
        let stretch = Stretch::new(AudioFormat::VOICE);
        for period in [130.0, 300.0, 480.0] {
            let mut pcm = tone(960, period);
            let before = roughest_step(&pcm);
            let added = stretch.repeat_period(&mut pcm, 0.9);
            assert!(
                added > 0 && (added as f32 % period).min(period - added as f32 % period) < 3.0,
                "{added}"
            );
            assert_eq!(pcm.len(), 960 + added);
            assert!(roughest_step(&pcm) < 1.1 * before);
        }
    }

    #[test]
    fn without_room_nothing_happens() {
        let stretch = Stretch::new(AudioFormat::VOICE);
        let mut short = tone(100, 50.0);
        assert_eq!(stretch.cut_period(&mut short, 0.9), 0);
        assert_eq!(stretch.cut_quiet(&mut short, 480), 0);
        assert_eq!(stretch.repeat_quiet(&mut short, 480), 0);
        assert_eq!(short.len(), 100);
    }

    #[test]
    fn joining_finds_the_phase() {
        let stretch = Stretch::new(AudioFormat::VOICE);
        let all = tone(2_000, 300.0);
        let mut pcm = tone(1_960, 300.0);
        pcm.drain(..1_100);
        let before = pcm.clone();
        let added = stretch.join(&all[..840], &mut pcm);
        // The tail begins at phase 0, the sound at phase 1 100 = 200 mod 300.
        assert_eq!(added, 200);
        assert_eq!(pcm.len(), before.len() + added);
        assert_eq!(pcm[added + 240..], before[240..]);
        assert!(roughest_step(&pcm) < 1.05 * roughest_step(&all));
    }
}
