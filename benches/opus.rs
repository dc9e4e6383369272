//! One frame of 20 ms through Opus in every direction, beside the `opus` crate over the same libopus.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use core::hint::black_box;
use core::time::Duration;
use criterion::{Bencher, Criterion, criterion_group, criterion_main};
use moim_media::codec::{Activity, AudioDecoder, AudioEncoder, AudioInput, Encoded};
use moim_media::{AudioFormat, ClockRate};
use moim_opus::{Application, Decoder, DecoderConfig, Encoder, EncoderConfig, Fec};
use moim_peers::opus::{self as peer, Stream};
use moim_testkit::talker::Talker;

const STREAMS: [(Stream, &str); 2] = [(Stream::Voice, "voice-32k"), (Stream::Stereo, "stereo-96k")];
const COMPLEXITIES: [u8; 3] = [0, 5, 9];
/// Five seconds.
const FRAMES: usize = 250;

fn config(stream: Stream, complexity: u8) -> EncoderConfig {
    match stream {
        Stream::Voice => EncoderConfig { complexity, ..EncoderConfig::default() },
        Stream::Stereo => EncoderConfig {
            format: AudioFormat::new(ClockRate::HZ_48000, 2).expect("two channels"),
            application: Application::Music,
            bitrate: 96_000,
            fec: Fec::Off,
            expected_loss: 0.0,
            complexity,
            ..EncoderConfig::default()
        },
    }
}

/// Five seconds of one talker, or of one on each side, in frames.
fn sound(stream: Stream) -> Vec<Vec<f32>> {
    let mut pcm = vec![0.0; 960 * FRAMES];
    Talker::new(1, ClockRate::HZ_48000).fill(&mut pcm);
    if matches!(stream, Stream::Stereo) {
        let mut right = vec![0.0; pcm.len()];
        Talker::new(2, ClockRate::HZ_48000).fill(&mut right);
        pcm = pcm.into_iter().zip(right).flat_map(|(left, right)| [left, right]).collect();
    }
    pcm.chunks_exact(pcm.len() / FRAMES).map(<[f32]>::to_vec).collect()
}

fn encoder(stream: Stream, complexity: u8) -> Encoder {
    Encoder::new(config(stream, complexity)).expect("a valid configuration")
}

fn decoder(stream: Stream) -> Decoder {
    let format = config(stream, 0).format;
    Decoder::new(DecoderConfig { format, ..DecoderConfig::default() }).expect("a valid configuration")
}

fn encode_frame(encoder: &mut Encoder, pcm: &[f32], packet: &mut [u8]) -> usize {
    match encoder.encode(pcm, packet).expect("a frame") {
        Encoded::Packet(len) => len,
        Encoded::Silent => 0,
    }
}

fn packets(stream: Stream) -> Vec<Vec<u8>> {
    let (mut encoder, mut packet) = (encoder(stream, 9), vec![0; 1_500]);
    let mut encode = |pcm: &Vec<f32>| {
        let len = encode_frame(&mut encoder, pcm, &mut packet);
        packet[..len].to_vec()
    };
    sound(stream).iter().map(&mut encode).collect()
}

fn encode(c: &mut Criterion) {
    for (stream, name) in STREAMS {
        let frames = sound(stream);
        for complexity in COMPLEXITIES {
            let (mut ours, mut theirs) =
                (encoder(stream, complexity), peer::encoder(stream, i32::from(complexity)));
            let (mut a, mut b) = (vec![0; 1_500], vec![0; 1_500]);
            for pcm in &frames {
                let (len, peer_len) =
                    (encode_frame(&mut ours, pcm, &mut a), peer::encode(&mut theirs, pcm, &mut b));
                assert_eq!(a[..len], b[..peer_len]);
            }
            let case = format!("{name}-cx{complexity}");
            c.bench_function(&format!("moim-opus/encode/moim/{case}"), |bencher| {
                let mut frames = frames.iter().cycle();
                bencher.iter(|| encode_frame(&mut ours, black_box(frames.next().expect("a cycle")), &mut a));
            });
            c.bench_function(&format!("moim-opus/encode/opus/{case}"), |bencher| {
                let mut frames = frames.iter().cycle();
                bencher
                    .iter(|| peer::encode(&mut theirs, black_box(frames.next().expect("a cycle")), &mut b));
            });
        }
    }
}

fn decode(c: &mut Criterion) {
    for (stream, name) in STREAMS {
        let packets = packets(stream);
        let (mut ours, mut theirs) = (decoder(stream), peer::decoder(stream));
        let samples = ours.format().samples(Duration::from_millis(20));
        let (mut a, mut b) = (vec![0.0; samples], vec![0.0; samples]);
        for packet in &packets {
            assert_eq!(ours.decode(AudioInput::Packet(packet), &mut a), Ok(samples));
            peer::decode(&mut theirs, packet, &mut b);
            assert_eq!(a, b);
        }
        c.bench_function(&format!("moim-opus/decode/moim/{name}"), |bencher| {
            let mut packets = packets.iter().cycle();
            bencher.iter(|| {
                ours.decode(AudioInput::Packet(black_box(packets.next().expect("a cycle"))), &mut a)
            });
        });
        c.bench_function(&format!("moim-opus/decode/opus/{name}"), |bencher| {
            let mut packets = packets.iter().cycle();
            bencher.iter(|| peer::decode(&mut theirs, black_box(packets.next().expect("a cycle")), &mut b));
        });
    }
}

/// Of every three frames the third is lost; only making it up is timed.
fn repair(c: &mut Criterion) {
    let packets = packets(Stream::Voice);
    let (mut ours, mut theirs) = (decoder(Stream::Voice), peer::decoder(Stream::Voice));
    let (mut a, mut b) = ([0.0; 960], [0.0; 960]);
    for four in packets.windows(4).step_by(3) {
        let [first, second, _, next] = four else { unreachable!("windows of four") };
        for packet in [first, second] {
            assert_eq!(ours.decode(AudioInput::Packet(packet), &mut a), Ok(960));
            peer::decode(&mut theirs, packet, &mut b);
        }
        assert_eq!(ours.decode(AudioInput::Fec { next }, &mut a), Ok(960));
        peer::fec(&mut theirs, next, &mut b);
        assert_eq!(a, b);
        assert_eq!(ours.decode(AudioInput::Lost, &mut a), Ok(960));
        peer::conceal(&mut theirs, &mut b);
        assert_eq!(a, b);
    }
    let hear_ours = |ours: &mut Decoder, packet: &[u8]| {
        ours.decode(AudioInput::Packet(packet), &mut [0.0; 960]).expect("a packet");
    };
    let hear_theirs = |theirs: &mut peer::Decoder, packet: &[u8]| {
        peer::decode(theirs, packet, &mut [0.0; 960]);
    };
    c.bench_function("moim-opus/fec/moim/voice-32k", |bencher| {
        every_third(bencher, &packets, &mut ours, hear_ours, |ours, next| {
            black_box(ours.decode(AudioInput::Fec { next }, &mut a)).expect("a packet");
        });
    });
    c.bench_function("moim-opus/fec/opus/voice-32k", |bencher| {
        every_third(bencher, &packets, &mut theirs, hear_theirs, |theirs, next| {
            peer::fec(theirs, next, &mut b);
        });
    });
    c.bench_function("moim-opus/plc/moim/voice-32k", |bencher| {
        every_third(bencher, &packets, &mut ours, hear_ours, |ours, _| {
            black_box(ours.decode(AudioInput::Lost, &mut a)).expect("a gap");
        });
    });
    c.bench_function("moim-opus/plc/opus/voice-32k", |bencher| {
        every_third(bencher, &packets, &mut theirs, hear_theirs, |theirs, _| {
            peer::conceal(theirs, &mut b);
        });
    });
}

/// Times `repair` with the packet after the gap; `hear` plays the two before it, off the clock.
#[allow(clippy::disallowed_methods, reason = "a bench takes the time")]
fn every_third<D>(
    bencher: &mut Bencher<'_>,
    packets: &[Vec<u8>],
    decoder: &mut D,
    hear: impl Fn(&mut D, &[u8]),
    mut repair: impl FnMut(&mut D, &[u8]),
) {
    bencher.iter_custom(|times| {
        let mut spent = Duration::ZERO;
        for index in 0..times as usize {
            let at = 3 * index % (packets.len() - 3);
            hear(decoder, &packets[at]);
            hear(decoder, &packets[at + 1]);
            let begin = std::time::Instant::now();
            repair(decoder, black_box(&packets[at + 3]));
            spent += begin.elapsed();
        }
        spent
    });
}

fn inspect(c: &mut Criterion) {
    let packets = packets(Stream::Voice);
    let decoder = decoder(Stream::Voice);
    for packet in &packets {
        let info = decoder.inspect(packet).expect("a packet");
        let active = info.activity == Activity::Active;
        assert_eq!((decoder.format().frames(info.duration), active), peer::inspect(packet));
    }
    let with_fec = packets.iter().filter(|packet| !decoder.inspect(packet).expect("a packet").fec.is_zero());
    assert!(with_fec.count() > FRAMES / 2);
    c.bench_function("moim-opus/inspect/moim/voice-32k", |bencher| {
        let mut packets = packets.iter().cycle();
        bencher.iter(|| decoder.inspect(black_box(packets.next().expect("a cycle"))));
    });
    c.bench_function("moim-opus/inspect/opus/voice-32k", |bencher| {
        let mut packets = packets.iter().cycle();
        bencher.iter(|| peer::inspect(black_box(packets.next().expect("a cycle"))));
    });
}

/// What it costs to be able to go back. The `opus` crate cannot.
fn save_restore(c: &mut Criterion) {
    for (stream, name) in [(Stream::Voice, "mono"), (Stream::Stereo, "stereo")] {
        let packets = packets(stream);
        let mut decoder = decoder(stream);
        let mut pcm = vec![0.0; decoder.format().samples(Duration::from_millis(20))];
        let mut decode = |decoder: &mut Decoder, packet: &[u8]| {
            decoder.decode(AudioInput::Packet(packet), &mut pcm).expect("a packet");
            pcm.clone()
        };
        decode(&mut decoder, &packets[0]);
        decoder.save();
        let once = decode(&mut decoder, &packets[1]);
        decoder.restore();
        assert_eq!(once, decode(&mut decoder, &packets[1]));
        c.bench_function(&format!("moim-opus/save-restore/moim/{name}"), |bencher| {
            bencher.iter(|| {
                decoder.save();
                black_box(&mut decoder).restore();
            });
        });
    }
}

criterion_group!(benches, encode, decode, repair, inspect, save_restore);
criterion_main!(benches);
