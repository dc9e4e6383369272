//! Discontinuous transmission: silence is announced, refreshed, and ended.

mod sound;

use core::time::Duration;
use moim_media::codec::{Activity, AudioDecoder, AudioEncoder, AudioInput, Encoded};
use moim_opus::{Application, Decoder, DecoderConfig, Dtx, Encoder, EncoderConfig};
use sound::voice;

/// One second of voice, four of faint noise, one of voice.
fn speech_silence_speech() -> Vec<f32> {
    let mut pcm = voice(48_000);
    let mut state = 1_u32;
    pcm.extend((0..4 * 48_000).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 * 1e-4
    }));
    pcm.extend(voice(48_000));
    pcm
}

#[test]
fn a_silence_is_announced_once_refreshed_now_and_then_and_ended_by_speech() {
    let config = EncoderConfig { dtx: Dtx::On, ..EncoderConfig::default() };
    let mut encoder = Encoder::new(config).unwrap();
    let decoder = Decoder::new(DecoderConfig::default()).unwrap();
    let mut packet = [0; 1_500];
    let mut sent = Vec::new();
    for pcm in speech_silence_speech().chunks_exact(960) {
        sent.push(match encoder.encode(pcm, &mut packet).unwrap() {
            Encoded::Packet(len) => Some(decoder.inspect(&packet[..len]).unwrap().activity),
            Encoded::Silent => None,
        });
    }
    assert!(sent[..50].iter().all(|sent| *sent == Some(Activity::Active)), "speech is sent");
    let silence = &sent[75..250];
    let withheld = silence.iter().filter(|sent| sent.is_none()).count();
    assert!(withheld > 140, "{withheld} of {} frames withheld", silence.len());
    let refreshed = silence.iter().filter(|sent| **sent == Some(Activity::Active)).count();
    assert!((5..=10).contains(&refreshed), "{refreshed} refreshments in 3.5 s");
    for pair in sent.windows(2).filter(|pair| pair[1].is_none()) {
        assert_ne!(pair[0], Some(Activity::Active), "the far side was not told that silence follows");
    }
    let again =
        sent[250..].iter().rposition(|sent| *sent != Some(Activity::Active)).map_or(0, |last| last + 1);
    assert!(again <= 10, "speech is sent again after {again} frames");
}

#[test]
fn the_far_side_fills_the_silence_without_a_gap() {
    for application in [Application::Voice, Application::Music] {
        let config = EncoderConfig { dtx: Dtx::On, application, ..EncoderConfig::default() };
        let mut encoder = Encoder::new(config).unwrap();
        let mut decoder = Decoder::new(DecoderConfig::default()).unwrap();
        let (mut packet, mut heard, mut silent) = ([0; 1_500], [0.0; 960], 0);
        for pcm in speech_silence_speech().chunks_exact(960) {
            let input = match encoder.encode(pcm, &mut packet).unwrap() {
                Encoded::Packet(len) => AudioInput::Packet(&packet[..len]),
                Encoded::Silent => {
                    silent += 1;
                    AudioInput::Lost
                }
            };
            assert_eq!(decoder.decode(input, &mut heard), Ok(960));
            assert!(heard.iter().all(|sample| sample.abs() < 1.5));
        }
        assert!(silent > 100, "{application:?}: {silent} frames withheld");
    }
}

#[test]
fn an_announcement_lasts_as_long_as_the_frame_it_stands_for() {
    for millis in [10, 20, 40, 60, 120] {
        let frame = Duration::from_millis(millis);
        let config = EncoderConfig { dtx: Dtx::On, frame, ..EncoderConfig::default() };
        let mut encoder = Encoder::new(config).unwrap();
        let mut decoder = Decoder::new(DecoderConfig::default()).unwrap();
        let (mut packet, mut heard, mut announced) = ([0; 1_500], [0.0; 5_760], 0);
        let samples = config.format.samples(frame);
        for pcm in speech_silence_speech().chunks_exact(samples) {
            let Encoded::Packet(len) = encoder.encode(pcm, &mut packet).unwrap() else { continue };
            let info = decoder.inspect(&packet[..len]).unwrap();
            announced += usize::from(info.activity == Activity::Silent);
            assert_eq!(info.duration, frame);
            assert_eq!(decoder.decode(AudioInput::Packet(&packet[..len]), &mut heard), Ok(samples));
        }
        assert!(announced > 0, "{frame:?}");
    }
}

#[test]
fn without_dtx_every_frame_is_a_packet() {
    let mut encoder = Encoder::new(EncoderConfig::default()).unwrap();
    let mut packet = [0; 1_500];
    let pcm = speech_silence_speech();
    let withheld = |encoder: &mut Encoder, packet: &mut [u8]| {
        let silent = |pcm: &[f32]| encoder.encode(pcm, packet) == Ok(Encoded::Silent);
        pcm.chunks_exact(960).map(silent).filter(|silent| *silent).count()
    };
    assert_eq!(withheld(&mut encoder, &mut packet), 0);
    encoder.set_dtx(Dtx::On).unwrap();
    assert!(withheld(&mut encoder, &mut packet) > 140);
    encoder.set_dtx(Dtx::Off).unwrap();
    assert_eq!(withheld(&mut encoder, &mut packet), 0);
}
