//! Hostile bytes: an error for those bytes, and a decoder that goes on.

mod sound;

use moim_media::codec::{AudioDecoder, AudioEncoder, AudioInput, CodecError, Encoded};
use moim_opus::{Decoder, DecoderConfig, Encoder, EncoderConfig};
use sound::{correlation, encode, tone, voice};

/// `len` bytes of SplitMix64.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    (0..len)
        .map(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (z >> 32) as u8
        })
        .collect()
}

#[test]
fn what_is_no_packet_is_corrupt_and_leaves_no_trace() {
    let packets = encode(&mut Encoder::new(EncoderConfig::default()).unwrap(), &voice(48_000));
    let mut bothered = Decoder::new(DecoderConfig::default()).unwrap();
    let mut calm = Decoder::new(DecoderConfig::default()).unwrap();
    let long = vec![0; 1_277];
    let no_packets: [&[u8]; 6] = [&[], &[3], &[1, 0], &[0x4b, 0], &[0x4b, 0x80 | 2, 250], &long];
    for packet in &packets {
        let (mut a, mut b) = ([0.0; 960], [0.0; 960]);
        for no_packet in no_packets {
            assert_eq!(bothered.inspect(no_packet), Err(CodecError::Corrupt));
            for input in [AudioInput::Packet(no_packet), AudioInput::Fec { next: no_packet }] {
                assert_eq!(bothered.decode(input, &mut a), Err(CodecError::Corrupt));
            }
        }
        bothered.decode(AudioInput::Packet(packet), &mut a).unwrap();
        calm.decode(AudioInput::Packet(packet), &mut b).unwrap();
        assert_eq!(a, b);
    }
}

#[test]
fn a_stream_recovers_from_any_noise_within_a_tenth_of_a_second() {
    let pcm = tone(48_000, 1, 48_000);
    let packets = encode(&mut Encoder::new(EncoderConfig::default()).unwrap(), &pcm);
    let mut whole = Decoder::new(DecoderConfig::default()).unwrap();
    let mut bothered = Decoder::new(DecoderConfig::default()).unwrap();
    let (mut a, mut b, mut out) = ([0.0; 960], [0.0; 960], [0.0; 5_760]);
    let (mut accepted, mut refused) = (0, 0);
    for (index, packet) in packets.iter().cycle().take(2_000).enumerate() {
        if index % 20 == 10 {
            for seed in 0..20 {
                let noise = noise(index as u64 * 20 + seed, 1 + seed as usize * 15);
                match bothered.decode(AudioInput::Packet(&noise), &mut out) {
                    Ok(samples) => {
                        accepted += 1;
                        assert!(out[..samples].iter().all(|sample| sample.is_finite()));
                    }
                    Err(_) => refused += 1,
                }
            }
        }
        assert_eq!(whole.decode(AudioInput::Packet(packet), &mut a), Ok(960));
        assert_eq!(bothered.decode(AudioInput::Packet(packet), &mut b), Ok(960));
        if index % 20 == 9 && index > 20 {
            let alike = correlation(&a, &b);
            assert!(alike > 0.9, "frame {index}: {alike}");
        }
    }
    assert!(accepted > 500 && refused > 500, "{accepted} accepted, {refused} refused");
}

#[test]
fn an_encoder_survives_samples_that_are_no_sound() {
    let mut encoder = Encoder::new(EncoderConfig::default()).unwrap();
    let mut decoder = Decoder::new(DecoderConfig::default()).unwrap();
    let (mut packet, mut heard) = ([0; 1_500], [0.0; 960]);
    for sample in
        [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e9, f32::MIN_POSITIVE / 2.0]
    {
        for _ in 0..10 {
            let Ok(Encoded::Packet(len)) = encoder.encode(&[sample; 960], &mut packet) else {
                panic!("{sample}")
            };
            assert_eq!(decoder.decode(AudioInput::Packet(&packet[..len]), &mut heard), Ok(960));
            assert!(heard.iter().all(|sample| sample.is_finite()), "{sample}");
        }
    }
    let pcm = tone(48_000, 1, 48_000);
    for pcm in pcm.chunks_exact(960) {
        let Ok(Encoded::Packet(len)) = encoder.encode(pcm, &mut packet) else { panic!("sound is a packet") };
        decoder.decode(AudioInput::Packet(&packet[..len]), &mut heard).unwrap();
    }
    let power = heard.iter().map(|sample| sample * sample).sum::<f32>() / 960.0;
    assert!((0.1..0.15).contains(&power), "the tone is back: {power}");
}
