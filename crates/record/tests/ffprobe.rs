//! ffmpeg reads what is written as it was meant: without a warning, to the millisecond, however it was cut off.

use core::time::Duration;
use material::ffmpeg;
use moim_record::{Mp4Config, Mp4Reader, Mp4Writer, Recorded, SoundConfig};
use std::path::PathBuf;

mod material;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn keep(name: &str, file: &[u8]) -> PathBuf {
    let path = ffmpeg::path(name);
    std::fs::write(&path, file).unwrap();
    path
}

/// The tone that is recorded when only its times matter.
const TONE: &str = "0.3*sin(2000*t)";

/// 6 s: three sizes for 2 s each, the picture begun late and its times uneven; sound from the start.
fn recording(test: &str) -> (Vec<u8>, Vec<Duration>) {
    let sizes = ["640x360", "320x180", "1280x720"];
    let units = sizes.iter().flat_map(|size| ffmpeg::pictures(&format!("{test}-{size}.mp4"), size, 2));
    let mut pictures =
        units.zip(0_u64..).map(|((_, unit), step)| (ms(330 + 40 * step + step * 7 % 11), unit)).peekable();
    let mut writer = Mp4Writer::new(Vec::new(), Mp4Config::default()).unwrap();
    let mut shown = Vec::new();
    for (step, packet) in (0..).zip(ffmpeg::packets(&format!("{test}-tone.mp4"), TONE, 6)) {
        writer.sound(ms(20 * step), &packet).unwrap();
        while let Some((at, unit)) = pictures.next_if(|(at, _)| *at <= ms(20 * step)) {
            assert_eq!(writer.picture(at, &unit).unwrap(), Recorded::Kept);
            shown.push(at);
        }
    }
    (writer.finish(ms(6_020)).unwrap(), shown)
}

#[test]
fn every_time_is_right_and_every_size_is_decoded() {
    if !ffmpeg::is_there() {
        return;
    }
    let (file, shown) = recording("sizes");
    let path = keep("sizes.mp4", &file);
    let pictures = ffmpeg::probe(&path, "v");
    assert_eq!(pictures.len(), shown.len());
    for (picture, (step, shown)) in pictures.iter().zip(shown.iter().enumerate()) {
        assert!(picture.is_at(*shown), "{picture:?} {shown:?}");
        assert_eq!(picture.key, step % 25 == 0, "{step}");
    }
    let sounds = ffmpeg::probe(&path, "a");
    assert!(sounds.iter().zip(0..).all(|(sound, step)| sound.is_at(ms(20 * step))), "{sounds:?}");

    let sizes = ffmpeg::decoded_sizes(&path);
    assert_eq!(sizes.len(), shown.len());
    for (sizes, size) in sizes.chunks(50).zip(["640,360", "320,180", "1280,720"]) {
        assert!(sizes.iter().all(|decoded| decoded == size), "{sizes:?}");
    }
    ffmpeg::silently("ffmpeg", &path, "-map 0:a -f null -");
}

#[test]
fn a_click_is_where_it_was_with_and_without_pre_skip() {
    if !ffmpeg::is_there() {
        return;
    }
    // A millisecond of noise at one second.
    let packets = ffmpeg::packets("click.mp4", "if(between(t\\,1\\,1.001)\\,0.9\\,0)", 2);
    for (pre_skip, delay) in [(312, 0.0), (0, 312.0 / 48_000.0)] {
        let sound = Some(SoundConfig { channels: 1, pre_skip });
        let config = Mp4Config { picture: None, sound, ..Mp4Config::default() };
        let mut writer = Mp4Writer::new(Vec::new(), config).unwrap();
        for (step, packet) in (0..).zip(&packets) {
            writer.sound(ms(20 * step), packet).unwrap();
        }
        let path = keep(&format!("click-{pre_skip}.mp4"), &writer.finish(ms(2_000)).unwrap());
        let pcm = ffmpeg::silently("ffmpeg", &path, "-f s16le -ac 1 -");
        let samples =
            pcm.chunks_exact(2).map(|sample| i16::from_le_bytes([sample[0], sample[1]]).unsigned_abs());
        let (loudest, _) = samples.enumerate().max_by_key(|&(_, sample)| sample).unwrap();
        let heard = loudest as f64 / 48_000.0 - delay;
        assert!((0.9995..1.0015).contains(&heard), "pre-skip {pre_skip}: {heard}");
    }
}

#[test]
fn a_cut_file_plays_to_its_last_fragment() {
    if !ffmpeg::is_there() {
        return;
    }
    let (file, _) = recording("cut");
    let mut cuts = 0;
    for thousandth in (300..1_000).step_by(97) {
        let length = file.len() * thousandth / 1_000;
        let path = keep(&format!("cut-{thousandth}.mp4"), &file[..length]);
        let (whole, ours) = {
            let reader = Mp4Reader::parse(&file[..length]).unwrap();
            let last = reader.sound().unwrap().samples().last().unwrap();
            (reader.ending(), (last.time + last.duration).as_secs_f64())
        };
        let sounds = ffmpeg::probe_cut(&path, "a");
        let end = sounds.last().unwrap().time + 0.02;
        // What is cut is a fragment of a second; ffmpeg may read into it.
        assert!((ours - 0.001..=ours + 1.1).contains(&end), "{whole:?}: we read {ours}, ffprobe {end}");
        cuts += 1;
    }
    assert_eq!(cuts, 8);
}

#[test]
fn a_header_without_parameter_sets_is_no_obstacle() {
    if !ffmpeg::is_there() {
        return;
    }
    let units = ffmpeg::pictures("late.mp4", "320x180", 2);
    let packets = ffmpeg::packets("late-tone.mp4", TONE, 5);
    let mut writer = Mp4Writer::new(Vec::new(), Mp4Config::default()).unwrap();
    for (step, packet) in (0_u64..).zip(&packets) {
        writer.sound(ms(20 * step), packet).unwrap();
        // From 3 s on, a picture with each second packet.
        if let (Some(late), 0) = (step.checked_sub(150), step % 2)
            && let Some((_, unit)) = units.get(late as usize / 2)
        {
            assert_eq!(writer.picture(ms(20 * step), unit).unwrap(), Recorded::Kept);
        }
    }
    let path = keep("late.mp4", &writer.finish(ms(5_020)).unwrap());
    let pictures = ffmpeg::probe(&path, "v");
    assert!(pictures.len() == 50 && pictures[0].is_at(ms(3_000)), "{pictures:?}");
    assert_eq!(ffmpeg::decoded_sizes(&path), ["320,180"; 50]);
}

#[test]
fn gaps_and_pictures_that_stand_keep_their_times() {
    if !ffmpeg::is_there() {
        return;
    }
    let units = ffmpeg::pictures("slides.mp4", "320x180", 1);
    let packets = ffmpeg::packets("slides-tone.mp4", TONE, 8);
    let mut writer = Mp4Writer::new(Vec::new(), Mp4Config::default()).unwrap();
    let mut sounds = Vec::new();
    for (step, packet) in (0_u64..).zip(&packets) {
        if step % 170 == 0 {
            assert_eq!(writer.picture(ms(20 * step), &units[step as usize / 170].1).unwrap(), Recorded::Kept);
        }
        if !(100..130).contains(&step) && step % 13 != 5 {
            writer.sound(ms(20 * step), packet).unwrap();
            sounds.push(ms(20 * step));
        }
    }
    let path = keep("slides.mp4", &writer.finish(ms(8_000)).unwrap());
    assert!((ffmpeg::duration(&path) - 8.0).abs() < 0.02, "{}", ffmpeg::duration(&path));
    let probed = ffmpeg::probe(&path, "v");
    assert!(probed.iter().zip([0, 3_400, 6_800]).all(|(picture, at)| picture.is_at(ms(at))), "{probed:?}");
    assert_eq!(probed.len(), 3);
    let probed = ffmpeg::probe(&path, "a");
    assert_eq!(probed.len(), sounds.len());
    assert!(probed.iter().zip(sounds).all(|(sound, at)| sound.is_at(at)), "{probed:?}");
}

/// Calls in any order, times that jump and go back: ffprobe sees what our reader sees, and has no complaint.
#[test]
fn ffprobe_agrees_with_our_reader_whatever_the_order_of_calls() {
    if !ffmpeg::is_there() {
        return;
    }
    let units = ffmpeg::pictures("orders.mp4", "320x180", 2);
    let packets = ffmpeg::packets("orders-tone.mp4", TONE, 2);
    for seed in 0..6_u64 {
        let mut state = seed;
        let mut dice = |sides: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % sides
        };
        let mut writer = Mp4Writer::new(Vec::new(), Mp4Config::default()).unwrap();
        let (mut units, mut packets) = (units.iter(), packets.iter());
        let mut now = 0;
        for _ in 0..150 {
            now = match dice(10) {
                0 => now + dice(1_500),
                1 => now.saturating_sub(dice(300)),
                _ => now + dice(30),
            };
            if dice(2) == 0 {
                let Some((_, unit)) = units.next() else { break };
                assert_eq!(writer.picture(ms(now), unit).unwrap(), Recorded::Kept);
            } else if let Some(packet) = packets.next() {
                writer.sound(ms(now), packet).unwrap();
            }
        }
        let file = writer.finish(ms(now)).unwrap();
        let path = keep(&format!("orders-{seed}.mp4"), &file);
        let reader = Mp4Reader::parse(&file).unwrap();
        let (picture, sound) = (reader.picture().unwrap(), reader.sound().unwrap());
        let ours: [Vec<_>; 2] = [
            picture.samples().map(|sample| sample.time).collect(),
            sound.samples().map(|sample| sample.time).collect(),
        ];
        for (ours, stream) in ours.iter().zip(["v", "a"]) {
            let theirs = ffmpeg::probe(&path, stream);
            assert_eq!(ours.len(), theirs.len(), "seed {seed}");
            assert!(
                ours.iter().zip(&theirs).all(|(ours, theirs)| theirs.is_at(*ours)),
                "{ours:?} {theirs:?}"
            );
        }
    }
}

#[test]
fn ordinary_files_are_read_as_ffprobe_reads_them() {
    if !ffmpeg::is_there() {
        return;
    }
    let input = "-f lavfi -i testsrc2=size=320x180:rate=25:duration=3 -f lavfi -i sine=duration=3:sample_rate=48000 \
                 -c:v libx264 -g 30 -c:a libopus";
    for (name, flags) in [
        ("plain.mp4", ""),
        ("front.mp4", "-movflags +faststart"),
        ("fragments.mp4", "-movflags +frag_keyframe+empty_moov+default_base_moof"),
        ("old-fragments.mp4", "-movflags +frag_keyframe+empty_moov"),
    ] {
        let file = ffmpeg::make(name, &format!("{input} {flags}"));
        let reader = Mp4Reader::parse(&file).unwrap();
        let path = ffmpeg::path(name);
        let picture = reader.picture().unwrap();
        let probed = ffmpeg::probe(&path, "v");
        assert_eq!((picture.samples().len(), probed.len()), (75, 75), "{name}");
        for (ours, theirs) in picture.samples().zip(&probed) {
            assert!(theirs.is_at(ours.time - picture.start()), "{name}: {ours:?} {theirs:?}");
            assert_eq!(theirs.key, ours.kind == moim_media::codec::FrameKind::Key);
        }
        let sound = reader.sound().unwrap();
        let probed = ffmpeg::probe(&path, "a");
        assert_eq!((sound.samples().len(), sound.pre_skip()), (probed.len(), 312), "{name}");
        for (ours, theirs) in sound.samples().zip(&probed) {
            let time = ours.time.as_secs_f64() - sound.start().as_secs_f64();
            assert!((theirs.time - time).abs() < 0.001, "{name}: {ours:?} {theirs:?}");
        }
    }
}
