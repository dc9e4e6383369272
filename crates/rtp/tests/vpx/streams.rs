//! Streams of libvpx through ffmpeg and GStreamer.

use crate::clip::{Clip, clip, folder};
use crate::{Sent, depay, packets, pay};
use moim_media::VideoSize;
use moim_media::codec::FrameKind;
use moim_rtp::Packet;
use moim_rtp::payload::vp8::{self, Vp8Depayloader, Vp8Payloader};
use moim_rtp::payload::vp9::{self, Coding, Vp9Config, Vp9Depayloader, Vp9Mode, Vp9Payloader};
use moim_rtp::payload::{Depayloader, Payloader};
use moim_testkit::foreign::has_gstreamer;
use std::process::Command;

/// The payloads of all units, and out of them the units again.
fn there_and_back(
    payloader: &mut dyn Payloader,
    depayloader: &mut dyn Depayloader,
    clip: &Clip,
) -> Vec<Sent> {
    let sent: Vec<_> = clip.units.iter().map(|unit| pay(payloader, unit, 700)).collect();
    assert!(depay(depayloader, &packets(&sent)) == clip.units);
    sent
}

#[test]
fn frames_of_libvpx_in_vp8_come_back_and_the_key_frames_are_those_ffprobe_finds() {
    for (name, options) in [
        ("vp8", &[][..]),
        ("vp8-partitions", &["-slices", "8"]),
        ("vp8-hidden", &["-auto-alt-ref", "1", "-lag-in-frames", "12"]),
    ] {
        let Some(clip) = clip(name, "libvpx", options) else { return };
        let sent = there_and_back(&mut Vp8Payloader::default(), &mut Vp8Depayloader::new(), &clip);
        assert!(clip.keys.iter().filter(|&&key| key).count() > 1 && sent.len() == clip.keys.len());
        for (sent, &is_key) in sent.iter().zip(&clip.keys) {
            let header = vp8::Payload::parse(&sent[0].0).unwrap().frame_header().unwrap();
            assert_eq!(header.kind == FrameKind::Key, is_key);
            assert_eq!(header.size, VideoSize::new(320, 180).filter(|_| is_key));
        }
    }
}

#[test]
fn frames_of_libvpx_in_vp9_come_back_and_the_key_frames_are_those_ffprobe_finds() {
    let live = ["-deadline", "realtime", "-cpu-used", "8"];
    let hidden = ["-deadline", "good", "-cpu-used", "5", "-auto-alt-ref", "1", "-lag-in-frames", "12"];
    let deep = ["-deadline", "realtime", "-cpu-used", "8", "-pix_fmt", "yuv444p"];
    for (name, options) in [("vp9", &live[..]), ("vp9-hidden", &hidden), ("vp9-444", &deep)] {
        let Some(clip) = clip(name, "libvpx-vp9", options) else { return };
        for mode in [Vp9Mode::NonFlexible, Vp9Mode::Flexible] {
            let mut payloader = Vp9Payloader::new(Vp9Config { mode, ..Vp9Config::default() });
            let sent = there_and_back(&mut payloader, &mut Vp9Depayloader::new(), &clip);
            assert!(clip.keys.iter().filter(|&&key| key).count() > 1 && sent.len() == clip.keys.len());
            for (sent, &is_key) in sent.iter().zip(&clip.keys) {
                let payload = vp9::Payload::parse(&sent[0].0).unwrap();
                let coding = payload.frame_header().unwrap().coding;
                let size = VideoSize::new(320, 180);
                assert_eq!(coding == Coding::Key { size }, is_key, "{coding:?}");
                assert_eq!(payload.descriptor.is_inter_picture(), !is_key);
            }
        }
    }
}

/// Runs a pipeline of GStreamer; `None`, with the reason printed, where it or an element is missing.
#[track_caller]
fn pipeline(elements: &[&str], launch: &str) -> Option<()> {
    if !has_gstreamer(elements) {
        return None;
    }
    let said = Command::new("gst-launch-1.0").arg("-q").args(launch.split(' ')).output().expect("it runs");
    assert!(said.status.success(), "{launch}: {}", String::from_utf8_lossy(&said.stderr));
    Some(())
}

/// Packets behind their lengths (RFC 4571).
fn framed(packets: &[Vec<u8>]) -> Vec<u8> {
    packets.iter().flat_map(|packet| [&(packet.len() as u16).to_be_bytes()[..], packet].concat()).collect()
}

fn unframed(mut file: &[u8]) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    while let Some((&len, behind)) = file.split_first_chunk() {
        let (packet, behind) = behind.split_at(usize::from(u16::from_be_bytes(len)));
        packets.push(packet.to_vec());
        file = behind;
    }
    packets
}

/// The packets that GStreamer makes of a clip.
#[track_caller]
fn packets_of_gstreamer(clip: &Clip, payloader: &str, options: &str) -> Option<Vec<Vec<u8>>> {
    let out = clip.file.with_extension("rtp");
    let launch = format!(
        "filesrc location={} ! ivfparse ! {payloader} mtu=600 {options} ! rtpstreampay ! filesink location={}",
        clip.file.display(),
        out.display(),
    );
    pipeline(&["ivfparse", payloader, "rtpstreampay"], &launch)?;
    Some(unframed(&std::fs::read(out).expect("what GStreamer wrote")))
}

/// The units of VP9 behind one another that GStreamer takes out of our packets.
#[track_caller]
fn vp9_of_gstreamer(packets: &[Vec<u8>]) -> Option<Vec<u8>> {
    let [sent, out] = ["to", "from"].map(|way| folder().join(format!("vp9-{way}.rtp")));
    std::fs::write(&sent, framed(packets)).expect("a file for GStreamer");
    let caps = "application/x-rtp-stream,media=video,clock-rate=90000,encoding-name=VP9";
    let launch = format!(
        "filesrc location={} ! {caps} ! rtpstreamdepay ! rtpvp9depay ! filesink location={}",
        sent.display(),
        out.display(),
    );
    pipeline(&["rtpstreamdepay", "rtpvp9depay"], &launch)?;
    Some(std::fs::read(out).expect("what GStreamer wrote"))
}

#[test]
fn gstreamer_sends_vp8_that_we_take_even_with_nine_partitions() {
    for (name, options) in [("gst-vp8", &[][..]), ("gst-vp8-partitions", &["-slices", "8"])] {
        let Some(clip) = clip(name, "libvpx", options) else { return };
        for mode in ["none", "7-bit", "15-bit"] {
            let options = format!("picture-id-mode={mode}");
            let Some(packets) = packets_of_gstreamer(&clip, "rtpvp8pay", &options) else { return };
            assert!(depay(&mut Vp8Depayloader::new(), &packets) == clip.units, "{name} {mode}");
            let first = Packet::parse(&packets[0]).unwrap();
            let payload = vp8::Payload::parse(first.payload()).unwrap();
            assert_eq!(payload.descriptor.picture_id.is_some(), mode != "none");
            assert_eq!(payload.frame_header().and_then(|header| header.size), VideoSize::new(320, 180));
            // The ninth has no number.
            let has_ninth =
                packets.iter().any(|packet| Packet::parse(packet).unwrap().payload()[0] & 15 == 8);
            assert_eq!(has_ninth, name == "gst-vp8-partitions");
        }
    }
}

#[test]
fn gstreamer_sends_vp9_that_we_take() {
    let Some(clip) = clip("gst-vp9", "libvpx-vp9", &["-deadline", "realtime", "-cpu-used", "8"]) else {
        return;
    };
    for mode in ["none", "7-bit", "15-bit"] {
        let options = format!("picture-id-mode={mode}");
        let Some(packets) = packets_of_gstreamer(&clip, "rtpvp9pay", &options) else { return };
        assert!(depay(&mut Vp9Depayloader::new(), &packets) == clip.units, "{mode}");
        let first = Packet::parse(&packets[0]).unwrap();
        let payload = vp9::Payload::parse(first.payload()).unwrap();
        assert_eq!(payload.descriptor.picture_id.is_some(), mode != "none");
        assert!(!payload.descriptor.is_inter_picture());
    }
}

#[test]
fn gstreamer_takes_vp9_that_we_send() {
    let live = ["-deadline", "realtime", "-cpu-used", "8"];
    let Some(vp9) = clip("vp9-to-gst", "libvpx-vp9", &live) else { return };
    for mode in [Vp9Mode::NonFlexible, Vp9Mode::Flexible] {
        let mut payloader = Vp9Payloader::new(Vp9Config { mode, ..Vp9Config::default() });
        let sent: Vec<_> = vp9.units.iter().map(|unit| pay(&mut payloader, unit, 700)).collect();
        let Some(units) = vp9_of_gstreamer(&packets(&sent)) else { return };
        assert!(units == vp9.units.concat(), "{mode:?}");
    }
}
