use super::*;
use crate::extremes::EXTREMES;
use moim_media::ClockRate;

fn format(channels: u8) -> AudioFormat {
    AudioFormat::new(ClockRate::HZ_48000, channels).unwrap()
}

fn correlate(cpu: Cpu, channels: u8, pattern: &[f32], within: &[f32], offsets: usize) -> Vec<(f32, f32)> {
    // What was there before does not count.
    let (mut cross, mut energies) = (vec![7.0; offsets], vec![f32::NAN; offsets]);
    Correlator::new(cpu, format(channels)).correlate(pattern, within, &mut cross, &mut energies);
    cross.into_iter().zip(energies).collect()
}

fn bits(numbers: &[(f32, f32)]) -> Vec<(u32, u32)> {
    numbers.iter().map(|(cross, energy)| (cross.to_bits(), energy.to_bits())).collect()
}

fn noise(samples: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..samples).map(next).collect()
}

/// Lengths of the pattern in frames, and offsets: about those of a vector, of the lanes and of a tile.
fn sizes() -> impl Iterator<Item = (usize, usize)> {
    [0, 1, 2, 7, 31, 127, 128, 129, 300].into_iter().flat_map(|frames| {
        [0, 1, 2, 7, 8, 9, 31, 32, 33, 63, 64, 65, 100, 200].map(|offsets| (frames, offsets))
    })
}

#[test]
fn every_level_equals_scalar_bit_for_bit() {
    let sound = noise(2_000);
    let extremes: Vec<f32> = EXTREMES.iter().map(|(_, x)| *x).cycle().take(2_000).collect();
    for (channels, (frames, offsets)) in
        [1, 2, 3].into_iter().flat_map(|c| sizes().map(move |size| (c, size)))
    {
        let samples = frames * usize::from(channels);
        for within in [&sound, &extremes] {
            let pattern = &within[3..3 + samples];
            let oracle = correlate(Cpu::Scalar, channels, pattern, within, offsets);
            for cpu in Cpu::available() {
                let found = correlate(cpu, channels, pattern, within, offsets);
                assert_eq!(bits(&found), bits(&oracle), "{cpu}: {channels} × {frames} at {offsets} offsets");
            }
        }
    }
}

#[test]
fn every_level_computes_the_formula() {
    let within = noise(2_000);
    for (channels, (frames, offsets)) in
        [1, 2, 3].into_iter().flat_map(|c| sizes().map(move |size| (c, size)))
    {
        let stride = usize::from(channels);
        let pattern = &within[11..11 + frames * stride];
        // Each sample is rounded once when it is squared or multiplied, and once when it is added.
        let bound = frames as f64 * f64::from(channels) * f64::from(f32::EPSILON / 2.0) * 1.001;
        for cpu in Cpu::available() {
            let found = correlate(cpu, channels, pattern, &within, offsets);
            for (offset, (cross, energy)) in found.into_iter().enumerate() {
                let window = &within[offset * stride..][..pattern.len()];
                let products = || pattern.iter().zip(window).map(|(a, b)| f64::from(*a) * f64::from(*b));
                let (expected, magnitude) = (products().sum::<f64>(), products().map(f64::abs).sum::<f64>());
                let error = (f64::from(cross) - expected).abs();
                assert!(error <= bound * magnitude, "{cpu} {channels} {frames} {offset}: {cross} {expected}");
                let expected: f64 = window.iter().map(|x| f64::from(*x).powi(2)).sum();
                let error = (f64::from(energy) - expected).abs();
                assert!(error <= bound * expected, "{cpu} {channels} {frames} {offset}: {energy} {expected}");
            }
        }
    }
}

#[test]
fn a_bang_leaves_nothing_behind_in_the_energies() {
    let mut within = vec![1e-6; 1_000];
    within[100] = crate::HEADROOM;
    for cpu in Cpu::available() {
        for (offset, (_, energy)) in correlate(cpu, 1, &[0.0; 240], &within, 761).into_iter().enumerate() {
            let expected = if offset <= 100 { crate::HEADROOM.powi(2) } else { 240.0 * 1e-12 };
            assert!((energy / expected - 1.0).abs() < 1e-5, "{cpu} {offset}: {energy}");
        }
    }
}

#[test]
fn what_is_not_finite_has_nothing_in_common_and_spoils_no_other_window() {
    for (cpu, broken) in
        Cpu::available().flat_map(|cpu| [f32::NAN, f32::INFINITY, f32::MIN].map(|x| (cpu, x)))
    {
        let mut within = noise(400);
        let whole = correlate(cpu, 1, &within[..100], &within, 301);
        within[200] = broken;
        let found = correlate(cpu, 1, &within[..100], &within, 301);
        for (offset, (found, whole)) in found.iter().zip(&whole).enumerate() {
            let reached = (101..=200).contains(&offset);
            assert_eq!(*found, if reached { (0.0, 0.0) } else { *whole }, "{cpu} {broken} {offset}");
        }
        let pattern: Vec<f32> = within[150..250].to_vec();
        let found = correlate(cpu, 1, &pattern, &within[..190], 91);
        for (offset, (found, whole)) in found.iter().zip(&whole).enumerate() {
            // The smallest number there is can be multiplied, and is like nothing for its energy alone.
            assert!(found.0 == 0.0 || broken == f32::MIN, "{cpu} {broken} {offset}: {found:?}");
            assert_eq!(found.1, whole.1, "{cpu} {broken} {offset}");
        }
    }
}

#[test]
fn a_pattern_is_found_again_in_every_channel_at_once() {
    let left = noise(1_000);
    let stereo: Vec<f32> = left.iter().zip(left.iter().rev()).flat_map(|(l, r)| [*l, *r]).collect();
    for cpu in Cpu::available() {
        let pattern = &stereo[2 * 417..2 * (417 + 240)];
        let found = correlate(cpu, 2, pattern, &stereo, 600);
        let alike = |(cross, energy): &(f32, f32)| cross / (energy * found[417].1).sqrt();
        let best = found.iter().enumerate().max_by(|a, b| alike(a.1).total_cmp(&alike(b.1))).unwrap();
        assert_eq!(best.0, 417, "{cpu}");
        assert!((alike(best.1) - 1.0).abs() < 1e-5, "{cpu}: {best:?}");
    }
}

#[test]
fn silence_and_nothing_are_zero() {
    for cpu in Cpu::available() {
        assert_eq!(correlate(cpu, 2, &[1.0; 20], &[0.0; 100], 41), [(0.0, 0.0); 41]);
        assert_eq!(correlate(cpu, 1, &[], &[1.0; 9], 10), [(0.0, 0.0); 10]);
        assert_eq!(correlate(cpu, 1, &[1.0; 9], &[1.0; 9], 0), []);
        assert_eq!(correlate(cpu, 1, &[], &[], 0), []);
    }
}

#[test]
fn reach_is_what_the_last_offset_needs() {
    let stereo = Correlator::new(Cpu::Scalar, format(2));
    assert_eq!(stereo.reach(480, 601), 480 + 2 * 600);
    assert_eq!(stereo.reach(480, 1), 480);
}

#[test]
#[should_panic(expected = "the pattern fits at every offset")]
fn the_last_offset_must_fit() {
    correlate(Cpu::detect(), 2, &[1.0; 8], &[1.0; 15], 5);
}

#[test]
#[should_panic(expected = "whole frames")]
fn a_frame_must_be_whole() {
    correlate(Cpu::detect(), 2, &[1.0; 7], &[1.0; 15], 1);
}
