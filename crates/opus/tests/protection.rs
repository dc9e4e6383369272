//! What a protector picks, an encoder does.

mod sound;

use core::time::Duration;
use moim_opus::{Encoder, EncoderConfig, Fec, PathReport, Protection, Protector, ProtectorConfig};
use sound::{encode, voice};

const SECOND: usize = 48_000;

fn report(loss: f32, burst: f32) -> PathReport {
    PathReport { lasting: Duration::from_secs(1), loss, burst, round_trip: None, available: 32_000 }
}

fn with_fec(packets: &[Vec<u8>]) -> usize {
    packets.iter().filter(|packet| !moim_opus::Packet::parse(packet).unwrap().fec().is_zero()).count()
}

#[test]
fn an_encoder_follows_a_path_that_turns_bad_and_good_again() {
    let mut encoder = Encoder::new(EncoderConfig::default()).unwrap();
    let mut protector = Protector::new(ProtectorConfig::default()).unwrap();
    let pcm = voice(2 * SECOND);
    let mut second = |loss, burst| {
        encoder.protect(&protector.report(&report(loss, burst))).unwrap();
        encode(&mut encoder, &pcm)
    };
    let packets = second(0.0, 1.0);
    assert!(with_fec(&packets) <= 1);
    for _ in 0..5 {
        second(0.05, 1.0);
    }
    assert!(with_fec(&second(0.05, 1.0)) > 50);
    for _ in 0..60 {
        second(0.0, 1.0);
    }
    assert!(with_fec(&second(0.0, 1.0)) <= 1);
}

#[cfg(feature = "dred")]
#[test]
fn bursts_are_answered_with_dred_within_the_bits_there_are() {
    let mut encoder = Encoder::new(EncoderConfig::default()).unwrap();
    let mut protector = Protector::new(ProtectorConfig::default()).unwrap();
    let pcm = voice(4 * SECOND);
    for _ in 0..5 {
        encoder.protect(&protector.report(&report(0.3, 3.0))).unwrap();
    }
    encode(&mut encoder, &pcm);
    let packets = encode(&mut encoder, &pcm);
    let with_dred =
        packets.iter().filter(|packet| moim_opus::Packet::parse(packet).unwrap().has_dred()).count();
    assert!(
        with_dred > 150 && with_fec(&packets) > 100,
        "{with_dred} of 200 with DRED, {}",
        with_fec(&packets)
    );
    let bits = packets.iter().map(|packet| 8 * packet.len()).sum::<usize>() / 4;
    assert!((24_000..36_000).contains(&bits), "{bits} bit/s");
}

#[test]
fn what_an_encoder_cannot_do_changes_nothing() {
    let pcm = voice(2 * SECOND);
    let (mut asked, mut left_alone) =
        (Encoder::new(EncoderConfig::default()).unwrap(), Encoder::new(EncoderConfig::default()).unwrap());
    let dred = Duration::from_millis(100);
    let done =
        asked.protect(&Protection { fec: Fec::Off, expected_loss: 0.3, dred, red: 0, bitrate: 64_000 });
    assert_eq!(done.is_ok(), cfg!(feature = "dred"));
    assert_eq!(encode(&mut asked, &pcm) == encode(&mut left_alone, &pcm), done.is_err());
}
