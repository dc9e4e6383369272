//! Access units that did not come.

mod picture;

use moim_h264::EncoderConfig;
use moim_media::VideoFrame;
use moim_media::codec::{FrameKind, VideoDecoder, VideoEncoder, VideoInput, VideoOutput};
use picture::{decoder, encoder, pool, same, scene, show, size, time};

/// Thirty access units with key frames at 0 and 20, and what they show.
fn stream(temporal_layers: u8) -> Vec<(Vec<u8>, VideoFrame)> {
    let size = size(320, 180);
    let config = EncoderConfig { temporal_layers, bitrate: 2_000_000, ..Default::default() };
    let (mut encoder, mut decoder) = (encoder(config), decoder());
    let units = (0..30).map(|number| {
        let mut unit = Vec::new();
        let kind = if number == 20 { FrameKind::Key } else { FrameKind::Delta };
        encoder.encode(&scene(size, number), time(number), kind, &mut unit).unwrap();
        assert!(!unit.is_empty(), "there are bits enough for every picture");
        let shown = show(&mut decoder, &unit, &mut pool(size));
        (unit, shown)
    });
    units.collect()
}

#[test]
fn nothing_is_shown_after_a_loss_until_a_key_frame_whether_told_or_not() {
    let units = stream(1);
    for told in [true, false] {
        let (mut decoder, mut pool) = (decoder(), pool(size(320, 180)));
        for (number, (unit, meant)) in units.iter().enumerate() {
            if number == 7 {
                if told {
                    let output = decoder.decode(VideoInput::Lost, &mut pool);
                    assert!(matches!(output, Ok(VideoOutput::NeedsKeyFrame)));
                }
                continue;
            }
            match decoder.decode(VideoInput::AccessUnit(unit), &mut pool) {
                Ok(VideoOutput::Frame(shown)) => {
                    assert!(!(7..20).contains(&number) && same(meant, &shown), "picture {number}");
                }
                Ok(VideoOutput::NeedsKeyFrame) => assert!((8..20).contains(&number), "picture {number}"),
                other => panic!("picture {number}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_key_frame_that_is_lost_leaves_the_decoder_waiting_for_the_next() {
    let units = stream(1);
    let (mut decoder, mut pool) = (decoder(), pool(size(320, 180)));
    for (unit, _) in &units[1..20] {
        let output = decoder.decode(VideoInput::AccessUnit(unit), &mut pool);
        assert!(matches!(output, Ok(VideoOutput::NeedsKeyFrame)), "{output:?}");
    }
    for (unit, meant) in &units[20..] {
        assert!(same(meant, &show(&mut decoder, unit, &mut pool)));
    }
}

#[test]
fn without_its_disposable_pictures_a_stream_shows_the_others_sample_for_sample() {
    for layers in 2..=4 {
        let units = stream(layers);
        let (mut decoder, mut pool) = (decoder(), pool(size(320, 180)));
        let mut shown = 0;
        for (number, (unit, meant)) in units.iter().enumerate() {
            // Some of them come.
            if decoder.inspect(unit).unwrap().disposable && number % 3 != 0 {
                continue;
            }
            assert!(same(meant, &show(&mut decoder, unit, &mut pool)), "{layers} layers, picture {number}");
            shown += 1;
        }
        assert!((15..25).contains(&shown));
    }
}

#[test]
fn without_its_upper_layers_a_stream_shows_the_lowest_sample_for_sample() {
    for layers in 2..=4_u8 {
        let units = stream(layers);
        let (mut decoder, mut pool) = (decoder(), pool(size(320, 180)));
        for (number, (unit, meant)) in units.iter().enumerate() {
            // Layers begin anew with each key frame.
            if (number % 20).is_multiple_of(1 << (layers - 1)) {
                assert!(
                    same(meant, &show(&mut decoder, unit, &mut pool)),
                    "{layers} layers, picture {number}"
                );
            }
        }
    }
}

#[test]
fn a_slice_that_is_missing_is_never_shown_as_a_torn_picture() {
    let size = size(640, 360);
    let config = EncoderConfig { max_slice_bytes: Some(1_100), bitrate: 3_000_000, ..Default::default() };
    let mut encoder = encoder(config);
    let mut checked = 0;
    for lost_at in [0, 3] {
        let mut units = Vec::new();
        for number in 0..6 {
            let mut unit = Vec::new();
            let kind = if number == 0 { FrameKind::Key } else { FrameKind::Delta };
            encoder.encode(&scene(size, number), time(number), kind, &mut unit).unwrap();
            units.push(unit);
        }
        let unit = units[lost_at].clone();
        let starts: Vec<_> =
            (0..unit.len()).filter(|&at| unit[at..].starts_with(&[0, 0, 0, 1])).chain([unit.len()]).collect();
        for missing in starts.windows(2).filter(|pair| unit[pair[0] + 4] & 0x1f != 7) {
            let torn = [&unit[..missing[0]], &unit[missing[1]..]].concat();
            units[lost_at] = torn;
            let (mut decoder, mut pool) = (decoder(), pool(size));
            for (number, unit) in units.iter().enumerate() {
                let output = decoder.decode(VideoInput::AccessUnit(unit), &mut pool);
                assert_eq!(matches!(output, Ok(VideoOutput::Frame(_))), number < lost_at, "{output:?}");
            }
            checked += 1;
        }
    }
    assert!(checked > 8, "{checked} slices");
}
