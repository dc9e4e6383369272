//! Streams of other encoders travel and come back byte by byte.

use moim_media::{Seq, Timestamp};
use moim_rtp::payload::av1::{Av1Depayloader, Av1Payloader, ObuKind, Payload, begins_sequence, obus};
use moim_rtp::payload::{Depayloader, Fragment, Payloader, Piece};
use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc};
use moim_testkit::skip;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What ffmpeg's encoder makes of a second of its test picture, a key frame every ten, in the low-overhead format.
fn encoded(encoder: &str, options: &[&str]) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("av1");
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let file = folder.join(encoder).with_extension("obu");
    let input = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=1"];
    let said = Command::new("ffmpeg")
        .args(["-nostdin", "-y", "-v", "error"])
        .args(input)
        .args(["-pix_fmt", "yuv420p", "-c:v", encoder, "-g", "10"])
        .args(options)
        .args(["-f", "obu"])
        .arg(&file)
        .output();
    if !said.is_ok_and(|said| said.status.success()) {
        skip(&format!("ffmpeg with {encoder} is not installed"));
        return None;
    }
    Some(file)
}

/// At each temporal delimiter a unit begins.
fn temporal_units(stream: &[u8]) -> Vec<&[u8]> {
    let mut starts = Vec::new();
    let mut walk = obus(stream);
    let mut at = 0;
    while let Some(obu) = walk.next() {
        if obu.header.kind() == ObuKind::TemporalDelimiter {
            starts.push(at);
        }
        at = stream.len() - walk.remainder().len();
    }
    assert!(walk.remainder().is_empty(), "a bitstream of whole OBUs");
    starts.push(stream.len());
    starts.windows(2).map(|unit| &stream[unit[0]..unit[1]]).collect()
}

/// Which units ffprobe takes for key frames.
fn key_frames(file: &Path) -> Option<Vec<bool>> {
    let said = Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "packet=flags", "-of", "csv=p=0"])
        .arg(file)
        .output()
        .ok()?;
    Some(String::from_utf8_lossy(&said.stdout).lines().map(|flags| flags.starts_with('K')).collect())
}

/// Sends `units` in packets of at most `limit` bytes, and puts them together again.
fn travels(units: &[&[u8]], limit: usize) {
    let (mut payloader, mut depayloader) = (Av1Payloader::new(), Av1Depayloader::new());
    let mut seq = 65_500_u16;
    for (number, unit) in units.iter().enumerate() {
        let mut packets = Vec::new();
        let mut send = |fragment: Fragment<'_>| {
            assert!(fragment.prefix.len() + fragment.body.len() <= limit);
            let header = Header {
                marker: fragment.marker,
                payload_type: PayloadType::new(45).expect("seven bits"),
                seq: Seq(seq),
                timestamp: Timestamp(number as u32 * 3_000),
                ssrc: Ssrc(1),
            };
            let mut packet = vec![0; 12 + limit];
            let len = PacketBuilder::new(header).write(&[fragment.prefix, fragment.body], &mut packet);
            packet.truncate(len.expect("it fits"));
            packets.push(packet);
            seq = seq.wrapping_add(1);
        };
        payloader.packetize(unit, limit, &mut send).expect("an encoder's unit");
        let mut back = Vec::new();
        for (index, packet) in packets.iter().enumerate() {
            let packet = Packet::parse(packet).expect("just written");
            let payload = Payload::parse(packet.payload()).expect("just written");
            assert_eq!(payload.aggregation().begins_sequence(), index == 0 && begins_sequence(unit));
            let extent = depayloader
                .depacketize(&packet, &mut |piece: Piece<'_>| {
                    back.extend_from_slice(piece.prefix.as_bytes());
                    back.extend_from_slice(piece.body);
                })
                .expect("what we send is read");
            assert_eq!((extent.begins, extent.ends), (index == 0, index + 1 == packets.len()));
        }
        let len = depayloader.finish(&mut back);
        // Ahead of all is the delimiter.
        assert_eq!(back[..len], unit[2..], "unit {number} in packets of {limit}");
    }
}

#[test]
fn streams_of_other_encoders_come_back_as_they_were() {
    for (encoder, options) in [
        // Both send frames long before they are shown.
        ("libaom-av1", &["-cpu-used", "8", "-b:v", "800k", "-tiles", "2x2", "-lag-in-frames", "19"][..]),
        ("libsvtav1", &["-preset", "12", "-b:v", "3M"]),
    ] {
        let Some(file) = encoded(encoder, options) else { continue };
        let stream = std::fs::read(&file).expect("the file just written");
        let units = temporal_units(&stream);
        assert_eq!(units.len(), 30, "{encoder}");
        let keys = key_frames(&file).expect("ffprobe comes with ffmpeg");
        assert_eq!(units.iter().map(|unit| begins_sequence(unit)).collect::<Vec<_>>(), keys, "{encoder}");
        for limit in [40, 500, 1_188, 60_000] {
            travels(&units, limit);
        }
    }
}
