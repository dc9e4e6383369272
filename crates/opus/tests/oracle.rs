//! Beside the `opus` crate, over the same libopus: the same packets, and the same sound bit for bit.

mod sound;

use core::time::Duration;
use moim_media::codec::{AudioDecoder, AudioInput};
use moim_media::{AudioFormat, ClockRate};
use moim_opus::{Application, Decoder, DecoderConfig, Encoder, EncoderConfig, Fec};
use sound::{encode, tone, voice};

#[test]
fn the_encoder_makes_the_packets_that_the_opus_crate_makes() {
    let pcm = voice(96_000);
    let config = EncoderConfig { bitrate: 24_000, expected_loss: 0.1, ..EncoderConfig::default() };
    let ours = encode(&mut Encoder::new(config).unwrap(), &pcm);

    let mut peer = opus::Encoder::new(48_000, opus::Channels::Mono, opus::Application::Voip).unwrap();
    peer.set_bitrate(opus::Bitrate::Bits(24_000)).unwrap();
    peer.set_complexity(9).unwrap();
    peer.set_inband_fec(true).unwrap();
    peer.set_packet_loss_perc(10).unwrap();
    let theirs: Vec<_> =
        pcm.chunks_exact(960).map(|pcm| peer.encode_vec_float(pcm, 8_000).unwrap()).collect();
    assert_eq!(ours, theirs);
}

#[test]
fn the_decoder_makes_the_sound_that_the_opus_crate_makes_through_every_input() {
    for (application, frame) in [
        (Application::Voice, Duration::from_millis(20)),
        (Application::Voice, Duration::from_millis(60)),
        (Application::Music, Duration::from_millis(10)),
        (Application::LowDelay, Duration::from_micros(2_500)),
    ] {
        for channels in [1, 2] {
            let format = AudioFormat::new(ClockRate::HZ_48000, channels).unwrap();
            let config = EncoderConfig {
                format,
                application,
                frame,
                fec: Fec::On,
                expected_loss: 0.2,
                ..EncoderConfig::default()
            };
            let pcm = if channels == 1 { voice(96_000) } else { tone(48_000, 2, 96_000) };
            let packets = encode(&mut Encoder::new(config).unwrap(), &pcm);

            let mut ours = Decoder::new(DecoderConfig { format, ..DecoderConfig::default() }).unwrap();
            let sides = if channels == 1 { opus::Channels::Mono } else { opus::Channels::Stereo };
            let mut theirs = opus::Decoder::new(48_000, sides).unwrap();
            let samples = format.samples(frame);
            let (mut a, mut b) = (vec![0.0; samples], vec![1.0; samples]);
            for (index, pair) in packets.windows(2).enumerate() {
                let (input, bytes, fec) = match index % 9 {
                    4 => (AudioInput::Lost, &[][..], false),
                    6 => (AudioInput::Fec { next: &pair[1] }, &pair[1][..], true),
                    _ => (AudioInput::Packet(&pair[0]), &pair[0][..], false),
                };
                let ours = ours.decode(input, &mut a).unwrap();
                let theirs = theirs.decode_float(bytes, &mut b, fec).unwrap();
                assert_eq!(ours, theirs * usize::from(channels));
                assert_eq!(a, b, "{application:?}, {frame:?}, {channels} channels, frame {index}");
            }
        }
    }
}
