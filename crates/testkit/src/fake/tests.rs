use super::*;
use core::time::Duration;
use moim_media::codec::{Activity, AudioDecoder, AudioEncoder, AudioInput, CodecError, Encoded};
use moim_media::{AudioFormat, ClockRate};

const FRAME: Duration = Duration::from_millis(20);
const STEREO_16K: AudioFormat = AudioFormat::new(ClockRate::HZ_16000, 2).unwrap();

/// Frames of a constant level, one packet each; level of frame n is n + 1 steps of 1/256.
fn packets(config: FakeConfig, count: usize) -> Vec<Vec<u8>> {
    let mut encoder = FakeEncoder::new(config).unwrap();
    (0..count).map(|n| packet(&mut encoder, level(n as u32)).unwrap()).collect()
}

fn level(frame: u32) -> f32 {
    (frame + 1) as f32 / 256.0
}

/// One frame of `level`, encoded; `None` when nothing is to be sent.
fn packet(encoder: &mut impl AudioEncoder, level: f32) -> Option<Vec<u8>> {
    let pcm = vec![level; encoder.format().samples(encoder.frame())];
    let mut bytes = vec![0xee; 4_000];
    match encoder.encode(&pcm, &mut bytes).unwrap() {
        Encoded::Packet(len) => Some(bytes[..len].to_vec()),
        Encoded::Silent => None,
    }
}

/// What any decoder makes of `input`, which is to last one frame.
fn frame<D: AudioDecoder>(decoder: &mut D, input: AudioInput<'_, D::Redundancy>) -> Vec<f32> {
    let mut pcm = vec![f32::NAN; decoder.format().samples(FRAME)];
    let written = decoder.decode(input, &mut pcm).unwrap();
    assert_eq!(written, pcm.len());
    pcm
}

/// Plays `packets` of which `lost` are missing as an engine would: FEC before redundancy before concealment.
fn play<D: AudioDecoder>(decoder: &mut D, packets: &[Vec<u8>], lost: &[usize]) -> Vec<f32> {
    let mut redundancy = D::Redundancy::default();
    let mut sound = Vec::new();
    for n in 0..packets.len() {
        if !lost.contains(&n) {
            sound.extend(frame(decoder, AudioInput::Packet(&packets[n])));
            continue;
        }
        let Some(next) = (n..packets.len()).find(|next| !lost.contains(next)) else {
            sound.extend(frame(decoder, AudioInput::Lost));
            continue;
        };
        let offset = FRAME * (next - n) as u32;
        if decoder.inspect(&packets[next]).unwrap().fec >= offset {
            sound.extend(frame(decoder, AudioInput::Fec { next: &packets[next] }));
        } else if decoder.parse_redundancy(&packets[next], &mut redundancy) >= offset {
            sound.extend(frame(decoder, AudioInput::Redundant { from: &redundancy, offset }));
        } else {
            sound.extend(frame(decoder, AudioInput::Lost));
        }
    }
    sound
}

#[test]
fn each_loss_is_filled_by_the_route_that_reaches_it() {
    let config = FakeConfig { format: STEREO_16K, fec: true, redundancy: 2, ..FakeConfig::default() };
    let packets = packets(config, 10);
    let mut decoder = FakeDecoder::new(STEREO_16K);
    let sound = play(&mut decoder, &packets, &[2, 4, 5, 6, 9]);
    use Played::{Fec, Lost, Packet, Redundant};
    let routes =
        [Packet(0), Packet(1), Fec(2), Packet(3), Lost, Redundant(5), Fec(6), Packet(7), Packet(8), Lost];
    assert_eq!(decoder.history(), routes);
    for (n, pcm) in sound.chunks_exact(STEREO_16K.samples(FRAME)).enumerate() {
        let heard = match n {
            4 => level(3),
            9 => level(8),
            _ => level(n as u32),
        };
        assert_eq!(pcm[0], heard, "frame {n}");
        let concealed = matches!(routes[n], Lost);
        assert_eq!(*pcm.last().unwrap(), if concealed { heard / 2.0 } else { heard }, "frame {n}");
    }
}

#[test]
fn inspection_tells_duration_and_reach() {
    for units in 1..=48 {
        let duration = Duration::from_micros(2_500 * units);
        let config = FakeConfig { frame: duration, fec: true, redundancy: 3, ..FakeConfig::default() };
        let packets = packets(config, 5);
        let mut decoder = FakeDecoder::new(AudioFormat::VOICE);
        let mut redundancy = FakeRedundancy::default();
        for (n, packet) in packets.iter().enumerate() {
            let info = decoder.inspect(packet).unwrap();
            assert_eq!(info.duration, duration);
            assert_eq!(info.activity, Activity::Active);
            assert_eq!(info.fec, duration * n.min(1) as u32);
            assert_eq!(info.redundancy, duration * n.min(3) as u32);
            assert_eq!(decoder.parse_redundancy(packet, &mut redundancy), info.redundancy);
        }
    }
}

#[test]
fn redundancy_plays_any_stretch_across_frames() {
    let packets = packets(FakeConfig { redundancy: 8, ..FakeConfig::default() }, 12);
    let mut decoder = FakeDecoder::new(AudioFormat::VOICE);
    let mut redundancy = FakeRedundancy::default();
    assert_eq!(decoder.parse_redundancy(&packets[11], &mut redundancy), FRAME * 8);
    // From the middle of frame 2, which is out of reach, to the middle of frame 4.
    let mut pcm = vec![f32::NAN; AudioFormat::VOICE.samples(FRAME * 2)];
    let from = AudioInput::Redundant { from: &redundancy, offset: Duration::from_millis(170) };
    assert_eq!(decoder.decode(from, &mut pcm), Ok(1_920));
    assert_eq!(decoder.history(), [Played::Lost, Played::Redundant(3), Played::Redundant(4)]);
    assert!(pcm[..480].iter().all(|&sample| sample == 0.0));
    assert!(pcm[480..1_440].iter().all(|&sample| sample == level(3)));
    assert!(pcm[1_440..].iter().all(|&sample| sample == level(4)));
}

#[test]
fn redundancy_ends_where_its_packet_begins() {
    let packets = packets(FakeConfig { redundancy: 1, ..FakeConfig::default() }, 2);
    let mut decoder = FakeDecoder::new(AudioFormat::VOICE);
    let mut redundancy = FakeRedundancy::default();
    decoder.parse_redundancy(&packets[1], &mut redundancy);
    let from = AudioInput::Redundant { from: &redundancy, offset: FRAME / 2 };
    let pcm = frame(&mut decoder, from);
    assert_eq!(decoder.history(), [Played::Redundant(0), Played::Lost]);
    assert!(pcm.iter().all(|&sample| sample == level(0)));
}

#[test]
fn concealment_halves_every_ten_milliseconds_in_pieces_of_any_size() {
    let packets = packets(FakeConfig::default(), 1);
    let play = |piece: usize| {
        let mut decoder = FakeDecoder::new(AudioFormat::VOICE);
        frame(&mut decoder, AudioInput::Packet(&packets[0]));
        let mut sound = vec![f32::NAN; 4_800];
        for pcm in sound.chunks_mut(piece) {
            decoder.decode(AudioInput::Lost, pcm).unwrap();
        }
        sound
    };
    let whole = play(4_800);
    for (n, ten) in whole.chunks_exact(480).enumerate() {
        assert!(ten.iter().all(|&sample| sample == level(0) * 0.5_f32.powi(n as i32)));
    }
    assert_eq!(whole, play(480));
    assert_eq!(whole, play(77));
}

#[test]
fn restoring_undoes_what_was_decoded_since() {
    let packets = packets(FakeConfig::default(), 4);
    let mut decoder = FakeDecoder::new(AudioFormat::VOICE);
    frame(&mut decoder, AudioInput::Packet(&packets[0]));
    decoder.save();
    let before = frame(&mut decoder, AudioInput::Lost);
    frame(&mut decoder, AudioInput::Packet(&packets[3]));
    decoder.restore();
    assert_eq!(decoder.history(), [Played::Packet(0)]);
    assert_eq!(frame(&mut decoder, AudioInput::Lost), before);

    decoder.reset();
    assert_eq!(frame(&mut decoder, AudioInput::Lost), vec![0.0; 960]);
    decoder.restore();
    assert_eq!(decoder.history(), [Played::Packet(0), Played::Lost]);
}

#[test]
fn silence_is_marked_once_and_then_not_sent() {
    let mut encoder = FakeEncoder::new(FakeConfig { dtx: true, ..FakeConfig::default() }).unwrap();
    let decoder = FakeDecoder::new(AudioFormat::VOICE);
    assert!(packet(&mut encoder, 0.5).is_some());
    for _ in 0..5 {
        let hangover = packet(&mut encoder, 0.0).unwrap();
        assert_eq!(decoder.inspect(&hangover).unwrap().activity, Activity::Active);
    }
    let mark = packet(&mut encoder, 0.0).unwrap();
    assert_eq!(mark.len(), 2);
    let info = decoder.inspect(&mark).unwrap();
    assert_eq!((info.activity, info.duration), (Activity::Silent, FRAME));
    for _ in 0..100 {
        assert_eq!(packet(&mut encoder, 0.0), None);
    }
    let mut decoder = decoder;
    let mut pcm = [f32::NAN; 960];
    decoder.decode(AudioInput::Packet(&mark), &mut pcm).unwrap();
    decoder.decode(AudioInput::Packet(&packet(&mut encoder, 0.5).unwrap()), &mut pcm).unwrap();
    assert_eq!(decoder.history(), [Played::Silence, Played::Packet(107)]);
}

#[test]
fn a_tone_without_mean_is_not_silence() {
    let mut encoder = FakeEncoder::new(FakeConfig { dtx: true, ..FakeConfig::default() }).unwrap();
    let square: Vec<f32> = (0..960).map(|n| if n % 2 == 0 { 0.5 } else { -0.5 }).collect();
    for _ in 0..20 {
        assert_eq!(encoder.encode(&square, &mut [0; 100]), Ok(Encoded::Packet(9)));
    }
}

#[test]
fn packets_are_padded_to_the_bitrate() {
    let mut encoder = FakeEncoder::new(FakeConfig::default()).unwrap();
    encoder.set_bitrate(32_000).unwrap();
    encoder.set_expected_loss(0.1).unwrap();
    assert_eq!((encoder.bitrate(), encoder.expected_loss()), (Some(32_000), 0.1));
    let bytes = packet(&mut encoder, 0.25).unwrap();
    assert_eq!(bytes.len(), 80);
    let pcm = frame(&mut FakeDecoder::new(AudioFormat::VOICE), AudioInput::Packet(&bytes));
    assert!(pcm.iter().all(|&sample| sample == 0.25));
}

#[test]
fn the_history_keeps_the_newest_and_is_bounded() {
    let packets = packets(FakeConfig::default(), 1);
    let mut decoder = FakeDecoder::new(AudioFormat::VOICE);
    for _ in 0..2 * FakeDecoder::HISTORY {
        frame(&mut decoder, AudioInput::Lost);
    }
    decoder.save();
    frame(&mut decoder, AudioInput::Packet(&packets[0]));
    assert_eq!(decoder.history().len(), FakeDecoder::HISTORY);
    assert_eq!(decoder.history().last(), Some(&Played::Packet(0)));
    decoder.restore();
    assert_eq!(decoder.history(), [Played::Lost; FakeDecoder::HISTORY]);
}

#[test]
fn what_is_no_packet_is_corrupt_and_does_no_harm() {
    let good = packets(FakeConfig { fec: true, redundancy: 8, ..FakeConfig::default() }, 12).pop().unwrap();
    let mut decoder = FakeDecoder::new(AudioFormat::VOICE);
    let mut pcm = [0.0; 960];
    let mut redundancy = FakeRedundancy::default();
    let mut is_corrupt = |packet: &[u8]| {
        let corrupt = Err(CodecError::Corrupt);
        decoder.inspect(packet) == Err(CodecError::Corrupt)
            && decoder.decode(AudioInput::Packet(packet), &mut pcm) == corrupt
            && decoder.decode(AudioInput::Fec { next: packet }, &mut pcm) == corrupt
            && decoder.parse_redundancy(packet, &mut redundancy) == Duration::ZERO
    };
    for len in 0..good.len() {
        assert!(is_corrupt(&good[..len]), "cut to {len}");
    }
    for (place, byte) in [(0, 0xfc), (1, 0x89), (1, 0xff), (2, 0), (2, 49)] {
        let mut bad = good.clone();
        bad[place] = byte;
        assert!(is_corrupt(&bad), "{byte} at {place}");
    }
    assert!(is_corrupt(&[good.as_slice(), &[0, 1]].concat()), "padding");
    assert!(decoder.history().is_empty());
    assert_eq!(decoder.decode(AudioInput::Packet(&good), &mut pcm), Ok(960));
}

#[test]
fn sizes_and_settings_are_checked() {
    let config = FakeConfig::default();
    for frame in [Duration::ZERO, Duration::from_millis(1), Duration::from_micros(122_500)] {
        let refused = FakeEncoder::new(FakeConfig { frame, ..config.clone() });
        assert_eq!(refused.unwrap_err(), FakeConfigError::Frame { frame });
    }
    let refused = FakeEncoder::new(FakeConfig { redundancy: 9, ..config.clone() });
    assert_eq!(refused.unwrap_err(), FakeConfigError::Redundancy { frames: 9 });

    let mut encoder = FakeEncoder::new(config.clone()).unwrap();
    assert_eq!(encoder.encode(&[0.0; 959], &mut [0; 100]), Err(CodecError::FrameSize { size: 959 }));
    let small = CodecError::BufferTooSmall { needed: 9, actual: 8 };
    assert_eq!(encoder.encode(&[0.0; 960], &mut [0; 8]), Err(small));
    let packet = packets(config, 1).pop().unwrap();
    let mut decoder = FakeDecoder::new(AudioFormat::VOICE);
    let small = CodecError::BufferTooSmall { needed: 960, actual: 480 };
    assert_eq!(decoder.decode(AudioInput::Packet(&packet), &mut [0.0; 480]), Err(small));
}
