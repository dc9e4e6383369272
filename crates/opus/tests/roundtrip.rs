//! What is encoded is heard: every format, every packet duration, every application.

mod sound;

use core::time::Duration;
use moim_media::codec::{AudioDecoder, AudioEncoder, AudioInput, CodecError};
use moim_media::{AudioFormat, ClockRate};
use moim_opus::{Application, ConfigError, Decoder, DecoderConfig, Encoder, EncoderConfig, MAX_DRED, Packet};
use sound::{correlation, encode, snr, tone};

const FRAMES_US: [u64; 9] = [2_500, 5_000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 120_000];

/// Encodes, decodes and aligns; returns both sounds without the first 200 ms, in which the codec settles.
fn through(config: EncoderConfig, pcm: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let mut encoder = Encoder::new(config).expect("a valid configuration");
    let mut decoder = Decoder::new(DecoderConfig { format: config.format, ..DecoderConfig::default() })
        .expect("a valid configuration");
    let mut heard = Vec::new();
    let mut out = vec![0.0; config.format.samples(Duration::from_millis(120))];
    for packet in encode(&mut encoder, pcm) {
        let info = decoder.inspect(&packet).expect("our own packet");
        assert_eq!(info.duration, config.frame);
        let samples = decoder.decode(AudioInput::Packet(&packet), &mut out).expect("our own packet");
        assert_eq!(samples, config.format.samples(config.frame));
        heard.extend_from_slice(&out[..samples]);
    }
    let delay = config.format.samples(encoder.lookahead());
    let settle = config.format.samples(Duration::from_millis(200));
    let heard = heard[delay + settle..].to_vec();
    (pcm[settle..settle + heard.len()].to_vec(), heard)
}

#[test]
fn a_tone_survives_at_every_rate_and_channel_count() {
    for hertz in [8_000, 12_000, 16_000, 24_000, 48_000] {
        for channels in [1, 2] {
            let format = AudioFormat::new(ClockRate::new(hertz).unwrap(), channels).unwrap();
            let config = EncoderConfig {
                format,
                application: Application::Music,
                bitrate: 64_000,
                ..EncoderConfig::default()
            };
            let (meant, heard) = through(config, &tone(hertz, usize::from(channels), hertz as usize));
            let snr = snr(&meant, &heard);
            assert!(snr > 20.0, "{hertz} Hz, {channels} channels: {snr} dB");
        }
    }
}

#[test]
fn a_tone_survives_in_every_packet_duration_and_application() {
    for application in [Application::Voice, Application::Music, Application::LowDelay] {
        for micros in FRAMES_US {
            let frame = Duration::from_micros(micros);
            let config = EncoderConfig { application, frame, bitrate: 64_000, ..EncoderConfig::default() };
            let (meant, heard) = through(config, &tone(48_000, 1, 96_000));
            let alike = correlation(&meant, &heard);
            assert!(alike > 0.95, "{application:?}, {frame:?}: {alike}");
        }
    }
}

#[test]
fn stereo_keeps_its_sides_apart() {
    let format = AudioFormat::new(ClockRate::HZ_48000, 2).unwrap();
    let config = EncoderConfig {
        format,
        application: Application::Music,
        bitrate: 96_000,
        ..EncoderConfig::default()
    };
    let mut pcm = tone(48_000, 2, 48_000);
    for frame in pcm.chunks_exact_mut(2) {
        frame[1] = 0.0;
    }
    let (meant, heard) = through(config, &pcm);
    let side = |pcm: &[f32], side: usize| pcm.chunks_exact(2).map(|frame| frame[side]).collect::<Vec<f32>>();
    assert!(correlation(&side(&meant, 0), &side(&heard, 0)) > 0.98);
    let power = |pcm: &[f32]| pcm.iter().map(|sample| sample * sample).sum::<f32>();
    assert!(power(&side(&heard, 1)) < 0.01 * power(&side(&heard, 0)));
}

#[test]
fn a_decoder_makes_its_own_format_of_any_stream() {
    let mut encoder = Encoder::new(EncoderConfig::default()).unwrap();
    let packets = encode(&mut encoder, &tone(48_000, 1, 48_000));
    for hertz in [8_000, 12_000, 16_000, 24_000, 48_000] {
        let format = AudioFormat::new(ClockRate::new(hertz).unwrap(), 2).unwrap();
        let mut decoder = Decoder::new(DecoderConfig { format, ..DecoderConfig::default() }).unwrap();
        let mut pcm = vec![0.0; format.samples(Duration::from_millis(20))];
        for packet in &packets {
            assert_eq!(decoder.decode(AudioInput::Packet(packet), &mut pcm), Ok(pcm.len()));
        }
        let power = pcm.iter().map(|sample| sample * sample).sum::<f32>() / pcm.len() as f32;
        assert!((0.08..0.17).contains(&power), "{hertz} Hz: {power}");
    }
}

#[test]
fn a_frame_of_the_wrong_size_and_a_short_buffer_are_named() {
    let mut encoder = Encoder::new(EncoderConfig::default()).unwrap();
    let mut packet = [0; 1_500];
    let size = 959;
    assert_eq!(encoder.encode(&[0.0; 959], &mut packet), Err(CodecError::FrameSize { size }));
    let error = CodecError::BufferTooSmall { needed: 15, actual: 14 };
    assert_eq!(encoder.encode(&[0.0; 960], &mut packet[..14]), Err(error));

    for packet in encode(&mut encoder, &tone(48_000, 1, 9_600)) {
        let mut decoder = Decoder::new(DecoderConfig::default()).unwrap();
        let mut pcm = [7.0; 959];
        let error = CodecError::BufferTooSmall { needed: 960, actual: 959 };
        assert_eq!(decoder.decode(AudioInput::Packet(&packet), &mut pcm), Err(error));
        assert_eq!(pcm, [7.0; 959]);
    }
}

#[test]
fn a_packet_never_outgrows_its_buffer_however_small_or_huge() {
    let pcm = tone(48_000, 1, 5_760);
    for micros in FRAMES_US {
        let frame = Duration::from_micros(micros);
        let config = EncoderConfig { frame, bitrate: 510_000, ..EncoderConfig::default() };
        let pcm = &pcm[..config.format.samples(frame)];
        let least = (6_000 * micros).div_ceil(8_000_000).max(3) as usize;
        for room in [least, least + 1, 40 + least, 1_200, 64 << 20] {
            let mut encoder = Encoder::new(config).unwrap();
            let mut packet = vec![0; room];
            let encoded = encoder.encode(pcm, &mut packet);
            let Ok(moim_media::codec::Encoded::Packet(len)) = encoded else {
                panic!("{frame:?} in {room} bytes: {encoded:?}")
            };
            assert!(len <= room);
            assert_eq!(Packet::parse(&packet[..len]).map(|packet| packet.duration()), Ok(frame));
        }
    }
}

#[test]
fn what_opus_does_not_have_is_refused_by_name() {
    let format = |hertz, channels| AudioFormat::new(ClockRate::new(hertz).unwrap(), channels).unwrap();
    let decoder = |format| Decoder::new(DecoderConfig { format, ..DecoderConfig::default() }).map(drop);
    assert_eq!(decoder(format(44_100, 1)), Err(ConfigError::SampleRate { hertz: 44_100 }));
    assert_eq!(decoder(format(96_000, 1)), Err(ConfigError::SampleRate { hertz: 96_000 }));
    assert_eq!(decoder(format(48_000, 3)), Err(ConfigError::Channels { channels: 3 }));

    let base = EncoderConfig::default();
    let encoder = |config| Encoder::new(config).map(drop);
    for frame in [Duration::ZERO, Duration::from_millis(30), Duration::from_nanos(20_000_001)] {
        assert_eq!(encoder(EncoderConfig { frame, ..base }), Err(ConfigError::Frame { frame }));
    }
    for bitrate in [0, 5_999, 510_001] {
        assert_eq!(encoder(EncoderConfig { bitrate, ..base }), Err(ConfigError::Bitrate { bitrate }));
    }
    for reach in [Duration::from_millis(15), MAX_DRED + Duration::from_millis(10), Duration::MAX] {
        assert_eq!(encoder(EncoderConfig { dred: reach, ..base }), Err(ConfigError::Dred { reach }));
    }
    for share in [-0.01, 1.01, f32::INFINITY] {
        let config = EncoderConfig { expected_loss: share, ..base };
        assert_eq!(encoder(config), Err(ConfigError::ExpectedLoss { share }));
    }
    let config = EncoderConfig { expected_loss: f32::NAN, ..base };
    assert!(matches!(encoder(config), Err(ConfigError::ExpectedLoss { share }) if share.is_nan()));
    assert_eq!(Encoder::new(base).unwrap().set_complexity(11), Err(CodecError::Unsupported));
}
