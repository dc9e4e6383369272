//! Deep redundancy: speech of the past, spoken again by a later packet.
#![cfg(feature = "dred")]

mod sound;

use core::time::Duration;
use moim_media::codec::{AudioDecoder, AudioInput, CodecError};
use moim_media::{AudioFormat, ClockRate};
use moim_opus::{
    Application, Decoder, DecoderConfig, Encoder, EncoderConfig, Fec, MAX_DRED, Neural, Packet, Redundancy,
    Signal,
};
use moim_testkit::measure::levels;
use sound::{encode, voice};

const FRAME: usize = 960;
const FRAME_TIME: Duration = Duration::from_millis(20);
const BURST: usize = 5;

/// As much redundancy as there are bits for, at the expense of FEC.
fn redundant() -> EncoderConfig {
    EncoderConfig { fec: Fec::Off, expected_loss: 0.15, dred: MAX_DRED, ..EncoderConfig::default() }
}

fn packets(config: EncoderConfig, pcm: &[f32]) -> Vec<Vec<u8>> {
    encode(&mut Encoder::new(config).expect("a valid configuration"), pcm)
}

fn decoder(neural: Neural) -> Decoder {
    Decoder::new(DecoderConfig { neural, ..DecoderConfig::default() }).expect("a valid configuration")
}

fn play(decoder: &mut Decoder, input: AudioInput<'_, Redundancy>) -> [f32; FRAME] {
    let mut pcm = [f32::NAN; FRAME];
    assert_eq!(decoder.decode(input, &mut pcm), Ok(FRAME));
    assert!(pcm.iter().all(|sample| sample.is_finite()));
    pcm
}

/// All packets but bursts of five, one after every `period`; `fill` makes what was lost out of the packet behind it.
fn with_bursts(
    packets: &[Vec<u8>],
    neural: Neural,
    mut fill: impl FnMut(&mut Decoder, &[u8]) -> Vec<f32>,
) -> (Vec<f32>, Vec<usize>) {
    let (mut decoder, mut heard, mut bursts, mut index) = (decoder(neural), Vec::new(), Vec::new(), 0);
    while let Some(packet) = packets.get(index) {
        if index % 25 == 24 && index + BURST < packets.len() {
            bursts.push(index);
            let made = fill(&mut decoder, &packets[index + BURST]);
            assert_eq!(made.len(), BURST * FRAME);
            heard.extend(made);
            index += BURST;
        } else {
            heard.extend(play(&mut decoder, AudioInput::Packet(packet)));
            index += 1;
        }
    }
    (heard, bursts)
}

fn concealed(decoder: &mut Decoder, _next: &[u8]) -> Vec<f32> {
    (0..BURST).flat_map(|_| play(decoder, AudioInput::Lost)).collect()
}

fn rebuilt(decoder: &mut Decoder, next: &[u8]) -> Vec<f32> {
    let mut redundancy = Redundancy::default();
    decoder.parse_redundancy(next, &mut redundancy);
    (1..=BURST as u32)
        .rev()
        .flat_map(|back| {
            play(decoder, AudioInput::Redundant { from: &redundancy, offset: FRAME_TIME * back })
        })
        .collect()
}

/// By how many dB the loudness of the bursts is off, in the mean over 10 ms each.
fn off(meant: &[f32], (heard, bursts): &(Vec<f32>, Vec<usize>)) -> f32 {
    let loudness = |pcm: &[f32]| levels(pcm, ClockRate::HZ_48000, FRAME_TIME / 2);
    let off: Vec<f32> = bursts
        .iter()
        .flat_map(|index| {
            let lost = index * FRAME..(index + BURST) * FRAME;
            loudness(&meant[lost.clone()]).into_iter().zip(loudness(&heard[lost]))
        })
        .map(|(meant, heard)| (meant.max(-60.0) - heard.max(-60.0)).abs())
        .collect();
    off.iter().sum::<f32>() / off.len() as f32
}

#[test]
fn a_burst_rebuilt_from_the_packet_behind_it_is_nearer_to_what_was_said_than_any_concealment() {
    let packets = packets(redundant(), &voice(600 * FRAME));
    let mut whole = decoder(Neural::Classic);
    let meant: Vec<f32> =
        packets.iter().flat_map(|packet| play(&mut whole, AudioInput::Packet(packet))).collect();
    let classic = off(&meant, &with_bursts(&packets, Neural::Classic, concealed));
    let deep = off(&meant, &with_bursts(&packets, Neural::Concealment, concealed));
    let dred = off(&meant, &with_bursts(&packets, Neural::Concealment, rebuilt));
    assert!(dred < 0.5 * classic && dred < 0.5 * deep, "classic {classic}, deep {deep}, DRED {dred} dB off");
}

/// The median of how far back packets reach.
fn typical_reach(config: EncoderConfig) -> Duration {
    let packets = packets(config, &voice(200 * FRAME));
    let (mut decoder, mut redundancy) = (decoder(Neural::Concealment), Redundancy::default());
    let mut reaches: Vec<Duration> = packets[75..]
        .iter()
        .map(|packet| {
            let reach = decoder.parse_redundancy(packet, &mut redundancy);
            assert_eq!(reach, redundancy.reach());
            assert_eq!(redundancy.is_empty(), config.dred.is_zero());
            assert_eq!(Packet::parse(packet).unwrap().has_dred(), !config.dred.is_zero());
            assert_eq!(
                decoder.inspect(packet).unwrap().redundancy,
                Duration::ZERO,
                "not known without parsing"
            );
            reach
        })
        .collect();
    reaches.sort();
    reaches[reaches.len() / 2]
}

#[test]
fn packets_reach_as_far_back_as_they_were_asked_to_and_bits_allow() {
    let slack = Duration::from_millis(30);
    for millis in [0, 100, 200] {
        let dred = Duration::from_millis(millis);
        let reach = typical_reach(EncoderConfig { dred, expected_loss: 0.3, ..redundant() });
        assert!(reach + slack >= dred && reach <= dred + slack, "{reach:?} of {dred:?}");
    }
    let reaches =
        [(0.1, 32_000), (0.15, 32_000), (0.3, 32_000), (0.3, 64_000)].map(|(expected_loss, bitrate)| {
            typical_reach(EncoderConfig { expected_loss, bitrate, ..redundant() })
        });
    assert!(reaches.is_sorted_by(|shorter, longer| shorter < longer), "{reaches:?}");
}

#[test]
fn a_running_encoder_turns_it_on_and_off() {
    let pcm = voice(100 * FRAME);
    let mut encoder = Encoder::new(EncoderConfig { dred: Duration::ZERO, ..redundant() }).unwrap();
    let mut count = |reach| {
        encoder.set_dred(reach).unwrap();
        let packets = encode(&mut encoder, &pcm);
        packets.iter().filter(|packet| Packet::parse(packet).unwrap().has_dred()).count()
    };
    assert_eq!(count(Duration::ZERO), 0);
    assert!(count(Duration::from_millis(500)) > 90);
    assert!(count(Duration::MAX) > 90);
    assert_eq!(count(Duration::ZERO), 0);
}

#[test]
fn redundancy_costs_nothing_of_the_bitrate_it_was_given() {
    let pcm = voice(500 * FRAME);
    let size = |dred| {
        let config = EncoderConfig { dred, ..redundant() };
        packets(config, &pcm).iter().map(Vec::len).sum::<usize>() as f64
    };
    let (without, with) = (size(Duration::ZERO), size(MAX_DRED));
    assert!((0.8..1.2).contains(&(with / without)), "{with} bytes instead of {without}");
}

#[test]
fn one_redundancy_is_parsed_into_again_and_again() {
    let (with, without) =
        (packets(redundant(), &voice(60 * FRAME)), packets(EncoderConfig::default(), &voice(60 * FRAME)));
    let (mut decoder, mut redundancy) = (decoder(Neural::Concealment), Redundancy::default());
    assert!(redundancy.is_empty());
    for _ in 0..3 {
        assert!(decoder.parse_redundancy(&with[59], &mut redundancy) > Duration::from_millis(90));
        assert!(decoder.parse_redundancy(&with[29], &mut redundancy) > Duration::from_millis(90));
        assert!(!redundancy.is_empty());
        for nothing in [&without[59][..], &[], &[3], &with[59][..1]] {
            assert_eq!(decoder.parse_redundancy(nothing, &mut redundancy), Duration::ZERO);
            assert!(redundancy.is_empty());
            let input = AudioInput::Redundant { from: &redundancy, offset: FRAME_TIME };
            assert_eq!(decoder.decode(input, &mut [0.0; FRAME]), Err(CodecError::Unsupported));
        }
    }
}

#[test]
fn a_classic_decoder_finds_none_and_decodes_none() {
    let packets = packets(redundant(), &voice(60 * FRAME));
    let (mut classic, mut deep) = (decoder(Neural::Classic), decoder(Neural::Concealment));
    let mut redundancy = Redundancy::default();
    assert!(deep.parse_redundancy(&packets[59], &mut redundancy) > Duration::ZERO);
    let input = AudioInput::Redundant { from: &redundancy, offset: FRAME_TIME };
    assert_eq!(classic.decode(input, &mut [0.0; FRAME]), Err(CodecError::Unsupported));
    assert_eq!(classic.parse_redundancy(&packets[59], &mut redundancy), Duration::ZERO);
    assert!(redundancy.is_empty());
}

#[test]
fn any_format_stretch_and_offset_is_filled() {
    for (application, signal) in [(Application::Voice, Signal::Voice), (Application::Music, Signal::Music)] {
        let packets = packets(EncoderConfig { application, signal, ..redundant() }, &voice(100 * FRAME));
        for hertz in [8_000, 12_000, 16_000, 24_000, 48_000] {
            for channels in [1, 2] {
                let format = AudioFormat::new(ClockRate::new(hertz).unwrap(), channels).unwrap();
                let step = format.samples(Duration::from_micros(2_500));
                let config = DecoderConfig { format, neural: Neural::Concealment };
                let mut decoder = Decoder::new(config).unwrap();
                let (mut redundancy, mut pcm) = (Redundancy::default(), vec![0.0; 800 * step]);
                for packet in &packets {
                    decoder.decode(AudioInput::Packet(packet), &mut pcm).unwrap();
                }
                decoder.parse_redundancy(&packets[99], &mut redundancy);
                let from = &redundancy;
                for offset in [0, 1, 2_500, 20_000, 333_333, 1_040_000, 9_000_000, u64::MAX] {
                    let offset = Duration::from_micros(offset);
                    for steps in [0, 1, 3, 4, 8, 47, 48, 49, 800] {
                        pcm.fill(f32::NAN);
                        let input = AudioInput::Redundant { from, offset };
                        assert_eq!(decoder.decode(input, &mut pcm[..steps * step]), Ok(steps * step));
                        assert!(pcm[..steps * step].iter().all(|sample| sample.abs() < 10.0));
                        assert!(pcm[steps * step..].iter().all(|sample| sample.is_nan()));
                    }
                    let size = step + 1;
                    let input = AudioInput::Redundant { from, offset };
                    let refused = decoder.decode(input, &mut pcm[..size]);
                    assert_eq!(refused, Err(CodecError::FrameSize { size }));
                }
            }
        }
    }
}

/// Packets whose padding holds something that begins like an extension, most often like DRED.
fn forged(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let frames = 1 + byte() % 4;
    let mut padding = Vec::new();
    for _ in 0..byte() % 6 {
        let (kind, flag) = (byte() % 8, byte() & 1);
        let dred = [b'D', 12, byte(), byte(), byte(), byte(), byte(), byte(), byte()];
        let dred = &dred[..usize::from(byte() % 10)];
        match kind {
            0..=2 => {
                padding.push(126 << 1 | 1);
                padding.push(dred.len() as u8);
                padding.extend(dred);
            }
            3 => {
                padding.push(126 << 1);
                padding.extend(dred);
            }
            4 => padding.extend([2 << 1 | flag]),
            5 => padding.extend([1 << 1 | flag, byte() % 3]),
            6 => padding.extend([(3 + byte() % 29) << 1 | flag, byte()]),
            _ => padding.extend([(32 + byte() % 94) << 1 | flag, byte() % 3, byte(), byte()]),
        }
    }
    let toc = (28 << 3) | 3;
    [&[toc, 0x40 | frames, padding.len() as u8], &padding[..]].concat()
}

#[test]
fn dred_is_seen_where_libopus_finds_it() {
    let (mut decoder, mut redundancy) = (decoder(Neural::Concealment), Redundancy::default());
    let mut found = 0;
    for seed in 0..20_000 {
        let packet = forged(seed);
        let reach = decoder.parse_redundancy(&packet, &mut redundancy);
        assert!(reach < Duration::from_secs(22), "{reach:?}");
        assert!(reach.is_zero() || !redundancy.is_empty());
        let has_dred = Packet::parse(&packet).unwrap().has_dred();
        assert_eq!(has_dred, !redundancy.is_empty(), "{packet:?}");
        found += usize::from(has_dred);
    }
    assert!((5_000..15_000).contains(&found), "{found} of 20 000");
}

#[test]
fn forged_redundancy_sounds_like_something_finite() {
    let speech = packets(EncoderConfig::default(), &voice(50 * FRAME));
    let (mut decoder, mut redundancy) = (decoder(most()), Redundancy::default());
    let mut played = 0;
    for seed in 0..2_000 {
        let reach = decoder.parse_redundancy(&forged(seed), &mut redundancy);
        play(&mut decoder, AudioInput::Packet(&speech[seed as usize % 50]));
        if !redundancy.is_empty() {
            play(&mut decoder, AudioInput::Redundant { from: &redundancy, offset: reach });
            played += 1;
        }
    }
    assert!(played > 500);
}

/// The highest level that is compiled in.
fn most() -> Neural {
    Neural::ALL.into_iter().rfind(|level| level.is_available()).expect("the classic one is there")
}
