//! Programs and wrappers by others take what we make, and we take what they make.

mod picture;

use moim_h264::EncoderConfig;
use moim_media::codec::{EncodedVideo, FrameKind, VideoDecoder, VideoEncoder, VideoInput, VideoOutput};
use moim_media::{VideoFrame, VideoSize};
use moim_testkit::skip;
use openh264::OpenH264API;
use openh264::decoder::Decoder as TheirDecoder;
use openh264::encoder as theirs;
use openh264::formats::{YUVSlices, YUVSource};
use picture::{decoder, encode, encoder, pool, psnr, scene, show, size, time};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder of its own and ffmpeg; `None`, with the reason printed, when that cannot be run.
fn with_ffmpeg(name: &str) -> Option<PathBuf> {
    let runs = Command::new("ffmpeg").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !runs.is_ok_and(|status| status.success()) {
        skip("ffmpeg is not installed; `cargo xtask doctor` tells how");
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    Some(folder)
}

/// Runs ffmpeg, which must have nothing to complain of, and returns what it wrote to its output.
fn ffmpeg(args: &[&str]) -> Vec<u8> {
    let said =
        Command::new("ffmpeg").args(["-nostdin", "-v", "warning"]).args(args).output().expect("ffmpeg runs");
    let complaint = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success() && complaint.is_empty(), "{args:?}: {complaint}");
    said.stdout
}

/// The samples of a picture, plane by plane.
fn samples(frame: &VideoFrame) -> Vec<u8> {
    frame.planes().iter().flat_map(|plane| plane.rows().flatten().copied()).collect()
}

#[test]
fn ffmpeg_decodes_every_stream_without_a_warning_to_the_same_samples() {
    let Some(folder) = with_ffmpeg("to-ffmpeg") else { return };
    let base = EncoderConfig { bitrate: 400_000, ..Default::default() };
    let cases = [
        ("plain", base),
        ("screen", EncoderConfig { content: moim_h264::Content::Screen, ..base }),
        ("slices", EncoderConfig { max_slice_bytes: Some(600), ..base }),
        ("two-layers", EncoderConfig { temporal_layers: 2, ..base }),
        ("three-layers", EncoderConfig { temporal_layers: 3, ..base }),
        ("four-layers", EncoderConfig { temporal_layers: 4, max_slice_bytes: Some(1_200), ..base }),
        ("fast", EncoderConfig { bitrate: 50_000_000, ..base }),
    ];
    for (name, config) in cases {
        let size = size(318, 182);
        let (mut encoder, mut decoder, mut pool) = (encoder(config), decoder(), pool(size));
        let (mut stream, mut meant) = (Vec::new(), Vec::new());
        for number in 0..40 {
            let kind = if number % 15 == 14 { FrameKind::Key } else { FrameKind::Delta };
            let from = stream.len();
            encoder.set_bitrate(config.bitrate - number as u32).unwrap();
            let frame = scene(size, number);
            if encoder.encode(&frame, time(number), kind, &mut stream) != Ok(EncodedVideo::Skipped) {
                meant.extend(samples(&show(&mut decoder, &stream[from..], &mut pool)));
            }
        }
        let file = folder.join(name).with_extension("h264");
        std::fs::write(&file, &stream).expect("a file for ffmpeg");
        let file = file.to_str().expect("a path in Unicode");
        let shown = ffmpeg(&[
            "-f",
            "h264",
            "-i",
            file,
            "-f",
            "rawvideo",
            "-pix_fmt",
            "yuv420p",
            "-fps_mode",
            "passthrough",
            "-",
        ]);
        assert_eq!(shown.len(), meant.len(), "{name}");
        assert!(shown == meant, "{name}: other samples");
    }
}

#[test]
fn ffmpeg_needs_no_delay_to_put_our_pictures_in_order() {
    let Some(folder) = with_ffmpeg("order") else { return };
    let config = EncoderConfig { temporal_layers: 3, ..Default::default() };
    let stream: Vec<_> =
        encode(&mut encoder(config), size(160, 96), 0..8).into_iter().flat_map(|(unit, _)| unit).collect();
    let file = folder.join("order.h264");
    std::fs::write(&file, stream).expect("a file for ffmpeg");
    let Ok(said) = Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "stream=profile,level,has_b_frames", "-of", "csv=p=0"])
        .arg(&file)
        .output()
    else {
        return skip("ffprobe is not installed; `cargo xtask doctor` tells how");
    };
    assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), "Constrained Baseline,0,31");
}

#[test]
fn streams_of_x264_are_decoded_at_once_to_the_same_samples() {
    let Some(folder) = with_ffmpeg("from-x264") else { return };
    let encoders = Command::new("ffmpeg").args(["-v", "quiet", "-encoders"]).output().expect("ffmpeg runs");
    if !String::from_utf8_lossy(&encoders.stdout).contains("libx264") {
        return skip("this ffmpeg has no libx264");
    }
    for (profile, more) in
        [("baseline", "slices=1"), ("baseline", "slices=4"), ("main", "ref=3"), ("high", "ref=2")]
    {
        let file = folder.join(profile).with_extension("h264");
        let file = file.to_str().expect("a path in Unicode");
        ffmpeg(&[
            "-y",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=320x180:rate=30",
            "-frames:v",
            "30",
            "-pix_fmt",
            "yuv420p",
            "-c:v",
            "libx264",
            "-profile:v",
            profile,
            "-preset",
            "fast",
            "-bf",
            "0",
            "-x264-params",
            &format!("{more}:keyint=12:aud=1"),
            "-f",
            "h264",
            file,
        ]);
        let shown = ffmpeg(&["-f", "h264", "-i", file, "-f", "rawvideo", "-fps_mode", "passthrough", "-"]);
        let stream = std::fs::read(file).expect("what ffmpeg wrote");
        let size = size(320, 180);
        let (mut decoder, mut pool) = (decoder(), pool(size));
        let mut meant = shown.chunks_exact(320 * 180 * 3 / 2);
        for unit in access_units(&stream) {
            let frame = show(&mut decoder, unit, &mut pool);
            assert!(meant.next() == Some(&samples(&frame)[..]), "{profile} {more}: other samples");
        }
        assert_eq!(meant.len(), 0);
    }
}

#[test]
fn pictures_that_come_in_another_order_than_they_are_shown_are_refused() {
    let Some(folder) = with_ffmpeg("bidirectional") else { return };
    let encoders = Command::new("ffmpeg").args(["-v", "quiet", "-encoders"]).output().expect("ffmpeg runs");
    if !String::from_utf8_lossy(&encoders.stdout).contains("libx264") {
        return skip("this ffmpeg has no libx264");
    }
    let file = folder.join("main.h264");
    let file = file.to_str().expect("a path in Unicode");
    ffmpeg(&[
        "-y",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=320x180:rate=30",
        "-frames:v",
        "10",
        "-pix_fmt",
        "yuv420p",
        "-c:v",
        "libx264",
        "-profile:v",
        "main",
        "-bf",
        "2",
        "-x264-params",
        "aud=1:b-adapt=0",
        "-f",
        "h264",
        file,
    ]);
    let stream = std::fs::read(file).expect("what ffmpeg wrote");
    let (mut decoder, mut pool) = (decoder(), pool(size(320, 180)));
    let outputs: Vec<_> =
        access_units(&stream).map(|unit| decoder.decode(VideoInput::AccessUnit(unit), &mut pool)).collect();
    assert!(outputs.iter().any(|output| matches!(output, Err(moim_media::codec::CodecError::Unsupported))));
    assert!(matches!(outputs[0], Ok(VideoOutput::Frame(_))));
}

/// The access units of a stream with delimiters.
fn access_units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts: Vec<_> = (0..stream.len())
        .filter(|&at| stream[at..].starts_with(&[0, 0, 0, 1, 9]))
        .chain([stream.len()])
        .collect();
    (1..starts.len()).map(move |unit| &stream[starts[unit - 1]..starts[unit]])
}

/// Our settings as the `openh264` crate has them.
fn their_encoder(config: EncoderConfig) -> theirs::Encoder {
    let config = theirs::EncoderConfig::new()
        .bitrate(theirs::BitRate::from_bps(config.bitrate))
        .max_frame_rate(theirs::FrameRate::from_hz(config.frame_rate))
        .rate_control_mode(theirs::RateControlMode::Bitrate)
        .profile(theirs::Profile::Baseline)
        .level(theirs::Level::Level_3_1)
        .complexity(theirs::Complexity::Medium)
        .num_threads(1);
    theirs::Encoder::with_api_config(OpenH264API::from_source(), config).expect("OpenH264 begins")
}

fn slices(frame: &VideoFrame, size: VideoSize) -> YUVSlices<'_> {
    let [y, u, v] = frame.planes();
    YUVSlices::new(
        (y.data(), u.data(), v.data()),
        (size.width(), size.height()),
        (y.stride(), u.stride(), v.stride()),
    )
}

#[test]
fn the_openh264_crate_makes_the_same_bytes_and_shows_the_same_samples() {
    let size = size(320, 180);
    let config = EncoderConfig::default();
    let (mut ours, mut theirs) = (encoder(config), their_encoder(config));
    let (mut our_decoder, mut pool) = (decoder(), pool(size));
    let mut their_decoder = TheirDecoder::new().expect("OpenH264 begins");
    for number in 0..40 {
        let frame = scene(size, number);
        let mut unit = Vec::new();
        let kind = if number == 20 { FrameKind::Key } else { FrameKind::Delta };
        if kind == FrameKind::Key {
            theirs.force_intra_frame();
        }
        ours.encode(&frame, time(number), kind, &mut unit).unwrap();
        let at = openh264::Timestamp::from_millis(number as u64 * 1_000 / picture::RATE);
        let coded = theirs.encode_at(&slices(&frame, size), at).expect("a picture").to_vec();
        assert!(unit == coded, "picture {number}: other bytes");
        if unit.is_empty() {
            continue;
        }
        let shown = show(&mut our_decoder, &unit, &mut pool);
        let seen = their_decoder.decode(&unit).expect("a picture").expect("a picture");
        assert_eq!(seen.dimensions(), (size.width(), size.height()));
        let (strides, planes) = (seen.strides(), [seen.y(), seen.u(), seen.v()]);
        for ((ours, theirs), stride) in
            shown.planes().iter().zip(planes).zip([strides.0, strides.1, strides.2])
        {
            let width = ours.size().width();
            assert!(ours.rows().eq(theirs.chunks(stride).map(|row| &row[..width])), "picture {number}");
        }
        assert!(psnr(&frame, &shown) > 28.0);
    }
}
