//! Hostile bytes: never a panic, never memory beyond the limit, never a picture that is not one.

mod picture;

use moim_h264::{Decoder, DecoderConfig, EncoderConfig};
use moim_media::codec::{CodecError, FrameKind, VideoDecoder, VideoEncoder, VideoInput, VideoOutput};
use picture::{decoder, encode, encoder, pool, same, scene, show, size, time};

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }
}

#[test]
fn what_is_no_access_unit_is_corrupt() {
    let (mut decoder, mut pool) = (decoder(), pool(size(64, 48)));
    let units: [&[u8]; 6] =
        [&[], &[0, 0, 1], &[1, 2, 3], &[0; 100], &[0, 0, 1, 0xe5, 0x88], &[0, 0, 1, 0x67]];
    for unit in units {
        let output = decoder.decode(VideoInput::AccessUnit(unit), &mut pool);
        assert!(matches!(output, Err(CodecError::Corrupt)), "{unit:?}: {output:?}");
        assert_eq!(decoder.inspect(unit), Err(CodecError::Corrupt));
    }
    let long = vec![1; (4 << 20) + 1];
    let output = decoder.decode(VideoInput::AccessUnit(&long), &mut pool);
    assert!(matches!(output, Err(CodecError::Corrupt)));
}

#[test]
fn parameter_sets_alone_are_pending_and_serve_a_key_frame_without_any() {
    let size = size(64, 48);
    let units = encode(&mut encoder(EncoderConfig::default()), size, 0..3);
    let key = &units[0].0;
    let slice = key.windows(5).position(|at| at == [0, 0, 0, 1, 0x65]).unwrap();
    let (sets, slice) = key.split_at(slice);
    let (mut decoder, mut pool) = (decoder(), pool(size));
    assert!(!decoder.inspect(slice).unwrap().has_headers);
    let output = decoder.decode(VideoInput::AccessUnit(slice), &mut pool);
    assert!(matches!(output, Ok(VideoOutput::NeedsKeyFrame)));
    let output = decoder.decode(VideoInput::AccessUnit(sets), &mut pool);
    assert!(matches!(output, Ok(VideoOutput::Pending)));
    show(&mut decoder, slice, &mut pool);
    show(&mut decoder, &units[1].0, &mut pool);
}

#[test]
fn a_picture_larger_than_allowed_is_refused_before_anything_is_allocated() {
    for (most, sent, allowed) in [
        ((320, 240), (320, 240), true),
        ((320, 240), (240, 320), true),
        ((320, 240), (336, 16), false),
        ((320, 240), (256, 256), false),
        ((1_920, 1_088), (1_920, 1_080), true),
    ] {
        let (most, sent) = (size(most.0, most.1), size(sent.0, sent.1));
        let mut unit = Vec::new();
        let mut encoder = encoder(EncoderConfig::default());
        encoder.encode(&scene(sent, 0), time(0), FrameKind::Key, &mut unit).unwrap();
        let mut decoder = Decoder::new(DecoderConfig { max_size: most }).unwrap();
        let mut pool = pool(size(16, 16));
        let output = decoder.decode(VideoInput::AccessUnit(&unit), &mut pool);
        if allowed {
            assert!(matches!(output, Ok(VideoOutput::Frame(_))), "{output:?}");
        } else {
            let refused = CodecError::FrameSize { size: sent.width() * sent.height() };
            assert_eq!(output.err(), Some(refused));
            assert_eq!(pool.size(), size(16, 16));
        }
    }
}

#[test]
fn a_stream_that_announces_giants_costs_no_memory() {
    // Baseline, level 5.2, 1 024 × 1 024 macroblocks, without cropping and VUI.
    let unsigned = |value: u32| format!("{:0>1$b}", value + 1, 2 * (value + 1).ilog2() as usize + 1);
    let mut bits = format!("{:08b}{:08b}{:08b}", 66, 0, 52);
    for value in [0, 0, 2, 1] {
        bits += &unsigned(value);
    }
    bits += &format!("0{}{}11001", unsigned(1_023), unsigned(1_023));
    bits += &"0".repeat(bits.len().next_multiple_of(8) - bits.len());
    let mut unit = vec![0, 0, 0, 1, 0x67];
    unit.extend((0..bits.len()).step_by(8).map(|at| u8::from_str_radix(&bits[at..at + 8], 2).unwrap()));
    let output = decoder().decode(VideoInput::AccessUnit(&unit), &mut pool(size(16, 16)));
    assert_eq!(output.err(), Some(CodecError::FrameSize { size: 16_384 * 16_384 }));
}

#[test]
fn damaged_and_truncated_streams_show_nothing_until_a_key_frame_and_then_everything() {
    let size = size(160, 96);
    let mut dice = Dice(1);
    for max_slice_bytes in [None, Some(600)] {
        let config = EncoderConfig { max_slice_bytes, bitrate: 600_000, ..Default::default() };
        let mut encoder = encoder(config);
        let mut units = Vec::new();
        for number in 0..12 {
            let mut unit = Vec::new();
            let kind = if number % 6 == 0 { FrameKind::Key } else { FrameKind::Delta };
            encoder.encode(&scene(size, number), time(number), kind, &mut unit).unwrap();
            units.push(unit);
        }
        let mut pool = pool(size);
        let mut fresh = decoder();
        let meant: Vec<_> =
            units[6..].iter().map(|unit| show(&mut fresh, unit, &mut picture::pool(size))).collect();
        let mut bothered = decoder();
        let (mut refused, mut shown) = (0, 0);
        for _ in 0..400 {
            let mut needs_key = false;
            for unit in &units[..6] {
                let mut unit = unit.clone();
                match dice.roll(4) {
                    0 => unit.truncate(dice.roll(unit.len())),
                    1 => {
                        let at = dice.roll(unit.len());
                        unit[at] ^= 1 << dice.roll(8);
                    }
                    2 => {
                        let at = dice.roll(unit.len());
                        unit[at] = dice.roll(256) as u8;
                    }
                    _ => {}
                }
                let key = bothered.inspect(&unit).is_ok_and(|info| info.kind == FrameKind::Key);
                match bothered.decode(VideoInput::AccessUnit(&unit), &mut pool) {
                    Ok(VideoOutput::Frame(_)) => {
                        assert!(!needs_key || key);
                        (needs_key, shown) = (false, shown + 1);
                    }
                    Ok(VideoOutput::NeedsKeyFrame) | Err(_) => (needs_key, refused) = (true, refused + 1),
                    Ok(VideoOutput::Pending) => {}
                    Ok(VideoOutput::PoolExhausted) => unreachable!("nothing is held"),
                }
            }
            for (unit, meant) in units[6..].iter().zip(&meant) {
                assert!(same(meant, &show(&mut bothered, unit, &mut pool)), "a key frame mends everything");
            }
        }
        assert!(refused > 1_000 && shown > 200, "{refused} refused, {shown} shown");
    }
}
