//! Real H.264 and Opus, made by ffmpeg while the test runs, and what ffmpeg says of files.

use core::time::Duration;
use moim_media::codec::FrameKind;
use moim_record::Mp4Reader;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Skips the calling test where ffmpeg, ffprobe or one of the encoders is missing.
#[track_caller]
pub(crate) fn is_there() -> bool {
    let encoders = Command::new("ffmpeg").args(["-v", "error", "-encoders"]).output();
    let has_encoders = encoders.is_ok_and(|output| {
        let list = String::from_utf8_lossy(&output.stdout).into_owned();
        list.contains("libx264") && list.contains("libopus")
    });
    let there = has_encoders && Command::new("ffprobe").arg("-version").output().is_ok();
    if !there {
        moim_testkit::skip("ffmpeg with libx264 and libopus, and ffprobe, are not there");
    }
    there
}

/// A file of this name for this test program.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Has ffmpeg write the file `name` and reads it.
pub(crate) fn make(name: &str, arguments: &str) -> Vec<u8> {
    let path = path(name);
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-y"])
        .args(arguments.split_whitespace())
        .arg(&path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(path).unwrap()
}

/// Moving pictures of `size`, 25 a second, a key frame each second: access units in Annex B.
pub(crate) fn pictures(name: &str, size: &str, seconds: u32) -> Vec<(FrameKind, Vec<u8>)> {
    let file = make(
        name,
        &format!(
            "-f lavfi -i testsrc2=size={size}:rate=25:duration={seconds} -c:v libx264 -preset ultrafast \
             -tune zerolatency -g 25 -threads 1"
        ),
    );
    let reader = Mp4Reader::parse(&file).unwrap();
    let track = reader.picture().unwrap();
    track
        .samples()
        .map(|sample| {
            let mut unit = Vec::new();
            sample.append_annex_b(&mut unit).unwrap();
            (sample.kind, unit)
        })
        .collect()
}

/// Opus packets of 20 ms with libopus' look-ahead of 312 samples; `expression` is the sound at the time `t`.
pub(crate) fn packets(name: &str, expression: &str, seconds: u32) -> Vec<Vec<u8>> {
    let sound = format!("-f lavfi -i aevalsrc=exprs='{expression}':sample_rate=48000:duration={seconds}");
    let file = make(name, &format!("{sound} -c:a libopus -b:a 64k -frame_duration 20"));
    let reader = Mp4Reader::parse(&file).unwrap();
    let track = reader.sound().unwrap();
    track.samples().map(|sample| sample.packet.to_vec()).collect()
}

/// What `program` says to `arguments` about `file`, which must be without any warning.
pub(crate) fn silently(program: &str, file: &Path, arguments: &str) -> Vec<u8> {
    let output = Command::new(program)
        .args(["-v", "warning", "-i"])
        .arg(file)
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    let warnings = String::from_utf8_lossy(&output.stderr);
    assert!(warnings.is_empty() && output.status.success(), "{program} {arguments}: {warnings}");
    output.stdout
}

/// A packet as ffprobe sees it. Of durations in fragments it knows nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Probed {
    pub(crate) time: f64,
    pub(crate) key: bool,
}

impl Probed {
    pub(crate) fn is_at(self, time: Duration) -> bool {
        (self.time - time.as_secs_f64()).abs() < 0.001
    }
}

/// The packets of the stream `v` or `a` of `file`, read without a warning.
pub(crate) fn probe(file: &Path, stream: &str) -> Vec<Probed> {
    parse(&silently("ffprobe", file, &entries(stream)))
}

/// The packets of the stream `v` or `a` of `file`, which may end in the middle of one.
pub(crate) fn probe_cut(file: &Path, stream: &str) -> Vec<Probed> {
    let output = Command::new("ffprobe")
        .arg("-i")
        .arg(file)
        .args(entries(stream).split_whitespace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    parse(&output.stdout)
}

fn entries(stream: &str) -> String {
    format!("-select_streams {stream} -show_entries packet=pts_time,flags -of csv=p=0")
}

fn parse(csv: &[u8]) -> Vec<Probed> {
    let packet = |line: &str| {
        let (time, flags) = line.split_once(',')?;
        Some(Probed { time: time.parse().ok()?, key: flags.starts_with('K') })
    };
    // Side data takes an empty line.
    let text = String::from_utf8_lossy(csv);
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(|line| packet(line).unwrap_or_else(|| panic!("{line}"))).collect()
}

/// Width and height of each decoded picture of `file`.
pub(crate) fn decoded_sizes(file: &Path) -> Vec<String> {
    let arguments = "-select_streams v -show_entries frame=width,height -of csv=p=0";
    let text = String::from_utf8(silently("ffprobe", file, arguments)).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(|line| line.trim_end_matches(',').to_owned()).collect()
}

/// Seconds that ffprobe thinks the file lasts.
pub(crate) fn duration(file: &Path) -> f64 {
    let text = silently("ffprobe", file, "-show_entries format=duration -of csv=p=0");
    String::from_utf8(text).unwrap().trim().parse().unwrap()
}
