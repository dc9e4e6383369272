//! What 10 ms of received sound cost, from the packets to the samples, and the jitter buffer's part of it.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

mod recording;

use core::hint::black_box;
use core::time::Duration;
use criterion::{Criterion, criterion_group, criterion_main};
use moim_jitter::{JitterBuffer, JitterConfig, Pulled};
use moim_media::AudioFormat;
use moim_media::codec::{Activity, AudioDecoder, Content, PacketInfo};
use moim_opus::{Decoder, DecoderConfig, Encoder, EncoderConfig, Neural};
use moim_peers::opus as peer;
use moim_playout::{Playout, PlayoutConfig};
use moim_testkit::fake::{FakeConfig, FakeDecoder, FakeEncoder};
use recording::{FRAME, Recording, STEP, networks};

fn pull(c: &mut Criterion) {
    for (case, network) in networks() {
        let encoder = FakeEncoder::new(FakeConfig { fec: true, ..FakeConfig::default() }).expect("a codec");
        let fake = Recording::new(encoder, network.clone());
        pull_with(c, "moim", &format!("fake-{case}"), &fake, FakeDecoder::new(AudioFormat::VOICE));
        let encoder = Encoder::new(EncoderConfig::default()).expect("a codec");
        let opus = Recording::new(encoder, network);
        for (neural, level) in [
            (Neural::Classic, "classic"),
            (Neural::Concealment, "concealment"),
            (Neural::Lace, "lace"),
            (Neural::NoLace, "nolace"),
        ] {
            if !neural.is_available() {
                continue;
            }
            let config = DecoderConfig { neural, ..DecoderConfig::default() };
            let decoder = Decoder::new(config).expect("every level is compiled in");
            pull_with(c, level, &format!("opus-{case}"), &opus, decoder);
        }
        decode_alone(c, case, &opus);
    }
}

/// 10 ms of a call: packets in, 480 samples out.
fn pull_with<D: AudioDecoder>(c: &mut Criterion, level: &str, case: &str, recording: &Recording, decoder: D) {
    let mut listener = recording.listen_from(0.0);
    let mut playout = Playout::new(PlayoutConfig::default(), decoder).expect("a receiver");
    let mut out = [0.0; 480];
    let mut step = |out: &mut [f32]| {
        let now = listener.step(|packet| {
            let _ = playout.insert(packet.at, packet.seq, packet.time, packet.payload);
        });
        let _ = playout.pull(now, out);
        playout.stats()
    };
    let stats = (0..1_000).map(|_| step(&mut out)).last().expect("ten seconds");
    assert!(stats.decoded + stats.from_fec > Duration::from_secs(9), "{case}: {stats:?}");
    assert_eq!(stats.from_fec.is_zero(), case.ends_with("clean"), "{case}: {stats:?}");
    c.bench_function(&format!("moim-playout/pull/{level}/{case}-10ms"), |b| {
        b.iter(|| step(black_box(&mut out)));
    });
}

/// What no receiver can do without: libopus decodes each packet that comes, when it comes, and nothing else.
fn decode_alone(c: &mut Criterion, case: &str, recording: &Recording) {
    let mut listener = recording.listen_from(0.0);
    let mut decoder = peer::decoder(peer::Stream::Voice);
    let mut pcm = [0.0; 960];
    let mut step = || {
        let mut decoded = 0;
        listener.step(|packet| {
            peer::decode(&mut decoder, packet.payload, &mut pcm);
            decoded += 1;
        });
        decoded
    };
    let decoded: u32 = (0..1_000).map(|_| step()).sum();
    assert!(decoded > 450, "{case}: {decoded}");
    c.bench_function(&format!("moim-playout/pull/libopus-alone/opus-{case}-10ms"), |b| {
        b.iter(|| black_box(step()));
    });
}

/// One packet in and one out, and what is decided in between.
fn insert_and_pull(c: &mut Criterion) {
    for (case, network) in networks() {
        let encoder = FakeEncoder::new(FakeConfig::default()).expect("a codec");
        let recording = Recording::new(encoder, network);
        let mut listener = recording.listen_from(0.0);
        let mut buffer = JitterBuffer::new(JitterConfig::default()).expect("a buffer");
        let info = PacketInfo {
            duration: FRAME,
            activity: Activity::Active,
            content: Content::Speech,
            fec: FRAME,
            redundancy: Duration::ZERO,
        };
        let mut held = Duration::ZERO;
        let mut step = || {
            let now = listener.step(|packet| {
                let _ = buffer.insert(packet.at, packet.seq, packet.time, info, packet.payload);
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
