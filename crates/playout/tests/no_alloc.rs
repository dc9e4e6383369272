//! After one second of media, nothing allocates: with the fake codec, and with Opus.

use core::time::Duration;
use moim_media::codec::{AudioDecoder, AudioEncoder, Encoded};
use moim_media::{AudioFormat, ClockRate, Instant, MediaTime, SeqNo};
use moim_netsim::{Delivery, Jitter, Link, LinkConfig, Loss};
use moim_opus::{Decoder, DecoderConfig, Encoder, EncoderConfig};
use moim_playout::{Playout, PlayoutConfig, Stats};
use moim_testkit::alloc::{Allocations, Counting};
use moim_testkit::fake::{FakeConfig, FakeDecoder, FakeEncoder};
use moim_testkit::talker::Talker;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const STEP: Duration = Duration::from_millis(10);
const SECONDS: usize = 11;

/// What arrives, and when: made before anything is counted.
fn arrivals(mut encoder: impl AudioEncoder) -> Vec<Delivery<(u64, Vec<u8>)>> {
    let config = LinkConfig {
        delay: Duration::from_millis(40),
        loss: Loss::Bursts { rate: 0.1, shortest: 1, longest: 4 },
        jitter: Jitter::Gamma { mean: Duration::from_millis(25), deviation: Duration::from_millis(25) },
        duplicate: 0.05,
        ..LinkConfig::default()
    };
    let mut link = Link::new(config, 3).unwrap();
    let mut talker = Talker::new(2, ClockRate::HZ_48000);
    let (mut pcm, mut packet) = ([0.0; 960], [0; 1_500]);
    for frame in 0..SECONDS as u64 * 50 {
        talker.fill(&mut pcm);
        let Ok(Encoded::Packet(len)) = encoder.encode(&pcm, &mut packet) else { continue };
        link.send(Instant::from_millis(frame * 20), len, (frame, packet[..len].to_vec()));
    }
    std::iter::from_fn(|| link.poll(Instant::MAX)).collect()
}

fn ten_seconds<D: AudioDecoder>(encoder: impl AudioEncoder, decoder: D) -> (Stats, Allocations) {
    let arrivals = arrivals(encoder);
    let mut arrivals = arrivals.iter().peekable();
    let mut playout = Playout::new(PlayoutConfig::default(), decoder).unwrap();
    let mut out = [0.0; 480];
    let mut run = |from: u64, until: u64| {
        for step in from..until {
            let now = Instant::from_millis(step * 10);
            while let Some(arrived) = arrivals.next_if(|arrived| arrived.due <= now) {
                let (number, payload) = &arrived.payload;
                let time = MediaTime::new(number * 960, ClockRate::HZ_48000);
                let before = MediaTime::new(number.saturating_sub(1) * 960, ClockRate::HZ_48000);
                let _ = playout.insert(arrived.due, SeqNo::new(*number), time, payload);
                // As RED would bring it, but for its sound.
                if number % 7 == 1 {
                    let _ = playout.insert_copy(arrived.due, SeqNo::new(number - 1), before, payload);
                }
                let _ = playout.insert(arrived.due, SeqNo::new(*number + 1), time, &[]);
            }
            while playout.poll_retransmit(now, 2 * STEP).is_some() {}
            let _ = playout.pull(now, &mut out);
        }
        playout.stats()
    };
    run(0, 100);
    let mut stats = Stats::default();
    let counted = Counting::count(|| stats = run(100, SECONDS as u64 * 100));
    (stats, counted)
}

#[test]
fn the_fake_codec_allocates_nothing() {
    let encoder = FakeEncoder::new(FakeConfig { fec: true, redundancy: 5, ..FakeConfig::default() }).unwrap();
    let (stats, counted) = ten_seconds(encoder, FakeDecoder::new(AudioFormat::VOICE));
    assert!(!stats.from_redundancy.is_zero() && stats.jitter.copied > 0, "{stats:?}");
    assert!(!stats.from_fec.is_zero() && !stats.underrun.is_zero() && !stats.removed.is_zero(), "{stats:?}");
    assert_eq!(counted, Allocations::default());
}

#[test]
fn opus_allocates_nothing() {
    let encoder = Encoder::new(EncoderConfig::default()).unwrap();
    let (stats, counted) = ten_seconds(encoder, Decoder::new(DecoderConfig::default()).unwrap());
    assert!(!stats.from_fec.is_zero() && !stats.underrun.is_zero() && !stats.removed.is_zero(), "{stats:?}");
    assert_eq!(counted, Allocations::default());
}
