//! The levels of a decoder beyond the classic one, as far as they are compiled in.

mod sound;

use moim_media::codec::{AudioDecoder, AudioEncoder, AudioInput, CodecError};
use moim_opus::{ConfigError, Decoder, DecoderConfig, Encoder, EncoderConfig, MAX_DRED, Neural};
use sound::{correlation, encode, voice};

const FRAME: usize = 960;

fn decoder(neural: Neural) -> Decoder {
    Decoder::new(DecoderConfig { neural, ..DecoderConfig::default() }).expect("an available level")
}

fn available() -> impl Iterator<Item = Neural> {
    Neural::ALL.into_iter().filter(|level| level.is_available())
}

/// Four seconds of voice at a bitrate where the speech layer codes all of it.
fn packets() -> Vec<Vec<u8>> {
    let config = EncoderConfig { bitrate: 16_000, expected_loss: 0.1, ..EncoderConfig::default() };
    encode(&mut Encoder::new(config).expect("a valid configuration"), &voice(200 * FRAME))
}

fn play(decoder: &mut Decoder, input: AudioInput<'_, moim_opus::Redundancy>) -> [f32; FRAME] {
    let mut pcm = [f32::NAN; FRAME];
    assert_eq!(decoder.decode(input, &mut pcm), Ok(FRAME));
    assert!(pcm.iter().all(|sample| sample.is_finite()));
    pcm
}

/// The sound of `packets` of which every seventh is lost.
fn heard(neural: Neural, packets: &[Vec<u8>]) -> Vec<f32> {
    let mut decoder = decoder(neural);
    packets
        .iter()
        .enumerate()
        .flat_map(|(index, packet)| {
            let input = if index % 7 == 6 { AudioInput::Lost } else { AudioInput::Packet(packet) };
            play(&mut decoder, input)
        })
        .collect()
}

#[test]
fn every_level_says_the_same_and_none_sounds_like_another() {
    let packets = packets();
    let levels: Vec<Vec<f32>> = available().map(|level| heard(level, &packets)).collect();
    for (index, level) in levels.iter().enumerate() {
        let alike = correlation(&levels[0], level);
        assert!(alike > 0.8, "level {index}: {alike}");
        assert!(levels[..index].iter().all(|other| other != level), "level {index} does nothing");
    }
}

#[test]
fn what_is_not_compiled_in_is_an_error() {
    for neural in Neural::ALL.into_iter().filter(|level| !level.is_available()) {
        let refused = Decoder::new(DecoderConfig { neural, ..DecoderConfig::default() });
        assert_eq!(refused.map(drop), Err(ConfigError::Neural { level: neural }));
    }
    if !cfg!(feature = "dred") {
        let config = EncoderConfig { dred: MAX_DRED, ..EncoderConfig::default() };
        assert_eq!(Encoder::new(config).map(drop), Err(ConfigError::NoDred));
        let mut encoder = Encoder::new(EncoderConfig::default()).unwrap();
        assert_eq!(encoder.set_dred(MAX_DRED), Err(CodecError::Unsupported));
        assert_eq!(encoder.set_dred(core::time::Duration::ZERO), Ok(()));
        assert_eq!(encoder.frame(), EncoderConfig::default().frame);
    }
}

#[test]
fn restore_is_exact_at_every_level() {
    let packets = packets();
    for level in available() {
        let (mut undecided, mut straight) = (decoder(level), decoder(level));
        for (index, pair) in packets.windows(2).enumerate() {
            undecided.save();
            for _ in 0..index % 3 {
                play(&mut undecided, AudioInput::Lost);
                play(&mut undecided, AudioInput::Fec { next: &pair[1] });
                play(&mut undecided, AudioInput::Packet(&pair[1]));
                undecided.restore();
            }
            let input = || if index % 7 == 3 { AudioInput::Lost } else { AudioInput::Packet(&pair[0]) };
            let (ours, theirs) = (play(&mut undecided, input()), play(&mut straight, input()));
            assert!(ours == theirs, "{level:?}, frame {index}");
        }
    }
}

#[test]
fn a_reset_decoder_is_a_new_one_at_every_level() {
    let packets = packets();
    for level in available() {
        let (mut used, mut new) = (decoder(level), decoder(level));
        for packet in &packets {
            play(&mut used, AudioInput::Packet(packet));
        }
        used.reset();
        for packet in &packets {
            let (used, new) =
                (play(&mut used, AudioInput::Packet(packet)), play(&mut new, AudioInput::Packet(packet)));
            assert!(used == new, "{level:?}");
        }
    }
}
