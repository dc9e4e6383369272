//! What the neural parts of libopus cost: 20 ms of voice at each level of a decoder, and deep redundancy.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use core::hint::black_box;
use core::time::Duration;
use criterion::{Criterion, criterion_group, criterion_main};
use moim_media::ClockRate;
use moim_media::codec::{AudioDecoder, AudioEncoder, AudioInput, Encoded};
use moim_opus::{Decoder, DecoderConfig, Encoder, EncoderConfig, Fec, MAX_DRED, Neural, Packet, Redundancy};
use moim_testkit::talker::Talker;

/// Five seconds of 20 ms.
const FRAMES: usize = 250;

fn sound() -> Vec<f32> {
    let mut pcm = vec![0.0; 960 * FRAMES];
    Talker::new(1, ClockRate::HZ_48000).fill(&mut pcm);
    pcm
}

/// Voice in the speech layer alone, which is what LACE and NoLACE enhance most of.
fn speech() -> EncoderConfig {
    EncoderConfig { bitrate: 16_000, ..EncoderConfig::default() }
}

fn redundant() -> EncoderConfig {
    EncoderConfig { fec: Fec::Off, expected_loss: 0.15, dred: MAX_DRED, ..EncoderConfig::default() }
}

fn encoder(config: EncoderConfig) -> Encoder {
    Encoder::new(config).expect("a valid configuration")
}

fn packets(config: EncoderConfig) -> Vec<Vec<u8>> {
    let (mut encoder, mut packet) = (encoder(config), vec![0; 1_500]);
    let mut encode = |pcm: &[f32]| match encoder.encode(pcm, &mut packet).expect("a frame") {
        Encoded::Packet(len) => packet[..len].to_vec(),
        Encoded::Silent => unreachable!("DTX is off"),
    };
    sound().chunks_exact(960).map(&mut encode).collect()
}

fn decoder(neural: Neural) -> Decoder {
    Decoder::new(DecoderConfig { neural, ..DecoderConfig::default() }).expect("every level is compiled in")
}

fn name(neural: Neural) -> &'static str {
    match neural {
        Neural::Classic => "classic",
        Neural::Concealment => "concealment",
        Neural::Lace => "lace",
        Neural::NoLace => "nolace",
    }
}

fn decode(c: &mut Criterion) {
    let packets = packets(speech());
    let mut pcm = [0.0; 960];
    for neural in Neural::ALL {
        let mut decoder = decoder(neural);
        for packet in &packets {
            assert_eq!(decoder.decode(AudioInput::Packet(packet), &mut pcm), Ok(960));
        }
        c.bench_function(&format!("moim-opus/decode/{}/voice-16k", name(neural)), |bencher| {
            let mut packets = packets.iter().cycle();
            bencher.iter(|| {
                decoder.decode(AudioInput::Packet(black_box(packets.next().expect("a cycle"))), &mut pcm)
            });
        });
    }
}

/// The first 20 ms of a gap, which cost the most.
fn conceal(c: &mut Criterion) {
    let packets = packets(speech());
    let mut pcm = [0.0; 960];
    for neural in Neural::ALL {
        let mut decoder = decoder(neural);
        for packet in &packets[..100] {
            assert_eq!(decoder.decode(AudioInput::Packet(packet), &mut pcm), Ok(960));
        }
        decoder.save();
        c.bench_function(&format!("moim-opus/plc/{}/voice-16k", name(neural)), |bencher| {
            bencher.iter(|| {
                decoder.restore();
                decoder.decode(black_box(AudioInput::Lost), &mut pcm)
            });
        });
    }
}

/// Parsed once for each gap, decoded once for each lost frame; that there is any is asked of every packet.
fn redundancy(c: &mut Criterion) {
    let packets = packets(redundant());
    let mut decoder = decoder(Neural::Concealment);
    let (mut redundancy, mut pcm) = (Redundancy::default(), [0.0; 960]);
    for packet in &packets[..120] {
        assert_eq!(decoder.decode(AudioInput::Packet(packet), &mut pcm), Ok(960));
    }
    let (next, gap) = (&packets[125], Duration::from_millis(100));
    assert!(decoder.parse_redundancy(next, &mut redundancy) >= gap);
    assert!(Packet::parse(next).expect("a packet").has_dred());
    c.bench_function("moim-opus/has-dred/moim/voice-32k", |bencher| {
        bencher.iter(|| Packet::parse(black_box(next)).map(|packet| packet.has_dred()));
    });
    c.bench_function("moim-opus/parse-redundancy/moim/voice-32k", |bencher| {
        bencher.iter(|| decoder.parse_redundancy(black_box(next), &mut redundancy));
    });
    decoder.save();
    c.bench_function("moim-opus/redundant/moim/voice-32k", |bencher| {
        bencher.iter(|| {
            decoder.restore();
            decoder.decode(AudioInput::Redundant { from: &redundancy, offset: black_box(gap) }, &mut pcm)
        });
    });
}

fn encode(c: &mut Criterion) {
    let pcm = sound();
    let mut packet = vec![0; 1_500];
    for (config, case) in [(EncoderConfig::default(), "voice-32k"), (redundant(), "voice-32k-dred")] {
        let mut encoder = encoder(config);
        assert!(pcm.chunks_exact(960).all(|pcm| encoder.encode(pcm, &mut packet).is_ok()));
        c.bench_function(&format!("moim-opus/encode/neural/{case}"), |bencher| {
            let mut frames = pcm.chunks_exact(960).cycle();
            bencher.iter(|| encoder.encode(black_box(frames.next().expect("a cycle")), &mut packet));
        });
    }
}

criterion_group!(benches, decode, conceal, redundancy, encode);
criterion_main!(benches);
