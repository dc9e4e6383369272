//! Mixing, limiting, conversion, correlation and halving at every level of this CPU, beside the loops one writes first
//! and libraries that do the same.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use core::time::Duration;
use criterion::{Criterion, criterion_group, criterion_main};
use moim_dsp::{Converter, Correlator, Gain, Halver, Limiter, Mixer, Ramp};
use moim_media::{AudioFormat, ClockRate};
use moim_peers::dsp as naive;
use moim_simd::Cpu;
use std::hint::black_box;

/// 20 ms at 48 kHz.
const BLOCK: usize = 960;
const VOICES: usize = 8;

/// A block of noise within −`peak` … `peak`.
fn noise(seed: u32, peak: f32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..BLOCK).map(|_| peak * next()).collect()
}

/// Eight voices, each with its gain ramping, into one sum.
fn mix(c: &mut Criterion) {
    let voices: Vec<_> = (0..VOICES as u32).map(|voice| noise(voice, 0.5)).collect();
    let (from, to) = (0.25, 0.75);
    let ramp = Ramp { from: Gain::saturating(from), to: Gain::saturating(to) };

    let mix_all = |sum: &mut [f32], add: &dyn Fn(&mut [f32], &[f32]) -> f32| {
        sum.fill(0.0);
        voices.iter().fold(0.0, |_, voice| add(sum, black_box(voice)))
    };
    let mut expected = vec![0.0; BLOCK];
    let add_naive = |sum: &mut [f32], voice: &[f32]| naive::mix(sum, voice, from, to);
    let expected_peak = mix_all(&mut expected, &add_naive);

    let mut sum = vec![0.0; BLOCK];
    for cpu in Cpu::available() {
        let mixer = Mixer::new(cpu);
        let add = |sum: &mut [f32], voice: &[f32]| mixer.add(sum, voice, ramp);
        assert_eq!(mix_all(&mut sum, &add), expected_peak, "{cpu}");
        assert_eq!(sum, expected, "{cpu}");
        c.bench_function(&format!("moim-dsp/mix/{cpu}/{VOICES}x{BLOCK}"), |b| {
            b.iter(|| mix_all(&mut sum, &add));
        });
    }
    c.bench_function(&format!("moim-dsp/mix/naive/{VOICES}x{BLOCK}"), |b| {
        b.iter(|| mix_all(&mut sum, &add_naive));
    });
}

/// A block that stays above the knee, so that the gain is at work. The copy is part of the time.
fn limit(c: &mut Criterion) {
    let loud = noise(1, 2.0);
    let peak = loud.iter().fold(0.0, |peak, x| x.abs().max(peak));
    let mut block = vec![0.0; BLOCK];
    let limit = |limiter: &mut Limiter, block: &mut [f32]| {
        block.copy_from_slice(black_box(&loud));
        limiter.limit(block, peak);
    };
    for cpu in Cpu::available() {
        let mut limiter = Limiter::new(cpu, AudioFormat::VOICE, Duration::from_millis(200));
        limit(&mut limiter, &mut block);
        assert!(block.iter().all(|x| x.abs() <= 1.0) && limiter.gain() < Gain::UNITY, "{cpu}");
        c.bench_function(&format!("moim-dsp/limit/{cpu}/{BLOCK}"), |b| {
            b.iter(|| limit(&mut limiter, black_box(&mut block)));
        });
    }
}

fn to_i16(c: &mut Criterion) {
    let from = noise(1, 1.1);
    let mut expected = vec![0; BLOCK];
    naive::to_i16(&from, &mut expected);

    let mut to = vec![0; BLOCK];
    let mut bench = |id: String, convert: &dyn Fn(&[f32], &mut [i16]), off_by: u16| {
        convert(&from, &mut to);
        assert!(to.iter().zip(&expected).all(|(to, expected)| to.abs_diff(*expected) <= off_by), "{id}");
        c.bench_function(&id, |b| b.iter(|| convert(black_box(&from), black_box(&mut to))));
    };
    for cpu in Cpu::available() {
        let converter = Converter::new(cpu);
        bench(format!("moim-dsp/to_i16/{cpu}/{BLOCK}"), &|from, to| converter.to_i16(from, to), 0);
    }
    bench(format!("moim-dsp/to_i16/naive/{BLOCK}"), &naive::to_i16, 0);
    bench(format!("moim-dsp/to_i16/naive-truncating/{BLOCK}"), &naive::to_i16_truncating, 1);
}

fn to_f32(c: &mut Criterion) {
    let mut from = vec![0; BLOCK];
    naive::to_i16(&noise(1, 1.0), &mut from);
    let mut expected = vec![0.0; BLOCK];
    naive::to_f32(&from, &mut expected);

    let mut to = vec![0.0; BLOCK];
    let mut bench = |id: String, convert: &dyn Fn(&[i16], &mut [f32])| {
        convert(&from, &mut to);
        assert_eq!(to, expected, "{id}");
        c.bench_function(&id, |b| b.iter(|| convert(black_box(&from), black_box(&mut to))));
    };
    for cpu in Cpu::available() {
        let converter = Converter::new(cpu);
        bench(format!("moim-dsp/to_f32/{cpu}/{BLOCK}"), &|from, to| converter.to_f32(from, to));
    }
    bench(format!("moim-dsp/to_f32/naive/{BLOCK}"), &naive::to_f32);
}

/// Every pitch from 67 to 400 Hz: at 12 kHz over 10 ms, as playout searches, and at 48 kHz over 5 ms.
fn correlate(c: &mut Criterion) {
    for (frames, offsets, channels) in [(120, 151, 1), (240, 601, 1), (240, 601, 2)] {
        let format = AudioFormat::new(ClockRate::HZ_48000, channels).expect("a channel");
        let step = usize::from(channels);
        let sound: Vec<f32> =
            (0..2).flat_map(|seed| noise(seed, 0.5)).take((frames + offsets - 1) * step).collect();
        let pattern = &sound[..frames * step];
        let (mut expected, mut squares) = (vec![0.0; offsets], vec![0.0; offsets]);
        naive::correlate(pattern, &sound, step, &mut expected, &mut squares);

        let (mut cross, mut energies) = (vec![0.0; offsets], vec![0.0; offsets]);
        let mut bench = |level: &str, correlate: &mut dyn FnMut(&mut [f32], &mut [f32]), off_by: f32| {
            correlate(&mut cross, &mut energies);
            let near = |found: &[f32], expected: &[f32]| {
                found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= off_by)
            };
            assert!(near(&cross, &expected) && near(&energies, &squares), "{level}");
            c.bench_function(&format!("moim-dsp/correlate/{level}/{frames}x{offsets}-{channels}ch"), |b| {
                b.iter(|| correlate(black_box(&mut cross), black_box(&mut energies)));
            });
        };
        for cpu in Cpu::available() {
            let correlator = Correlator::new(cpu, format);
            bench(&cpu.to_string(), &mut |x, e| correlator.correlate(black_box(pattern), &sound, x, e), 1e-4);
        }
        bench("naive", &mut |x, e| naive::correlate(black_box(pattern), &sound, step, x, e), 0.0);
        if channels == 1 {
            let mut fft = naive::RealFft::new(sound.len());
            bench("realfft", &mut |x, e| fft.correlate(black_box(pattern), &sound, x, e), 1e-4);
        }

        // In 16 bits: sums of up to 480 products fit into 32 when each gives up its last eight bits.
        let shift = 8;
        let mut pcm = vec![0; sound.len()];
        naive::to_i16(&sound, &mut pcm);
        let pattern = &pcm[..frames * step];
        let (mut cross, mut energies) = (vec![0; offsets], vec![0; offsets]);
        naive::correlate_i16(pattern, &pcm, shift, step, &mut cross, &mut energies);
        let full_scale = f32::from(i16::MAX).powi(2) / (1 << shift) as f32;
        for (found, expected) in cross.iter().zip(&expected).chain(energies.iter().zip(&squares)) {
            assert!((*found as f32 / full_scale - expected).abs() < 0.01, "{found} is not {expected}");
        }
        c.bench_function(&format!("moim-dsp/correlate/naive-i16/{frames}x{offsets}-{channels}ch"), |b| {
            b.iter(|| {
                let (cross, energies) = (black_box(&mut cross), black_box(&mut energies));
                naive::correlate_i16(black_box(pattern), &pcm, shift, step, cross, energies);
            });
        });
    }
}

/// The luma of a picture of 1280 × 720, row by row without padding, as every peer takes it.
fn halve(c: &mut Criterion) {
    let (width, height) = (1_280, 720);
    let from: Vec<u8> = (0..width * height).map(|i| (i as u32).wrapping_mul(2_654_435_761) as u8).collect();
    let mut expected = vec![0; from.len() / 4];
    naive::halve(&from, width, &mut expected);

    let mut to = vec![0; expected.len()];
    let mut bench = |level: &str, halve: &mut dyn FnMut(&[u8], &mut [u8]), off_by: u8| {
        to.fill(0);
        halve(&from, &mut to);
        assert!(to.iter().zip(&expected).all(|(to, expected)| to.abs_diff(*expected) <= off_by), "{level}");
        c.bench_function(&format!("moim-dsp/halve/{level}/720p"), |b| {
            b.iter(|| halve(black_box(&from), black_box(&mut to)));
        });
    };
    for cpu in Cpu::available() {
        let halver = Halver::new(cpu);
        let mut halve = |from: &[u8], to: &mut [u8]| {
            for (from, to) in from.chunks_exact(2 * width).zip(to.chunks_exact_mut(width / 2)) {
                let (upper, lower) = from.split_at(width);
                halver.row(upper, lower, to);
            }
        };
        bench(&cpu.to_string(), &mut halve, 0);
    }
    bench("naive", &mut |from, to| naive::halve(from, width, to), 0);
    // It weighs in fixed point: a half may go either way.
    let mut resizer = naive::FastImageResize::default();
    let size = (width as u32, height as u32);
    bench("fast_image_resize", &mut |from, to| resizer.halve(from, size, to), 1);
}

criterion_group!(benches, mix, limit, to_i16, to_f32, correlate, halve);
criterion_main!(benches);
