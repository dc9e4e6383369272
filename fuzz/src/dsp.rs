//! Laws of `moim-dsp`.

use arbitrary::Unstructured;
use core::time::Duration;
use moim_dsp::{Converter, Correlator, Gain, HEADROOM, Halver, Limiter, Mixer, Ramp};
use moim_media::{AudioFormat, ClockRate};
use moim_simd::Cpu;

/// Of any samples, at any length and alignment, every level makes the bits that scalar makes; and those of sound are
/// finite, bounded, of the peak that was told, and rounded to the nearest, those of pictures are the means, and those of
/// correlation the sums, or nothing where a sum is beyond them.
pub fn levels(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((from, to, shift)) = input.arbitrary::<(f32, f32, u8)>() else { return };
    let gain = Ramp { from: Gain::saturating(from), to: Gain::saturating(to) };
    let bytes = input.take_rest();
    let words: Vec<u32> = bytes.chunks_exact(4).map(word).collect();
    // Vectors are up to 16 samples wide.
    let samples: Vec<f32> =
        words.iter().map(|&word| f32::from_bits(word)).skip(usize::from(shift % 16)).collect();
    let (sum, x) = samples.split_at(samples.len() / 2);
    let block = Block { sum, x: &x[..sum.len()], gain };

    let oracle = block.at(Cpu::Scalar);
    for cpu in Cpu::available() {
        let outcome = block.at(cpu);
        assert!(outcome == oracle, "{cpu}: {outcome:?}, scalar: {oracle:?}");
    }
    oracle.check(block.x);
    correlates(&samples, shift);

    // Of pictures up to 64, taken two rows at a time.
    halves(&bytes[bytes.len().min(usize::from(shift % 64))..]);
}

fn halves(bytes: &[u8]) {
    let (upper, lower) = bytes.split_at(bytes.len() / 2);
    let lower = &lower[..upper.len()];
    let means: Vec<u8> = upper
        .chunks(2)
        .zip(lower.chunks(2))
        .map(|(upper, lower)| {
            let there: Vec<u32> = upper.iter().chain(lower).copied().map(u32::from).collect();
            let (sum, count) = (there.iter().sum::<u32>(), there.len() as u32);
            u8::try_from((2 * sum + count) / (2 * count)).expect("a mean of bytes")
        })
        .collect();
    for cpu in Cpu::available() {
        let mut to = vec![0x55; means.len()];
        Halver::new(cpu).row(upper, lower, &mut to);
        assert_eq!(to, means, "{cpu}: of {upper:?} and {lower:?}");
    }
}

/// The beginning of `samples` slides over what is behind it: an eighth of it, in one to four channels.
fn correlates(samples: &[f32], shift: u8) {
    let channels = 1 + shift / 64;
    let format = AudioFormat::new(ClockRate::HZ_48000, channels).expect("a channel");
    let stride = usize::from(channels);
    let frames = samples.len() / stride / 8;
    let (pattern, within) = samples.split_at(frames * stride);
    let offsets = (within.len() / stride + 1).saturating_sub(frames);
    let at = |cpu: Cpu| {
        let (mut cross, mut energies) = (vec![0.0; offsets], vec![0.0; offsets]);
        Correlator::new(cpu, format).correlate(pattern, within, &mut cross, &mut energies);
        (Sound(cross), Sound(energies))
    };
    let oracle = at(Cpu::Scalar);
    for cpu in Cpu::available() {
        assert!(at(cpu) == oracle, "{cpu}: {:?}, scalar: {oracle:?}", at(cpu));
    }
    let (cross, energies) = oracle;
    let largest = f64::from(f32::MAX);
    for (offset, (cross, energy)) in cross.0.into_iter().zip(energies.0).enumerate() {
        let window = &within[offset * stride..][..pattern.len()];
        let products = || pattern.iter().zip(window).map(|(a, b)| f64::from(*a) * f64::from(*b));
        let sum = products().sum::<f64>();
        let magnitude = products().map(f64::abs).sum::<f64>();
        let square = window.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        // Roundings of normal numbers, and what is lost below them.
        let bound = |of: f64| pattern.len() as f64 * (of * 6e-8 + f64::from(f32::MIN_POSITIVE));
        assert!(cross.is_finite() && energy.is_finite(), "{offset}: {cross}, {energy}");
        let told = (cross != 0.0, energy != 0.0);
        if square < 0.99 * largest {
            assert!(
                (f64::from(energy) - square).abs() <= bound(square),
                "{offset}: {energy} is not {square}"
            );
            if magnitude < 0.99 * largest {
                assert!((f64::from(cross) - sum).abs() <= bound(magnitude), "{offset}: {cross} is not {sum}");
            }
        } else if square.is_nan() || square > 1.01 * largest {
            assert_eq!(told, (false, false), "{offset}: {cross}, {energy}");
        }
    }
}

fn word(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |word, &byte| word << 8 | u32::from(byte))
}

struct Block<'a> {
    sum: &'a [f32],
    x: &'a [f32],
    gain: Ramp,
}

impl Block<'_> {
    fn at(&self, cpu: Cpu) -> Outcome {
        let (mixer, converter) = (Mixer::new(cpu), Converter::new(cpu));
        let mut sum = self.sum.to_vec();
        let peak = mixer.add(&mut sum, self.x, self.gain);
        let mut scaled = self.x.to_vec();
        let scaled_peak = mixer.scale(&mut scaled, self.gain);
        let mut limited = sum.clone();
        Limiter::new(cpu, AudioFormat::VOICE, Duration::from_millis(1)).limit(&mut limited, peak);
        let mut pcm = vec![0; self.x.len()];
        converter.to_i16(self.x, &mut pcm);
        let mut back = vec![0.0; pcm.len()];
        converter.to_f32(&pcm, &mut back);
        let mut again = vec![0; pcm.len()];
        converter.to_i16(&back, &mut again);
        assert_eq!(pcm, again, "{cpu}: what was 16 bits stays as it is");
        Outcome { sum: Sound(sum), peak, scaled: Sound(scaled), scaled_peak, limited: Sound(limited), pcm }
    }
}

#[derive(Debug, PartialEq)]
struct Outcome {
    sum: Sound,
    peak: f32,
    scaled: Sound,
    scaled_peak: f32,
    limited: Sound,
    pcm: Vec<i16>,
}

impl Outcome {
    fn check(&self, x: &[f32]) {
        self.sum.check(self.peak);
        self.scaled.check(self.scaled_peak);
        assert!(self.limited.0.iter().all(|x| x.abs() <= 1.0), "limited to {:?}", self.limited);
        for (x, pcm) in x.iter().zip(&self.pcm) {
            let nearest = (f64::from(*x) * 32_768.0).clamp(-32_768.0, 32_767.0).round_ties_even() as i16;
            assert_eq!(*pcm, nearest, "of {x}");
        }
    }
}

/// Samples, equal when their bits are.
#[derive(Debug)]
struct Sound(Vec<f32>);

impl Sound {
    fn check(&self, peak: f32) {
        assert!(self.0.iter().all(|x| x.abs() <= HEADROOM), "not bounded: {self:?}");
        assert_eq!(self.0.iter().fold(0.0, |peak, x| x.abs().max(peak)), peak);
    }
}

impl PartialEq for Sound {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().map(|x| x.to_bits()).eq(other.0.iter().map(|x| x.to_bits()))
    }
}
