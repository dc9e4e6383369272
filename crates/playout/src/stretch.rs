//! Taking a little sound out, or putting a little in, where the ear notices least.
//!
//! Overlap-add with similarity search (WSOLA: Verhelst and Roelands, ICASSP 1993): a stretch of one pitch period
//! is left out or repeated, and the seam is cross-faded. Of all places and periods that one is taken whose seam leaves
//! the least difference, with the treble raised, between what goes and what comes.

use crate::seam::fade_from;
use crate::similarity::{Repetition, Search};
use core::time::Duration;
use moim_media::AudioFormat;
use moim_simd::Cpu;

/// Length of a seam where there is room: the change is spread, and a lag must fit over two periods of most voices.
const SEAM: Duration = Duration::from_millis(10);
/// Where there is less: at an edge, and in a short packet.
const SHORT_SEAM: Duration = Duration::from_millis(5);

/// Cuts and repeats sound that is waiting to be played.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    channels: usize,
    seam: usize,
    short_seam: usize,
    search: Search,
    /// What is heard before a seam, while the seam is made.
    old: Vec<f32>,
}

impl Stretch {
    /// Allocates all it needs.
    pub(crate) fn new(cpu: Cpu, format: AudioFormat) -> Self {
        Self {
            channels: format.channels(),
            seam: format.frames(SEAM),
            short_seam: format.frames(SHORT_SEAM),
            search: Search::new(cpu, format),
            old: Vec::with_capacity(format.samples(SEAM)),
        }
    }

    /// Cuts one pitch period out of `pcm`, if it has one that repeats at least as well as `min_similarity`. Returns
    /// the frames that are gone.
    pub(crate) fn cut_period(&mut self, pcm: &mut Vec<f32>, min_similarity: f32) -> usize {
        let seam = self.seam_of(pcm);
        match self.search.repetition(pcm, seam) {
            Some(Repetition { place, lag, similarity, .. }) if similarity >= min_similarity => {
                self.cut(pcm, place, lag, seam);
                lag
            }
            _ => 0,
        }
    }

    /// Cuts up to `frames` out of `pcm`, wherever: for sound that is quiet throughout. Returns the frames that are
    /// gone.
    pub(crate) fn cut_quiet(&mut self, pcm: &mut Vec<f32>, frames: usize) -> usize {
        let frames = frames.min((pcm.len() / self.channels).saturating_sub(self.short_seam));
        if frames > 0 {
            self.cut(pcm, 0, frames, self.short_seam);
        }
        frames
    }

    /// Repeats `frames` of `pcm`, which is quiet throughout, if its capacity has room. Returns the frames added.
    pub(crate) fn repeat_quiet(&mut self, pcm: &mut Vec<f32>, frames: usize) -> usize {
        self.repeat(pcm, 0, frames, self.short_seam)
    }

    /// Repeats one pitch period of `pcm`, if it has one that repeats at least as well as `min_similarity` and its
    /// capacity has room. Returns the frames added.
    pub(crate) fn repeat_period(&mut self, pcm: &mut Vec<f32>, min_similarity: f32) -> usize {
        let seam = self.seam_of(pcm);
        match self.search.repetition(pcm, seam) {
            Some(Repetition { place, lag, similarity, .. }) if similarity >= min_similarity => {
                self.repeat(pcm, place, lag, seam)
            }
            _ => 0,
        }
    }

    /// Puts as much of `tail` in front of `pcm` as makes the two fit best, and cross-fades between them. Returns the
    /// frames added.
    ///
    /// No new sound is lost, on purpose: whoever had to wait for it has too little delay, not too much.
    pub(crate) fn join(&mut self, tail: &[f32], pcm: &mut Vec<f32>) -> usize {
        let seam = (self.short_seam * self.channels).min(tail.len()).min(pcm.len());
        let room = (tail.len() - seam).min(pcm.capacity() - pcm.len()) / self.channels;
        let place = self.search.best_fit(&pcm[..seam], tail, room);
        let (old, added) = (pcm.len(), place * self.channels);
        pcm.resize(old + added, 0.0);
        pcm.copy_within(..old, added);
        pcm[..added].copy_from_slice(&tail[..added]);
        fade_from(&tail[added..added + seam], &mut pcm[added..added + seam], self.channels);
        place
    }

    /// The seam that leaves room for the shortest period and as much again.
    fn seam_of(&self, pcm: &[f32]) -> usize {
        let frames = pcm.len() / self.channels;
        if frames >= self.seam + 2 * self.search.shortest_period() { self.seam } else { self.short_seam }
    }

    /// Repeats the `frames` behind `place`, if there is room for them and a seam. Returns the frames added.
    fn repeat(&mut self, pcm: &mut Vec<f32>, place: usize, frames: usize, seam: usize) -> usize {
        let (length, spare) = (pcm.len() / self.channels, (pcm.capacity() - pcm.len()) / self.channels);
        if frames == 0 || frames > spare || place + frames + seam > length {
            return 0;
        }
        let (start, added, seam) = (place * self.channels, frames * self.channels, seam * self.channels);
        // In front of the second time belongs what followed the first.
        self.keep(&pcm[start + added..][..seam]);
        let end = pcm.len();
        pcm.resize(end + added, 0.0);
        pcm.copy_within(start..end, start + added);
        fade_from(&self.old, &mut pcm[start + added..][..seam], self.channels);
        frames
    }

    /// Leaves out `frames` behind `place`; there is room for them and a seam.
    fn cut(&mut self, pcm: &mut Vec<f32>, place: usize, frames: usize, seam: usize) {
        let (start, gone, seam) = (place * self.channels, frames * self.channels, seam * self.channels);
        self.keep(&pcm[start..][..seam]);
        fade_from(&self.old, &mut pcm[start + gone..][..seam], self.channels);
        pcm.drain(start..start + gone);
    }

    fn keep(&mut self, old: &[f32]) {
        self.old.clear();
        self.old.extend_from_slice(old);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch() -> Stretch {
        Stretch::new(Cpu::detect(), AudioFormat::VOICE)
    }

    fn tone(frames: usize, period: f32) -> Vec<f32> {
        let mut pcm = Vec::with_capacity(4 * frames);
        pcm.extend((0..frames).map(|n| (n as f32 * core::f32::consts::TAU / period).sin()));
        pcm
    }

    fn noise(frames: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let mut pcm = Vec::with_capacity(4 * frames);
        pcm.extend((0..frames).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        }));
        pcm
    }

    /// The power of a tone within sound, in decibels.
    fn level_of_tone(pcm: &[f32], period: f32) -> f32 {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, sample) in pcm.iter().enumerate() {
            let (sin, cos) = (n as f32 * core::f32::consts::TAU / period).sin_cos();
            // Hann's window, so that the other tone does not leak in.
            let window = 0.5 - 0.5 * (core::f32::consts::TAU * n as f32 / pcm.len() as f32).cos();
            re += window * sample * cos;
            im += window * sample * sin;
        }
        10.0 * (re * re + im * im).log10()
    }

    fn roughest_step(pcm: &[f32]) -> f32 {
        pcm.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn a_cut_period_leaves_a_smooth_tone() {
        let mut stretch = stretch();
        let mut pcm = tone(960, 300.0);
        let before = roughest_step(&pcm);
        let gone = stretch.cut_period(&mut pcm, 0.9);
        assert!(gone == 300 || gone == 600, "{gone}");
        assert_eq!(pcm.len(), 960 - gone);
        assert!(roughest_step(&pcm) < 1.05 * before);
    }

    #[test]
    fn what_does_not_repeat_is_not_cut() {
        let mut stretch = stretch();
        let mut noise = noise(960, 1);
        assert_eq!(stretch.cut_period(&mut noise, 0.9), 0);
        assert_eq!(stretch.repeat_period(&mut noise, 0.9), 0);
        assert_eq!(noise.len(), 960);
    }

    #[test]
    fn repeating_adds_exactly_what_it_says_and_keeps_the_end() {
        let mut stretch = stretch();
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
        let mut stretch = stretch();
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
        let mut stretch = stretch();
        let mut short = tone(100, 50.0);
        assert_eq!(stretch.cut_period(&mut short, 0.9), 0);
        assert_eq!(stretch.cut_quiet(&mut short, 480), 0);
        assert_eq!(stretch.repeat_quiet(&mut short, 480), 0);
        assert_eq!(short.len(), 100);
    }

    #[test]
    fn joining_finds_the_phase() {
        let mut stretch = stretch();
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

    #[test]
    fn noise_is_as_loud_in_the_seam_as_beside_it() {
        let mut stretch = stretch();
        let power = |part: &[f32]| part.iter().map(|x| x * x).sum::<f32>() / part.len() as f32;
        let (mut seams, mut beside) = (0.0, 0.0);
        for seed in 0..50 {
            let mut cut = noise(960, seed);
            stretch.cut_quiet(&mut cut, 300);
            seams += power(&cut[60..180]);
            beside += power(&cut[240..]);
            let mut repeated = noise(960, 1_000 + seed);
            stretch.repeat_quiet(&mut repeated, 300);
            seams += power(&repeated[360..480]);
            beside += power(&repeated[540..]);
        }
        // Straight lines would lose 2.7 dB there.
        let difference = 10.0 * (seams / beside).log10();
        assert!(difference.abs() < 0.3, "{difference} dB");
    }

    #[test]
    fn a_period_of_the_bass_is_no_period_unless_it_is_one_of_the_treble_too() {
        // 120 Hz, and 20 dB below it 1.3 kHz: after a whole period of the bass the treble is a fifth of its own off.
        let (bass, treble) = (400.0, 37.0);
        let mix = || -> Vec<f32> {
            let mut pcm = tone(1_440, bass);
            pcm.iter_mut().zip(tone(1_440, treble)).for_each(|(bass, treble)| *bass += 0.1 * treble);
            pcm
        };
        for change in [Stretch::cut_period, Stretch::repeat_period] {
            let mut pcm = mix();
            let frames = change(&mut stretch(), &mut pcm, 0.9);
            assert!(frames > 0);
            let off = frames as f32 % treble;
            assert!(off.min(treble - off) < 2.0, "{frames}");
            // Wherever the seam is: the treble is there all the time.
            let whole = level_of_tone(&mix()[..480], treble);
            for part in pcm.windows(480).step_by(20) {
                let level = level_of_tone(part, treble);
                assert!((level - whole).abs() < 0.5, "{frames}: {level} dB, not {whole} dB");
            }
        }
    }

    #[test]
    fn what_was_on_one_side_stays_there() {
        let format = AudioFormat::new(moim_media::ClockRate::HZ_48000, 2).unwrap();
        let mut stretch = Stretch::new(Cpu::detect(), format);
        let image = |pcm: &[f32]| pcm.as_chunks::<2>().0.iter().all(|[l, r]| (r + 0.25 * l).abs() < 1e-5);
        let stereo = || -> Vec<f32> {
            let mut pcm = Vec::with_capacity(8_000);
            pcm.extend(tone(1_440, 331.0).iter().flat_map(|x| [*x, -0.25 * x]));
            pcm
        };
        let (mut cut, mut repeated, mut short, mut long) = (stereo(), stereo(), stereo(), stereo());
        assert!(stretch.cut_period(&mut cut, 0.9) % 331 <= 1 && image(&cut));
        assert!(stretch.repeat_period(&mut repeated, 0.9) % 331 <= 1 && image(&repeated));
        assert!(stretch.cut_quiet(&mut short, 200) == 200 && image(&short));
        assert!(stretch.repeat_quiet(&mut long, 200) == 200 && image(&long));
        let mut joined = stereo();
        stretch.join(&stereo()[..1_680], &mut joined);
        assert!(image(&joined));
        assert_eq!((cut.len() < 2_880, repeated.len() > 2_880), (true, true));
    }

    #[test]
    fn any_format_and_any_length_is_taken() {
        for (rate, channels) in [(8_000, 1), (44_100, 3), (48_000, 2), (192_000, 1), (100, 1)] {
            let rate = moim_media::ClockRate::new(rate).unwrap();
            let format = AudioFormat::new(rate, channels).unwrap();
            let mut stretch = Stretch::new(Cpu::detect(), format);
            for frames in (0..100).chain([479, 480, 481, 960, 20_000]) {
                let samples = frames * usize::from(channels);
                let mut pcm = tone(samples, 300.0);
                let gone = stretch.cut_period(&mut pcm, 0.0);
                assert_eq!(pcm.len() + gone * usize::from(channels), samples);
                let added = stretch.repeat_period(&mut pcm, 0.0);
                stretch.cut_quiet(&mut pcm, 7);
                stretch.join(&tone(samples, 17.0), &mut pcm);
                assert!(added <= frames && pcm.iter().all(|x| x.abs() < 2.0));
            }
        }
    }
}
