//! What 10 ms of received sound cost, from the packets to the samples, and the jitter buffer's part of it.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use core::hint::black_box;
use core::time::Duration;
use criterion::{Criterion, criterion_group, criterion_main};
use moim_jitter::{JitterBuffer, JitterConfig, Pulled};
use moim_media::codec::{Activity, AudioDecoder, AudioEncoder, Encoded, PacketInfo};
use moim_media::{AudioFormat, ClockRate, Instant, MediaTime, SeqNo};
use moim_netsim::{Jitter, Link, LinkConfig, Loss};
use moim_opus::{Decoder, DecoderConfig, Encoder, EncoderConfig};
use moim_playout::{Playout, PlayoutConfig};
use moim_testkit::fake::{FakeConfig, FakeDecoder, FakeEncoder};
use moim_testkit::talker::Talker;

/// Frames of 20 ms in one round of the recording: ten seconds.
const FRAMES: u64 = 500;
const FRAME: Duration = Duration::from_millis(20);
const STEP: Duration = Duration::from_millis(10);

fn networks() -> [(&'static str, LinkConfig); 2] {
    let clean = LinkConfig { delay: Duration::from_millis(40), ..LinkConfig::default() };
    let loss = Loss::random(0.05);
    let jitter = Jitter::Gamma { mean: FRAME, deviation: FRAME };
    [("clean", clean.clone()), ("lossy", LinkConfig { loss, jitter, ..clean })]
}

/// A packet of the recording: which, and when it comes.
struct Arrival {
    number: u64,
    due: Instant,
    payload: Vec<u8>,
}

/// Ten seconds of speech as they come out of a network, again and again.
struct Recording {
    arrivals: Vec<Arrival>,
    next: usize,
    round: u64,
    now: Instant,
}

impl Recording {
    fn new(mut encoder: impl AudioEncoder, network: LinkConfig) -> Self {
        let mut link = Link::new(network, 1).expect("a network");
        let mut talker = Talker::new(2, ClockRate::HZ_48000);
        let (mut pcm, mut packet) = ([0.0; 960], [0; 1_500]);
        for number in 0..FRAMES {
            talker.fill(&mut pcm);
            let Ok(Encoded::Packet(len)) = encoder.encode(&pcm, &mut packet) else { panic!("a packet") };
            let _ = link.send(Instant::EPOCH + FRAME * number as u32, len, (number, packet[..len].to_vec()));
        }
        let arrivals = std::iter::from_fn(|| link.poll(Instant::MAX))
            .map(|arrived| Arrival {
                number: arrived.payload.0,
                due: arrived.due,
                payload: arrived.payload.1,
            })
            .collect();
        Self { arrivals, next: 0, round: 0, now: Instant::EPOCH }
    }

    /// Lets 10 ms pass and hands over what came in them.
    fn step(&mut self, mut arrived: impl FnMut(Instant, SeqNo, MediaTime, &[u8])) -> Instant {
        self.now += STEP;
        loop {
            let arrival = &self.arrivals[self.next];
            let due = arrival.due + FRAME * (self.round * FRAMES) as u32;
            if due > self.now {
                return self.now;
            }
            let number = arrival.number + self.round * FRAMES;
            arrived(
                due,
                SeqNo::new(number),
                MediaTime::new(number * 960, ClockRate::HZ_48000),
                &arrival.payload,
            );
            self.next += 1;
            if self.next == self.arrivals.len() {
                self.next = 0;
                self.round += 1;
            }
        }
    }
}

fn pull(c: &mut Criterion) {
    for (case, network) in networks() {
        let encoder = FakeEncoder::new(FakeConfig { fec: true, ..FakeConfig::default() }).expect("a codec");
        let recording = Recording::new(encoder, network.clone());
        pull_with(c, &format!("fake-{case}"), recording, FakeDecoder::new(AudioFormat::VOICE));
        let encoder = Encoder::new(EncoderConfig::default()).expect("a codec");
        let decoder = Decoder::new(DecoderConfig::default()).expect("a codec");
        pull_with(c, &format!("opus-{case}"), Recording::new(encoder, network), decoder);
    }
}

/// 10 ms of a call: packets in, 480 samples out.
fn pull_with<D: AudioDecoder>(c: &mut Criterion, case: &str, mut recording: Recording, decoder: D) {
    let mut playout = Playout::new(PlayoutConfig::default(), decoder).expect("a receiver");
    let mut out = [0.0; 480];
    let mut step = |out: &mut [f32]| {
        let now = recording.step(|at, seq, time, payload| {
            let _ = playout.insert(at, seq, time, payload);
        });
        let _ = playout.pull(now, out);
        playout.stats()
    };
    let stats = (0..1_000).map(|_| step(&mut out)).last().expect("ten seconds");
    assert!(stats.decoded + stats.from_fec > Duration::from_secs(9), "{case}: {stats:?}");
    assert_eq!(stats.from_fec.is_zero(), case.ends_with("clean"), "{case}: {stats:?}");
    c.bench_function(&format!("moim-playout/pull/moim/{case}-10ms"), |b| {
        b.iter(|| step(black_box(&mut out)));
    });
}

/// One packet in and one out, and what is decided in between.
fn insert_and_pull(c: &mut Criterion) {
    for (case, network) in networks() {
        let encoder = FakeEncoder::new(FakeConfig::default()).expect("a codec");
        let mut recording = Recording::new(encoder, network);
        let mut buffer = JitterBuffer::new(JitterConfig::default()).expect("a buffer");
        let info = PacketInfo {
            duration: FRAME,
            activity: Activity::Active,
            fec: FRAME,
            redundancy: Duration::ZERO,
        };
        let mut held = Duration::ZERO;
        let mut step = || {
            let now = recording.step(|at, seq, time, payload| {
                let _ = buffer.insert(at, seq, time, info, payload);
            });
            while held < STEP {
                held += match buffer.pull(now, held) {
                    Pulled::Packet(packet) => packet.info.duration,
                    Pulled::Overdue(_) => Duration::ZERO,
                    Pulled::Repairable { missing, .. } | Pulled::Missing { missing } => missing,
                    Pulled::Silence { lasting } => lasting,
                    Pulled::Underrun | Pulled::Idle => STEP,
                };
            }
            held -= STEP;
            buffer.stats().played
        };
        let played = (0..1_000).map(|_| step()).last().expect("ten seconds");
        assert!(played > 450, "{case}: {played}");
        c.bench_function(&format!("moim-jitter/insert+pull/moim/{case}-10ms"), |b| b.iter(&mut step));
    }
}

criterion_group!(benches, pull, insert_and_pull);
criterion_main!(benches);
