//! How it sounds: glottal pulses, breath and turbulence through resonators.

use super::Voice;
use super::dice::Dice;
use super::score::{Band, Posture};
use core::f64::consts::PI;
use moim_media::ClockRate;

/// Share of a period during which the glottis is open.
const OPEN: f64 = 0.6;
const FORMANT_WIDTHS: [f64; 3] = [60.0, 90.0, 120.0];
/// Above the formants that move; they keep the spectrum from falling off a cliff.
const FIXED: [Band; 5] = [
    Band { centre: 3_500.0, width: 180.0 },
    Band { centre: 4_500.0, width: 250.0 },
    Band { centre: 5_500.0, width: 350.0 },
    Band { centre: 6_500.0, width: 450.0 },
    Band { centre: 7_500.0, width: 550.0 },
];
/// How fast the formants and the pitch follow, per tick.
const GLIDE: f64 = 0.12;

#[derive(Clone, Debug)]
pub(super) struct Tract {
    dice: Dice,
    rate: f64,
    gain: f64,
    formants: [f64; 3],
    pitch: f64,
    glottis: Glottis,
    voicing: Fader,
    breath: Fader,
    friction: Fader,
    moving: [Resonator; 3],
    fixed: [Resonator; 5],
    narrow: [Resonator; 2],
}

impl Tract {
    pub(super) fn new(dice: Dice, voice: Voice, rate: ClockRate) -> Self {
        let rate = f64::from(rate.hz());
        let rest = Posture::REST.formants.map(|formant| formant * voice.formants);
        Self {
            dice,
            rate,
            gain: voice.gain,
            formants: rest,
            pitch: voice.pitch,
            glottis: Glottis::default(),
            voicing: Fader::new(0.008, rate),
            breath: Fader::new(0.005, rate),
            friction: Fader::new(0.002, rate),
            moving: FORMANT_WIDTHS.map(|width| Resonator::new(Band { centre: 500.0, width }, rate)),
            fixed: FIXED.map(|Band { centre, width }| {
                Resonator::new(Band { centre: centre * voice.formants, width }, rate)
            }),
            narrow: [Resonator::new(Posture::REST.band, rate); 2],
        }
    }

    /// Moves formants and pitch one tick towards `posture`.
    pub(super) fn move_towards(&mut self, posture: &Posture) {
        // At rest there is nothing to aim at.
        if posture.voicing + posture.breath + posture.friction == 0.0 {
            return;
        }
        self.pitch += GLIDE * (posture.pitch - self.pitch);
        for (n, resonator) in self.moving.iter_mut().enumerate() {
            self.formants[n] += GLIDE * (posture.formants[n] - self.formants[n]);
            resonator.tune(Band { centre: self.formants[n], width: FORMANT_WIDTHS[n] }, self.rate);
        }
        if posture.friction > 0.0 {
            let centre = posture.band.centre.min(0.4 * self.rate);
            for resonator in &mut self.narrow {
                resonator.tune(Band { centre, ..posture.band }, self.rate);
            }
        }
    }

    /// Sounds `posture` into all of `pcm`.
    pub(super) fn sound(&mut self, posture: &Posture, pcm: &mut [f32]) {
        for sample in pcm {
            let pulse = self.glottis.next(self.pitch / self.rate, &mut self.dice);
            let noise = self.dice.noise();
            let source =
                self.voicing.towards(posture.voicing) * pulse + self.breath.towards(posture.breath) * noise;
            let voiced = self.moving.iter_mut().chain(&mut self.fixed).fold(source, |x, r| r.next(x));
            let hiss = self.friction.towards(posture.friction) * noise;
            let hiss = self.narrow.iter_mut().fold(hiss, |x, r| r.band(x));
            *sample = (self.gain * (voiced + hiss)) as f32;
        }
    }
}

/// The derivative of the flow through the glottis: D. and L. Klatt, "Analysis, synthesis, and perception of voice
/// quality variations", JASA 87 (1990), with a period and a strength that vary a little.
#[derive(Clone, Debug, Default)]
struct Glottis {
    /// Position in the period, 0 … 1.
    phase: f64,
    /// This period's deviations.
    jitter: f64,
    shimmer: f64,
}

impl Glottis {
    fn next(&mut self, periods_per_sample: f64, dice: &mut Dice) -> f64 {
        self.phase += periods_per_sample * (1.0 + self.jitter);
        if self.phase >= 1.0 {
            self.phase -= self.phase.floor();
            self.jitter = dice.between(-0.008, 0.008);
            self.shimmer = dice.between(-0.05, 0.05);
        }
        let open = self.phase / OPEN;
        if open >= 1.0 {
            return 0.0;
        }
        open * (2.0 - 3.0 * open) * (1.0 + self.shimmer)
    }
}

/// An amplitude that follows its target exponentially.
#[derive(Clone, Debug)]
struct Fader {
    now: f64,
    step: f64,
}

impl Fader {
    fn new(seconds: f64, rate: f64) -> Self {
        Self { now: 0.0, step: 1.0 - libm::exp(-1.0 / (seconds * rate)) }
    }

    fn towards(&mut self, target: f64) -> f64 {
        self.now += self.step * (target - self.now);
        self.now
    }
}

/// Two poles (Klatt 1980, equation 1).
#[derive(Clone, Copy, Debug)]
struct Resonator {
    a: f64,
    b: f64,
    c: f64,
    last: [f64; 2],
}

impl Resonator {
    fn new(band: Band, rate: f64) -> Self {
        let mut resonator = Self { a: 1.0, b: 0.0, c: 0.0, last: [0.0; 2] };
        resonator.tune(band, rate);
        resonator
    }

    /// Unit gain at zero. A resonance that the rate cannot carry is left out.
    fn tune(&mut self, band: Band, rate: f64) {
        if band.centre > 0.47 * rate {
            (self.a, self.b, self.c) = (1.0, 0.0, 0.0);
            return;
        }
        let radius = libm::exp(-PI * band.width / rate);
        self.c = -radius * radius;
        self.b = 2.0 * radius * libm::cos(2.0 * PI * band.centre / rate);
        self.a = 1.0 - self.b - self.c;
    }

    fn next(&mut self, x: f64) -> f64 {
        let y = self.a * x + self.b * self.last[0] + self.c * self.last[1];
        self.last = [y, self.last[0]];
        y
    }

    /// As [`next`](Self::next) with about unit gain at the resonance and none at zero or half the rate.
    fn band(&mut self, x: f64) -> f64 {
        let gain = 0.5 * (1.0 + self.c);
        let before = self.last[1];
        let y = self.b * self.last[0] + self.c * before + x;
        self.last = [y, self.last[0]];
        gain * (y - before)
    }
}
