//! Packets that did not come: concealment, in-band FEC, and changing one's mind.

mod sound;

use core::time::Duration;
use moim_media::codec::{AudioDecoder, AudioInput, CodecError};
use moim_media::{AudioFormat, ClockRate};
use moim_opus::{Decoder, DecoderConfig, Encoder, EncoderConfig, Redundancy};
use sound::{correlation, encode, snr, voice};

const FRAME: usize = 960;

fn decoder() -> Decoder {
    Decoder::new(DecoderConfig::default()).expect("a valid configuration")
}

/// Two seconds of voice with FEC in its packets.
fn packets() -> Vec<Vec<u8>> {
    let config = EncoderConfig { expected_loss: 0.2, ..EncoderConfig::default() };
    encode(&mut Encoder::new(config).expect("a valid configuration"), &voice(96_000))
}

fn play(decoder: &mut Decoder, input: AudioInput<'_, Redundancy>) -> [f32; FRAME] {
    let mut pcm = [f32::NAN; FRAME];
    assert_eq!(decoder.decode(input, &mut pcm), Ok(FRAME));
    assert!(pcm.iter().all(|sample| sample.is_finite()));
    pcm
}

#[test]
fn fec_restores_a_lost_frame_better_than_concealment() {
    let packets = packets();
    let (mut whole, mut repaired, mut concealed) = (decoder(), decoder(), decoder());
    let (mut meant, mut with_fec, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for (index, pair) in packets.windows(2).enumerate() {
        let reach = whole.inspect(&pair[1]).unwrap().fec;
        let lost = index > 10 && index % 5 == 0 && reach == Duration::from_millis(20);
        let truth = play(&mut whole, AudioInput::Packet(&pair[0]));
        let fec = if lost { AudioInput::Fec { next: &pair[1] } } else { AudioInput::Packet(&pair[0]) };
        let plc = if lost { AudioInput::Lost } else { AudioInput::Packet(&pair[0]) };
        let (fec, plc) = (play(&mut repaired, fec), play(&mut concealed, plc));
        if lost {
            meant.extend(truth);
            with_fec.extend(fec);
            without.extend(plc);
        }
    }
    assert!(meant.len() > 10 * FRAME, "hardly a packet carried FEC");
    let (fec, plc) = (snr(&meant, &with_fec), snr(&meant, &without));
    assert!(fec > plc + 3.0, "FEC {fec} dB, concealment {plc} dB");
    assert!(correlation(&meant, &with_fec) > 0.9);
}

#[test]
fn fec_for_a_longer_gap_fills_its_end_and_conceals_the_rest() {
    let packets = packets();
    let (mut gap, mut apart) = (decoder(), decoder());
    for packet in &packets[..50] {
        assert_eq!(play(&mut gap, AudioInput::Packet(packet)), play(&mut apart, AudioInput::Packet(packet)));
    }
    let mut pcm = [f32::NAN; 10 * FRAME];
    assert_eq!(gap.decode(AudioInput::Fec { next: &packets[60] }, &mut pcm), Ok(pcm.len()));
    for piece in pcm[..9 * FRAME].chunks_exact(FRAME) {
        assert_eq!(piece, play(&mut apart, AudioInput::Lost));
    }
    assert_eq!(pcm[9 * FRAME..], play(&mut apart, AudioInput::Fec { next: &packets[60] }));
}

#[test]
fn without_fec_in_the_next_packet_the_gap_is_concealed() {
    let config = EncoderConfig { expected_loss: 0.0, ..EncoderConfig::default() };
    let packets = encode(&mut Encoder::new(config).unwrap(), &voice(96_000));
    let (mut asked, mut plain) = (decoder(), decoder());
    for packet in &packets[..50] {
        assert_eq!(asked.inspect(packet).unwrap().fec, Duration::ZERO);
        play(&mut asked, AudioInput::Packet(packet));
        play(&mut plain, AudioInput::Packet(packet));
    }
    let (asked, plain) =
        (play(&mut asked, AudioInput::Fec { next: &packets[51] }), play(&mut plain, AudioInput::Lost));
    assert!(correlation(&asked, &plain) > 0.99);
}

#[test]
fn concealment_fills_any_multiple_of_two_and_a_half_milliseconds_and_fades() {
    let packets = packets();
    for hertz in [8_000, 12_000, 16_000, 24_000, 48_000] {
        for channels in [1, 2] {
            let format = AudioFormat::new(ClockRate::new(hertz).unwrap(), channels).unwrap();
            let step = format.samples(Duration::from_micros(2_500));
            let mut decoder = Decoder::new(DecoderConfig { format, ..DecoderConfig::default() }).unwrap();
            let mut pcm = vec![0.0; 800 * step];
            for packet in &packets[..30] {
                decoder.decode(AudioInput::Packet(packet), &mut pcm).unwrap();
            }
            for steps in [0, 1, 3, 4, 5, 8, 47, 48, 49, 100, 800] {
                pcm.fill(f32::NAN);
                assert_eq!(decoder.decode(AudioInput::Lost, &mut pcm[..steps * step]), Ok(steps * step));
                assert!(pcm[..steps * step].iter().all(|sample| sample.is_finite()));
                assert!(pcm[steps * step..].iter().all(|sample| sample.is_nan()));
            }
            let loudest = pcm[700 * step..].iter().fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
            assert!(loudest < 0.01, "{hertz} Hz: still {loudest} after two seconds");
        }
    }
}

#[test]
fn a_gap_that_is_no_multiple_is_refused_and_does_no_harm() {
    let packets = packets();
    let (mut asked, mut left_alone) = (decoder(), decoder());
    for packet in &packets {
        let mut pcm = [0.0; FRAME];
        for size in [1, 119, 121, 959] {
            let error = Err(CodecError::FrameSize { size });
            assert_eq!(asked.decode(AudioInput::Lost, &mut pcm[..size]), error);
            assert_eq!(asked.decode(AudioInput::Fec { next: packet }, &mut pcm[..size]), error);
        }
        let empty = Redundancy::default();
        let redundant = AudioInput::Redundant { from: &empty, offset: Duration::from_millis(20) };
        assert_eq!(asked.decode(redundant, &mut pcm), Err(CodecError::Unsupported));
        assert_eq!(asked.parse_redundancy(packet, &mut Redundancy::default()), Duration::ZERO);
        let heard = play(&mut asked, AudioInput::Packet(packet));
        assert_eq!(heard, play(&mut left_alone, AudioInput::Packet(packet)));
    }
}

#[test]
fn restore_undoes_everything_since_save_bit_for_bit() {
    let packets = packets();
    let (mut undecided, mut straight) = (decoder(), decoder());
    for (index, pair) in packets.windows(2).enumerate() {
        undecided.save();
        for _ in 0..index % 3 {
            play(&mut undecided, AudioInput::Lost);
            play(&mut undecided, AudioInput::Fec { next: &pair[1] });
            play(&mut undecided, AudioInput::Packet(&pair[1]));
            undecided.restore();
        }
        let input = || if index % 7 == 3 { AudioInput::Lost } else { AudioInput::Packet(&pair[0]) };
        assert_eq!(play(&mut undecided, input()), play(&mut straight, input()), "frame {index}");
    }
}

#[test]
fn the_beginning_is_what_is_remembered_until_something_else_is() {
    let packets = packets();
    let mut decoder = decoder();
    let first: Vec<_> = packets.iter().map(|packet| play(&mut decoder, AudioInput::Packet(packet))).collect();
    decoder.restore();
    let again: Vec<_> = packets.iter().map(|packet| play(&mut decoder, AudioInput::Packet(packet))).collect();
    assert_eq!(first, again);
    decoder.save();
    decoder.reset();
    let afresh: Vec<_> =
        packets.iter().map(|packet| play(&mut decoder, AudioInput::Packet(packet))).collect();
    assert_eq!(first, afresh);
    decoder.restore();
    assert_eq!(first[0], play(&mut decoder, AudioInput::Packet(&packets[0])));
}

#[test]
fn a_decoder_moves_between_threads_and_keeps_its_place() {
    let packets = packets();
    let (mut moved, mut stayed) = (decoder(), decoder());
    for packet in &packets {
        let heard;
        (moved, heard) = std::thread::scope(|scope| {
            let there = scope.spawn(move || {
                let heard = play(&mut moved, AudioInput::Packet(packet));
                (moved, heard)
            });
            there.join().expect("no panic")
        });
        assert_eq!(heard, play(&mut stayed, AudioInput::Packet(packet)));
    }
}
