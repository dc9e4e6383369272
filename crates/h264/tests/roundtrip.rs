//! What was encoded is decoded, and looks like what was meant.

mod picture;

use moim_h264::{Complexity, Content, EncoderConfig};
use moim_media::FramePool;
use moim_media::codec::{
    CodecError, EncodedVideo, FrameKind, VideoDecoder, VideoEncoder, VideoInput, VideoOutput,
};
use picture::{decoder, encode, encoder, pool, psnr, same, scene, show, size, time};

#[test]
fn a_moving_scene_comes_back_at_once_and_looks_as_it_was() {
    for (content, complexity) in [
        (Content::Camera, Complexity::Low),
        (Content::Camera, Complexity::Medium),
        (Content::Camera, Complexity::High),
        (Content::Screen, Complexity::Low),
    ] {
        let size = size(320, 180);
        let config = EncoderConfig { content, complexity, bitrate: 1_000_000, ..Default::default() };
        let units = encode(&mut encoder(config), size, 0..60);
        let (mut decoder, mut pool) = (decoder(), pool(size));
        let mut worst = f64::INFINITY;
        for (number, (unit, kind)) in units.iter().enumerate() {
            if unit.is_empty() {
                continue;
            }
            let info = decoder.inspect(unit).unwrap();
            assert_eq!(info.kind, *kind);
            assert_eq!(info.has_headers, *kind == FrameKind::Key);
            assert!(!info.disposable);
            let shown = show(&mut decoder, unit, &mut pool);
            worst = worst.min(psnr(&scene(size, number), &shown));
        }
        assert!(worst > 32.0, "{content:?} {complexity:?}: {worst} dB");
        let skipped = units.iter().filter(|(unit, _)| unit.is_empty()).count();
        assert!(skipped < 6, "{skipped} pictures skipped");
        assert_eq!(units.iter().filter(|(_, kind)| *kind == FrameKind::Key).count(), 1);
        assert_eq!(units[0].1, FrameKind::Key);
    }
}

#[test]
fn a_key_frame_comes_when_asked_for_and_decodes_by_itself() {
    let size = size(320, 180);
    let mut encoder = encoder(EncoderConfig::default());
    let (mut whole, mut joined, mut pool) = (decoder(), decoder(), pool(size));
    for number in 0..40 {
        let mut unit = Vec::new();
        let kind = if number % 10 == 5 { FrameKind::Key } else { FrameKind::Delta };
        let encoded = encoder.encode(&scene(size, number), time(number), kind, &mut unit).unwrap();
        if kind == FrameKind::Key {
            assert_eq!(encoded, EncodedVideo::AccessUnit(FrameKind::Key));
        }
        if encoded == EncodedVideo::Skipped {
            continue;
        }
        let meant = show(&mut whole, &unit, &mut pool);
        if number < 20 {
            continue;
        }
        match joined.decode(VideoInput::AccessUnit(&unit), &mut pool) {
            Ok(VideoOutput::NeedsKeyFrame) => assert!(number < 25),
            Ok(VideoOutput::Frame(frame)) => assert!(number >= 25 && same(&meant, &frame)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn odd_sides_are_made_even_and_the_rest_looks_as_it_was() {
    for (width, height) in [(175, 99), (176, 99), (175, 100), (17, 17), (16, 16), (1_366, 768)] {
        let (sent, coded) =
            (size(width, height), size(width.next_multiple_of(2), height.next_multiple_of(2)));
        let config = EncoderConfig { bitrate: 2_000_000, ..Default::default() };
        let units = encode(&mut encoder(config), sent, 0..5);
        let (mut decoder, mut pool) = (decoder(), pool(sent));
        for (number, (unit, _)) in units.iter().enumerate().filter(|(_, (unit, _))| !unit.is_empty()) {
            let shown = show(&mut decoder, unit, &mut pool);
            assert_eq!(shown.size(), coded);
            let alike = psnr(&scene(sent, number), &shown);
            assert!(alike > 30.0, "{sent:?}: {alike} dB");
        }
        assert_eq!((pool.size(), pool.capacity()), (coded, 4));
    }
}

#[test]
fn a_picture_that_no_level_holds_is_refused_and_does_no_harm() {
    let mut asked = encoder(EncoderConfig::default());
    let mut left_alone = encoder(EncoderConfig::default());
    let good = size(64, 48);
    for number in 0..3 {
        for (width, height) in [(1, 1), (15, 64), (64, 15), (16_384, 16), (4_112, 2_304)] {
            let frame = FramePool::new(size(width, height), 1).write(|_| ()).unwrap();
            let refused = CodecError::FrameSize { size: usize::from(width) * usize::from(height) };
            let mut into = vec![7];
            assert_eq!(asked.encode(&frame, time(number), FrameKind::Key, &mut into), Err(refused));
            assert_eq!(into, [7]);
        }
        let range = number..number + 1;
        assert_eq!(encode(&mut asked, good, range.clone()), encode(&mut left_alone, good, range));
    }
}

#[test]
fn a_new_size_begins_with_a_key_frame_and_a_new_pool() {
    let mut encoder = encoder(EncoderConfig::default());
    let (mut decoder, mut pool) = (decoder(), pool(size(16, 16)));
    let mut number = 0;
    for (width, height) in [(320, 180), (640, 360), (160, 90), (180, 320), (320, 180)] {
        let size = size(width, height);
        for after in 0..10 {
            let mut unit = Vec::new();
            let frame = scene(size, number);
            let encoded = encoder.encode(&frame, time(number), FrameKind::Delta, &mut unit).unwrap();
            number += 1;
            let EncodedVideo::AccessUnit(kind) = encoded else { continue };
            assert_eq!(kind == FrameKind::Key, after == 0, "picture {after} of {size:?}");
            let shown = show(&mut decoder, &unit, &mut pool);
            assert_eq!((shown.size(), pool.size(), pool.capacity()), (size, size, 4));
            assert!(psnr(&frame, &shown) > 25.0);
        }
    }
}

#[test]
fn the_same_pictures_make_the_same_bytes() {
    let size = size(320, 180);
    for content in [Content::Camera, Content::Screen] {
        for max_slice_bytes in [None, Some(1_100)] {
            let config = EncoderConfig { content, max_slice_bytes, temporal_layers: 2, ..Default::default() };
            let units = encode(&mut encoder(config), size, 0..40);
            assert_eq!(units, encode(&mut encoder(config), size, 0..40));
        }
    }
}

#[test]
fn a_full_pool_drops_the_picture_and_nothing_else() {
    let size = size(160, 96);
    let units = encode(&mut encoder(EncoderConfig::default()), size, 0..12);
    let (mut roomy, mut short) = (decoder(), decoder());
    let (mut enough, mut one) = (pool(size), FramePool::new(size, 1));
    let mut held = None;
    for (number, (unit, _)) in units.iter().enumerate().filter(|(_, (unit, _))| !unit.is_empty()) {
        let meant = show(&mut roomy, unit, &mut enough);
        match short.decode(VideoInput::AccessUnit(unit), &mut one) {
            Ok(VideoOutput::Frame(frame)) => {
                assert!(number % 3 == 0 && same(&meant, &frame));
                held = Some(frame);
            }
            Ok(VideoOutput::PoolExhausted) => assert!(number % 3 != 0 && held.is_some()),
            other => panic!("{other:?}"),
        }
        if number % 3 == 2 {
            held = None;
        }
    }
}
