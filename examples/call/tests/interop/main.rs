//! Calls with foreign programs, and with ourselves as if we were one: what arrives is what was said and shown, in step.

mod film;
mod stage;

use host::{Program, Visitor, free_ports};
use moim_testkit::foreign::{has_element, has_ffmpeg, has_gstreamer};
use stage::{LENGTH, Stage};
use std::fs::File;
use std::process::Command;
use std::time::Duration;

/// When voice and picture of ours are in step: we report within a second.
const SETTLED: Duration = Duration::from_secs(2);
/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn ffmpeg_sends_to_us() {
    if !has_ffmpeg(&["libx264", "libopus"]) {
        return;
    }
    let stage = Stage::new("ffmpeg-sends");
    let port = free_ports().expect("four free ports");
    let call = stage.listen(&stage.seen(), &["--port", &port.to_string()]);
    stage.wait_for_sdp(2);
    // It reports with the first packet, and every five seconds.
    let ffmpeg = Program::start(&mut ffmpeg_sender(&stage, port, 1)).expect("ffmpeg");
    call.finish(PATIENCE).expect("a good end");
    drop(ffmpeg);
    stage.check(&stage.seen(), SETTLED);
}

#[test]
fn ffmpeg_describes_what_it_sends_in_packetization_mode_0() {
    if !has_ffmpeg(&["libx264", "libopus"]) {
        return;
    }
    let stage = Stage::new("ffmpeg-describes");
    let mut ffmpeg = ffmpeg_sender(&stage, free_ports().expect("four free ports"), 0);
    let ffmpeg = Program::start(ffmpeg.arg("-sdp_file").arg(stage.sdp())).expect("ffmpeg");
    stage.wait_for_sdp(2);
    stage.listen(&stage.seen(), &[]).finish(PATIENCE).expect("a good end");
    drop(ffmpeg);
    // Its first report is missed: the second comes after five seconds.
    stage.check(&stage.seen(), Duration::from_secs(5));
}

#[test]
fn ffmpeg_receives_from_us() {
    ffmpeg_receives("ffmpeg-receives", 1);
}

#[test]
fn ffmpeg_receives_from_us_in_packetization_mode_0() {
    ffmpeg_receives("ffmpeg-receives-mode-0", 0);
}

fn ffmpeg_receives(name: &str, packetization_mode: u8) {
    if !has_ffmpeg(&[]) {
        return;
    }
    let stage = Stage::new(name);
    let visitor = Visitor::new().expect("a free port");
    let port = free_ports().expect("four free ports");
    stage.describe(port, packetization_mode);
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-loglevel", "warning", "-y", "-protocol_whitelist", "file,udp,rtp"]);
    ffmpeg.arg("-i").arg(stage.sdp());
    let length = (LENGTH - Duration::from_secs(2)).as_secs().to_string();
    // Once as it came, once decoded.
    let both = ["-map", "0:v", "-map", "0:a", "-t", &length];
    ffmpeg.args(both).args(["-c", "copy", "-movflags", "frag_keyframe+empty_moov", "-use_editlist", "0"]);
    ffmpeg.arg(stage.seen()).args(both).args(["-f", "null", "-"]);
    let complaints = stage.file("complaints.txt");
    let mut ffmpeg =
        Program::start(ffmpeg.stderr(File::create(&complaints).expect("a file"))).expect("ffmpeg");
    ffmpeg.wait_for_port(&visitor, port + 3, PATIENCE).expect("ffmpeg listens");
    let call = stage.dial(&[]);
    ffmpeg.wait(PATIENCE).expect("ffmpeg ends");
    drop(call);
    let complaints = std::fs::read_to_string(complaints).expect("what ffmpeg said");
    stage.check(&stage.seen(), SETTLED);
    // What its muxers say is no news of decoding: RTP does not tell how long the last picture lasts, Opus in MP4 has no
    // size of frame, and pictures that come when they were taken do not fit a grid of 30 per second.
    let of_muxing = |line: &&str| ["[mp4 @ ", "[null @ "].iter().any(|muxer| line.starts_with(muxer));
    let of_decoding = complaints.lines().filter(|line| !of_muxing(line));
    assert_eq!(of_decoding.collect::<Vec<_>>(), [""; 0]);
}

/// An ffmpeg that sends what there is to two ports of ours, in this packetization mode.
fn ffmpeg_sender(stage: &Stage, port: u16, packetization_mode: u8) -> Command {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-loglevel", "error", "-re", "-i"]).arg(stage.shown());
    ffmpeg.args(["-re", "-i"]).arg(stage.said());
    ffmpeg.args(["-map", "0:v", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"]);
    ffmpeg.args([
        "-profile:v",
        "baseline",
        "-pix_fmt",
        "yuv420p",
        "-g",
        "30",
        "-b:v",
        "400k",
        "-payload_type",
        "97",
    ]);
    if packetization_mode == 0 {
        ffmpeg.args(["-rtpflags", "h264_mode0", "-x264-params", "slice-max-size=1100"]);
    }
    ffmpeg.args(["-f", "rtp", &format!("rtp://127.0.0.1:{}", port + 2)]);
    ffmpeg.args(["-map", "1:a", "-c:a", "libopus", "-b:a", "32k", "-payload_type", "96"]);
    ffmpeg.args(["-f", "rtp", &format!("rtp://127.0.0.1:{port}")]);
    ffmpeg
}

#[test]
fn gstreamer_sends_to_us() {
    let (encoder, options) = match has_element("x264enc") {
        true => ("x264enc", "bitrate=400 key-int-max=30 tune=zerolatency speed-preset=ultrafast"),
        false => ("openh264enc", "bitrate=400000 gop-size=30 complexity=low"),
    };
    let elements =
        ["y4mdec", encoder, "rtph264pay", "wavparse", "opusenc", "rtpopuspay", "rtpbin", "h264parse"];
    if !has_gstreamer(&elements) {
        return;
    }
    let stage = Stage::new("gstreamer-sends");
    let port = free_ports().expect("four free ports");
    let call = stage.listen(&stage.seen(), &["--port", &port.to_string()]);
    stage.wait_for_sdp(2);
    let to = |port| format!("udpsink host=127.0.0.1 port={port}");
    let reports = |port| format!("udpsink host=127.0.0.1 port={port} sync=false async=false");
    let pipeline = format!(
        "rtpbin name=rtp filesrc location={} ! wavparse ! audioconvert ! audioresample ! opusenc bitrate=32000 ! \
         rtpopuspay pt=96 ! rtp.send_rtp_sink_0 rtp.send_rtp_src_0 ! {} rtp.send_rtcp_src_0 ! {} \
         filesrc location={} ! y4mdec ! queue ! {encoder} {options} ! h264parse ! \
         rtph264pay pt=97 config-interval=-1 mtu=1200 ! rtp.send_rtp_sink_1 rtp.send_rtp_src_1 ! {} \
         rtp.send_rtcp_src_1 ! {}",
        stage.said().display(),
        to(port),
        reports(port + 1),
        stage.shown().display(),
        to(port + 2),
        reports(port + 3),
    );
    let mut gstreamer = Command::new("gst-launch-1.0");
    let gstreamer = Program::start(gstreamer.arg("-q").args(pipeline.split_whitespace())).expect("GStreamer");
    // The call ends when the sender says goodbye; now and then GStreamer itself hangs after that.
    call.finish(PATIENCE).expect("a good end");
    drop(gstreamer);
    // Both have reported.
    stage.check(&stage.seen(), Duration::from_secs(4));
}

#[test]
fn gstreamer_receives_from_us() {
    // Not avdec_h264: its rows are padded, and y4menc of GStreamer 1.22 takes the padding for picture.
    let decoder = "openh264dec";
    let elements = ["sdpdemux", "rtph264depay", decoder, "h264parse", "rtpopusdepay", "opusparse", "mp4mux"];
    if !has_gstreamer(&elements) {
        return;
    }
    let stage = Stage::new("gstreamer-receives");
    let visitor = Visitor::new().expect("a free port");
    let port = free_ports().expect("four free ports");
    stage.describe(port, 1);
    let decoded = stage.file("decoded.y4m");
    let pipeline = format!(
        "mp4mux name=mux ! filesink location={} filesrc location={} ! sdpdemux name=call \
         call.stream_0 ! rtpopusdepay ! opusparse ! queue ! mux.audio_0 \
         call.stream_1 ! rtph264depay ! h264parse ! video/x-h264,stream-format=byte-stream,alignment=au ! \
         tee name=picture picture. ! queue ! h264parse ! mux.video_0 \
         picture. ! queue ! {decoder} ! y4menc ! filesink location={}",
        stage.seen().display(),
        stage.sdp().display(),
        decoded.display(),
    );
    // Left alone it waits for more for ever; on SIGINT, -e has it finish the file.
    let mut gstreamer = Command::new("timeout");
    gstreamer.args(["-s", "INT", "-k", "20", &LENGTH.as_secs().to_string(), "gst-launch-1.0", "-q", "-e"]);
    let mut gstreamer = Program::start(gstreamer.args(pipeline.split_whitespace())).expect("GStreamer");
    gstreamer.wait_for_port(&visitor, port + 3, PATIENCE).expect("GStreamer listens");
    let call = stage.dial(&[]);
    gstreamer.wait(PATIENCE).expect("GStreamer ends");
    drop(call);
    // Of an empty edit, by which it tells that a track begins later, we know nothing: that much is added to the error.
    stage.check(&stage.seen(), SETTLED);
    stage.check_decoded(&decoded);
}

#[test]
fn we_see_each_other_without_being_told_apart() {
    let stage = Stage::new("both-ours");
    let (said, shown) = (stage.said(), stage.shown());
    let ours = ["--audio", &said.display().to_string(), "--video", &shown.display().to_string()];
    let port = free_ports().expect("four free ports").to_string();
    let listener = stage.listen(&stage.seen(), &[&["--port", &port][..], &ours].concat());
    stage.wait_for_sdp(2);
    stage.dial(&[]).finish(PATIENCE).expect("a good end");
    listener.finish(PATIENCE).expect("a good end");
    stage.check(&stage.seen(), SETTLED);
    stage.check(&stage.file("seen-by-dialler.mp4"), SETTLED);
}

#[test]
fn a_call_of_voices_leaves_sound_alone() {
    let stage = Stage::new("voices");
    let (port, heard) = (free_ports().expect("four free ports").to_string(), stage.file("heard.wav"));
    let listener = stage.listen(&heard, &["--port", &port, "--no-video"]);
    stage.wait_for_sdp(1);
    stage.dial(&[]).finish(PATIENCE).expect("a good end");
    listener.finish(PATIENCE).expect("a good end");
    stage.check_heard(&heard);
}

#[test]
fn a_call_in_which_nobody_speaks_ends_in_time_and_says_so() {
    let stage = Stage::new("nobody");
    let mut listen = Command::new(env!("CARGO_BIN_EXE_call"));
    listen.args(["listen", "--port", "0", "--seconds", "1", "--lang", "en", "--sdp"]).arg(stage.sdp());
    let listened = listen.arg("--out").arg(stage.seen()).output().expect("our program runs");
    assert!(!listened.status.success());
    let said = String::from_utf8_lossy(&listened.stderr);
    assert!(said.contains("nothing was ever heard") && said.contains("0 received"), "{said}");
    assert!(!stage.seen().exists(), "there is nothing to keep");
}
