//! The cross-fade between two sounds.

/// The most that is given back of what two unlike sounds lose to each other: 3 dB, which is all of it when they have
/// nothing in common.
const MOST_GAIN: f32 = core::f32::consts::SQRT_2;

/// Lets `sound` begin as `old` and end as itself; both are interleaved in `channels`.
///
/// The shares run in straight lines: of two sounds that are alike the sum is as loud as each. Two that are not would
/// lose up to half of their power in the middle; the sum is therefore raised to the power that lies between theirs, by
/// what their correlation over the seam says is missing. All channels are raised alike, so that a voice stays where
/// it is; and no sample is raised above the loudest of both.
pub(crate) fn fade_from(old: &[f32], sound: &mut [f32], channels: usize) {
    let frames = sound.len() / channels;
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let (old_power, power, common) = (dot(old, old), dot(sound, sound), dot(old, sound));
    let loudest = old.iter().chain(&*sound).fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
    for (frame, (sound, old)) in sound.chunks_mut(channels).zip(old.chunks(channels)).enumerate() {
        let share = (frame as f32 + 0.5) / frames as f32;
        let rest = 1.0 - share;
        let wanted = rest * old_power + share * power;
        let there = rest * rest * old_power + share * share * power + 2.0 * rest * share * common;
        // Of silence, and of what is not a number, nothing is raised.
        let gain =
            if there > f32::MIN_POSITIVE { (wanted / there).sqrt().clamp(1.0, MOST_GAIN) } else { 1.0 };
        let mut peak = 0.0_f32;
        for (sound, old) in sound.iter_mut().zip(old) {
            *sound = rest * old + share * *sound;
            peak = peak.max(sound.abs());
        }
        let gain = if gain * peak > loudest { (loudest / peak).max(1.0) } else { gain };
        sound.iter_mut().for_each(|sample| *sample *= gain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(period: f32, phase: f32) -> Vec<f32> {
        (0..480).map(|n| ((n as f32 / period + phase) * core::f32::consts::TAU).sin()).collect()
    }

    fn noise(seed: u32) -> Vec<f32> {
        let mut state = seed;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..480).map(next).collect()
    }

    /// In decibels, of a third of the seam.
    fn level(pcm: &[f32], third: usize) -> f32 {
        let part = &pcm[third * 160..][..160];
        10.0 * (part.iter().map(|x| x * x).sum::<f32>() / 160.0).log10()
    }

    #[test]
    fn two_of_the_same_stay_as_they_are() {
        let old = tone(96.0, 0.1);
        let mut sound = old.clone();
        fade_from(&old, &mut sound, 1);
        assert!(sound.iter().zip(&old).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn it_begins_as_the_old_and_ends_as_the_new() {
        let (old, new) = (noise(1), noise(2));
        let mut sound = new.clone();
        fade_from(&old, &mut sound, 1);
        assert!((sound[0] - old[0]).abs() < 0.01);
        assert!((sound[479] - new[479]).abs() < 0.01);
    }

    #[test]
    fn noise_is_as_loud_within_as_beside() {
        for seed in 1..20 {
            let (old, mut sound) = (noise(seed), noise(100 + seed));
            let beside = 0.5 * (level(&old, 1) + level(&sound, 1));
            fade_from(&old, &mut sound, 1);
            // Straight lines alone lose 2.9 dB in the middle third; what is left is how noise scatters.
            let within = level(&sound, 1);
            assert!((within - beside).abs() < 1.5, "{seed}: {within} dB beside {beside} dB");
        }
    }

    #[test]
    fn a_tone_a_quarter_off_does_not_dip() {
        let (old, mut sound) = (tone(96.0, 0.0), tone(96.0, 0.25));
        fade_from(&old, &mut sound, 1);
        for third in 0..3 {
            assert!((level(&sound, third) + 3.01).abs() < 0.3, "{}", level(&sound, third));
        }
    }

    #[test]
    fn from_loud_to_quiet_the_level_falls_all_the_way() {
        let (old, mut sound) = (noise(1), noise(2));
        sound.iter_mut().for_each(|x| *x *= 0.01);
        fade_from(&old, &mut sound, 1);
        assert!(level(&sound, 0) > level(&sound, 1) && level(&sound, 1) > level(&sound, 2));
        assert!(sound.iter().all(|x| x.abs() <= 1.0));
    }

    #[test]
    fn both_channels_are_raised_alike() {
        let stereo = |mono: Vec<f32>| mono.iter().flat_map(|x| [*x, -0.5 * x]).collect::<Vec<f32>>();
        let (old, mut sound) = (stereo(noise(1)), stereo(noise(2)));
        fade_from(&old, &mut sound, 2);
        assert!(sound.as_chunks::<2>().0.iter().all(|[left, right]| (right + 0.5 * left).abs() < 1e-6));
    }

    #[test]
    fn silence_and_nothing_are_silence() {
        let mut sound = [0.0; 480];
        fade_from(&[0.0; 480], &mut sound, 1);
        assert_eq!(sound, [0.0; 480]);
        fade_from(&[], &mut [], 2);
    }
}
