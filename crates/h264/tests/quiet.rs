//! OpenH264 writes to the standard error stream what it does not like, unless it is told not to.

mod picture;

use moim_h264::EncoderConfig;
use moim_media::codec::{FrameKind, VideoDecoder, VideoEncoder, VideoInput};
use picture::{decoder, encoder, pool, scene, size, time};
use std::process::Command;

#[test]
fn does_what_openh264_complains_of() {
    // A frame rate far from the one announced, a change of size, and damage in every part of a key frame.
    let config =
        EncoderConfig { frame_rate: 60.0, temporal_layers: 4, bitrate: 50_000, ..Default::default() };
    let mut encoder = encoder(config);
    let (mut decoder, mut pool) = (decoder(), pool(size(16, 16)));
    for number in 0..200 {
        let size = if number < 190 { size(64, 48) } else { size(160, 96) };
        let mut unit = Vec::new();
        encoder.encode(&scene(size, number), time(number * 10), FrameKind::Key, &mut unit).unwrap();
        let at = (number * 7) % unit.len();
        unit[at] ^= 0x55;
        let _ = decoder.decode(VideoInput::AccessUnit(&unit), &mut pool);
    }
}

#[test]
fn nothing_is_written() {
    let said = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "does_what_openh264_complains_of", "--nocapture", "--test-threads=1"])
        .output()
        .expect("it runs again");
    assert!(said.status.success());
    let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(out.contains("1 passed"), "{out}");
    assert!(err.is_empty() && !out.contains("OpenH264"), "{out}{err}");
}
