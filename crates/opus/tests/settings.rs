//! What is set on a running encoder shows in its packets.

mod sound;

use core::time::Duration;
use moim_media::codec::AudioEncoder;
use moim_opus::{Bandwidth, Encoder, EncoderConfig, Fec, Mode, Packet, Signal};
use sound::{encode, tone, voice};

const SECOND: usize = 48_000;

fn kilobits(packets: &[Vec<u8>], seconds: usize) -> f64 {
    packets.iter().map(Vec::len).sum::<usize>() as f64 * 8.0 / 1_000.0 / seconds as f64
}

fn with_fec(packets: &[Vec<u8>]) -> usize {
    packets.iter().filter(|packet| !Packet::parse(packet).unwrap().fec().is_zero()).count()
}

#[test]
fn the_bitrate_follows() {
    let pcm = voice(4 * SECOND);
    let config = EncoderConfig { fec: Fec::Off, ..EncoderConfig::default() };
    let mut encoder = Encoder::new(config).unwrap();
    for aim in [16_000, 64_000, 24_000, 128_000, 8_000] {
        encoder.set_bitrate(aim).unwrap();
        encode(&mut encoder, &pcm[..SECOND]);
        let got = kilobits(&encode(&mut encoder, &pcm), 4);
        let aim = f64::from(aim) / 1_000.0;
        assert!((0.7 * aim..1.25 * aim).contains(&got), "{aim} kbit/s asked, {got} sent");
    }
}

#[test]
fn a_bitrate_beyond_opus_is_the_nearest_it_has() {
    let pcm = tone(48_000, 1, 2 * SECOND);
    for micros in [2_500, 20_000] {
        let frame = Duration::from_micros(micros);
        let mut encoder = Encoder::new(EncoderConfig { frame, ..EncoderConfig::default() }).unwrap();
        encoder.set_bitrate(0).unwrap();
        let packets = encode(&mut encoder, &pcm);
        assert!(packets.iter().all(|packet| !Packet::parse(packet).unwrap().is_silent()), "{frame:?}");
        assert!(kilobits(&packets, 2) < 15.0);
        encoder.set_bitrate(u32::MAX).unwrap();
        assert!(kilobits(&encode(&mut encoder, &pcm), 2) < 600.0);
    }
}

#[test]
fn fec_comes_with_expected_loss_and_goes_with_it() {
    let pcm = voice(2 * SECOND);
    let mut encoder = Encoder::new(EncoderConfig::default()).unwrap();
    let count = |encoder: &mut Encoder| with_fec(&encode(encoder, &pcm));
    assert!(count(&mut encoder) > 50, "the default carries FEC");
    encoder.set_expected_loss(0.0).unwrap();
    assert!(count(&mut encoder) <= 1);
    encoder.set_expected_loss(7.5).unwrap();
    assert!(count(&mut encoder) > 50);
    encoder.set_fec(Fec::Off).unwrap();
    assert!(count(&mut encoder) <= 1);
    encoder.set_fec(Fec::UnlessMusic).unwrap();
    assert!(count(&mut encoder) > 50);
    encoder.set_expected_loss(f32::NAN).unwrap();
    assert!(count(&mut encoder) <= 1);
}

#[test]
fn the_signal_chooses_the_layer() {
    let pcm = voice(2 * SECOND);
    let mut encoder = Encoder::new(EncoderConfig {
        bitrate: 40_000,
        fec: Fec::Off,
        expected_loss: 0.0,
        ..Default::default()
    })
    .unwrap();
    let mut last = |signal| {
        encoder.set_signal(signal).unwrap();
        let packets = encode(&mut encoder, &pcm);
        Packet::parse(packets.last().unwrap()).unwrap().mode()
    };
    assert_eq!(last(Signal::Music), Mode::Celt);
    assert_ne!(last(Signal::Voice), Mode::Celt);
    assert_eq!(last(Signal::Music), Mode::Celt);
}

#[test]
fn the_bandwidth_limit_holds_at_once_for_music_and_after_a_glide_for_voice() {
    let pcm = voice(SECOND);
    let last = |encoder: &mut Encoder, limit| {
        encoder.set_max_bandwidth(limit).unwrap();
        let packets = encode(encoder, &pcm);
        Packet::parse(packets.last().unwrap()).unwrap().bandwidth()
    };
    let config = EncoderConfig { bitrate: 64_000, fec: Fec::Off, ..EncoderConfig::default() };
    let mut music = Encoder::new(EncoderConfig { signal: Signal::Music, ..config }).unwrap();
    let free = last(&mut music, Bandwidth::Full);
    assert!(free > Bandwidth::Wide);
    assert_eq!(last(&mut music, Bandwidth::Narrow), Bandwidth::Narrow);
    assert_eq!(last(&mut music, Bandwidth::Wide), Bandwidth::Wide);
    assert_eq!(last(&mut music, Bandwidth::Full), free);

    let mut voice = Encoder::new(EncoderConfig { signal: Signal::Voice, bitrate: 24_000, ..config }).unwrap();
    assert!(last(&mut voice, Bandwidth::Full) > Bandwidth::Medium);
    let glide = [Bandwidth::Narrow; 12].map(|limit| last(&mut voice, limit));
    assert_eq!(glide[11], Bandwidth::Narrow, "{glide:?}");
}

#[test]
fn complexity_changes_the_bits_but_not_the_stream() {
    let pcm = voice(SECOND);
    let packets = |complexity| {
        let mut encoder = Encoder::new(EncoderConfig::default()).unwrap();
        encoder.set_complexity(complexity).unwrap();
        encode(&mut encoder, &pcm)
    };
    let (least, most) = (packets(0), packets(10));
    assert_ne!(least, most);
    assert_eq!(most, {
        let mut encoder = Encoder::new(EncoderConfig { complexity: 10, ..EncoderConfig::default() }).unwrap();
        encode(&mut encoder, &pcm)
    });
    assert!(least.iter().all(|packet| Packet::parse(packet).is_ok()));
}
