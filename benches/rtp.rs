//! What every packet costs before anything is done with it, beside the crates that do it, too.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use bytes::Bytes;
use core::fmt::Debug;
use core::hint::black_box;
use criterion::{Criterion, criterion_group, criterion_main};
use moim_media::{Seq, Timestamp};
use moim_peers::rtp::{self as peer, Read, Report, Rewrite};
use moim_peers::rtp_headers::{self as headers, Extension as Str0m, ExtensionMap};
use moim_rtp::rtcp::{
    ArrivalTime, CumulativeLost, ExtendedSeq, FractionLost, LastReport, Part, ReportBlock, SenderInfo,
    Writer, walk,
};
use moim_rtp::{
    Extension, ExtensionForm, ExtensionId, Header, NtpShort, NtpTime, Packet, PacketBuilder, PacketMut,
    PayloadType, Ssrc,
};

const HEADER: Header = Header {
    marker: true,
    payload_type: PayloadType::new(111).unwrap(),
    seq: Seq(4_711),
    timestamp: Timestamp(0x1234_5678),
    ssrc: Ssrc(0x8765_4321),
};
const REWRITE: Rewrite = Rewrite { payload_type: 96, seq: 1, timestamp: 2, ssrc: 3 };

/// A packet of `len` bytes with `elements`.
fn packet(elements: &[(u8, &[u8])], len: usize) -> Bytes {
    let element = |&(id, data)| Extension { id: ExtensionId::new(id).expect("not 0"), data };
    let elements: Vec<_> = elements.iter().map(element).collect();
    let builder = PacketBuilder::new(HEADER).extensions(ExtensionForm::OneByte, &elements);
    let payload = vec![7; len - builder.header_len()];
    let mut bytes = vec![0; len];
    assert_eq!(builder.write(&[&payload], &mut bytes), Ok(len));
    bytes.into()
}

/// Sound with its level.
fn audio() -> Bytes {
    packet(&[(1, &[30])], 100)
}

/// Video with stream name, send time and transport-wide number.
fn video() -> Bytes {
    packet(&[(4, b"0"), (2, &[1, 2, 3]), (3, &[0, 9])], 1_228)
}

fn read(packet: &Packet<'_>) -> Read {
    Read {
        seq: packet.seq().0,
        timestamp: packet.timestamp().0,
        ssrc: packet.ssrc().0,
        payload: packet.payload().len(),
    }
}

/// What str0m is told of the numbers by which extensions go.
fn extension_map() -> ExtensionMap {
    let mut map = ExtensionMap::empty();
    map.set(1, Str0m::AudioLevel);
    map.set(2, Str0m::AbsoluteSendTime);
    map.set(3, Str0m::TransportSequenceNumber);
    map.set(4, Str0m::RtpMid);
    map
}

/// Times `work` on `input`, once it is known to come to `expected`.
fn time<I, T: PartialEq + Debug>(
    c: &mut Criterion,
    id: &str,
    input: &I,
    expected: &T,
    work: impl Fn(&I) -> T,
) {
    assert_eq!(work(input), *expected, "{id}");
    c.bench_function(id, |b| b.iter(|| work(black_box(input))));
}

fn parse(c: &mut Criterion) {
    let none = ExtensionMap::empty();
    for (case, bytes) in [("audio", audio()), ("video", video())] {
        let ours = |bytes: &Bytes| Packet::parse(bytes).ok().as_ref().map(read);
        let expected = ours(&bytes);
        assert_eq!(expected.map(|read| read.seq), Some(4_711));
        let id = |level: &str| format!("moim-rtp/parse/{level}/{case}");
        time(c, &id("moim"), &bytes, &expected, ours);
        time(c, &id("rtp-types"), &bytes, &expected, |bytes| peer::rtp_types_parse(bytes));
        time(c, &id("rtp-rs"), &bytes, &expected, |bytes| headers::rtp_rs_parse(bytes));
        time(c, &id("discortp"), &bytes, &expected, |bytes| headers::discortp_parse(bytes));
        time(c, &id("str0m"), &bytes, &expected, |bytes| headers::str0m_parse(bytes, &none));
        time(c, &id("webrtc-rs"), &bytes, &expected, peer::webrtc_rs_parse);
    }
}

fn parse_extension(c: &mut Criterion) {
    let map = extension_map();
    for (case, bytes, id) in [("audio", audio(), 1), ("video", video(), 3)] {
        let wanted = ExtensionId::new(id).expect("not 0");
        let ours = |bytes: &Bytes| {
            let packet = Packet::parse(bytes).ok()?;
            Some((read(&packet), *packet.extension(wanted)?.first()?))
        };
        let str0m = |bytes: &Bytes| match id {
            1 => headers::str0m_parse_level(bytes, &map),
            _ => headers::str0m_parse_transport_seq(bytes, &map),
        };
        let expected = ours(&bytes);
        assert!(expected.is_some());
        let input = (bytes.clone(), id);
        let id = |level: &str| format!("moim-rtp/parse+extension/{level}/{case}");
        time(c, &id("moim"), &bytes, &expected, ours);
        time(c, &id("rtp-types"), &input, &expected, |(bytes, id)| {
            peer::rtp_types_parse_extension(bytes, *id)
        });
        time(c, &id("rtp-rs"), &input, &expected, |(bytes, id)| headers::rtp_rs_parse_extension(bytes, *id));
        time(c, &id("discortp"), &input, &expected, |(bytes, id)| {
            headers::discortp_parse_extension(bytes, *id)
        });
        time(c, &id("str0m"), &bytes, &expected, str0m);
        time(c, &id("webrtc-rs"), &input, &expected, |(bytes, id)| {
            peer::webrtc_rs_parse_extension(bytes, *id)
        });
    }
}

fn forward(packet: &[u8], rewrite: Rewrite, into: &mut [u8]) -> Option<usize> {
    let into = into.get_mut(..packet.len())?;
    into.copy_from_slice(packet);
    let mut packet = PacketMut::parse(into).ok()?;
    packet.set_payload_type(PayloadType::new(rewrite.payload_type)?);
    packet.set_seq(Seq(rewrite.seq));
    packet.set_timestamp(Timestamp(rewrite.timestamp));
    packet.set_ssrc(Ssrc(rewrite.ssrc));
    Some(into.len())
}

/// What a forwarder does: copy, and write over who it is from.
fn patch(c: &mut Criterion) {
    let bytes = video();
    let mut expected = [0; 1_500];
    assert_eq!(forward(&bytes, REWRITE, &mut expected), Some(1_228));
    // The copy alone, below which nobody comes.
    let mut copied = [0; 1_500];
    c.bench_function("moim-rtp/patch/copy/1228", |b| {
        b.iter(|| black_box(&mut copied)[..bytes.len()].copy_from_slice(black_box(&bytes)));
    });
    let mut time = |level: &str, rewrite: fn(&Bytes, Rewrite, &mut [u8]) -> Option<usize>| {
        let mut into = [0; 1_500];
        assert_eq!(rewrite(&bytes, REWRITE, &mut into), Some(1_228));
        assert_eq!(into, expected, "{level}");
        c.bench_function(&format!("moim-rtp/patch/{level}/1228"), |b| {
            b.iter(|| rewrite(black_box(&bytes), black_box(REWRITE), black_box(&mut into)));
        });
    };
    time("moim", |packet, rewrite, into| forward(packet, rewrite, into));
    time("rtp-types", |packet, rewrite, into| peer::rtp_types_rewrite(packet, rewrite, into));
    time("rtp-rs", |packet, rewrite, into| headers::rtp_rs_rewrite(packet, rewrite, into));
    time("discortp", |packet, rewrite, into| headers::discortp_rewrite(packet, rewrite, into));
    time("webrtc-rs", peer::webrtc_rs_rewrite);
}

/// A sender report about one source, and the sender's name.
fn report() -> Bytes {
    let block = ReportBlock {
        ssrc: Ssrc(2),
        fraction_lost: FractionLost(5),
        cumulative_lost: CumulativeLost::new(77),
        highest_seq: ExtendedSeq(65_600),
        jitter: 480,
        last_report: Some(LastReport { ntp: NtpShort(1), delay: NtpShort(2) }),
    };
    let info = SenderInfo {
        ntp: NtpTime(0xda8b_d1fc_dddd_a05a),
        timestamp: Timestamp(9),
        packets: 1_000,
        octets: 80_000,
    };
    let mut bytes = [0; 256];
    let mut writer = Writer::new(&mut bytes);
    writer.sender_report(Ssrc(1), info, &[block]).expect("it fits");
    writer.cname(Ssrc(1), "0123456789abcdef").expect("it fits");
    Bytes::copy_from_slice(writer.as_bytes())
}

fn read_report(bytes: &[u8]) -> Option<Report> {
    let mut read = Report::default();
    for part in walk(bytes) {
        match part.ok()? {
            Part::SenderReport(report) => {
                let info = report.info;
                read.numbers += u64::from(report.ssrc.0) + u64::from(info.timestamp.0) + (info.ntp.0 >> 32);
                read.numbers += u64::from(info.packets) + u64::from(info.octets);
                for block in report.reports() {
                    read.numbers += u64::from(block.ssrc.0) + u64::from(block.fraction_lost.0);
                    read.numbers += u64::from(block.cumulative_lost.get().cast_unsigned());
                    read.numbers += u64::from(block.highest_seq.0) + u64::from(block.jitter);
                }
            }
            Part::SourceDescription(sources) => {
                let items = sources.chunks().flat_map(|chunk| chunk.items());
                read.names += items.map(|item| item.text.len()).sum::<usize>();
            }
            _ => {}
        }
    }
    Some(read)
}

fn rtcp(c: &mut Criterion) {
    let bytes = report();
    let expected = read_report(&bytes);
    assert_eq!(expected.map(|read| read.names), Some(16));
    time(c, "moim-rtp/rtcp/moim/sr+sdes", &bytes, &expected, |bytes| read_report(bytes));
    time(c, "moim-rtp/rtcp/rtcp-types/sr+sdes", &bytes, &expected, |bytes| peer::rtcp_types_report(bytes));
    time(c, "moim-rtp/rtcp/str0m/sr+sdes", &bytes, &expected, |bytes| headers::str0m_report(bytes));
    time(c, "moim-rtp/rtcp/webrtc-rs/sr+sdes", &bytes, &expected, peer::webrtc_rs_report);
}

/// A hundred packets of a video at its pace: mostly small deltas, some lost, some late; in ticks of 250 µs.
fn arrivals() -> Vec<Option<u32>> {
    let mut at = 256_000;
    let arrival = |n: u32| {
        at += if n.is_multiple_of(10) { 120 } else { 2 };
        match n {
            33 | 34 | 71 => None,
            50 => Some(at - 140),
            _ => Some(at),
        }
    };
    (0..100).map(arrival).collect()
}

fn write_feedback(arrivals: &[Option<u32>], into: &mut [u8]) -> Option<usize> {
    let mut writer = Writer::new(into);
    let arrivals = arrivals.iter().map(|arrival| arrival.map(ArrivalTime));
    writer.transport_feedback(Ssrc(1), Ssrc(2), 3, Seq(65_500), arrivals).ok()?;
    Some(writer.len())
}

/// The sum of the numbers and the ticks of all packets that arrived.
fn read_feedback(bytes: &[u8]) -> Option<u64> {
    let Ok(Part::TransportFeedback(feedback)) = walk(bytes).next()? else { return None };
    let arrived = feedback.packets().filter_map(|(seq, arrival)| Some((seq, arrival?)));
    Some(arrived.map(|(seq, arrival)| u64::from(seq.0) + u64::from(arrival.0)).sum())
}

fn feedback(c: &mut Criterion) {
    let arrivals = arrivals();
    let [mut ours, mut types, mut webrtc] = [[0; 512]; 3];
    let len = write_feedback(&arrivals, &mut ours).expect("it fits");
    let bytes = Bytes::copy_from_slice(&ours[..len]);
    let expected = read_feedback(&bytes);
    assert!(expected.is_some_and(|sum| sum > 97 * 256_000));
    assert_eq!(peer::rtcp_types_feedback(&bytes), expected);
    assert_eq!(peer::webrtc_rs_feedback(&bytes), expected);
    let written = peer::rtcp_types_write_feedback(&arrivals, &mut types).expect("it fits");
    assert_eq!(read_feedback(&types[..written]), expected);
    let theirs = peer::webrtc_rs_feedback_value(&bytes).expect("it reads it");
    let written = peer::webrtc_rs_write_feedback(&theirs, &mut webrtc).expect("it fits");
    assert_eq!(read_feedback(&webrtc[..written]), expected);

    c.bench_function("moim-rtp/read_feedback/moim/100", |b| b.iter(|| read_feedback(black_box(&bytes))));
    c.bench_function("moim-rtp/read_feedback/rtcp-types/100", |b| {
        b.iter(|| peer::rtcp_types_feedback(black_box(&bytes)));
    });
    c.bench_function("moim-rtp/read_feedback/webrtc-rs/100", |b| {
        b.iter(|| peer::webrtc_rs_feedback(black_box(&bytes)));
    });
    c.bench_function("moim-rtp/write_feedback/moim/100", |b| {
        b.iter(|| write_feedback(black_box(&arrivals), black_box(&mut ours)));
    });
    c.bench_function("moim-rtp/write_feedback/rtcp-types/100", |b| {
        b.iter(|| peer::rtcp_types_write_feedback(black_box(&arrivals), black_box(&mut types)));
    });
    // Its user has chosen the chunks already.
    c.bench_function("moim-rtp/write_feedback/webrtc-rs/100", |b| {
        b.iter(|| peer::webrtc_rs_write_feedback(black_box(&theirs), black_box(&mut webrtc)));
    });
}

criterion_group!(benches, parse, parse_extension, patch, rtcp, feedback);
criterion_main!(benches);
