use super::*;
use crate::Gain;
use crate::extremes::EXTREMES;

/// Ramps up, down, through zero, level, and at the bounds.
fn ramps() -> [Ramp; 6] {
    [(0.25, 0.75), (1.0, 0.0), (-1.0, 1.0), (1.0, 1.0), (0.0, 0.0), (-1024.0, 1024.0)]
        .map(|(from, to)| Ramp { from: Gain::new(from).unwrap(), to: Gain::new(to).unwrap() })
}

/// Every extreme sample added to every extreme sum.
fn pairs() -> (Vec<f32>, Vec<f32>) {
    EXTREMES.iter().flat_map(|(_, sum)| EXTREMES.iter().map(move |(_, x)| (*sum, *x))).unzip()
}

fn bits(samples: &[f32]) -> Vec<u32> {
    samples.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn every_level_equals_scalar_bit_for_bit() {
    let oracle = Mixer::new(Cpu::Scalar);
    let (sums, xs) = pairs();
    for cpu in Cpu::available() {
        let mixer = Mixer::new(cpu);
        for gain in ramps() {
            // Any length, so any tail, at any alignment and any place of the table.
            for (start, len) in
                (0..sums.len()).step_by(7).flat_map(|start| (0..=70).map(move |len| (start, len)))
            {
                let range = start..(start + len).min(sums.len());
                let (mut sum, mut expected) = (sums[range.clone()].to_vec(), sums[range.clone()].to_vec());
                let peak = mixer.add(&mut sum, &xs[range.clone()], gain);
                let expected_peak = oracle.add(&mut expected, &xs[range.clone()], gain);
                assert_eq!(bits(&sum), bits(&expected), "add at {cpu}, {range:?}, {gain:?}");
                assert_eq!(peak, expected_peak, "peak of add at {cpu}, {range:?}, {gain:?}");

                let (mut x, mut expected) = (xs[range.clone()].to_vec(), xs[range.clone()].to_vec());
                let peak = mixer.scale(&mut x, gain);
                let expected_peak = oracle.scale(&mut expected, gain);
                assert_eq!(bits(&x), bits(&expected), "scale at {cpu}, {range:?}, {gain:?}");
                assert_eq!(peak, expected_peak, "peak of scale at {cpu}, {range:?}, {gain:?}");
            }
        }
    }
}

#[test]
fn every_level_computes_the_formula() {
    let len = 480;
    let tone =
        |period: usize| -> Vec<f32> { (0..len).map(|i| (i % period) as f32 / period as f32 - 0.5).collect() };
    let (sums, xs) = (tone(37), tone(101));
    for (cpu, gain) in Cpu::available().flat_map(|cpu| ramps().map(move |gain| (cpu, gain))) {
        let (from, to) = (f64::from(gain.from.factor()), f64::from(gain.to.factor()));
        let gain_at = |i: usize| from + i as f64 * (to - from) / len as f64;
        // Four roundings: of the step, the gain, the product and the sum.
        let bound = 4.0 * f64::from(f32::EPSILON) * from.abs().max(to.abs()).max(1.0);

        let (mut sum, mut scaled) = (sums.clone(), xs.clone());
        let peak = Mixer::new(cpu).add(&mut sum, &xs, gain);
        let scaled_peak = Mixer::new(cpu).scale(&mut scaled, gain);
        for i in 0..len {
            let product = gain_at(i) * f64::from(xs[i]);
            let expected = f64::from(sums[i]) + product;
            assert!(
                (f64::from(sum[i]) - expected).abs() <= bound,
                "{cpu} {gain:?} {i}: {} {expected}",
                sum[i]
            );
            assert!((f64::from(scaled[i]) - product).abs() <= bound, "{cpu} {gain:?} {i}: {}", scaled[i]);
        }
        assert_eq!(peak, sum.iter().fold(0.0, |peak, x| x.abs().max(peak)));
        assert_eq!(scaled_peak, scaled.iter().fold(0.0, |peak, x| x.abs().max(peak)));
    }
}

#[test]
fn what_is_not_finite_is_silence_and_the_sum_is_bounded() {
    let unity = Ramp::constant(Gain::UNITY);
    for cpu in Cpu::available() {
        let mixer = Mixer::new(cpu);
        for (name, x) in EXTREMES {
            for (_, before) in EXTREMES {
                let mut sum = [before; 33];
                let peak = mixer.add(&mut sum, &[x; 33], unity);
                let heard = |x: f32| if x.is_finite() { x } else { 0.0 };
                let expected = (heard(before) + heard(x)).clamp(-HEADROOM, HEADROOM);
                assert_eq!(sum, [expected; 33], "{name} added to {before} at {cpu}");
                assert_eq!(peak, expected.abs(), "{name} added to {before} at {cpu}");
            }
        }
    }
}

#[test]
fn a_sum_passes_through_any_level_and_comes_back() {
    let loud = Ramp::constant(Gain::MAX);
    let back = Ramp::constant(-Gain::MAX);
    let voice: Vec<f32> = (0..100).map(|i| i as f32 / 128.0).collect();
    for cpu in Cpu::available() {
        let mixer = Mixer::new(cpu);
        let mut sum = vec![0.25; 100];
        assert!(mixer.add(&mut sum, &voice, loud) > 700.0, "not clipped");
        assert_eq!(mixer.add(&mut sum, &voice, back), 0.25);
        assert_eq!(sum, [0.25; 100]);
    }
}

#[test]
fn an_empty_block_has_no_peak() {
    for cpu in Cpu::available() {
        assert_eq!(Mixer::new(cpu).add(&mut [], &[], Gain::MAX.into()), 0.0);
        assert_eq!(Mixer::new(cpu).scale(&mut [], Gain::MAX.into()), 0.0);
    }
}

#[test]
#[should_panic(expected = "a sum of its own length")]
fn lengths_are_checked() {
    Mixer::new(Cpu::detect()).add(&mut [0.0; 8], &[0.0; 9], Gain::UNITY.into());
}
