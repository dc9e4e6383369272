use super::*;
use crate::talker::Talker;
use core::time::Duration;
use moim_media::ClockRate;
use rand_core::Rng;
use rand_pcg::Pcg32;

const RATE: ClockRate = ClockRate::HZ_48000;
const MAX_DELAY: Duration = Duration::from_millis(500);

fn speech(seed: u64, rate: ClockRate, seconds: usize) -> Vec<f32> {
    let mut pcm = vec![0.0; rate.hz() as usize * seconds];
    Talker::new(seed, rate).fill(&mut pcm);
    pcm
}

fn delayed(pcm: &[f32], by: usize) -> Vec<f32> {
    let mut heard = vec![0.0; by];
    heard.extend_from_slice(pcm);
    heard
}

fn noise(len: usize, rms: f32) -> Vec<f32> {
    let mut dice = Pcg32::new(1, 1);
    let mut unit = || dice.next_u32() as f32 / 2_147_483_648.0 - 1.0;
    (0..len).map(|_| rms * 3.0_f32.sqrt() * unit()).collect()
}

/// Starts of stretches in which the source speaks without a closure, `len` long and `apart` samples apart.
fn spoken(pcm: &[f32], len: usize, apart: usize) -> Vec<usize> {
    let mut starts: Vec<usize> = Vec::new();
    for start in (48_000..pcm.len() - len - 960).step_by(240) {
        let speaks = pcm[start - 960..start + len + 960].chunks(240).all(|five| level::level(five) > -38.0);
        if speaks && starts.last().is_none_or(|last| start - last > apart) {
            starts.push(start);
        }
    }
    starts
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

#[test]
fn a_constant_delay_is_found_to_the_sample() {
    for rate in [ClockRate::HZ_8000, ClockRate::new(44_100).unwrap(), RATE] {
        for delay in [Duration::ZERO, Duration::from_micros(137_300), Duration::from_millis(499)] {
            let by = rate.ticks(delay) as usize;
            let reference = speech(1, rate, 6);
            let heard = delayed(&reference, by);
            let alignment = align(&reference, &heard, rate, MAX_DELAY);
            assert_eq!(alignment.delay(), Some(rate.duration(by as u64)));
            let off: Vec<_> =
                alignment.delays().iter().filter(|d| d.likeness > 0.5 && d.samples != by).collect();
            assert!(off.is_empty(), "{off:?} at {rate:?}, not {by}");
            assert!(alignment.correlation() > 0.999_99);
            assert_eq!(alignment.gaps(), []);
            assert!(alignment.worst_second().unwrap().correlation > 0.999_99);
        }
    }
}

#[test]
fn noise_and_loudness_do_not_hide_the_delay() {
    let reference = speech(2, RATE, 10);
    let power: f64 = reference.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / reference.len() as f64;
    for snr_db in [20.0, 10.0, 0.0_f64] {
        let disturbance = noise(reference.len(), (power / 10_f64.powf(snr_db / 10.0)).sqrt() as f32);
        let sum: Vec<f32> = reference.iter().zip(&disturbance).map(|(x, n)| x + n).collect();
        let heard = delayed(&sum, 4_321);
        let alignment = align(&reference, &heard, RATE, MAX_DELAY);
        let sure = alignment.delays().iter().filter(|delay| delay.likeness > 0.5);
        let off: Vec<_> = sure.filter(|delay| delay.samples.abs_diff(4_321) > 12).collect();
        assert!(off.is_empty(), "{off:?} at {snr_db} dB");
        assert!((alignment.snr() - snr_db).abs() < 0.3, "{} at {snr_db} dB", alignment.snr());
        let ratio = 10_f64.powf(snr_db / 10.0);
        let expected = (ratio / (1.0 + ratio)).sqrt();
        let measured = alignment.correlation();
        assert!((measured - expected).abs() < 0.01, "{measured}, not {expected}");

        let quiet: Vec<f32> = heard.iter().map(|x| x * 0.2).collect();
        let quiet = align(&reference, &quiet, RATE, MAX_DELAY);
        assert_eq!(quiet.delay(), alignment.delay());
        assert!((quiet.correlation() - measured).abs() < 1e-3);
        assert_eq!(quiet.gaps(), []);
    }
}

#[test]
fn a_perfect_copy_has_no_noise() {
    let reference = speech(3, RATE, 2);
    assert_eq!(align(&reference, &reference, RATE, MAX_DELAY).snr(), f64::INFINITY);
}

#[test]
fn sudden_changes_of_the_delay_are_followed() {
    let reference = speech(4, RATE, 20);
    // From this sample of the heard signal on, the delay is this long.
    let course = [(0, 2_400), (240_000, 7_200), (480_000, 4_800), (720_000, 21_600)];
    let truth = |n: usize| course.iter().rev().find(|change| n >= change.0).unwrap().1;
    let heard: Vec<f32> =
        (0..reference.len()).map(|n| n.checked_sub(truth(n)).map_or(0.0, |n| reference[n])).collect();
    let alignment = align(&reference, &heard, RATE, MAX_DELAY);
    for delay in alignment.delays().iter().filter(|delay| delay.likeness > 0.5) {
        let at = RATE.ticks(delay.at) as usize;
        let settled = course[1..].iter().all(|change| at.abs_diff(change.0) > 3_840);
        assert!(!settled || delay.samples == truth(at), "{delay:?}, not {}", truth(at));
    }
    assert!(alignment.correlation() > 0.97, "{}", alignment.correlation());
}

/// Slower by one part in twenty: every 100 ms, 5 ms are played twice over a cross-fade. Windows reach over several
/// of these, and one pitch period resembles the next: the delay is known to a pitch period.
#[test]
fn a_stretch_is_followed() {
    for seed in 0..4 {
        let reference = speech(seed, RATE, 10);
        let (period, again) = (4_800, 240);
        let mut heard = reference[..period].to_vec();
        for from in (period - again..reference.len() - period - again).step_by(period - again) {
            let begin = heard.len();
            heard.extend_from_slice(&reference[from..from + period]);
            let fading = &reference[from + again..];
            for (n, sample) in heard[begin..begin + again].iter_mut().enumerate() {
                *sample += (1.0 - n as f32 / again as f32) * (fading[n] - *sample);
            }
        }
        let alignment = align(&reference, &heard, RATE, Duration::from_secs(1));
        let off = |delay: &Delay| {
            let truth = RATE.ticks(delay.at) as usize / period * again;
            (delay.samples as f64 - truth as f64).abs() / 48.0
        };
        let sure = alignment.delays().iter().filter(|delay| delay.likeness > 0.5);
        let mut errors: Vec<f64> = sure.map(off).collect();
        errors.sort_by(f64::total_cmp);
        let at = |share: f64| errors[(errors.len() as f64 * share) as usize];
        assert!(errors.len() > 350, "{} at seed {seed}", errors.len());
        assert!(at(0.5) < 5.5 && at(0.9) < 15.0, "{} and {} ms at seed {seed}", at(0.5), at(0.9));
        let last = alignment.delays().last().unwrap().delay;
        assert!(last > Duration::from_millis(450), "{last:?} at seed {seed}");
        assert_eq!(alignment.gaps(), []);
    }
}

#[test]
fn gaps_are_found_where_they_are_and_as_long_as_they_are() {
    let reference = speech(6, RATE, 30);
    let lens = [960, 2_880, 1_440, 4_800];
    let by = 5_000;
    let mut heard = delayed(&reference, by);
    let starts = spoken(&reference, 4_800, 96_000);
    assert!(starts.len() >= 4, "{starts:?}");
    let truth: Vec<(usize, usize)> =
        starts.iter().zip(lens.iter().cycle()).map(|(start, len)| (start + by, *len)).collect();
    for &(start, len) in &truth {
        heard[start..start + len].fill(0.0);
    }
    let alignment = align(&reference, &heard, RATE, MAX_DELAY);
    let gaps = alignment.gaps();
    assert_eq!(gaps.len(), truth.len(), "{gaps:?} {truth:?}");
    for (gap, (start, len)) in gaps.iter().zip(truth) {
        assert!((millis(gap.at) - start as f64 / 48.0).abs() <= 5.0, "{gap:?} at {start}");
        assert!((millis(gap.duration) - len as f64 / 48.0).abs() <= 5.0, "{gap:?} of {len}");
    }
    assert_eq!(alignment.delay(), Some(RATE.duration(by as u64)));
}

#[test]
fn an_underrun_is_one_gap_and_longer_delay() {
    let reference = speech(8, RATE, 10);
    let (by, stalled) = (2_400, 7_200);
    let start = spoken(&reference, 9_600, 1)[0] + 4_800;
    let mut heard = delayed(&reference, by);
    heard.splice(start + by..start + by, vec![0.0; stalled]);
    let alignment = align(&reference, &heard, RATE, MAX_DELAY);
    let gaps = alignment.gaps();
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert!((millis(gaps[0].at) - (start + by) as f64 / 48.0).abs() <= 5.0, "{gaps:?}");
    assert!((millis(gaps[0].duration) - stalled as f64 / 48.0).abs() <= 10.0, "{gaps:?}");
    let (first, last) = (alignment.delays()[20], alignment.delays()[400]);
    assert_eq!((first.samples, last.samples), (by, by + stalled));
}

#[test]
fn what_is_merely_soft_or_concealed_is_no_gap() {
    let reference = speech(10, RATE, 20);
    let starts = spoken(&reference, 4_800, 48_000);
    assert!(starts.len() >= 4);
    let mut soft = reference.clone();
    let mut concealed = reference.clone();
    let mut faint = reference.clone();
    for &start in &starts {
        soft[start..start + 4_800].iter_mut().for_each(|x| *x *= 0.2);
        concealed[start..start + 4_800].copy_from_slice(&noise(4_800, 0.03));
        faint[start..start + 4_800].iter_mut().for_each(|x| *x *= 0.02);
    }
    assert_eq!(align(&reference, &soft, RATE, MAX_DELAY).gaps(), []);
    assert_eq!(align(&reference, &faint, RATE, MAX_DELAY).gaps().len(), starts.len());
    let concealed = align(&reference, &concealed, RATE, MAX_DELAY);
    assert_eq!(concealed.gaps(), []);
    assert!(concealed.correlation() < 0.99);
}

#[test]
fn the_worst_second_is_where_the_sound_was_replaced() {
    let reference = speech(12, RATE, 20);
    let start = spoken(&reference, 4_800, 1)[3];
    let mut heard = reference.clone();
    heard[start..start + 24_000].copy_from_slice(&noise(24_000, 0.07));
    let worst = align(&reference, &heard, RATE, MAX_DELAY).worst_second().unwrap();
    let begin = RATE.ticks(worst.at) as usize;
    assert!(begin <= start + 960 && begin + 48_000 + 960 >= start + 24_000, "{worst:?}, replaced at {start}");
    assert!(worst.correlation < 0.9, "{worst:?}");
}

#[test]
fn nothing_in_common_is_nothing_certain() {
    let reference = speech(14, RATE, 5);
    let silent = vec![0.0; reference.len()];
    let alignment = align(&reference, &silent, RATE, MAX_DELAY);
    assert_eq!((alignment.delay(), alignment.correlation()), (None, 0.0));
    let longest = alignment.gaps().into_iter().map(|gap| gap.duration).max().unwrap();
    assert!(longest > Duration::from_secs(1), "{longest:?}");
    assert_eq!(alignment.worst_second().unwrap().correlation, 0.0);

    let hiss = noise(reference.len(), 0.05);
    let alignment = align(&reference, &hiss, RATE, MAX_DELAY);
    assert_eq!(alignment.delay(), None);
    assert!(alignment.correlation().abs() < 0.1);

    let alignment = align(&silent, &reference, RATE, MAX_DELAY);
    assert_eq!((alignment.delay(), alignment.gaps(), alignment.worst_second()), (None, vec![], None));
}

#[test]
fn short_and_empty_signals_are_signals() {
    let reference = speech(16, RATE, 1);
    for (said, heard) in [(0, 0), (0, 1_000), (1_000, 0), (1, 1), (48_000, 961), (961, 48_000)] {
        let (said, heard) = (&reference[..said], &reference[..heard]);
        for max_delay in [Duration::ZERO, MAX_DELAY, Duration::MAX] {
            let alignment = align(said, heard, RATE, max_delay);
            assert_eq!(alignment.delays().len(), heard.len().div_ceil(960));
            assert!(alignment.correlation() <= 1.000_001);
            let _ = (alignment.gaps(), alignment.snr(), alignment.worst_second(), alignment.delay());
        }
    }
}

#[test]
fn levels_are_in_db_of_a_full_scale_square_wave() {
    let mut pcm = vec![0.5; 960];
    pcm.extend(vec![0.0; 480]);
    pcm.extend(vec![-1.0; 100]);
    let levels = levels(&pcm, RATE, Duration::from_millis(10));
    assert!((levels[0] + 6.02).abs() < 0.01 && (levels[1] + 6.02).abs() < 0.01);
    assert_eq!(&levels[2..], [f32::NEG_INFINITY, 0.0]);
}
