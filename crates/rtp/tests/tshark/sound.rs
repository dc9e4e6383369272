//! Payloads of sound, keys and text: Opus (RFC 6716, section 3), telephone events (RFC 4733), redundancy (RFC 2198) and
//! text with redundancy (RFC 4103).

use crate::capture::Capture;
use crate::rtp::{packet, payload_type};
use crate::samples::{numbers, samples, u16s, u32s};
use crate::shark::{Dissected, RTP, read};
use moim_media::{Instant, Timestamp};
use moim_rtp::payload::opus::OpusPayloader;
use moim_rtp::payload::telephone_event::{EventCode, TelephoneEvent, Volume};
use moim_rtp::payload::text::{Format, SenderConfig, TextSender};
use moim_rtp::payload::{Fragment, Payloader};
use moim_rtp::red::{self, Unit};
use proptest::collection::vec;
use proptest::prelude::*;

/// A packet of Opus with one frame, two, or several of one length.
///
/// tshark 4.0 looks for padding ahead of the frames and for a length of the last one (RFC 6716, section 3.2.5, has the
/// padding behind them, and the last take what is left): these two stay out.
fn opus(config: u8, stereo: bool, frames: &[Vec<u8>]) -> Vec<u8> {
    let (code, behind) = match frames {
        [_] => (0, Vec::new()),
        [first, second] if first.len() == second.len() => (1, Vec::new()),
        [first, _] => (2, vec![u8::try_from(first.len()).expect("short enough for one byte")]),
        several => (3, vec![several.len() as u8]),
    };
    [vec![config << 3 | u8::from(stereo) << 2 | code], behind, frames.concat()].concat()
}

#[test]
fn packets_of_opus_are_read_as_they_were_meant() {
    let frame = || vec(any::<u8>(), 1..200);
    let alike =
        |most| (1_usize..200, 2_usize..=most).prop_flat_map(|(len, count)| vec(vec(any::<u8>(), len), count));
    let few = (numbers(0_u8, 31), prop_oneof![vec(frame(), 1), alike(2), vec(frame(), 2)]);
    // Of 20 ms each, since there are at most 120 ms in a packet.
    let many = (0_u8..4).prop_map(|kind| kind << 2 | 1);
    let all = samples((any::<bool>(), prop_oneof![few, (many, alike(6))]), 150);
    let mut payloader = OpusPayloader::new();
    let mut capture = Capture::default();
    for (stereo, (config, frames)) in &all {
        let mut send = |fragment: Fragment<'_>| {
            capture.push(RTP, &packet(111, fragment.marker, 0, &[fragment.prefix, fragment.body]));
        };
        payloader.packetize(&opus(*config, *stereo, frames), 1_400, &mut send).unwrap();
    }
    let Some(dissected) = read("opus", &capture, &[(111, "opus")]) else { return };
    for (index, ((stereo, (config, frames)), datagram)) in all.iter().zip(&dissected).enumerate() {
        assert_eq!(datagram.layer("rtp").numbers("rtp.marker"), [(index == 0).into()]);
        let opus = datagram.layer("opus");
        assert_eq!(opus.numbers("opus.TOC.config"), [i64::from(*config)]);
        assert_eq!(opus.numbers("opus.TOC.s"), [i64::from(*stereo)]);
        assert_eq!(opus.bytes("opus.frame_data"), *frames);
    }
}

#[test]
fn telephone_events_are_read_as_they_were_meant() {
    let all = samples((numbers(0_u8, 255), any::<bool>(), numbers(0_u8, 63), u16s()), 100);
    let mut capture = Capture::default();
    for &(event, end, volume, duration) in &all {
        let event =
            TelephoneEvent { event: EventCode(event), end, volume: Volume::new(volume).unwrap(), duration };
        capture.push(RTP, &packet(101, false, 0, &[&event.to_bytes()]));
    }
    let Some(dissected) = read("events", &capture, &[(101, "rtpevent")]) else { return };
    for (&(event, end, volume, duration), datagram) in all.iter().zip(&dissected) {
        let read = datagram.layer("rtpevent");
        assert_eq!(read.numbers("rtpevent.event_id"), [i64::from(event)]);
        assert_eq!(read.numbers("rtpevent.end_of_event"), [i64::from(end)]);
        assert_eq!(read.numbers("rtpevent.reserved"), [0]);
        assert_eq!(read.numbers("rtpevent.volume"), [i64::from(volume)]);
        assert_eq!(read.numbers("rtpevent.duration"), [i64::from(duration)]);
    }
}

#[test]
fn redundancy_is_read_as_it_was_meant() {
    let data = || prop_oneof![vec(any::<u8>(), 0..30), vec(any::<u8>(), 1_023)];
    // Redundancy in redundancy would be read as such.
    let types = || numbers(0_u8, 127).prop_filter("no redundancy", |&number| number != 99);
    let older = vec((types(), numbers(0_u16, 0x3fff), data()), 0..4);
    let all = samples((older, types(), u32s(), data()), 100);
    let mut capture = Capture::default();
    for (older, primary, timestamp, data) in &all {
        let unit = |number, timestamp, data| Unit { payload_type: payload_type(number), timestamp, data };
        let newest_first = older.iter().rev().map(|(number, offset, data)| {
            unit(*number, Timestamp(timestamp.wrapping_sub((*offset).into())), &data[..])
        });
        let primary = unit(*primary, Timestamp(*timestamp), data);
        let mut payload = vec![0; 8_000];
        let written = red::write(newest_first, primary, &mut payload).unwrap();
        assert_eq!((written.redundant, written.left_out), (older.len(), 0));
        capture.push(RTP, &packet(99, false, *timestamp, &[&payload[..written.len]]));
    }
    let Some(dissected) = read("red", &capture, &[(99, "rtp_rfc2198")]) else { return };
    for ((older, primary, timestamp, data), datagram) in all.iter().zip(&dissected) {
        let rtp = datagram.layer("rtp");
        assert_eq!(rtp.numbers("rtp.timestamp"), [i64::from(*timestamp)]);
        let blocks = datagram.numbers("rtp.p_type");
        let types = older.iter().map(|older| older.0).chain([*primary]).map(i64::from);
        assert_eq!(blocks, [99].into_iter().chain(types).collect::<Vec<_>>());
        let follow = older.iter().map(|_| 1).chain([0]).collect::<Vec<_>>();
        assert_eq!(datagram.numbers("rtp.follow"), follow);
        let offsets: Vec<_> = older.iter().map(|older| i64::from(older.1)).collect();
        assert_eq!(datagram.numbers("rtp.timestamp-offset"), offsets);
        let lens: Vec<_> = older.iter().map(|older| older.2.len() as i64).collect();
        assert_eq!(datagram.numbers("rtp.block-length"), lens);
        let bodies: Vec<_> = older.iter().map(|older| &older.2[..]).chain([&data[..]]).collect();
        assert_bodies(datagram, &bodies);
    }
}

/// Checks the bodies of the blocks, of which empty ones may not be shown.
#[track_caller]
fn assert_bodies(datagram: &Dissected, bodies: &[&[u8]]) {
    let mut read = datagram.bytes("rtp.payload");
    // The first is the whole payload.
    read.remove(0);
    read.retain(|body| !body.is_empty());
    let filled: Vec<_> = bodies.iter().copied().filter(|body| !body.is_empty()).collect();
    assert_eq!(read, filled);
}

#[test]
fn text_is_repeated_as_it_was_meant() {
    let typed = ["g", "ü", "한국어", "\u{1f600}\u{8}", "", "the end"];
    let format = Format::Redundant { red: payload_type(98), t140: payload_type(97), generations: 2 };
    let start = Timestamp(u32::MAX - 500);
    let mut sender = TextSender::new(format, start, SenderConfig::default());
    let mut capture = Capture::default();
    let mut sent = Vec::new();
    for (text, tick) in typed.iter().zip(0..) {
        let now = Instant::from_nanos(1_000_000_000 + tick * 300_000_000);
        assert_eq!(sender.push(now, text), text.len());
        let mut payload = [0; 200];
        let Some(text) = sender.poll_transmit(now, &mut payload).unwrap() else { continue };
        sent.push(text.timestamp);
        capture.push(RTP, &packet(98, text.marker, text.timestamp.0, &[&payload[..text.len]]));
    }
    let Some(dissected) = read("text", &capture, &[(98, "rtp_rfc2198")]) else { return };
    assert_eq!(dissected.len(), typed.len());
    let blocks: Vec<_> = [format!("\u{feff}{}", typed[0])]
        .into_iter()
        .chain(typed[1..].iter().map(|&text| text.to_owned()))
        .map(String::into_bytes)
        .collect();
    for (index, datagram) in dissected.iter().enumerate() {
        assert_eq!(datagram.layer("rtp").numbers("rtp.marker"), [(index == 0).into()]);
        let before = index.saturating_sub(2)..index;
        let types = [98].into_iter().chain(vec![97; before.len() + 1]);
        assert!(datagram.numbers("rtp.p_type").into_iter().eq(types), "{datagram:#?}");
        let offsets: Vec<_> =
            before.clone().map(|before| i64::from(sent[index].0.wrapping_sub(sent[before].0))).collect();
        assert_eq!(datagram.numbers("rtp.timestamp-offset"), offsets);
        let lens: Vec<_> = blocks[before.clone()].iter().map(|block| block.len() as i64).collect();
        assert_eq!(datagram.numbers("rtp.block-length"), lens);
        let bodies: Vec<_> = blocks[before.start..=index].iter().map(|block| &block[..]).collect();
        assert_bodies(datagram, &bodies);
    }
}
