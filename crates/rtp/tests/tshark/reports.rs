//! Reports, descriptions, goodbyes and messages of applications, one after another in compound packets (RFC 3550,
//! section 6).

use crate::capture::Capture;
use crate::samples::{numbers, samples, u32s};
use crate::shark::{Dissected, Layer, RTCP, read};
use moim_media::Timestamp;
use moim_rtp::rtcp::{
    App, AppSubtype, CumulativeLost, Described, ExtendedSeq, FractionLost, Item, ItemKind, LastReport,
    Private, ReportBlock, SenderInfo, WriteError, Writer,
};
use moim_rtp::{NtpShort, NtpTime, Ssrc};
use proptest::collection::vec;
use proptest::prelude::*;

/// A datagram of the parts that are written.
pub(crate) fn written(write: impl FnOnce(&mut Writer<'_>) -> Result<(), WriteError>) -> Vec<u8> {
    let mut bytes = vec![0; 16_384];
    let mut writer = Writer::new(&mut bytes);
    write(&mut writer).expect("it fits");
    writer.as_bytes().to_vec()
}

/// The parts of a datagram, which fill it to its end.
#[track_caller]
pub(crate) fn parts(datagram: &Dissected) -> Vec<&Layer> {
    let parts: Vec<_> = datagram.layers("rtcp").collect();
    let checks: Vec<_> = parts.iter().flat_map(|part| part.numbers("rtcp.length_check")).collect();
    assert_eq!(checks, [1]);
    parts
}

/// Checks what stands at the beginning of every part: its type, and the words behind the first.
#[track_caller]
pub(crate) fn assert_head(part: &Layer, packet_type: i64, words: usize) {
    assert_eq!(part.numbers("rtcp.version"), [2]);
    assert_eq!(part.numbers("rtcp.padding"), [0]);
    assert_eq!(part.numbers("rtcp.pt"), [packet_type]);
    assert_eq!(part.numbers("rtcp.length"), [words as i64]);
}

prop_compose! {
    fn report_blocks()(
        ssrc in u32s(),
        fraction in numbers(0_u8, 255),
        lost in numbers(-(1_i64 << 23), (1 << 23) - 1),
        highest in u32s(),
        jitter in u32s(),
        last in prop_oneof![Just(None), (numbers(1, u32::MAX), u32s()).prop_map(Some)],
    ) -> ReportBlock {
        ReportBlock {
            ssrc: Ssrc(ssrc),
            fraction_lost: FractionLost(fraction),
            cumulative_lost: CumulativeLost::new(lost),
            highest_seq: ExtendedSeq(highest),
            jitter,
            last_report: last.map(|(ntp, delay)| LastReport { ntp: NtpShort(ntp), delay: NtpShort(delay) }),
        }
    }
}

fn some_blocks() -> impl Strategy<Value = Vec<ReportBlock>> {
    prop_oneof![vec(report_blocks(), 0..4), vec(report_blocks(), 31)]
}

fn assert_blocks(part: &Layer, blocks: &[ReportBlock]) {
    assert_eq!(part.numbers("rtcp.rc"), [blocks.len() as i64]);
    let column = |name: &str, meant: &dyn Fn(&ReportBlock) -> i64| {
        assert_eq!(part.numbers(name), blocks.iter().map(meant).collect::<Vec<_>>(), "{name}");
    };
    column("rtcp.ssrc.identifier", &|block| block.ssrc.0.into());
    column("rtcp.ssrc.fraction", &|block| block.fraction_lost.0.into());
    column("rtcp.ssrc.cum_nr", &|block| block.cumulative_lost.get().into());
    column("rtcp.ssrc.ext_high", &|block| block.highest_seq.0.into());
    column("rtcp.ssrc.high_cycles", &|block| (block.highest_seq.0 >> 16).into());
    column("rtcp.ssrc.high_seq", &|block| block.highest_seq.wire().0.into());
    column("rtcp.ssrc.jitter", &|block| block.jitter.into());
    column("rtcp.ssrc.lsr", &|block| block.last_report.map_or(0, |last| last.ntp.0.into()));
    column("rtcp.ssrc.dlsr", &|block| block.last_report.map_or(0, |last| last.delay.0.into()));
}

#[test]
fn reports_are_read_as_they_were_meant() {
    let info = (numbers(0, u64::MAX), u32s(), u32s(), u32s());
    let reports = samples((u32s(), info, some_blocks(), some_blocks()), 150);
    let mut capture = Capture::default();
    for (ssrc, (ntp, timestamp, packets, octets), sent, received) in &reports {
        let info = SenderInfo {
            ntp: NtpTime(*ntp),
            timestamp: Timestamp(*timestamp),
            packets: *packets,
            octets: *octets,
        };
        let datagram = written(|writer| {
            writer.sender_report(Ssrc(*ssrc), info, sent)?;
            writer.receiver_report(Ssrc(*ssrc), received)
        });
        capture.push(RTCP, &datagram);
    }
    let Some(dissected) = read("reports", &capture, &[]) else { return };
    for ((ssrc, (ntp, timestamp, packets, octets), sent, received), datagram) in
        reports.iter().zip(&dissected)
    {
        let [sender, receiver] = parts(datagram)[..] else { panic!("{datagram:#?}") };
        assert_head(sender, 200, 6 + sent.len() * 6);
        assert_eq!(sender.numbers("rtcp.senderssrc"), [i64::from(*ssrc)]);
        assert_eq!(sender.numbers("rtcp.timestamp.ntp.msw"), [(ntp >> 32) as i64]);
        assert_eq!(sender.numbers("rtcp.timestamp.ntp.lsw"), [(ntp & 0xffff_ffff) as i64]);
        assert_eq!(sender.numbers("rtcp.timestamp.rtp"), [i64::from(*timestamp)]);
        assert_eq!(sender.numbers("rtcp.sender.packetcount"), [i64::from(*packets)]);
        assert_eq!(sender.numbers("rtcp.sender.octetcount"), [i64::from(*octets)]);
        assert_blocks(sender, sent);
        assert_head(receiver, 201, 1 + received.len() * 6);
        assert_eq!(receiver.numbers("rtcp.senderssrc"), [i64::from(*ssrc)]);
        assert_blocks(receiver, received);
    }
}

/// Everything an item can be, the private extension apart.
const KINDS: [ItemKind; 10] = [
    ItemKind::CNAME,
    ItemKind::NAME,
    ItemKind::EMAIL,
    ItemKind::PHONE,
    ItemKind::LOC,
    ItemKind::TOOL,
    ItemKind::NOTE,
    ItemKind::RTP_STREAM_ID,
    ItemKind::REPAIRED_RTP_STREAM_ID,
    ItemKind::MID,
];

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[ -~]{255}", "[ -~]{0,40}", "\\PC{0,40}"]
}

#[test]
fn descriptions_are_read_as_they_were_meant() {
    let items = vec((proptest::sample::select(&KINDS[..]), texts()), 0..5);
    let private = ("[a-z]{0,20}", texts().prop_filter("one item's", |text| text.len() < 200));
    let descriptions = samples(vec((u32s(), items, private), 0..6), 100);
    let mut capture = Capture::default();
    for sources in &descriptions {
        let mut places = vec![[0; 255]; sources.len()];
        let described: Vec<_> = sources
            .iter()
            .zip(&mut places)
            .map(|((_, items, (prefix, value)), place)| {
                let items = items.iter().map(|(kind, text)| Item { kind: *kind, text: text.as_bytes() });
                let private = Private { prefix: prefix.as_bytes(), value: value.as_bytes() };
                items.chain([private.write(place).unwrap()]).collect::<Vec<_>>()
            })
            .collect();
        let described: Vec<_> = sources
            .iter()
            .zip(&described)
            .map(|((ssrc, ..), items)| Described { ssrc: Ssrc(*ssrc), items })
            .collect();
        capture.push(RTCP, &written(|writer| writer.source_description(&described)));
    }
    let Some(dissected) = read("descriptions", &capture, &[]) else { return };
    for (sources, datagram) in descriptions.iter().zip(&dissected) {
        let [part] = parts(datagram)[..] else { panic!("{datagram:#?}") };
        let (mut kinds, mut lens, mut texts, mut words) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for (_, items, (prefix, value)) in sources {
            let mut bytes = 4;
            for (kind, text) in items {
                kinds.push(i64::from(kind.get()));
                lens.push(text.len() as i64);
                texts.push(text.as_bytes());
                bytes += 2 + text.len();
            }
            kinds.extend([8, 0]);
            lens.push((1 + prefix.len() + value.len()) as i64);
            texts.push(value.as_bytes());
            bytes += 3 + prefix.len() + value.len();
            words += bytes / 4 + 1;
        }
        assert_head(part, 202, words);
        assert_eq!(part.numbers("rtcp.sc"), [sources.len() as i64]);
        let ssrcs: Vec<_> = sources.iter().map(|source| i64::from(source.0)).collect();
        assert_eq!(part.numbers("rtcp.ssrc.identifier"), ssrcs);
        assert_eq!(part.numbers("rtcp.sdes.type"), kinds);
        assert_eq!(part.numbers("rtcp.sdes.length"), lens);
        // Nothing is shown of what is empty.
        texts.retain(|text| !text.is_empty());
        assert_eq!(part.bytes("rtcp.sdes.text"), texts);
        let mut prefixes: Vec<_> = sources.iter().map(|source| source.2.0.as_bytes()).collect();
        let lens: Vec<_> = prefixes.iter().map(|prefix| prefix.len() as i64).collect();
        assert_eq!(part.numbers("rtcp.sdes.prefix.length"), lens);
        prefixes.retain(|prefix| !prefix.is_empty());
        let mut read = part.bytes("rtcp.sdes.prefix.string");
        read.retain(|prefix| !prefix.is_empty());
        assert_eq!(read, prefixes);
    }
}

#[test]
fn goodbyes_are_read_as_they_were_meant() {
    let ssrcs = prop_oneof![vec(u32s(), 0..4), vec(u32s(), 31)];
    let goodbyes = samples((ssrcs, proptest::option::of(texts())), 100);
    let mut capture = Capture::default();
    for (ssrcs, reason) in &goodbyes {
        let ssrcs: Vec<_> = ssrcs.iter().copied().map(Ssrc).collect();
        let datagram = written(|writer| match reason {
            None => writer.goodbye(&ssrcs),
            Some(reason) => writer.goodbye_because(&ssrcs, reason),
        });
        capture.push(RTCP, &datagram);
    }
    let Some(dissected) = read("goodbyes", &capture, &[]) else { return };
    for ((ssrcs, reason), datagram) in goodbyes.iter().zip(&dissected) {
        let [part] = parts(datagram)[..] else { panic!("{datagram:#?}") };
        assert_head(part, 203, ssrcs.len() + reason.as_ref().map_or(0, |reason| reason.len() / 4 + 1));
        assert_eq!(part.numbers("rtcp.sc"), [ssrcs.len() as i64]);
        assert_eq!(
            part.numbers("rtcp.ssrc.identifier"),
            ssrcs.iter().map(|&ssrc| ssrc.into()).collect::<Vec<i64>>()
        );
        let reason = reason.as_ref().map(String::as_bytes);
        assert_eq!(
            part.numbers("rtcp.sdes.length"),
            Vec::from_iter(reason.map(|reason| reason.len() as i64))
        );
        assert_eq!(part.bytes("rtcp.sdes.text"), Vec::from_iter(reason));
    }
}

#[test]
fn messages_of_applications_are_read_as_they_were_meant() {
    let messages = samples((u32s(), numbers(0_u8, 31), "[A-Z]{4}", vec(any::<[u8; 4]>(), 0..20)), 60);
    let mut capture = Capture::default();
    for (ssrc, subtype, name, words) in &messages {
        let app = App {
            ssrc: Ssrc(*ssrc),
            subtype: AppSubtype::new(*subtype).unwrap(),
            name: name.as_bytes().try_into().unwrap(),
            data: words.as_flattened(),
        };
        capture.push(RTCP, &written(|writer| writer.app(&app)));
    }
    let Some(dissected) = read("apps", &capture, &[]) else { return };
    for ((ssrc, subtype, name, words), datagram) in messages.iter().zip(&dissected) {
        let [part] = parts(datagram)[..] else { panic!("{datagram:#?}") };
        assert_head(part, 204, 2 + words.len());
        assert_eq!(part.numbers("rtcp.app.subtype"), [i64::from(*subtype)]);
        assert_eq!(part.numbers("rtcp.ssrc.identifier"), [i64::from(*ssrc)]);
        assert_eq!(part.texts("rtcp.app.name"), [name]);
        assert_eq!(part.bytes("rtcp.app.data").concat(), words.as_flattened());
    }
}
