use super::byte_stream::{Nal, nals, slices};
use super::*;
use crate::stamp::{self, Stamp};
use core::num::NonZeroU32;
use core::time::Duration;
use moim_media::codec::{CodecError, EncodedVideo, FrameKind, VideoDecoder, VideoEncoder};
use moim_media::codec::{VideoInput, VideoOutput};
use moim_media::{ClockRate, FramePool, MediaTime, VideoFrame, VideoSize};

const SMALL: VideoSize = VideoSize::new(176, 144).unwrap();
const WIDE: VideoSize = VideoSize::new(640, 360).unwrap();

/// A picture whose samples grow to the right and with `level`.
fn picture(size: VideoSize, level: u8) -> VideoFrame {
    let draw = |mut frame: moim_media::VideoFrameMut<'_>| {
        for mut plane in frame.planes() {
            let width = plane.size().width();
            for row in plane.rows() {
                row.iter_mut().enumerate().for_each(|(x, sample)| *sample = level + (x * 64 / width) as u8);
            }
        }
    };
    FramePool::new(size, 1).write(draw).unwrap()
}

/// An encoder, a decoder and what goes between them.
struct Line {
    encoder: FakeVideoEncoder,
    decoder: FakeVideoDecoder,
    pool: FramePool,
    pictures: u64,
}

impl Line {
    fn new(config: FakeVideoConfig) -> Self {
        Self {
            encoder: FakeVideoEncoder::new(config).unwrap(),
            decoder: FakeVideoDecoder::new(),
            pool: FramePool::new(SMALL, 2),
            pictures: 0,
        }
    }

    /// The next picture, 30 a second; `None` if it was skipped.
    fn encode(&mut self, size: VideoSize, kind: FrameKind) -> Option<Vec<u8>> {
        let time = MediaTime::new(3_000 * self.pictures, ClockRate::HZ_90000);
        self.pictures += 1;
        let mut unit = Vec::new();
        match self.encoder.encode(&picture(size, 64), time, kind, &mut unit).unwrap() {
            EncodedVideo::AccessUnit(kind) => {
                assert_eq!(self.decoder.inspect(&unit).unwrap().kind, kind);
                Some(unit)
            }
            EncodedVideo::Skipped => {
                assert!(unit.is_empty());
                None
            }
        }
    }

    fn units(&mut self, count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|_| self.encode(SMALL, FrameKind::Delta).unwrap()).collect()
    }

    /// The number on the picture that is shown, if any.
    fn shown(&mut self, unit: &[u8]) -> Option<u32> {
        match self.decoder.decode(VideoInput::AccessUnit(unit), &mut self.pool) {
            Ok(VideoOutput::Frame(frame)) => Some(stamp::read(&frame).unwrap().id),
            _ => None,
        }
    }
}

#[test]
fn every_whole_unit_of_a_whole_chain_is_shown() {
    let mut line = Line::new(FakeVideoConfig::default());
    let units = line.units(20);
    for (n, unit) in (0..).zip(&units) {
        let info = line.decoder.inspect(unit).unwrap();
        assert_eq!(info.has_headers, n == 0);
        assert!(!info.disposable);
        assert_eq!(line.shown(unit), Some(n));
    }
    assert_eq!(line.decoder.history(), (0..20).map(Decoded::Frame).collect::<Vec<_>>());
}

#[test]
fn a_picture_keeps_its_stamp_and_its_coarse_look() {
    let stamped = Stamp { id: 4_711, time: Duration::from_millis(98_765) };
    let source = FramePool::new(WIDE, 1).write(|mut frame| {
        for (value, mut plane) in [200, 90, 160].into_iter().zip(frame.planes()) {
            plane.rows().for_each(|row| row.fill(value));
        }
        frame.planes()[0].rows().skip(180).for_each(|row| row.fill(40));
        stamp::write(&mut frame, stamped);
    });
    let mut line = Line::new(FakeVideoConfig::default());
    let mut unit = Vec::new();
    let time = MediaTime::new(0, ClockRate::HZ_90000);
    line.encoder.encode(&source.unwrap(), time, FrameKind::Delta, &mut unit).unwrap();
    let output = line.decoder.decode(VideoInput::AccessUnit(&unit), &mut line.pool).unwrap();
    let VideoOutput::Frame(frame) = output else { panic!("{output:?}") };
    assert_eq!(line.pool.size(), WIDE);
    assert_eq!(line.pool.capacity(), 2);
    assert_eq!(stamp::read(&frame), Some(stamped));
    let [y, u, v] = frame.planes();
    let sample = |plane: moim_media::Plane<'_>, row: usize| plane.rows().nth(row).unwrap()[100];
    assert_eq!([sample(y, 100), sample(y, 300)], [200, 40]);
    assert_eq!([sample(u, 100), sample(v, 100)], [90, 160]);
}

#[test]
fn a_picture_without_a_stamp_is_given_number_and_media_time() {
    let mut line = Line::new(FakeVideoConfig::default());
    let units = line.units(4);
    for unit in &units {
        let output = line.decoder.decode(VideoInput::AccessUnit(unit), &mut line.pool).unwrap();
        let VideoOutput::Frame(frame) = output else { panic!("{output:?}") };
        let id = line.decoder.history().len() as u32 - 1;
        let time = Duration::from_millis(u64::from(id) * 100 / 3);
        assert_eq!(stamp::read(&frame), Some(Stamp { id, time }));
    }
}

#[test]
fn nothing_after_a_lost_reference_is_shown_until_a_key_frame() {
    let config = FakeVideoConfig { key_interval: NonZeroU32::new(6), ..FakeVideoConfig::default() };
    let mut line = Line::new(config);
    let units = line.units(8);
    let shown: Vec<_> = [0, 1, 3, 4, 5, 6, 7].iter().map(|&n: &usize| line.shown(&units[n])).collect();
    assert_eq!(shown, [Some(0), Some(1), None, None, None, Some(6), Some(7)]);
    let lost = line.decoder.decode(VideoInput::Lost, &mut line.pool).unwrap();
    assert!(matches!(lost, VideoOutput::NeedsKeyFrame));
    assert_eq!(line.shown(&units[7]), None);
    use Decoded::{Broken, Frame, Lost};
    let history = [Frame(0), Frame(1), Broken(3), Broken(4), Broken(5), Frame(6), Frame(7), Lost, Broken(7)];
    assert_eq!(line.decoder.history(), history);
}

#[test]
fn a_unit_given_twice_or_out_of_order_breaks_the_chain() {
    let mut line = Line::new(FakeVideoConfig::default());
    let units = line.units(4);
    for order in [[0, 1, 1, 2], [0, 2, 1, 3]] {
        let shown: Vec<_> = order.map(|n: usize| line.shown(&units[n])).to_vec();
        assert!(shown.contains(&None) && shown[3].is_none(), "{order:?}: {shown:?}");
    }
}

#[test]
fn without_a_disposable_unit_everything_else_is_right() {
    let config = FakeVideoConfig { disposable: 2, ..FakeVideoConfig::default() };
    let mut line = Line::new(config);
    let units = line.units(10);
    let disposable: Vec<usize> =
        (0..10).filter(|&n| line.decoder.inspect(&units[n]).unwrap().disposable).collect();
    assert_eq!(disposable, [1, 2, 4, 5, 7, 8]);
    for n in [0, 2, 3, 6, 7, 8, 9] {
        assert_eq!(line.shown(&units[n]), Some(n as u32));
    }
}

#[test]
fn a_unit_that_is_not_whole_is_corrupt() {
    let config = FakeVideoConfig { slices: 3, ..FakeVideoConfig::default() };
    let mut line = Line::new(config.clone());
    let [key, delta] = line.units(2).try_into().unwrap();
    let other = Line::new(FakeVideoConfig { bitrate: 900_000, ..config }).units(2).remove(1);
    assert_eq!(slices(&delta).count(), 3);
    let nal = |unit: &[u8], n: usize| [&[0, 0, 0, 1], slices(unit).nth(n).unwrap()].concat();
    let joined = |parts: [&[u8]; 3]| parts.concat();
    let [a, b, c] = [0, 1, 2].map(|n| nal(&delta, n));
    assert_eq!(line.shown(&key), Some(0));
    assert_eq!(line.shown(&joined([&a, &b, &c])), Some(1));
    let torn = [
        ("no first", joined([&b, &c, &[]])),
        ("no middle", joined([&a, &c, &[]])),
        ("no last", joined([&a, &b, &[]])),
        ("twice", [&a[..], &b, &c, &c].concat()),
        ("swapped", joined([&a, &c, &b])),
        ("another's", joined([&a, &b, &nal(&other, 2)])),
        ("a key frame's", joined([&a, &b, &nal(&key, 2)])),
        ("short", delta[..delta.len() - 1].to_vec()),
        ("long", [&delta[..], &[0x80]].concat()),
        ("nothing", Vec::new()),
        ("parameter sets", FakeVideoEncoder::parameter_sets(SMALL).unwrap()),
    ];
    for (what, unit) in torn {
        assert_eq!(line.shown(&key), Some(0));
        let decoded = line.decoder.decode(VideoInput::AccessUnit(&unit), &mut line.pool);
        assert_eq!(decoded.unwrap_err(), CodecError::Corrupt, "{what}");
        assert_eq!(line.shown(&delta), None, "after {what}");
    }
}

#[test]
fn what_does_not_belong_to_the_picture_does_not_matter() {
    let mut line = Line::new(FakeVideoConfig { slices: 2, ..FakeVideoConfig::default() });
    let [key, delta] = line.units(2).try_into().unwrap();
    let mut short_codes = vec![0, 0, 1, 9, 0x10];
    for nal in nals(&key) {
        if let Ok(Nal::Sequence(nal) | Nal::Picture(nal) | Nal::Slice(nal)) = nal {
            short_codes.extend([&[0, 0, 1], nal, &[0, 0]].concat());
        }
    }
    assert_eq!(line.shown(&short_codes), Some(0));
    let information = [0, 0, 0, 1, 6, 5, 1, 0x80];
    assert_eq!(line.shown(&[&information[..], &delta].concat()), Some(1));
}

#[test]
fn no_flipped_bit_is_ever_shown() {
    let mut line = Line::new(FakeVideoConfig { bitrate: 30_000, slices: 3, ..FakeVideoConfig::default() });
    let [key, delta] = line.units(2).try_into().unwrap();
    for bit in 0..8 * key.len() {
        let mut bad = key.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        line.decoder = FakeVideoDecoder::new();
        assert_eq!(line.shown(&bad), None, "bit {bit} of the key frame");
    }
    for bit in 0..8 * delta.len() {
        let mut bad = delta.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(line.shown(&key), Some(0));
        assert_eq!(line.shown(&bad), None, "bit {bit} of the delta frame");
    }
}

#[test]
fn a_key_frame_needs_its_parameter_sets() {
    let config = FakeVideoConfig { parameter_sets: ParameterSets::OutOfBand, ..FakeVideoConfig::default() };
    let mut line = Line::new(config);
    let units = line.units(2);
    assert!(!line.decoder.inspect(&units[0]).unwrap().has_headers);
    assert_eq!(line.shown(&units[0]), None);
    let sets = FakeVideoEncoder::parameter_sets(WIDE).unwrap();
    assert_eq!(line.shown(&[&sets[..], &units[0]].concat()), None, "those of another size");
    let sets = FakeVideoEncoder::parameter_sets(SMALL).unwrap();
    let with_sets = [&sets[..], &units[0]].concat();
    assert!(line.decoder.inspect(&with_sets).unwrap().has_headers);
    assert_eq!(line.shown(&with_sets), Some(0));
    assert_eq!(line.shown(&units[1]), Some(1));
    assert_eq!(line.shown(&units[0]), Some(0), "the sets are remembered");
}

#[test]
fn key_frames_come_first_on_demand_at_the_interval_and_with_another_size() {
    let mut line =
        Line::new(FakeVideoConfig { key_interval: NonZeroU32::new(4), ..FakeVideoConfig::default() });
    use FrameKind::{Delta, Key};
    let asked = [Delta, Delta, Key, Delta, Delta, Delta, Delta, Delta];
    let sizes = [SMALL, SMALL, SMALL, SMALL, SMALL, SMALL, SMALL, WIDE];
    for (n, (kind, size)) in asked.into_iter().zip(sizes).enumerate() {
        let unit = line.encode(size, kind).unwrap();
        let expected = if [0, 2, 6, 7].contains(&n) { Key } else { Delta };
        assert_eq!(line.decoder.inspect(&unit).unwrap().kind, expected, "unit {n}");
        assert_eq!(line.shown(&unit), Some(n as u32));
        assert_eq!(line.pool.size(), size);
    }
}

#[test]
fn units_take_the_bitrate_and_key_frames_six_times_as_much() {
    let config =
        FakeVideoConfig { bitrate: 400_000, key_interval: NonZeroU32::new(60), ..Default::default() };
    let mut line = Line::new(config);
    let sizes: Vec<usize> = line.units(60).iter().map(Vec::len).collect();
    assert!(sizes[0].abs_diff(6 * 1_666) < 8, "{sizes:?}");
    let (second, last) = (sizes[1], sizes[59]);
    assert!(second.abs_diff(1_250) < 8 && last.abs_diff(1_666) < 8, "{sizes:?}");
    let bytes: usize = sizes.iter().sum();
    assert!(bytes.abs_diff(100_000) < 1_000, "{bytes} bytes in two seconds");

    line.encoder.set_bitrate(800_000).unwrap();
    line.encoder.set_frame_rate(15.0).unwrap();
    assert_eq!((line.encoder.bitrate(), line.encoder.frame_rate()), (800_000, 15.0));
    assert!(line.units(60).last().unwrap().len().abs_diff(6_666) < 8);
    assert_eq!(line.encoder.set_bitrate(0), Err(CodecError::Unsupported));
    for rate in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert_eq!(line.encoder.set_frame_rate(rate), Err(CodecError::Unsupported));
    }
}

#[test]
fn slices_fit_into_a_packet() {
    for bitrate in [1, 50_000, 2_000_000, 50_000_000] {
        let config = FakeVideoConfig { bitrate, max_slice_bytes: Some(1_100), ..FakeVideoConfig::default() };
        let mut line = Line::new(config);
        for (n, unit) in (0..).zip(line.units(3)) {
            assert!(slices(&unit).all(|slice| slice.len() <= 1_100));
            assert!(slices(&unit).count() >= (unit.len() / 1_200).min(1_000));
            assert_eq!(line.shown(&unit), Some(n));
        }
    }
}

#[test]
fn units_hold_no_start_code_but_their_own() {
    let config = FakeVideoConfig { slices: 1_024, ..FakeVideoConfig::default() };
    let mut line = Line::new(config);
    for (n, unit) in (0..).zip(line.units(2)) {
        assert_eq!(slices(&unit).count(), 1_024);
        for nal in slices(&unit) {
            assert!(nal.windows(2).all(|pair| pair != [0, 0]), "{nal:x?}");
            assert_ne!(nal.last(), Some(&0));
        }
        assert!(slices(&unit).zip(0..).all(|(slice, n)| (slice[1] & 0x80 != 0) == (n == 0)));
        assert_eq!(line.shown(&unit), Some(n));
    }
    for side in [2, 16, 176, 1_918, 4_096, 8_192, 16_384] {
        let sets = FakeVideoEncoder::parameter_sets(VideoSize::new(side, 16_384).unwrap()).unwrap();
        assert_eq!(sets[..8], [0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f]);
        let escaped = sets.windows(3).filter(|window| matches!(window, [0, 0, ..=3])).count();
        assert_eq!(escaped, 4, "two start codes of two matches each: {sets:x?}");
    }
}

#[test]
fn sequence_parameter_sets_are_those_of_the_standard() {
    // As a decoder of the real thing reads it: 1280 × 720, no cropping; 640 × 360, eight rows cropped.
    let plain = FakeVideoEncoder::parameter_sets(VideoSize::new(1_280, 720).unwrap()).unwrap();
    let bits = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:08b}")).collect::<String>();
    assert!(
        bits(&plain[8..])
            .starts_with("1 1 011 010 0 0000001010000 00000101101 111 1111 01".replace(' ', "").as_str())
    );
    let cropped = FakeVideoEncoder::parameter_sets(WIDE).unwrap();
    assert!(
        bits(&cropped[8..])
            .starts_with("1 1 011 010 0 00000101000 000010111 111 11100101 01".replace(' ', "").as_str())
    );
}

#[test]
fn pictures_are_skipped_as_told() {
    let every = Skip::Every(NonZeroU32::new(3).unwrap());
    let mut line = Line::new(FakeVideoConfig { skip: every, ..FakeVideoConfig::default() });
    let skipped = |line: &mut Line, count: usize, kind| {
        (0..count).map(|_| line.encode(SMALL, kind).is_none()).collect::<Vec<_>>()
    };
    assert_eq!(skipped(&mut line, 6, FrameKind::Delta), [false, false, true, false, false, true]);
    assert_eq!(skipped(&mut line, 3, FrameKind::Key), [false; 3]);

    let behind = Skip::Behind(Duration::from_millis(100));
    let mut line = Line::new(FakeVideoConfig { skip: behind, ..FakeVideoConfig::default() });
    // A key frame takes five pictures more than its share: it is sent for 167 ms too long.
    assert_eq!(skipped(&mut line, 5, FrameKind::Delta), [false, true, true, false, false]);
}

#[test]
fn an_exhausted_pool_drops_a_picture_and_keeps_the_chain() {
    let mut line = Line::new(FakeVideoConfig::default());
    let units = line.units(3);
    line.pool = FramePool::new(SMALL, 1);
    let first = line.decoder.decode(VideoInput::AccessUnit(&units[0]), &mut line.pool).unwrap();
    let second = line.decoder.decode(VideoInput::AccessUnit(&units[1]), &mut line.pool).unwrap();
    assert!(matches!(second, VideoOutput::PoolExhausted));
    drop(first);
    assert_eq!(line.shown(&units[2]), Some(2));
    assert_eq!(line.decoder.history(), [Decoded::Frame(0), Decoded::Dropped(1), Decoded::Frame(2)]);
}

#[test]
fn settings_and_sizes_are_checked() {
    let refused = |config: FakeVideoConfig| FakeVideoEncoder::new(config).unwrap_err();
    let config = FakeVideoConfig::default;
    assert_eq!(refused(FakeVideoConfig { bitrate: 0, ..config() }), FakeVideoConfigError::Bitrate);
    let frame_rate = 0.0;
    assert_eq!(
        refused(FakeVideoConfig { frame_rate, ..config() }),
        FakeVideoConfigError::FrameRate { frame_rate }
    );
    for slices in [0, 1_025] {
        let error = FakeVideoConfigError::Slices { slices };
        assert_eq!(refused(FakeVideoConfig { slices, ..config() }), error);
    }
    let error = FakeVideoConfigError::SliceBytes { bytes: 255 };
    assert_eq!(refused(FakeVideoConfig { max_slice_bytes: Some(255), ..config() }), error);
    for (width, height) in [(175, 144), (176, 143), (16_386, 2)] {
        let size = VideoSize::new(width, height).unwrap();
        let error = CodecError::FrameSize { size: usize::from(width) * usize::from(height) };
        assert_eq!(FakeVideoEncoder::parameter_sets(size), Err(error));
    }
}

#[test]
fn the_history_is_bounded() {
    let mut line = Line::new(FakeVideoConfig::default());
    for _ in 0..3 * FakeVideoDecoder::HISTORY {
        line.decoder.decode(VideoInput::Lost, &mut line.pool).unwrap();
    }
    let unit = line.encode(SMALL, FrameKind::Key).unwrap();
    line.shown(&unit);
    assert_eq!(line.decoder.history().len(), FakeVideoDecoder::HISTORY);
    assert_eq!(line.decoder.history().last(), Some(&Decoded::Frame(0)));
}
