//! Where sound repeats itself, and where two sounds fit together.

use crate::power::{dot, energy};
use core::ops::Range;
use core::time::Duration;
use moim_dsp::Correlator;
use moim_media::AudioFormat;
use moim_simd::Cpu;

/// The shortest pitch period looked for: 400 Hz.
const SHORTEST_PERIOD: Duration = Duration::from_micros(2_500);
/// The longest: one period of a deep voice, two of a high one.
const LONGEST_PERIOD: Duration = Duration::from_millis(15);
/// Seams are tried this far apart, at most `MOST_PLACES` of them, within the last `REACH` of the sound.
const PLACE: Duration = Duration::from_micros(2_500);
const MOST_PLACES: usize = 16;
const REACH: Duration = Duration::from_millis(60);
/// Every lag is looked at, at about this rate; the best ones then to the sample.
const COARSE_RATE: usize = 12_000;
/// How much of the sample before is taken away from each: raises the treble over the bass by 25 dB, for a seam is
/// heard in every band, and the bass would otherwise speak for all.
const RAISE: f32 = 0.9;
/// What is this far below the sound around it, as power, cannot be heard: 40 dB.
const UNHEARD: f32 = 1e-4;

/// A place from which the sound may go on at `lag` frames later, or the other way round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Repetition {
    /// In frames from the beginning.
    pub(crate) place: usize,
    /// In frames.
    pub(crate) lag: usize,
    /// 1 for the same, in shape and level, 0 for unrelated, −1 for the opposite: in the whole band or with the treble
    /// raised, whichever is less.
    pub(crate) similarity: f32,
    /// The energy of the difference between the two sides of the seam, for each frame of the lag.
    cost: f32,
}

/// Finds repetitions and the best fit, at any lag.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    channels: usize,
    correlator: Correlator,
    /// Frames of one at `COARSE_RATE`.
    ratio: usize,
    periods: Range<usize>,
    place: usize,
    reach: usize,
    raised: Vec<f32>,
    coarse: Vec<f32>,
    cross: Vec<f32>,
    energies: Vec<f32>,
}

impl Search {
    /// Allocates all it needs.
    pub(crate) fn new(cpu: Cpu, format: AudioFormat) -> Self {
        let offsets = format.frames(LONGEST_PERIOD) + 1;
        let ratio = (format.frames(Duration::from_secs(1)) / COARSE_RATE).max(1);
        Self {
            channels: format.channels(),
            correlator: Correlator::new(cpu, format),
            ratio,
            periods: format.frames(SHORTEST_PERIOD).max(1)..offsets,
            place: format.frames(PLACE).max(1),
            reach: format.frames(REACH),
            raised: Vec::with_capacity(format.samples(REACH)),
            coarse: Vec::with_capacity(format.samples(REACH) / ratio),
            cross: vec![0.0; offsets],
            energies: vec![0.0; offsets],
        }
    }

    /// The shortest period looked for, in frames.
    pub(crate) fn shortest_period(&self) -> usize {
        self.periods.start
    }

    /// Where within `pcm` a seam of `seam` frames over a period would be heard least: of all places and lags those with
    /// the least difference between what goes and what comes, for what is gained, since long lags need fewer seams.
    /// `None` when there is no room.
    pub(crate) fn repetition(&mut self, pcm: &[f32], seam: usize) -> Option<Repetition> {
        let skipped = (pcm.len() / self.channels).saturating_sub(self.reach);
        let pcm = &pcm[skipped * self.channels..];
        let frames = pcm.len() / self.channels;
        let slack = frames.checked_sub(seam + self.periods.start)?;
        self.raise_treble(pcm);
        let apart = self.place.max(slack.div_ceil(MOST_PLACES));
        let unheard = UNHEARD * seam as f32 / frames as f32;
        let unheard = (unheard * energy(pcm), unheard * energy(&self.raised));
        let mut best: Option<Repetition> = None;
        for place in (0..=slack).step_by(apart) {
            let Some(lag) = self.coarse_lag(place, seam) else { continue };
            let found = self.exact_lag(pcm, place, lag, seam, unheard);
            if best.is_none_or(|best| found.cost < best.cost) {
                best = Some(found);
            }
        }
        best.map(|best| Repetition { place: best.place + skipped, ..best })
    }

    /// The frame of `within` from which on it is most like `pattern`, at most `last`.
    pub(crate) fn best_fit(&mut self, pattern: &[f32], within: &[f32], last: usize) -> usize {
        let offsets = (last + 1).min(self.cross.len());
        let (cross, energies) = (&mut self.cross[..offsets], &mut self.energies[..offsets]);
        self.correlator.correlate(pattern, within, cross, energies);
        let likeness = |n: usize| if energies[n] > 0.0 { cross[n] / energies[n].sqrt() } else { 0.0 };
        // Of equals the first: the least that is put in.
        (1..offsets).fold(0, |best, n| if likeness(n) > likeness(best) { n } else { best })
    }

    /// Fills `raised`, and `coarse` with the means of as many frames as the ratio says.
    fn raise_treble(&mut self, pcm: &[f32]) {
        let channels = self.channels;
        self.raised.clear();
        let before = pcm.iter().take(channels).chain(pcm);
        self.raised.extend(pcm.iter().zip(before).map(|(sample, before)| sample - RAISE * before));
        self.coarse.clear();
        for frames in self.raised.chunks_exact(self.ratio * channels) {
            for channel in 0..channels {
                let sum: f32 = frames.iter().skip(channel).step_by(channels).sum();
                self.coarse.push(sum / self.ratio as f32);
            }
        }
    }

    /// The lag of the least cost, to a frame of `coarse`.
    fn coarse_lag(&mut self, place: usize, seam: usize) -> Option<usize> {
        let (place, seam) = (place / self.ratio, seam / self.ratio);
        let first = self.periods.start / self.ratio;
        let room = (self.coarse.len() / self.channels).checked_sub(place + first + seam)?;
        let offsets = (room + 1).min(self.periods.end.div_ceil(self.ratio) - first);
        let (cross, energies) = (&mut self.cross[..offsets], &mut self.energies[..offsets]);
        let from = &self.coarse[place * self.channels..];
        let pattern = &from[..seam * self.channels];
        self.correlator.correlate(pattern, &from[first * self.channels..], cross, energies);
        let own = energy(pattern);
        let costs = cross
            .iter()
            .zip(&*energies)
            .zip(first..)
            .map(|((cross, energy), lag)| (lag, cost(own, *energy, *cross, lag)));
        let (lag, _) = costs.min_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(lag * self.ratio)
    }

    /// The best lag around one that is about right, to the frame.
    fn exact_lag(
        &mut self,
        pcm: &[f32],
        place: usize,
        about: usize,
        seam: usize,
        (unheard, unheard_raised): (f32, f32),
    ) -> Repetition {
        let room = pcm.len() / self.channels - place - seam;
        let last = (about + self.ratio).min(room).min(self.periods.end - 1);
        let first = about.saturating_sub(self.ratio).clamp(self.periods.start, last);
        let part = |sound: &[f32], frame: usize| {
            let start = frame * self.channels;
            start..(start + seam * self.channels).min(sound.len())
        };
        let pattern = &self.raised[part(&self.raised, place)];
        let within = &self.raised[(place + first) * self.channels..];
        let offsets = last - first + 1;
        let (cross, energies) = (&mut self.cross[..offsets], &mut self.energies[..offsets]);
        self.correlator.correlate(pattern, within, cross, energies);
        let own = energy(pattern);
        let alike = |n: usize| 2.0 * cross[n] - energies[n];
        let best = (1..offsets).fold(0, |best, n| if alike(n) > alike(best) { n } else { best });
        let lag = first + best;
        let raised = similarity(own, energies[best], cross[best], unheard_raised);
        let (here, there) = (&pcm[part(pcm, place)], &pcm[part(pcm, place + lag)]);
        let whole = similarity(energy(here), energy(there), dot(here, there), unheard);
        let cost = cost(own, energies[best], cross[best], lag);
        Repetition { place, lag, similarity: whole.min(raised), cost }
    }
}

/// The energy of the difference of two sounds, but for what of it is not heard beside them, per frame of the lag.
fn cost(a: f32, b: f32, cross: f32, lag: usize) -> f32 {
    (a + b - 2.0 * cross).max(UNHEARD * a) / lag as f32
}

/// What two sounds of these energies have in common. Of what is not heard, one is as good as another.
fn similarity(a: f32, b: f32, cross: f32, unheard: f32) -> f32 {
    let both = a + b + unheard;
    if both <= f32::MIN_POSITIVE { 1.0 } else { (2.0 * cross + unheard) / both }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moim_media::ClockRate;

    /// 10 ms at 48 kHz.
    const SEAM: usize = 480;

    fn tone(frames: usize, period: f32) -> Vec<f32> {
        (0..frames).map(|n| (n as f32 * core::f32::consts::TAU / period).sin()).collect()
    }

    fn noise(frames: usize) -> Vec<f32> {
        let mut state = 1_u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..frames).map(next).collect()
    }

    fn searches(channels: u8) -> impl Iterator<Item = Search> {
        let format = AudioFormat::new(ClockRate::HZ_48000, channels).unwrap();
        Cpu::available().map(move |cpu| Search::new(cpu, format))
    }

    #[test]
    fn finds_every_period_to_the_frame() {
        for mut search in searches(1) {
            for period in [121, 130, 199, 257, 331, 402, 479] {
                let voice: Vec<f32> =
                    (0..960).map(|n| 1.0 / (1.0 + ((n + 50) % period) as f32) - 0.01).collect();
                let found = search.repetition(&voice, SEAM).unwrap();
                assert_eq!(found.lag % period, 0, "{period}: {found:?}");
                assert!(found.similarity > 0.999, "{period}: {found:?}");
            }
        }
    }

    #[test]
    fn a_bass_does_not_speak_for_the_treble() {
        // A strong bass repeats; over it hisses what does not.
        let mixed: Vec<f32> =
            tone(1_440, 331.0).iter().zip(noise(1_440)).map(|(bass, hiss)| bass + 0.1 * hiss).collect();
        let (here, there) = (&mixed[..SEAM], &mixed[331..][..SEAM]);
        assert!(similarity(energy(here), energy(there), dot(here, there), 0.0) > 0.98);
        for mut search in searches(1) {
            let found = search.repetition(&mixed, SEAM).unwrap();
            assert!(found.similarity < 0.8, "{found:?}");
        }
    }

    #[test]
    fn a_place_where_nothing_is_heard_is_taken_before_all_others() {
        let mut sound = tone(1_440, 300.0);
        sound[480..].fill(0.0);
        for mut search in searches(1) {
            let found = search.repetition(&sound, SEAM).unwrap();
            assert!(found.place >= 480, "{found:?}");
            assert!(found.similarity > 0.999, "{found:?}");
        }
    }

    #[test]
    fn the_end_of_a_sound_is_not_like_the_silence_behind_it() {
        let mut sound = tone(700, 300.0);
        sound[500..].fill(0.0);
        for mut search in searches(1) {
            let found = search.repetition(&sound, SEAM).unwrap();
            assert!(found.similarity < 0.8, "{found:?}");
        }
    }

    #[test]
    fn all_levels_find_the_same() {
        let sound = noise(2_880);
        let found: Vec<_> = searches(2).map(|mut search| search.repetition(&sound, SEAM)).collect();
        assert!(found[0].is_some() && found.iter().all(|other| *other == found[0]), "{found:?}");
    }

    #[test]
    fn a_long_sound_is_searched_at_its_end() {
        for mut search in searches(1) {
            let found = search.repetition(&tone(17_280, 300.0), SEAM).unwrap();
            assert!(found.place + found.lag + SEAM <= 17_280 && found.place >= 17_280 - 2_880, "{found:?}");
        }
    }

    #[test]
    fn fits_a_pattern_where_it_came_from() {
        let mono = noise(840);
        let stereo: Vec<f32> = mono.iter().flat_map(|x| [*x, -x]).collect();
        for mut search in searches(1) {
            assert_eq!(search.best_fit(&mono[417..][..240], &mono, 600), 417);
        }
        for mut search in searches(2) {
            assert_eq!(search.best_fit(&stereo[2 * 417..][..480], &stereo, 600), 417);
        }
    }

    #[test]
    fn needs_room_and_minds_nothing() {
        for mut search in searches(1) {
            assert_eq!(search.repetition(&tone(599, 300.0), SEAM), None);
            assert!(search.repetition(&tone(600, 120.0), SEAM).is_some());
            assert_eq!(search.repetition(&[], SEAM), None);
            assert_eq!(search.best_fit(&[], &[], 0), 0);
            let broken = search.repetition(&[f32::NAN; 960], SEAM).unwrap();
            assert!(broken.similarity.is_nan(), "{broken:?}");
        }
    }
}
