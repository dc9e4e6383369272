use super::*;
use crate::extremes::EXTREMES;

fn to_i16(cpu: Cpu, from: &[f32]) -> Vec<i16> {
    let mut to = vec![0x5555; from.len()];
    Converter::new(cpu).to_i16(from, &mut to);
    to
}

fn to_f32(cpu: Cpu, from: &[i16]) -> Vec<f32> {
    let mut to = vec![f32::NAN; from.len()];
    Converter::new(cpu).to_f32(from, &mut to);
    to
}

#[test]
fn every_level_equals_scalar() {
    let samples: Vec<f32> = EXTREMES.iter().map(|(_, x)| *x).cycle().take(200).collect();
    let words: Vec<i16> = (0..200).map(|i: i16| i.wrapping_mul(12_345)).chain([i16::MIN, i16::MAX]).collect();
    for cpu in Cpu::available() {
        // Any length, so any tail, at any alignment and any place of the table.
        for (start, len) in (0..EXTREMES.len()).flat_map(|start| (0..=70).map(move |len| (start, len))) {
            let range = start..start + len;
            let expected = to_i16(Cpu::Scalar, &samples[range.clone()]);
            assert_eq!(to_i16(cpu, &samples[range.clone()]), expected, "{cpu} {:?}", &samples[range.clone()]);
            let expected = to_f32(Cpu::Scalar, &words[range.clone()]);
            assert_eq!(to_f32(cpu, &words[range]), expected, "{cpu}");
        }
    }
}

#[test]
fn every_level_rounds_every_tie_and_its_neighbours_alike() {
    let ties = (-32_770..=32_770).map(|step: i32| (step as f32 + 0.5) / 32_768.0);
    let samples: Vec<f32> = ties.flat_map(|tie| [tie.next_down(), tie, tie.next_up()]).collect();
    let expected = to_i16(Cpu::Scalar, &samples);
    for cpu in Cpu::available() {
        assert!(to_i16(cpu, &samples) == expected, "{cpu} differs from scalar");
    }
}

#[test]
fn halves_go_to_even_and_what_does_not_fit_saturates() {
    let cases = [
        ("NaN", 0),
        ("negative NaN", 0),
        ("infinity", i16::MAX),
        ("minus infinity", i16::MIN),
        ("largest", i16::MAX),
        ("smallest", i16::MIN),
        ("as i32 positive", i16::MAX),
        ("as i32 negative", i16::MIN),
        ("one", i16::MAX),
        ("minus one", i16::MIN),
        ("negative denormal", 0),
        ("tie to zero", 0),
        ("negative tie to zero", 0),
        ("above the tie", 1),
        ("tie to two", 2),
        ("negative tie to two", -2),
        ("tie down to two", 2),
        ("largest i16", i16::MAX),
        ("tie beyond the largest i16", i16::MAX),
        ("tie at the smallest i16", i16::MIN),
    ];
    for (name, expected) in cases {
        let (_, sample) =
            EXTREMES.into_iter().find(|(extreme, _)| *extreme == name).expect("a name of the table");
        for cpu in Cpu::available() {
            assert_eq!(to_i16(cpu, &[sample; 19]), [expected; 19], "{name} at {cpu}");
        }
    }
}

#[test]
fn every_i16_returns_as_it_was() {
    let all: Vec<i16> = (i16::MIN..=i16::MAX).collect();
    for cpu in Cpu::available() {
        let samples = to_f32(cpu, &all);
        assert_eq!(samples.first(), Some(&-1.0));
        assert!(samples.is_sorted_by(|a, b| b - a == 1.0 / 32_768.0));
        assert!(to_i16(cpu, &samples) == all, "{cpu} loses a value");
    }
}

#[test]
#[should_panic(expected = "one of its own length")]
fn lengths_are_checked() {
    Converter::new(Cpu::detect()).to_i16(&[0.0; 9], &mut [0; 8]);
}
