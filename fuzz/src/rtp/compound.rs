//! Compound packets.

use arbitrary::{Arbitrary, Unstructured};
use moim_media::{Seq, Timestamp};
use moim_rtp::rtcp::{
    ArrivalTime, CumulativeLost, ExtendedSeq, FirEntry, FractionLost, LastReport, NackPair, Part, PartError,
    Pli, ReportBlock, SenderInfo, TransportFeedback, WriteError, Writer, walk,
};
use moim_rtp::{NtpShort, NtpTime, Ssrc};
use rtcp::packet::Packet as Theirs;

/// Walking is total and accounts for every byte; what it reads, webrtc-rs reads as the same; what is written is
/// walked as what was meant.
pub fn rtcp_walk(data: &[u8]) {
    hostile(data);
    written(data);
}

fn hostile(data: &[u8]) {
    let mut at = 0;
    for part in walk(data) {
        let rest = &data[at..];
        if let Err(PartError::Truncated { needed, actual }) = part {
            assert!(needed > actual);
            assert_eq!(actual, rest.len());
            at = data.len();
            continue;
        }
        let len = 4 * (usize::from(u16::from_be_bytes([rest[2], rest[3]])) + 1);
        let (bytes, _) = rest.split_at(len);
        at += len;
        match part {
            Ok(part) => {
                visit(&part);
                if let Part::TransportFeedback(feedback) = &part {
                    let padding = if bytes[0] & 0x20 == 0 { 0 } else { usize::from(bytes[len - 1]) };
                    assert_arrivals(feedback, &bytes[4..len - padding]);
                }
                // It takes padding for content.
                if bytes[0] & 0x20 == 0 {
                    assert_same(&part, bytes);
                }
            }
            Err(PartError::Version { version }) => {
                assert_eq!((version, version == 2), (bytes[0] >> 6, false));
            }
            Err(PartError::Padding { count, available }) => {
                assert_eq!(available, bytes.len() - 4);
                assert!(count == 0 || usize::from(count) > available);
            }
            Err(PartError::Body { packet_type, count, len }) => {
                assert_eq!((packet_type, count), (bytes[1], bytes[0] & 31));
                if (packet_type, count) == (205, 15) {
                    assert_eq!(naive_arrivals(&bytes[4..4 + len]), None);
                }
                assert!(matches!(packet_type, 200..=207), "only a kind that is read can be unreadable");
            }
            Err(error) => panic!("{error} has no law yet"),
        }
    }
    assert_eq!(at, data.len(), "every byte belongs to a part");
}

/// Every iterator ends.
fn visit(part: &Part<'_>) {
    match part {
        Part::SenderReport(report) => assert!(report.reports().len() <= 31),
        Part::ReceiverReport(report) => assert!(report.reports().len() <= 31),
        Part::SourceDescription(sources) => {
            assert!(sources.chunks().count() <= 31);
            sources.chunks().for_each(|chunk| assert!(chunk.items().all(|item| item.text.len() <= 255)));
        }
        Part::Goodbye(goodbye) => assert!(goodbye.ssrcs().len() <= 31),
        Part::Fir(fir) => assert!(fir.entries().len() > 0),
        Part::Nack(nack) => {
            let named: u32 = nack.pairs().map(|pair| 1 + pair.following.count_ones()).sum();
            assert_eq!(nack.seqs().count(), named as usize);
        }
        _ => {}
    }
}

/// It says what a naive reading finds, and says it again when it is written again.
fn assert_arrivals(feedback: &TransportFeedback<'_>, body: &[u8]) {
    let packets: Vec<_> = feedback.packets().collect();
    let arrivals: Vec<_> = packets.iter().map(|&(_, arrival)| arrival).collect();
    assert_eq!(naive_arrivals(body), Some(arrivals.clone()));
    let numbered =
        packets.iter().zip(0_u16..).all(|(packet, n)| packet.0.0 == feedback.first.0.wrapping_add(n));
    assert!(numbered && feedback.packets().len() == packets.len());

    let mut buffer = vec![0; 24 + arrivals.len() * 4];
    let mut writer = Writer::new(&mut buffer);
    let TransportFeedback { sender, media, number, first, .. } = *feedback;
    let written = writer.transport_feedback(sender, media, number, first, arrivals.iter().copied());
    if arrivals.is_empty() {
        return assert_eq!(written, Err(WriteError::NothingNamed));
    }
    assert_eq!(written, Ok(()));
    assert!(writer.len() <= 4 + body.len().next_multiple_of(4) + 4 + arrivals.len(), "not much longer");
    let Some(Ok(Part::TransportFeedback(again))) = walk(writer.as_bytes()).next() else {
        panic!("what was written is read")
    };
    assert!(again.packets().eq(packets));
}

/// The draft's section 3.1, with lists: the arrival of each packet; `None` when it makes no sense.
fn naive_arrivals(body: &[u8]) -> Option<Vec<Option<ArrivalTime>>> {
    let (head, mut rest) = body.split_first_chunk::<16>()?;
    let count = usize::from(u16::from_be_bytes([head[10], head[11]]));
    let mut at = u32::from_be_bytes([head[12], head[13], head[14], 0]);
    let mut symbols = Vec::new();
    while symbols.len() < count {
        let chunk = u16::from_be_bytes([*rest.first()?, *rest.get(1)?]);
        rest = &rest[2..];
        match chunk >> 14 {
            0b11 => symbols.extend((0..7).rev().map(|n| chunk >> (2 * n) & 3)),
            0b10 => symbols.extend((0..14).rev().map(|n| chunk >> n & 1)),
            _ => symbols.extend(vec![chunk >> 13 & 3; usize::from(chunk & 0x1fff)]),
        }
    }
    symbols.truncate(count);
    let mut delta = |bytes: usize| {
        let (delta, behind) = rest.split_at_checked(bytes)?;
        rest = behind;
        Some(match *delta {
            [high, low] => i32::from(i16::from_be_bytes([high, low])),
            _ => i32::from(delta[0]),
        })
    };
    let arrivals = symbols.into_iter().map(|symbol| match symbol {
        0 => Some(None),
        1 | 2 => {
            at = at.wrapping_add_signed(delta(usize::from(symbol))?);
            Some(Some(ArrivalTime(at)))
        }
        _ => None,
    });
    arrivals.collect()
}

fn assert_same(part: &Part<'_>, bytes: &[u8]) {
    let ours: Box<dyn Theirs + Send + Sync> = match part {
        Part::SenderReport(report) => Box::new(rtcp::sender_report::SenderReport::from(report)),
        Part::ReceiverReport(report) => Box::new(rtcp::receiver_report::ReceiverReport::from(report)),
        Part::Goodbye(goodbye) => Box::new(rtcp::goodbye::Goodbye::from(goodbye)),
        Part::Nack(nack) => {
            Box::new(rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack::from(nack))
        }
        Part::Pli(pli) => {
            Box::new(rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication::from(*pli))
        }
        // It keeps the media source, which means nothing here.
        Part::Fir(fir) if bytes[8..12] == [0; 4] => {
            Box::new(rtcp::payload_feedbacks::full_intra_request::FullIntraRequest::from(fir))
        }
        Part::SourceDescription(sources) => {
            // It takes an item it does not know for the end of a chunk, and words after the last chunk for more.
            let known = sources.chunks().all(|chunk| chunk.items().all(|item| item.kind.get() <= 8));
            let chunk_len = |items: usize| 4 + (items + 1).next_multiple_of(4);
            let len: usize = sources
                .chunks()
                .map(|chunk| chunk_len(chunk.items().map(|item| 2 + item.text.len()).sum()))
                .sum();
            if !known || !sources.is_whole() || len + 4 != bytes.len() {
                return;
            }
            Box::new(rtcp::source_description::SourceDescription::from(sources))
        }
        _ => return,
    };
    if let Part::SenderReport(_) | Part::ReceiverReport(_) = part {
        // A delay without a report to count from is not kept.
        return assert_same_report(part, bytes);
    }
    let theirs = rtcp::packet::unmarshal(&mut &*bytes).expect("webrtc-rs reads it too");
    assert!(theirs.len() == 1 && theirs[0].equal(&*ours), "{ours} is not {theirs:?}");
}

fn assert_same_report(part: &Part<'_>, bytes: &[u8]) {
    let mut theirs = rtcp::packet::unmarshal(&mut &*bytes).expect("webrtc-rs reads it too");
    let theirs = theirs.pop().expect("one part");
    let keep = |reports: &mut Vec<rtcp::reception_report::ReceptionReport>| {
        for report in reports.iter_mut().filter(|report| report.last_sender_report == 0) {
            report.delay = 0;
        }
    };
    match part {
        Part::SenderReport(report) => {
            let mut theirs = theirs.as_any().downcast_ref::<rtcp::sender_report::SenderReport>().cloned();
            theirs.iter_mut().for_each(|theirs| keep(&mut theirs.reports));
            assert_eq!(theirs, Some(report.into()));
        }
        Part::ReceiverReport(report) => {
            let mut theirs = theirs.as_any().downcast_ref::<rtcp::receiver_report::ReceiverReport>().cloned();
            theirs.iter_mut().for_each(|theirs| keep(&mut theirs.reports));
            assert_eq!(theirs, Some(report.into()));
        }
        part => panic!("{part:?} is no report"),
    }
}

/// What is written into a compound packet.
#[derive(Arbitrary, Debug)]
enum Write<'a> {
    SenderReport { ssrc: u32, info: (u64, u32, u32, u32), blocks: Vec<Block> },
    ReceiverReport { ssrc: u32, blocks: Vec<Block> },
    Cname { ssrc: u32, name: &'a str },
    Goodbye { ssrcs: Vec<u32> },
    GoodbyeBecause { ssrcs: Vec<u32>, reason: &'a str },
    Nack { sender: u32, media: u32, pairs: Vec<(u16, u16)> },
    Pli { sender: u32, media: u32 },
    Fir { sender: u32, entries: Vec<(u32, u8)> },
    Arrivals { number: u8, first: u16, start: u32, steps: Vec<Option<i16>> },
}

/// Source, fraction, lost, highest, jitter, echo.
type Block = (u32, u8, i32, u32, u32, (u32, u32));

fn block(&(ssrc, fraction, lost, highest, jitter, (ntp, delay)): &Block) -> ReportBlock {
    ReportBlock {
        ssrc: Ssrc(ssrc),
        fraction_lost: FractionLost(fraction),
        cumulative_lost: CumulativeLost::new(i64::from(lost)),
        highest_seq: ExtendedSeq(highest),
        jitter,
        last_report: (ntp != 0).then_some(LastReport { ntp: NtpShort(ntp), delay: NtpShort(delay) }),
    }
}

fn pair(&(first, following): &(u16, u16)) -> NackPair {
    NackPair { first: Seq(first), following }
}

fn entry(&(media, number): &(u32, u8)) -> FirEntry {
    FirEntry { media: Ssrc(media), number }
}

/// From step to step, so that no two are too far apart.
fn arrivals(start: u32, steps: &[Option<i16>]) -> Vec<Option<ArrivalTime>> {
    let mut at = start;
    let mut first = true;
    let mut arrival = |step: i16| {
        if !core::mem::take(&mut first) {
            at = at.wrapping_add_signed(i32::from(step));
        }
        ArrivalTime(at)
    };
    steps.iter().map(|step| step.map(&mut arrival)).collect()
}

fn blocks(blocks: &[Block]) -> Vec<ReportBlock> {
    blocks.iter().map(block).collect()
}

fn sender_info(&(ntp, timestamp, packets, octets): &(u64, u32, u32, u32)) -> SenderInfo {
    SenderInfo { ntp: NtpTime(ntp), timestamp: Timestamp(timestamp), packets, octets }
}

fn ssrcs(ssrcs: &[u32]) -> Vec<Ssrc> {
    ssrcs.iter().copied().map(Ssrc).collect()
}

fn written(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let mut buffer = [0xff; 1_024];
    let mut writer = Writer::new(&mut buffer);
    let mut meant = Vec::new();
    while !input.is_empty() {
        let Ok(part) = input.arbitrary::<Write<'_>>() else { break };
        let before = writer.as_bytes().to_vec();
        match write(&mut writer, &part) {
            Ok(()) => meant.push(part),
            Err(error) => {
                assert_eq!(writer.as_bytes(), before, "a part is written whole or not at all");
                match error {
                    WriteError::BufferTooSmall { needed, actual } => assert!(needed > actual),
                    WriteError::Count { count } => assert!(count > 31),
                    WriteError::Text { len } => assert!(len > 255),
                    WriteError::NothingNamed => match part {
                        Write::Nack { pairs, .. } => assert!(pairs.is_empty()),
                        Write::Fir { entries, .. } => assert!(entries.is_empty()),
                        Write::Arrivals { steps, .. } => assert!(steps.is_empty()),
                        part => panic!("{part:?} names something"),
                    },
                    error => panic!("{error} has no law yet"),
                }
            }
        }
    }
    let mut parts = walk(writer.as_bytes());
    for meant in &meant {
        assert_means(&parts.next().expect("a part for each").expect("a good one"), meant);
    }
    assert!(parts.next().is_none());
}

fn write(writer: &mut Writer<'_>, part: &Write<'_>) -> Result<(), WriteError> {
    match part {
        Write::SenderReport { ssrc, info, blocks: received } => {
            writer.sender_report(Ssrc(*ssrc), sender_info(info), &blocks(received))
        }
        Write::ReceiverReport { ssrc, blocks: received } => {
            writer.receiver_report(Ssrc(*ssrc), &blocks(received))
        }
        Write::Cname { ssrc, name } => writer.cname(Ssrc(*ssrc), name),
        Write::Goodbye { ssrcs: leaving } => writer.goodbye(&ssrcs(leaving)),
        Write::GoodbyeBecause { ssrcs: leaving, reason } => writer.goodbye_because(&ssrcs(leaving), reason),
        Write::Nack { sender, media, pairs } => {
            writer.nack(Ssrc(*sender), Ssrc(*media), &pairs.iter().map(pair).collect::<Vec<_>>())
        }
        Write::Pli { sender, media } => writer.pli(Pli { sender: Ssrc(*sender), media: Ssrc(*media) }),
        Write::Fir { sender, entries } => {
            writer.fir(Ssrc(*sender), &entries.iter().map(entry).collect::<Vec<_>>())
        }
        Write::Arrivals { number, first, start, steps } => {
            writer.transport_feedback(Ssrc(1), Ssrc(2), *number, Seq(*first), arrivals(*start, steps))
        }
    }
}

fn assert_means(part: &Part<'_>, meant: &Write<'_>) {
    match (part, meant) {
        (Part::SenderReport(report), Write::SenderReport { ssrc, info, blocks: received }) => {
            assert_eq!((report.ssrc, report.info), (Ssrc(*ssrc), sender_info(info)));
            assert!(report.reports().eq(blocks(received)));
            assert!(report.extension().is_empty());
        }
        (Part::ReceiverReport(report), Write::ReceiverReport { ssrc, blocks: received }) => {
            assert_eq!(report.ssrc, Ssrc(*ssrc));
            assert!(report.reports().eq(blocks(received)));
            assert!(report.extension().is_empty());
        }
        (Part::SourceDescription(sources), Write::Cname { ssrc, name }) => {
            let said: Vec<_> = sources.chunks().map(|chunk| (chunk.ssrc, chunk.cname())).collect();
            assert_eq!(said, [(Ssrc(*ssrc), Some(name.as_bytes()))]);
        }
        (Part::Goodbye(goodbye), Write::Goodbye { ssrcs: leaving }) => {
            assert!(goodbye.ssrcs().eq(ssrcs(leaving)));
            assert_eq!(goodbye.reason(), None);
        }
        (Part::Goodbye(goodbye), Write::GoodbyeBecause { ssrcs: leaving, reason }) => {
            assert!(goodbye.ssrcs().eq(ssrcs(leaving)));
            assert_eq!(goodbye.reason(), Some(reason.as_bytes()));
        }
        (Part::Nack(nack), Write::Nack { sender, media, pairs }) => {
            assert_eq!((nack.sender, nack.media), (Ssrc(*sender), Ssrc(*media)));
            assert!(nack.pairs().eq(pairs.iter().map(pair)));
        }
        (Part::Pli(pli), Write::Pli { sender, media }) => {
            assert_eq!(*pli, Pli { sender: Ssrc(*sender), media: Ssrc(*media) });
        }
        (Part::Fir(fir), Write::Fir { sender, entries }) => {
            assert_eq!(fir.sender, Ssrc(*sender));
            assert!(fir.entries().eq(entries.iter().map(entry)));
        }
        (Part::TransportFeedback(feedback), Write::Arrivals { number, first, start, steps }) => {
            assert_eq!((feedback.number, feedback.first), (*number, Seq(*first)));
            assert!(feedback.packets().map(|(_, arrival)| arrival).eq(arrivals(*start, steps)));
        }
        (part, meant) => panic!("{meant:?} became {part:?}"),
    }
}
