//! What is said: phrases of syllables of sounds, as a sequence of postures of the vocal tract.

use super::dice::Dice;
use super::{TICKS_PER_SECOND, Voice};

/// How the vocal tract is held for a while.
#[derive(Clone, Copy, Debug)]
pub(super) struct Posture {
    seconds: f64,
    /// Amplitude of the glottal pulses.
    pub(super) voicing: f64,
    /// Amplitude of breath through the whole tract.
    pub(super) breath: f64,
    /// Amplitude of turbulence at a narrow place.
    pub(super) friction: f64,
    /// Where the spectrum of that turbulence lies.
    pub(super) band: Band,
    /// Hz.
    pub(super) formants: [f64; 3],
    /// Pitch in Hz.
    pub(super) pitch: f64,
}

/// A resonance: centre and width in Hz.
#[derive(Clone, Copy, Debug)]
pub(super) struct Band {
    pub(super) centre: f64,
    pub(super) width: f64,
}

impl Posture {
    pub(super) const REST: Self = Self {
        seconds: 0.0,
        voicing: 0.0,
        breath: 0.0,
        friction: 0.0,
        band: Band { centre: 3_000.0, width: 3_000.0 },
        formants: [500.0, 1_500.0, 2_500.0],
        pitch: 100.0,
    };

    const fn vowel(formants: [f64; 3]) -> Self {
        Self { voicing: 1.0, formants, ..Self::REST }
    }

    const fn sonorant(voicing: f64, formants: [f64; 3]) -> Self {
        Self { voicing, formants, ..Self::REST }
    }

    const fn fricative(friction: f64, voicing: f64, centre: f64, width: f64) -> Self {
        Self { friction, voicing, band: Band { centre, width }, ..Self::REST }
    }
}

/// G. Peterson and H. Barney, "Control methods used in a study of the vowels", JASA 24 (1952), table II, men.
const VOWELS: [Posture; 10] = [
    Posture::vowel([270.0, 2_290.0, 3_010.0]),
    Posture::vowel([390.0, 1_990.0, 2_550.0]),
    Posture::vowel([530.0, 1_840.0, 2_480.0]),
    Posture::vowel([660.0, 1_720.0, 2_410.0]),
    Posture::vowel([730.0, 1_090.0, 2_440.0]),
    Posture::vowel([570.0, 840.0, 2_410.0]),
    Posture::vowel([440.0, 1_020.0, 2_240.0]),
    Posture::vowel([300.0, 870.0, 2_240.0]),
    Posture::vowel([640.0, 1_190.0, 2_390.0]),
    Posture::vowel([490.0, 1_350.0, 1_690.0]),
];

/// m, n, l, w, r, j.
const SONORANTS: [Posture; 6] = [
    Posture::sonorant(0.4, [270.0, 1_000.0, 2_200.0]),
    Posture::sonorant(0.4, [270.0, 1_350.0, 2_300.0]),
    Posture::sonorant(0.6, [360.0, 1_300.0, 2_700.0]),
    Posture::sonorant(0.6, [300.0, 700.0, 2_200.0]),
    Posture::sonorant(0.6, [420.0, 1_300.0, 1_600.0]),
    Posture::sonorant(0.6, [280.0, 2_200.0, 2_900.0]),
];

/// s, sh, f, z, v.
const FRICATIVES: [Posture; 5] = [
    Posture::fricative(0.5, 0.0, 6_500.0, 2_500.0),
    Posture::fricative(0.6, 0.0, 3_000.0, 1_200.0),
    Posture::fricative(0.2, 0.0, 7_000.0, 6_000.0),
    Posture::fricative(0.25, 0.25, 6_500.0, 2_500.0),
    Posture::fricative(0.1, 0.3, 7_000.0, 6_000.0),
];

/// Bursts of p, t, k.
const BURSTS: [Posture; 3] = [
    Posture::fricative(0.4, 0.0, 1_000.0, 1_500.0),
    Posture::fricative(0.6, 0.0, 4_500.0, 2_500.0),
    Posture::fricative(0.5, 0.0, 1_800.0, 800.0),
];

const BREATH: f64 = 0.12;
/// Sounds of the longest syllable: three for each plosive and one vowel, or a pause.
const LONGEST_SYLLABLE: usize = 8;

/// The endless sequence of postures.
#[derive(Clone, Debug)]
pub(super) struct Score {
    dice: Dice,
    voice: Voice,
    /// The sounds of the present syllable.
    syllable: Vec<Posture>,
    sound: usize,
    ticks_left: u32,
    phrase: Phrase,
}

#[derive(Clone, Copy, Debug)]
struct Phrase {
    seconds: f64,
    said: f64,
    /// Pitch at its end relative to the talker's mean.
    ending: f64,
}

impl Score {
    pub(super) fn new(mut dice: Dice, voice: Voice) -> Self {
        let phrase = Phrase::new(&mut dice);
        let syllable = Vec::with_capacity(LONGEST_SYLLABLE);
        Self { dice, voice, syllable, sound: 0, ticks_left: 0, phrase }
    }

    /// The posture for the next tick.
    pub(super) fn tick(&mut self) -> Posture {
        while self.ticks_left == 0 {
            self.sound += 1;
            if self.sound >= self.syllable.len() {
                self.next_syllable();
            }
            let seconds = self.syllable[self.sound].seconds;
            self.ticks_left = (seconds * f64::from(TICKS_PER_SECOND)).round() as u32;
        }
        self.ticks_left -= 1;
        self.syllable[self.sound]
    }

    fn next_syllable(&mut self) {
        self.sound = 0;
        self.syllable.clear();
        if self.phrase.said >= self.phrase.seconds {
            self.phrase = Phrase::new(&mut self.dice);
            let seconds = self.dice.between(0.4, 0.8);
            self.syllable.push(Posture { seconds, ..Posture::REST });
            return;
        }
        self.push_consonant(0.85);
        self.push_vowel();
        self.push_consonant(0.35);
        let stressed = self.dice.happens(0.4);
        self.intone(if stressed { 1.12 } else { 1.0 });
        self.phrase.said += self.syllable.iter().map(|sound| sound.seconds).sum::<f64>();
    }

    fn push_vowel(&mut self) {
        let last = self.phrase.said + 0.3 > self.phrase.seconds;
        let seconds = self.dice.between(0.08, 0.16) * if last { 1.5 } else { 1.0 };
        let vowel = *self.dice.pick(&VOWELS);
        self.syllable.push(Posture { seconds, breath: 0.02, ..vowel });
    }

    fn push_consonant(&mut self, probability: f64) {
        if !self.dice.happens(probability) {
            return;
        }
        match self.dice.unit() {
            ..0.35 => self.push_plosive(),
            ..0.65 => {
                let (sound, seconds) = (*self.dice.pick(&FRICATIVES), self.dice.between(0.07, 0.12));
                self.syllable.push(Posture { seconds, ..sound });
            }
            ..0.93 => {
                let (sound, seconds) = (*self.dice.pick(&SONORANTS), self.dice.between(0.05, 0.08));
                self.syllable.push(Posture { seconds, ..sound });
            }
            _ => self.syllable.push(Posture { seconds: 0.06, breath: BREATH, ..Posture::REST }),
        }
    }

    /// Closure, burst, and breath until the voice sets in; a voiced one hums through its closure instead.
    fn push_plosive(&mut self) {
        let burst = *self.dice.pick(&BURSTS);
        let seconds = self.dice.between(0.045, 0.075);
        let voiced = self.dice.happens(0.4);
        let hum = if voiced { 0.05 } else { 0.0 };
        self.syllable.push(Posture {
            seconds,
            voicing: hum,
            formants: [200.0, 1_100.0, 2_300.0],
            ..Posture::REST
        });
        self.syllable.push(Posture { seconds: 0.01, ..burst });
        if !voiced {
            let seconds = self.dice.between(0.02, 0.04);
            self.syllable.push(Posture { seconds, breath: BREATH, ..Posture::REST });
        }
    }

    /// Pitch falls along the phrase and rises with stress.
    fn intone(&mut self, stress: f64) {
        let begin = 1.12;
        let mut said = self.phrase.said;
        for sound in &mut self.syllable {
            let progress = (said / self.phrase.seconds).min(1.0);
            let line = begin + (self.phrase.ending - begin) * progress;
            sound.pitch = self.voice.pitch * line * stress;
            sound.formants = sound.formants.map(|formant| formant * self.voice.formants);
            said += sound.seconds;
        }
    }
}

impl Phrase {
    fn new(dice: &mut Dice) -> Self {
        let seconds = dice.between(1.5, 2.6);
        let ending = if dice.happens(0.2) { 1.25 } else { 0.84 };
        Self { seconds, said: 0.0, ending }
    }
}
