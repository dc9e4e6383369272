//! What listeners get: real and synthetic speech through Opus and a bad network, judged from the sound alone.

use core::time::Duration;
use moim_media::codec::{AudioEncoder, Encoded};
use moim_media::{ClockRate, Instant, MediaTime, SeqNo};
use moim_netsim::{Jitter, Link, LinkConfig, Loss};
use moim_opus::{Decoder, DecoderConfig, Encoder, EncoderConfig};
use moim_playout::{Playout, PlayoutConfig, Stats};
use moim_testkit::measure::align;
use moim_testkit::talker::Talker;
use std::path::Path;

const PATH_DELAY: Duration = Duration::from_millis(60);
/// Above the 60 ms that the path takes.
const MOST_BUFFERING: Duration = Duration::from_millis(120);
const SECONDS: usize = 30;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Networks, and the longest gap to be heard through them.
fn networks() -> [(&'static str, LinkConfig, Duration); 3] {
    let bursts = Loss::Bursts { rate: 0.03, shortest: 2, longest: 3 };
    let network = |delay, jitter| LinkConfig { delay, loss: bursts, jitter, ..LinkConfig::default() };
    [
        ("uniform", network(PATH_DELAY, Jitter::Uniform { max: ms(30) }), ms(60)),
        // As `tc netem delay 60ms 30ms distribution normal`, but in order.
        ("normal", network(Duration::ZERO, Jitter::Normal { mean: PATH_DELAY, deviation: ms(30) }), ms(60)),
        // Its tail reaches 250 ms, which nobody waits for: a long spike is heard to fade.
        ("gamma", network(Duration::ZERO, Jitter::Gamma { mean: PATH_DELAY, deviation: ms(30) }), ms(90)),
    ]
}

/// Sends `said` through Opus and `network` and returns what was heard, 10 ms for every 10 ms.
fn call(said: &[f32], network: LinkConfig, seed: u64) -> (Vec<f32>, Stats) {
    let mut encoder = Encoder::new(EncoderConfig::default()).unwrap();
    let decoder = Decoder::new(DecoderConfig::default()).unwrap();
    let mut playout = Playout::new(PlayoutConfig::default(), decoder).unwrap();
    let mut link = Link::new(network, seed).unwrap();
    let mut packet = [0; 1_500];
    let mut heard = vec![0.0; said.len() / 960 * 960];
    for (step, out) in (0_u64..).zip(heard.chunks_exact_mut(480)) {
        let now = Instant::from_millis(10 * step);
        if step.is_multiple_of(2) {
            let frame = &said[step as usize * 480..][..960];
            let Encoded::Packet(len) = encoder.encode(frame, &mut packet).unwrap() else { continue };
            link.send(now, len, (step / 2, packet[..len].to_vec()));
        }
        while let Some(arrived) = link.poll(now) {
            let (number, payload) = arrived.payload;
            let time = MediaTime::new(number * 960, ClockRate::HZ_48000);
            let _ = playout.insert(arrived.due, SeqNo::new(number), time, &payload).unwrap();
        }
        let _ = playout.pull(now, out);
    }
    (heard, playout.stats())
}

fn judge(who: &str, said: &[f32]) {
    for (name, network, longest_gap) in networks() {
        for seed in 1..=2 {
            let (heard, stats) = call(said, network.clone(), seed);
            let alignment = align(said, &heard, ClockRate::HZ_48000, ms(500));
            let sure: Vec<_> = alignment.delays().iter().filter(|delay| delay.likeness > 0.5).collect();
            let mean = sure.iter().map(|delay| delay.delay).sum::<Duration>() / sure.len().max(1) as u32;
            // The frame and the look-ahead of Opus, 26.5 ms, are in it.
            let buffering = mean.saturating_sub(PATH_DELAY);
            let longest = alignment.gaps().iter().map(|gap| gap.duration).max().unwrap_or_default();
            println!(
                "{who} {name} {seed}: buffering {buffering:?}, longest gap {longest:?}, likeness {:.2}, {stats:?}",
                sure.iter().map(|delay| delay.likeness).sum::<f32>() / sure.len() as f32
            );
            assert!(sure.len() * 20 > SECONDS * 1_000 / 3, "{who} {name} {seed}: recognised {}", sure.len());
            assert!(buffering < MOST_BUFFERING, "{who} {name} {seed}: {buffering:?}");
            assert!(longest <= longest_gap, "{who} {name} {seed}: {:?}", alignment.gaps());
        }
    }
}

#[test]
fn synthetic_speech_is_heard_without_long_gaps_and_soon() {
    for seed in [2, 3] {
        let mut said = vec![0.0; SECONDS * 48_000];
        Talker::new(seed, ClockRate::HZ_48000).fill(&mut said);
        judge(&format!("talker {seed}"), &said);
    }
}

#[test]
fn recorded_speech_is_heard_without_long_gaps_and_soon() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/media/talker-en.wav");
    let Ok(mut wav) = hound::WavReader::open(&file) else {
        return moim_testkit::skip("../shared/media/talker-en.wav is not there");
    };
    assert_eq!((wav.spec().sample_rate, wav.spec().channels), (48_000, 1), "the talker is 48 kHz mono");
    let said =
        wav.samples::<i16>().take(SECONDS * 48_000).map(|sample| f32::from(sample.unwrap()) / 32_768.0);
    judge("talker-en", &said.collect::<Vec<f32>>());
}
