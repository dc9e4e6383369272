use super::*;
use crate::{NtpShort, NtpTime, Ssrc};
use core::time::Duration;
use moim_media::{Seq, SeqNo, Timestamp};
use std::vec::Vec;

fn block() -> ReportBlock {
    ReportBlock {
        ssrc: Ssrc(0xbc5e_9a40),
        fraction_lost: FractionLost(85),
        cumulative_lost: CumulativeLost::new(-2),
        highest_seq: ExtendedSeq(0x0001_46e1),
        jitter: 273,
        last_report: Some(LastReport { ntp: NtpShort(0x09f3_6432), delay: NtpShort(0x0002_4a79) }),
    }
}

pub(super) fn written(write: impl FnOnce(&mut Writer<'_>) -> Result<(), WriteError>) -> Vec<u8> {
    let mut buffer = [0xff; 2_048];
    let mut writer = Writer::new(&mut buffer);
    write(&mut writer).unwrap();
    writer.as_bytes().to_vec()
}

pub(super) fn only(bytes: &[u8]) -> Part<'_> {
    let mut parts = walk(bytes);
    let part = parts.next().unwrap().unwrap();
    assert!(parts.next().is_none());
    part
}

#[test]
fn a_receiver_report_has_the_bytes_of_the_standard() {
    let bytes = written(|writer| writer.receiver_report(Ssrc(0x902f_9e2e), &[block()]));
    #[rustfmt::skip]
    let expected = [
        0x81, 201, 0, 7, 0x90, 0x2f, 0x9e, 0x2e,
        0xbc, 0x5e, 0x9a, 0x40, 85, 0xff, 0xff, 0xfe, 0, 1, 0x46, 0xe1,
        0, 0, 1, 0x11, 0x09, 0xf3, 0x64, 0x32, 0, 2, 0x4a, 0x79,
    ];
    assert_eq!(bytes, expected);
    let Part::ReceiverReport(report) = only(&bytes) else { panic!("a receiver report") };
    assert_eq!(report.ssrc, Ssrc(0x902f_9e2e));
    assert!(report.reports().eq([block()]));
}

#[test]
fn a_sender_report_is_read_back_with_what_a_profile_adds() {
    let info = SenderInfo {
        ntp: NtpTime(0xda8b_d1fc_dddd_a05a),
        timestamp: Timestamp(0xaaf4_edd5),
        packets: 1,
        octets: 2,
    };
    let mut bytes = written(|writer| writer.sender_report(Ssrc(7), info, &[block(), block()]));
    bytes.extend([1, 2, 3, 4]);
    bytes[3] += 1;
    let Part::SenderReport(report) = only(&bytes) else { panic!("a sender report") };
    assert_eq!((report.ssrc, report.info), (Ssrc(7), info));
    assert!(report.reports().eq([block(), block()]));
    assert_eq!(report.extension(), [1, 2, 3, 4]);
}

#[test]
fn names_of_every_length_are_read_back() {
    for len in 0..=255 {
        let name: std::string::String = core::iter::repeat_n('x', len).collect();
        let bytes = written(|writer| writer.cname(Ssrc(9), &name));
        assert!(bytes.len().is_multiple_of(4));
        let Part::SourceDescription(sources) = only(&bytes) else { panic!("a source description") };
        let chunks: Vec<_> = sources.chunks().collect();
        assert_eq!((chunks.len(), chunks[0].ssrc), (1, Ssrc(9)));
        assert_eq!(chunks[0].cname(), Some(name.as_bytes()));
    }
}

#[test]
fn several_sources_and_items_are_told_apart() {
    #[rustfmt::skip]
    let bytes = [
        0x83, 202, 0, 8,
        0, 0, 0, 1, 1, 2, b'a', b'b', 2, 1, b'c', 0,
        0, 0, 0, 2, 0, 0, 0, 0,
        0, 0, 0, 3, 6, 1, b't', 1, 1, b'z', 0, 0,
    ];
    let Part::SourceDescription(sources) = only(&bytes) else { panic!("a source description") };
    let said: Vec<_> =
        sources.chunks().map(|chunk| (chunk.ssrc.0, chunk.items().count(), chunk.cname())).collect();
    assert_eq!(said, [(1, 2, Some(&b"ab"[..])), (2, 0, None), (3, 2, Some(&b"z"[..]))]);
    let tool = sources.chunks().last().unwrap().items().next().unwrap();
    assert_eq!(tool, Item { kind: ItemKind::TOOL, text: b"t" });
}

#[test]
fn a_goodbye_may_say_why() {
    let bytes = written(|writer| writer.goodbye(&[Ssrc(1), Ssrc(2)]));
    let Part::Goodbye(goodbye) = only(&bytes) else { panic!("a goodbye") };
    assert!(goodbye.ssrcs().eq([Ssrc(1), Ssrc(2)]));
    assert_eq!(goodbye.reason(), None);
    let bytes = written(|writer| writer.goodbye_because(&[Ssrc(1)], "late"));
    let Part::Goodbye(goodbye) = only(&bytes) else { panic!("a goodbye") };
    assert_eq!(goodbye.reason(), Some(&b"late"[..]));
    assert_eq!(bytes, [0x81, 203, 0, 3, 0, 0, 0, 1, 4, b'l', b'a', b't', b'e', 0, 0, 0]);
    // An empty reason is one, and one that leads outside is none at all.
    let Part::Goodbye(goodbye) = only(&[0x80, 203, 0, 1, 0, 0, 0, 0]) else { panic!("a goodbye") };
    assert_eq!((goodbye.ssrcs().len(), goodbye.reason()), (0, Some(&[][..])));
    let error = PartError::Body { packet_type: 203, count: 0, len: 4 };
    assert_eq!(walk(&[0x80, 203, 0, 1, 4, b'l', b'a', b't']).next().unwrap().unwrap_err(), error);
}

#[test]
fn missing_packets_are_packed_across_the_wrap_and_named_once() {
    let missing = [0xfffe, 0xffff, 0x1_0000, 0x1_000e, 0x1_000f, 0x1_0020].map(SeqNo::new);
    let pairs: Vec<_> = NackPair::pack(missing).collect();
    let expected = [
        NackPair { first: Seq(0xfffe), following: 0b1000_0000_0000_0011 },
        NackPair { first: Seq(0x000f), following: 0 },
        NackPair { first: Seq(0x0020), following: 0 },
    ];
    assert_eq!(pairs, expected);
    let bytes = written(|writer| writer.nack(Ssrc(1), Ssrc(2), &pairs));
    let Part::Nack(nack) = only(&bytes) else { panic!("a NACK") };
    assert_eq!((nack.sender, nack.media), (Ssrc(1), Ssrc(2)));
    assert!(nack.seqs().eq(missing.map(SeqNo::wire)));
    assert!(NackPair::pack([5, 5, 6].map(SeqNo::new)).eq([NackPair { first: Seq(5), following: 1 }]));
    assert_eq!(NackPair::pack([5, 4].map(SeqNo::new)).count(), 2, "nothing is lost out of order");
}

#[test]
fn one_bad_part_does_not_spoil_the_others() {
    let good = written(|writer| writer.goodbye(&[Ssrc(1)]));
    #[rustfmt::skip]
    let bad: [(&[u8], PartError); 5] = [
        (&[0x41, 203, 0, 1, 0, 0, 0, 0], PartError::Version { version: 1 }),
        (&[0x82, 203, 0, 1, 0, 0, 0, 0], PartError::Body { packet_type: 203, count: 2, len: 4 }),
        (&[0xa1, 203, 0, 1, 0, 0, 0, 5], PartError::Padding { count: 5, available: 4 }),
        (&[0xa1, 203, 0, 1, 0, 0, 0, 4], PartError::Body { packet_type: 203, count: 1, len: 0 }),
        (&[0x81, 202, 0, 0], PartError::Body { packet_type: 202, count: 1, len: 0 }),
    ];
    for (part, error) in bad {
        let datagram = [&good, part, &good].concat();
        let parts: Vec<_> = walk(&datagram).collect();
        assert_eq!(parts[1].as_ref().unwrap_err(), &error);
        assert!(matches!((&parts[0], &parts[2]), (Ok(Part::Goodbye(_)), Ok(Part::Goodbye(_)))));
        assert_eq!(parts.len(), 3);
    }
}

#[test]
fn a_length_that_leads_outside_ends_the_walk() {
    let good = written(|writer| writer.goodbye(&[Ssrc(1)]));
    let datagram = [&good[..], &[0x80, 201, 0, 9, 0, 0, 0, 1], &good].concat();
    let parts: Vec<_> = walk(&datagram).collect();
    assert!(matches!(parts[0], Ok(Part::Goodbye(_))));
    let end = PartError::Truncated { needed: 40, actual: 16 };
    assert_eq!((parts[1].as_ref().unwrap_err(), parts.len()), (&end, 2));
    let end = walk(&[0x80, 201]).next().unwrap().unwrap_err();
    assert_eq!(end, PartError::Truncated { needed: 4, actual: 2 });
    assert!(walk(&[]).next().is_none());
}

#[test]
fn unknown_kinds_are_given_as_they_are() {
    let Part::Other(raw) = only(&[0x82, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]) else { panic!("raw") };
    assert_eq!(raw, Raw { packet_type: 206, count: 2, body: &[0, 0, 0, 1, 0, 0, 0, 2] });
    assert_eq!(written(|writer| writer.raw(&raw)), [0x82, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]);
    let mut buffer = [0; 64];
    let mut writer = Writer::new(&mut buffer);
    assert_eq!(writer.raw(&Raw { body: &[1], ..raw }), Err(WriteError::Unaligned { len: 1 }));
    assert_eq!(writer.raw(&Raw { count: 32, ..raw }), Err(WriteError::Count { count: 32 }));
}

#[test]
fn a_part_that_does_not_fit_leaves_the_packet_as_it_was() {
    let mut buffer = [0; 16];
    let mut writer = Writer::new(&mut buffer);
    assert!(writer.is_empty());
    writer.goodbye(&[Ssrc(1)]).unwrap();
    let before = writer.as_bytes().to_vec();
    let (needed, actual) = (40, 16);
    assert_eq!(
        writer.receiver_report(Ssrc(1), &[block()]),
        Err(WriteError::BufferTooSmall { needed, actual })
    );
    assert_eq!(writer.receiver_report(Ssrc(1), &[block(); 32]), Err(WriteError::Count { count: 32 }));
    assert_eq!(writer.nack(Ssrc(1), Ssrc(2), &[]), Err(WriteError::NothingNamed));
    let long = "x".repeat(256);
    assert_eq!(writer.cname(Ssrc(1), &long), Err(WriteError::Text { len: 256 }));
    assert_eq!(writer.as_bytes(), before);
    writer.goodbye(&[Ssrc(2)]).unwrap();
    assert_eq!(writer.len(), 16);
}

#[test]
fn round_trips_are_what_remains_of_the_echo() {
    let now = |seconds: u64| NtpTime::from_unix(Duration::from_secs(1_000_000 + seconds));
    let last = LastReport { ntp: now(0).middle32(), delay: NtpShort::from_duration(Duration::from_secs(2)) };
    let report = ReportBlock { last_report: Some(last), ..block() };
    assert_eq!(report.round_trip(now(5)), Some(Duration::from_secs(3)));
    assert_eq!(report.round_trip(now(1)), Some(Duration::ZERO), "clocks that disagree");
    assert_eq!(ReportBlock { last_report: None, ..report }.round_trip(now(5)), None);
}

#[test]
fn losses_saturate_at_what_the_wire_can_hold() {
    assert_eq!(CumulativeLost::new(i64::MAX).get(), 0x7f_ffff);
    assert_eq!(CumulativeLost::new(i64::MIN).get(), -0x80_0000);
    assert_eq!(FractionLost::of(3, 3), FractionLost(255));
    assert_eq!(FractionLost::of(1, 4), FractionLost(64));
    assert_eq!(FractionLost::of(-1, 4), FractionLost(0));
    assert_eq!(FractionLost::of(i64::MAX, 1), FractionLost(255));
    assert_eq!(FractionLost::of(1, 0), FractionLost(0));
}

#[test]
fn requests_for_a_key_frame_have_the_bytes_of_the_standards() {
    let pli = Pli { sender: Ssrc(0x0102_0304), media: Ssrc(0x0506_0708) };
    let bytes = written(|writer| writer.pli(pli));
    assert_eq!(bytes, [0x81, 206, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8]);
    let Part::Pli(read) = only(&bytes) else { panic!("a PLI") };
    assert_eq!(read, pli);

    let entries = [FirEntry { media: Ssrc(5), number: 255 }, FirEntry { media: Ssrc(6), number: 0 }];
    let bytes = written(|writer| writer.fir(Ssrc(1), &entries));
    #[rustfmt::skip]
    let expected = [
        0x84, 206, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0,
        0, 0, 0, 5, 255, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0,
    ];
    assert_eq!(bytes, expected);
    let Part::Fir(fir) = only(&bytes) else { panic!("a FIR") };
    assert_eq!(fir.sender, Ssrc(1));
    assert!(fir.entries().eq(entries));
}

#[test]
fn requests_of_a_wrong_length_are_errors_and_other_formats_are_raw() {
    #[rustfmt::skip]
    let bad: [&[u8]; 4] = [
        &[0x81, 206, 0, 1, 0, 0, 0, 1],
        &[0x81, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3],
        &[0x84, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0],
        &[0x84, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5],
    ];
    for part in bad {
        let error = PartError::Body { packet_type: 206, count: part[0] & 31, len: part.len() - 4 };
        assert_eq!(walk(part).next().unwrap().unwrap_err(), error);
    }
    assert!(matches!(only(&[0x8f, 206, 0, 1, 0, 0, 0, 1]), Part::Other(_)));
    assert!(matches!(only(&[0x82, 205, 0, 1, 0, 0, 0, 1]), Part::Other(_)));
    let mut buffer = [0; 64];
    let mut writer = Writer::new(&mut buffer);
    assert_eq!(writer.fir(Ssrc(1), &[]), Err(WriteError::NothingNamed));
    let entry = FirEntry { media: Ssrc(1), number: 0 };
    assert_eq!(writer.fir(Ssrc(1), &[entry; 32_767]), Err(WriteError::Long { len: 262_144 }));
    let pair = NackPair { first: Seq(0), following: 0 };
    let long = Err(WriteError::Long { len: 262_144 });
    assert_eq!(writer.nack(Ssrc(1), Ssrc(2), &std::vec![pair; 65_534]), long);
}

#[test]
fn as_many_requests_as_a_part_can_hold_are_written() {
    let pair = NackPair { first: Seq(0xffff), following: 0xffff };
    let mut buffer = std::vec![0; 4 + 4 * 65_535];
    let mut writer = Writer::new(&mut buffer);
    writer.nack(Ssrc(1), Ssrc(2), &std::vec![pair; 65_533]).unwrap();
    let Part::Nack(nack) = only(writer.as_bytes()) else { panic!("a NACK") };
    assert_eq!((nack.pairs().len(), nack.seqs().count()), (65_533, 65_533 * 17));
    assert_eq!(nack.seqs().nth(16), Some(Seq(15)));
}

#[test]
fn a_request_without_a_whole_pair_is_an_error() {
    #[rustfmt::skip]
    let bad: [(&[u8], usize); 4] = [
        (&[0x81, 205, 0, 1, 0, 0, 0, 1], 4),
        (&[0x81, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2], 8),
        // Padding that leaves half of the only pair, and half of the second one.
        (&[0xa1, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 5, 0, 2], 10),
        (&[0xa1, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 5, 0, 0, 0, 6, 0, 2], 14),
    ];
    for (part, len) in bad {
        let error = PartError::Body { packet_type: 205, count: 1, len };
        assert_eq!(walk(part).next().unwrap().unwrap_err(), error);
    }
}

#[test]
fn padding_is_taken_off_before_anything_is_read() {
    let padded = [0xa1, 201, 0, 8, 0, 0, 0, 1];
    let block = [[0, 0, 0, 2], [0; 4], [0, 1, 0, 9], [0; 4], [0; 4], [0; 4]];
    let bytes = [&padded, block.as_flattened(), &[0, 0, 0, 4]].concat();
    let Part::ReceiverReport(report) = only(&bytes) else { panic!("a receiver report") };
    assert_eq!((report.reports().len(), report.extension()), (1, &[][..]));
    let whole_part = [0x80, 203, 0, 0].iter().chain(&[0xa0, 203, 0, 1, 0, 0, 0, 4]).copied();
    let bytes: Vec<_> = whole_part.collect();
    let empty = |part| matches!(part, Ok(Part::Goodbye(goodbye)) if goodbye.ssrcs().len() == 0);
    assert_eq!(walk(&bytes).map(empty).collect::<Vec<_>>(), [true, true]);
}

#[test]
fn every_kind_of_item_is_read_back_and_private_ones_by_their_prefix() {
    let mut text = [0; 255];
    let private = Private { prefix: b"moim", value: b"here" }.write(&mut text).unwrap();
    assert_eq!(private.text, b"\x04moimhere");
    let kinds = [1, 2, 3, 4, 5, 6, 7, 12, 13, 15].map(|kind| ItemKind::new(kind).unwrap());
    let mut items: Vec<_> = kinds.iter().map(|&kind| Item { kind, text: b"what" }).collect();
    items.push(private);
    let sources = [
        Described { ssrc: Ssrc(1), items: &items },
        Described { ssrc: Ssrc(2), items: &[] },
        Described { ssrc: Ssrc(3), items: &items[..1] },
    ];
    let bytes = written(|writer| writer.source_description(&sources));
    let Part::SourceDescription(read) = only(&bytes) else { panic!("a source description") };
    assert!(read.is_whole());
    let chunks: Vec<_> = read.chunks().collect();
    assert_eq!(chunks.len(), 3);
    for (chunk, source) in chunks.iter().zip(sources) {
        assert_eq!(chunk.ssrc, source.ssrc);
        assert!(chunk.items().eq(source.items.iter().copied()));
    }
    let found: Vec<_> = chunks[0].items().filter_map(|item| item.private()).collect();
    assert_eq!(found, [Private { prefix: b"moim", value: b"here" }]);
    let cut = Item { kind: ItemKind::PRIV, text: &[2, 0] };
    assert_eq!(cut.private(), None);
}

#[test]
fn descriptions_that_do_not_fit_are_refused() {
    let mut text = [0; 300];
    let private = |value| Private { prefix: b"moim", value };
    assert_eq!(private(&[0; 251]).write(&mut text), Err(WriteError::Text { len: 256 }));
    assert_eq!(private(&[0; 250]).write(&mut text).unwrap().text.len(), 255);
    let small = WriteError::BufferTooSmall { needed: 255, actual: 254 };
    assert_eq!(private(&[0; 250]).write(&mut text[..254]), Err(small));
    let mut buffer = [0; 1_024];
    let mut writer = Writer::new(&mut buffer);
    let source = Described { ssrc: Ssrc(1), items: &[] };
    assert_eq!(writer.source_description(&[source; 32]), Err(WriteError::Count { count: 32 }));
    assert_eq!(writer.source_description(&[source; 31]), Ok(()));
}

#[test]
fn a_description_that_breaks_off_keeps_what_stands_before() {
    let read = |bytes: &[u8]| {
        let mut datagram = std::vec![0x82, 202, 0, u8::try_from(bytes.len() / 4).unwrap()];
        datagram.extend(bytes);
        let Part::SourceDescription(sources) = only(&datagram) else { panic!("a source description") };
        assert!(!sources.is_whole());
        sources
            .chunks()
            .map(|chunk| (chunk.ssrc.0, chunk.items().count(), chunk.cname().map(<[u8]>::to_vec)))
            .collect::<Vec<_>>()
    };
    // Without the zero that is to end it, as some senders do where the items fill the last word.
    assert_eq!(read(&[0, 0, 0, 7, 1, 2, b'm', b'e']), [(7, 1, Some(b"me".to_vec()))]);
    // The second source is not there.
    assert_eq!(read(&[0, 0, 0, 7, 1, 1, b'm', 0]), [(7, 1, Some(b"m".to_vec()))]);
    // Its second item leads outside.
    let bytes = [0, 0, 0, 7, 1, 1, b'm', 0, 0, 0, 0, 8, 1, 1, b'u', 2, 9, 0, 0, 0];
    assert_eq!(read(&bytes), [(7, 1, Some(b"m".to_vec())), (8, 1, Some(b"u".to_vec()))]);
}
