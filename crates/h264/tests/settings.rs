//! What is set, at the beginning or while it runs, shows in the stream.

mod picture;

use core::num::NonZeroU32;
use moim_h264::{ConfigError, Encoder, EncoderConfig};
use moim_media::VideoSize;
use moim_media::codec::{CodecError, EncodedVideo, FrameKind, VideoDecoder, VideoEncoder};
use picture::{decoder, encode, encoder, pool, scene, show, size, time};

const SECOND: usize = picture::RATE as usize;

/// Kilobits per second of `seconds` of the noisy scene from picture `from` on.
fn kilobits(encoder: &mut Encoder, size: VideoSize, from: usize, seconds: usize) -> f64 {
    let units = encode(encoder, size, from..from + seconds * SECOND);
    units.iter().map(|(unit, _)| unit.len()).sum::<usize>() as f64 * 8.0 / 1_000.0 / seconds as f64
}

#[test]
fn the_bitrate_follows_also_after_a_new_size() {
    let mut encoder = encoder(EncoderConfig { bitrate: 300_000, ..Default::default() });
    let mut from = 0;
    for (width, height) in [(320, 180), (416, 234)] {
        let size = size(width, height);
        for aim in [300_u32, 800, 200, 500] {
            encoder.set_bitrate(aim * 1_000).unwrap();
            kilobits(&mut encoder, size, from, 1);
            let got = kilobits(&mut encoder, size, from + SECOND, 3);
            from += 4 * SECOND;
            let aim = f64::from(aim);
            assert!((0.85 * aim..1.15 * aim).contains(&got), "{size:?}: {aim} kbit/s asked, {got} sent");
        }
    }
}

#[test]
fn the_frame_rate_shares_the_same_bits_among_fewer_pictures() {
    let size = size(320, 180);
    let mut encoder = encoder(EncoderConfig { bitrate: 300_000, ..Default::default() });
    kilobits(&mut encoder, size, 0, 2);
    encoder.set_frame_rate(10.0).unwrap();
    // Every third picture of what would be three seconds, twice.
    let mut bytes = 0;
    for number in (60..60 + 6 * SECOND).step_by(3) {
        let mut unit = Vec::new();
        encoder.encode(&scene(size, number), time(number), FrameKind::Delta, &mut unit).unwrap();
        bytes += if number < 60 + 3 * SECOND { 0 } else { unit.len() };
    }
    let got = bytes as f64 * 8.0 / 3_000.0;
    assert!((250.0..350.0).contains(&got), "{got} kbit/s");
}

#[test]
fn a_rate_the_encoder_does_not_have_is_refused_and_the_old_one_stays() {
    let size = size(160, 96);
    let (mut asked, mut left_alone) = (encoder(EncoderConfig::default()), encoder(EncoderConfig::default()));
    for number in 0..5 {
        for rate in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            assert_eq!(asked.set_frame_rate(rate), Err(CodecError::Unsupported));
        }
        for bitrate in [0, 999, 240_000_001, u32::MAX] {
            assert_eq!(asked.set_bitrate(bitrate), Err(CodecError::Unsupported));
        }
        let range = number..number + 1;
        assert_eq!(encode(&mut asked, size, range.clone()), encode(&mut left_alone, size, range));
    }
    assert_eq!(asked.config(), EncoderConfig::default());
}

#[test]
fn extreme_rates_make_a_stream_that_decodes() {
    let size = size(160, 96);
    let mut encoder = encoder(EncoderConfig::default());
    let (mut decoder, mut pool) = (decoder(), pool(size));
    let mut number = 0;
    let rates = [(1_000, 1e-3), (240_000_000, 1e9), (1_000, 60.0), (240_000_000, 1.0), (500_000, 30.0)];
    for (bitrate, frame_rate) in rates {
        encoder.set_bitrate(bitrate).unwrap();
        encoder.set_frame_rate(frame_rate).unwrap();
        for (unit, _) in encode(&mut encoder, size, number..number + 10) {
            if !unit.is_empty() {
                show(&mut decoder, &unit, &mut pool);
            }
        }
        number += 10;
    }
}

#[test]
fn a_key_frame_that_is_asked_for_comes_however_few_bits_there_are() {
    let size = size(320, 180);
    let mut encoder = encoder(EncoderConfig { bitrate: 10_000, ..Default::default() });
    let mut skipped = 0;
    for number in 0..60 {
        let mut unit = Vec::new();
        let kind = if number % 20 == 19 { FrameKind::Key } else { FrameKind::Delta };
        let encoded = encoder.encode(&scene(size, number), time(number), kind, &mut unit).unwrap();
        if kind == FrameKind::Key {
            assert_eq!(encoded, EncodedVideo::AccessUnit(FrameKind::Key));
        }
        skipped += usize::from(encoded == EncodedVideo::Skipped);
    }
    assert!(skipped > 10, "only {skipped} pictures were skipped");
}

#[test]
fn a_rate_beyond_the_level_begins_anew_at_a_higher_one() {
    let size = size(160, 96);
    let mut encoder = encoder(EncoderConfig::default());
    let level = |unit: &[u8]| unit.windows(4).position(|at| at == [0, 0, 1, 0x67]).map(|at| unit[at + 6]);
    let units = encode(&mut encoder, size, 0..3);
    assert_eq!((level(&units[0].0), units[1].1), (Some(31), FrameKind::Delta));
    encoder.set_bitrate(30_000_000).unwrap();
    let units = encode(&mut encoder, size, 3..6);
    assert_eq!((level(&units[0].0), units[1].1), (Some(41), FrameKind::Delta));
    encoder.set_bitrate(300_000).unwrap();
    assert!(encode(&mut encoder, size, 6..9).iter().all(|(_, kind)| *kind == FrameKind::Delta));
}

#[test]
fn no_nal_unit_is_longer_than_allowed() {
    let size = size(640, 360);
    for most in [500, 1_100, 1_400] {
        let config = EncoderConfig { max_slice_bytes: Some(most), bitrate: 2_000_000, ..Default::default() };
        let mut encoder = encoder(config);
        let (mut decoder, mut pool) = (decoder(), pool(size));
        let mut longest = 0;
        for (number, (unit, _)) in encode(&mut encoder, size, 0..30).iter().enumerate() {
            // An upper bound of each NAL unit: from one start code to the next.
            let starts: Vec<_> = (0..unit.len())
                .filter(|&at| unit[at..].starts_with(&[0, 0, 1]))
                .chain([unit.len()])
                .collect();
            for pair in starts.windows(2) {
                longest = longest.max(pair[1] - pair[0] - 3);
            }
            assert!(longest <= usize::from(most), "picture {number}: {longest} of {most} bytes");
            if !unit.is_empty() {
                show(&mut decoder, unit, &mut pool);
            }
        }
        assert!(longest > usize::from(most) / 2);
    }
}

#[test]
fn key_frames_come_in_the_interval_and_only_then() {
    let size = size(160, 96);
    for (interval, layers, expected) in [(10, 1, 10), (10, 3, 12), (1, 1, 1), (u32::MAX, 2, usize::MAX)] {
        let config = EncoderConfig {
            key_frame_interval: NonZeroU32::new(interval),
            temporal_layers: layers,
            ..Default::default()
        };
        let mut encoder = encoder(config);
        let (mut number, mut keys) = (0, Vec::new());
        for index in 0..30 {
            let mut unit = Vec::new();
            match encoder.encode(&scene(size, index), time(index), FrameKind::Delta, &mut unit).unwrap() {
                EncodedVideo::AccessUnit(FrameKind::Key) => keys.push(number),
                EncodedVideo::AccessUnit(FrameKind::Delta) => {}
                EncodedVideo::Skipped => continue,
            }
            number += 1;
        }
        assert!(
            keys.iter().enumerate().all(|(nth, &key)| key == nth * expected),
            "{interval} {layers}: {keys:?}"
        );
        assert_eq!(keys.len(), if expected == usize::MAX { 1 } else { number.div_ceil(expected) });
    }
}

#[test]
fn every_second_picture_of_a_layered_stream_is_disposable() {
    let size = size(160, 96);
    for layers in 2..=4 {
        let config = EncoderConfig { temporal_layers: layers, bitrate: 1_000_000, ..Default::default() };
        let decoder = decoder();
        let disposable: Vec<_> = encode(&mut encoder(config), size, 0..20)
            .iter()
            .filter(|(unit, _)| !unit.is_empty())
            .map(|(unit, _)| decoder.inspect(unit).unwrap().disposable)
            .collect();
        assert!(disposable.iter().enumerate().all(|(number, &is)| is == (number % 2 == 1)), "{layers}");
    }
}

#[test]
fn what_h264_does_not_have_is_refused_by_name() {
    let refused = |config| Encoder::new(config).err();
    let base = EncoderConfig::default();
    for bitrate in [0, 999, 240_000_001] {
        assert_eq!(refused(EncoderConfig { bitrate, ..base }), Some(ConfigError::Bitrate { bitrate }));
    }
    for frame_rate in [0.0, -1.0, f32::INFINITY] {
        assert_eq!(
            refused(EncoderConfig { frame_rate, ..base }),
            Some(ConfigError::FrameRate { frame_rate })
        );
    }
    for layers in [0, 5, 255] {
        let config = EncoderConfig { temporal_layers: layers, ..base };
        assert_eq!(refused(config), Some(ConfigError::TemporalLayers { layers }));
    }
    for bytes in [0, 499] {
        let config = EncoderConfig { max_slice_bytes: Some(bytes), ..base };
        assert_eq!(refused(config), Some(ConfigError::SliceBytes { bytes }));
    }
}
