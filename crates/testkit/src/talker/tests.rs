use super::*;
use moim_media::ClockRate;
use realfft::RealFftPlanner;

const TEN_MS: usize = 480;

fn speech(seed: u64, seconds: usize) -> Vec<f32> {
    let mut pcm = vec![f32::NAN; seconds * 48_000];
    Talker::new(seed, ClockRate::HZ_48000).fill(&mut pcm);
    pcm
}

/// RMS in dBFS.
fn level(pcm: &[f32]) -> f64 {
    let energy: f64 = pcm.iter().map(|&sample| f64::from(sample).powi(2)).sum();
    10.0 * (energy / pcm.len() as f64 + 1e-30).log10()
}

/// The 10 ms in which somebody speaks, closures between them included.
fn active(pcm: &[f32]) -> Vec<bool> {
    let loud: Vec<bool> = pcm.chunks_exact(TEN_MS).map(|ten| level(ten) > -45.0).collect();
    let near = |n: usize| loud[n.saturating_sub(8)..(n + 9).min(loud.len())].contains(&true);
    (0..loud.len()).map(near).collect()
}

#[test]
fn both_voices_speak_at_23_dbfs_and_never_clip() {
    for seed in 0..8 {
        let pcm = speech(seed, 30);
        let active: Vec<f32> =
            pcm.chunks_exact(TEN_MS).filter(|ten| level(ten) > -45.0).flatten().copied().collect();
        let spoken = level(&active);
        assert!((-24.5..-21.5).contains(&spoken), "seed {seed}: {spoken} dBFS");
        assert!(pcm.iter().all(|sample| sample.abs() < 0.9), "seed {seed}");
    }
}

#[test]
fn phrases_and_pauses_have_the_promised_lengths() {
    for seed in 0..8 {
        let active = active(&speech(seed, 60));
        let runs: Vec<(bool, f64)> =
            active.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as f64 / 100.0)).collect();
        // The activity reaches 80 ms into the pause at either end, and the last run is cut off.
        for &(speaks, seconds) in &runs[..runs.len() - 1] {
            let promised = if speaks { 1.4..3.2 } else { 0.2..0.8 };
            assert!(promised.contains(&seconds), "seed {seed}: {speaks} for {seconds} s");
        }
        let share = active.iter().filter(|&&speaks| speaks).count() as f64 / active.len() as f64;
        assert!((0.75..0.95).contains(&share), "seed {seed}: speaks {share} of the time");
    }
}

/// Power in bands with these upper edges in Hz, in dB of the whole.
fn bands(pcm: &[f32], edges: &[usize]) -> Vec<f64> {
    let fft = RealFftPlanner::<f32>::new().plan_fft_forward(pcm.len());
    let mut spectrum = fft.make_output_vec();
    fft.process(&mut pcm.to_vec(), &mut spectrum).unwrap();
    let power = |from: usize, to: usize| -> f64 {
        let bin = |hz: usize| hz * pcm.len() / 48_000;
        spectrum[bin(from)..bin(to)].iter().map(|x| f64::from(x.norm_sqr())).sum()
    };
    let whole = power(0, 24_000);
    let mut from = 0;
    let band = |&to: &usize| 10.0 * (power(core::mem::replace(&mut from, to), to) / whole).log10();
    edges.iter().map(band).collect()
}

#[test]
fn the_spectrum_falls_like_that_of_speech() {
    for seed in 0..4 {
        let band = bands(&speech(seed, 20), &[50, 1_000, 2_000, 4_000, 8_000, 20_000]);
        assert!(band[0] < -20.0, "rumble: {band:?}");
        assert!(band[1] > -2.0, "{band:?}");
        assert!((-20.0..-6.0).contains(&band[2]), "{band:?}");
        assert!((-28.0..-12.0).contains(&band[3]), "{band:?}");
        assert!((-35.0..-15.0).contains(&band[4]), "{band:?}");
        assert!((-45.0..-25.0).contains(&band[5]), "hiss: {band:?}");
    }
}

/// The pitch in Hz and how periodic 40 ms of sound are, 0 … 1.
fn pitch(pcm: &[f32]) -> (f64, f64) {
    let correlation = |lag: usize| {
        let (a, b) = (&pcm[..1_200], &pcm[lag..lag + 1_200]);
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(x * y)).sum::<f64>();
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1e-9)
    };
    let lag = (160..720).max_by(|&a, &b| correlation(a).total_cmp(&correlation(b))).unwrap();
    (48_000.0 / lag as f64, correlation(lag))
}

#[test]
fn vowels_are_periodic_at_the_voice_s_pitch() {
    for (seed, range) in [(0, 70.0..160.0), (1, 85.0..300.0), (2, 70.0..160.0), (3, 85.0..300.0)] {
        let pcm = speech(seed, 10);
        let loud: Vec<(f64, f64)> =
            pcm.chunks_exact(1_920).filter(|forty| level(forty) > -24.0).map(pitch).collect();
        let voiced = loud.iter().filter(|(_, periodic)| *periodic > 0.8).count();
        assert!(voiced * 10 > loud.len() * 8, "seed {seed}: {voiced} of {}", loud.len());
        let mut pitches: Vec<f64> = loud.iter().map(|&(hz, _)| hz).collect();
        pitches.sort_by(f64::total_cmp);
        let (low, high) = (pitches[pitches.len() / 10], pitches[pitches.len() * 9 / 10]);
        assert!(range.contains(&low) && range.contains(&high), "seed {seed}: {low} to {high} Hz");
        assert!(high > 1.1 * low, "monotonous: {low} to {high} Hz");
    }
}

#[test]
fn consonants_hiss() {
    let pcm = speech(4, 20);
    let crossings = |ten: &[f32]| ten.windows(2).filter(|w| w[0] * w[1] < 0.0).count();
    let hissing = pcm.chunks_exact(TEN_MS).filter(|ten| level(ten) > -45.0 && crossings(ten) > 60).count();
    assert!((50..500).contains(&hissing), "{hissing} of 2000");
}

#[test]
fn the_size_of_the_pieces_does_not_matter() {
    let whole = speech(7, 2);
    let mut talker = Talker::new(7, ClockRate::HZ_48000);
    let mut pieces = vec![f32::NAN; whole.len()];
    for piece in pieces.chunks_mut(479) {
        talker.fill(piece);
    }
    assert!(whole == pieces);
    assert!(whole != speech(9, 2));
}

/// FNV-1a over the bits: a machine that computes one sample differently fails.
#[test]
fn every_machine_hears_the_same() {
    let fingerprint = |seed| {
        speech(seed, 4)
            .iter()
            .flat_map(|sample| sample.to_le_bytes())
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            })
    };
    assert_eq!([fingerprint(0), fingerprint(1)], [0x0311_4a65_24e8_e3a0, 0x1d91_f0c8_8f9d_e94c]);
}

#[test]
fn other_rates_carry_the_same_phrases() {
    let reference = active(&speech(2, 10));
    for rate in [ClockRate::HZ_8000, ClockRate::HZ_16000, ClockRate::new(44_100).unwrap()] {
        let mut pcm = vec![f32::NAN; rate.hz() as usize * 10];
        Talker::new(2, rate).fill(&mut pcm);
        let speaks =
            |n: usize| level(&pcm[n * rate.hz() as usize / 100..][..rate.hz() as usize / 100]) > -45.0;
        let differ = (0..1_000).filter(|&n| speaks(n) && !reference[n]).count();
        assert!(differ < 30, "{differ} at {rate:?}");
        let spoken = (0..1_000).filter(|&n| speaks(n)).count();
        assert!((500..900).contains(&spoken), "{spoken} at {rate:?}");
    }
}
