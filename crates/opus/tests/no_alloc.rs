//! After `new`, nothing allocates: not here, where this test counts, and not in libopus 1.6.1, which calls
//! `opus_alloc` from its `*_create` functions alone – we call none – and takes its scratch from the stack.

mod sound;

use moim_media::codec::{AudioDecoder, AudioEncoder, AudioInput, Encoded};
use moim_opus::{Decoder, DecoderConfig, Dtx, Encoder, EncoderConfig, Neural};
use moim_testkit::alloc::{Allocations, Counting};
use sound::voice;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn ten_seconds_under_loss_allocate_nothing() {
    let pcm = voice(48_000);
    for neural in Neural::ALL.into_iter().filter(|level| level.is_available()) {
        let config = EncoderConfig { dtx: Dtx::On, ..EncoderConfig::default() };
        let decoder = Decoder::new(DecoderConfig { neural, ..DecoderConfig::default() }).unwrap();
        ten_seconds_under_loss(Encoder::new(config).unwrap(), decoder, &pcm);
    }
}

fn ten_seconds_under_loss(mut encoder: Encoder, mut decoder: Decoder, pcm: &[f32]) {
    let (mut packet, mut heard) = ([0; 1_500], [0.0; 5 * 960]);
    let (mut decoded, mut repaired, mut concealed, mut refused) = (0, 0, 0, 0);
    let counted = Counting::count(|| {
        for (index, frame) in pcm.chunks_exact(960).cycle().take(500).enumerate() {
            encoder.set_bitrate(16_000 + 100 * index as u32).unwrap();
            encoder.set_expected_loss(0.1).unwrap();
            let Ok(Encoded::Packet(len)) = encoder.encode(frame, &mut packet) else { continue };
            let packet = &packet[..len];
            decoder.save();
            decoder.inspect(packet).unwrap();
            match index % 7 {
                2 => concealed += decoder.decode(AudioInput::Lost, &mut heard).unwrap(),
                3 => repaired += decoder.decode(AudioInput::Fec { next: packet }, &mut heard).unwrap(),
                4 => refused += usize::from(decoder.decode(AudioInput::Packet(&[]), &mut heard).is_err()),
                5 => decoder.restore(),
                _ => decoded += decoder.decode(AudioInput::Packet(packet), &mut heard).unwrap(),
            }
        }
        decoder.reset();
    });
    assert!(decoded > 200_000 && repaired > 300_000 && concealed > 300_000 && refused > 60);
    assert_eq!(counted, Allocations::default());
}

#[cfg(feature = "dred")]
#[test]
fn ten_seconds_of_bursts_spoken_again_allocate_nothing() {
    use core::time::Duration;
    use moim_opus::{Fec, Packet, Redundancy};

    let pcm = voice(48_000);
    let config = EncoderConfig { fec: Fec::Off, expected_loss: 0.2, ..EncoderConfig::default() };
    let mut encoder = Encoder::new(config).unwrap();
    let neural = Neural::ALL.into_iter().rfind(|level| level.is_available()).unwrap();
    let mut decoder = Decoder::new(DecoderConfig { neural, ..DecoderConfig::default() }).unwrap();
    let (mut redundancy, mut packet, mut heard) = (Redundancy::default(), [0; 1_500], [0.0; 960]);
    let (mut seen, mut rebuilt) = (0, 0);
    let counted = Counting::count(|| {
        for (index, frame) in pcm.chunks_exact(960).cycle().take(500).enumerate() {
            encoder.set_dred(Duration::from_millis(10 * (index as u64 % 104))).unwrap();
            let Ok(Encoded::Packet(len)) = encoder.encode(frame, &mut packet) else { continue };
            let packet = &packet[..len];
            seen += usize::from(Packet::parse(packet).unwrap().has_dred());
            match index % 8 {
                4..=6 => {}
                7 => {
                    decoder.save();
                    decoder.parse_redundancy(packet, &mut redundancy);
                    for back in [60, 40, 20].map(Duration::from_millis) {
                        let input = AudioInput::Redundant { from: &redundancy, offset: back };
                        rebuilt += decoder.decode(input, &mut heard).unwrap_or(0);
                    }
                    decoder.restore();
                }
                _ => drop(decoder.decode(AudioInput::Packet(packet), &mut heard)),
            }
        }
    });
    assert!(seen > 300 && rebuilt > 100_000, "{seen} packets, {rebuilt} samples");
    assert_eq!(counted, Allocations::default());
}
