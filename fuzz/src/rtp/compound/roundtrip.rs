//! What is written is walked as what was meant.

use super::peers::{assert_same, assert_same_to_types};
use arbitrary::{Arbitrary, Unstructured};
use moim_media::{Instant, Seq, Timestamp};
use moim_rtp::rtcp::{
    App, AppSubtype, ArrivalOffset, ArrivalTime, Bitrate, BitrateBound, CumulativeLost, Described, Ecn,
    ExtendedSeq, FirEntry, FractionLost, Item, ItemKind, LastReport, NackPair, Overhead, PacketArrival, Part,
    Pli, Private, ReportBlock, SenderInfo, StreamArrivals, WriteError, Writer, walk,
};
use moim_rtp::{NtpShort, NtpTime, Ssrc};

mod blocks;

use blocks::{WriteBlock, assert_blocks, write_blocks};

/// What is written into a compound packet.
#[derive(Arbitrary, Debug)]
enum Write<'a> {
    SenderReport { ssrc: u32, info: (u64, u32, u32, u32), blocks: Vec<Block> },
    ReceiverReport { ssrc: u32, blocks: Vec<Block> },
    Cname { ssrc: u32, name: &'a str },
    Describe { sources: Vec<Source<'a>> },
    Private { ssrc: u32, prefix: &'a [u8], value: &'a [u8] },
    App { ssrc: u32, subtype: u8, name: [u8; 4], data: &'a [u8] },
    Remb { sender: u32, bitrate: u64, streams: Vec<u32> },
    Tmmbr { sender: u32, bounds: Vec<(u32, u64, u16)> },
    Tmmbn { sender: u32, bounds: Vec<(u32, u64, u16)> },
    Congestion { timestamp: u32, streams: Vec<Stream> },
    ExtendedReport { sender: u32, blocks: Vec<WriteBlock<'a>> },
    Goodbye { ssrcs: Vec<u32> },
    GoodbyeBecause { ssrcs: Vec<u32>, reason: &'a str },
    Nack { sender: u32, media: u32, pairs: Vec<(u16, u16)> },
    Pli { sender: u32, media: u32 },
    Fir { sender: u32, entries: Vec<(u32, u8)> },
    Arrivals { number: u8, first: u16, start: u32, steps: Vec<Option<i16>> },
}

/// Source, items.
type Source<'a> = (u32, Vec<(u8, &'a [u8])>);

/// Source, first number, how each packet arrived.
type Stream = (u32, u16, Vec<Option<(u8, i64)>>);

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

/// Items of a kind, of which there is none for zero.
fn items<'a>(items: &[(u8, &'a [u8])]) -> Vec<Item<'a>> {
    items.iter().filter_map(|&(kind, text)| Some(Item { kind: ItemKind::new(kind)?, text })).collect()
}

fn bound(&(ssrc, bitrate, overhead): &(u32, u64, u16)) -> BitrateBound {
    let overhead = Overhead::new(overhead & 511).expect("nine bits");
    BitrateBound { ssrc: Ssrc(ssrc), bitrate: Bitrate(bitrate), overhead }
}

/// What 17 or 18 binary digits keep of a rate.
fn kept(bitrate: Bitrate, digits: u32) -> Bitrate {
    let dropped = (64 - bitrate.0.leading_zeros()).saturating_sub(digits);
    Bitrate(bitrate.0 >> dropped << dropped)
}

/// Up to nine seconds before the report, or after it.
fn arrival(&(ecn, before): &(u8, i64)) -> PacketArrival {
    let reported = Instant::from_millis(10_000);
    let arrived = reported.as_nanos().checked_add_signed(-(before % 9_000_000_000));
    PacketArrival {
        ecn: [Ecn::NotCapable, Ecn::Capable1, Ecn::Capable0, Ecn::CongestionExperienced]
            [usize::from(ecn % 4)],
        offset: ArrivalOffset::between(Instant::from_nanos(arrived.expect("after zero")), reported),
    }
}

fn packets(packets: &[Option<(u8, i64)>]) -> Vec<Option<PacketArrival>> {
    packets.iter().map(|packet| packet.as_ref().map(arrival)).collect()
}

fn ssrcs(ssrcs: &[u32]) -> Vec<Ssrc> {
    ssrcs.iter().copied().map(Ssrc).collect()
}

/// What is written is walked as what was meant, by webrtc-rs and `rtcp-types` too; what is refused, for a reason that
/// holds, leaves the packet as it was.
pub fn rtcp_roundtrip(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let mut buffer = [0xff; 2_048];
    let mut writer = Writer::new(&mut buffer);
    let mut meant = Vec::new();
    while !input.is_empty() {
        let Ok(part) = input.arbitrary::<Write<'_>>() else { break };
        let before = writer.as_bytes().to_vec();
        match write(&mut writer, &part) {
            Ok(()) => meant.push((part, writer.as_bytes()[before.len()..].to_vec())),
            Err(error) => {
                assert_eq!(writer.as_bytes(), before, "a part is written whole or not at all");
                assert_refused(error, &part);
            }
        }
    }
    let mut parts = walk(writer.as_bytes());
    for (meant, bytes) in &meant {
        let part = parts.next().expect("a part for each").expect("a good one");
        assert_means(&part, meant);
        assert_same(&part, bytes);
        assert_same_to_types(&part, bytes);
    }
    assert!(parts.next().is_none());
}

fn assert_refused(error: WriteError, part: &Write<'_>) {
    match error {
        WriteError::BufferTooSmall { needed, actual } => assert!(needed > actual),
        WriteError::Count { count } => match part {
            Write::ExtendedReport { .. } => {}
            _ => assert!(count > 31),
        },
        WriteError::Text { len } => assert!(len > 255),
        WriteError::Unaligned { len } => assert!(!len.is_multiple_of(4)),
        WriteError::NothingNamed => match part {
            Write::Nack { pairs, .. } => assert!(pairs.is_empty()),
            Write::Fir { entries, .. } => assert!(entries.is_empty()),
            Write::Arrivals { steps, .. } => assert!(steps.is_empty()),
            Write::Remb { streams, .. } => assert!(streams.is_empty()),
            Write::Tmmbr { bounds, .. } => assert!(bounds.is_empty()),
            Write::Congestion { streams, .. } => assert!(streams.is_empty()),
            Write::ExtendedReport { blocks, .. } => assert!(blocks.iter().any(WriteBlock::names_nothing)),
            part => panic!("{part:?} names something"),
        },
        error => panic!("{error} has no law yet"),
    }
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
        Write::Describe { sources } => {
            let sources: Vec<_> = sources.iter().map(|(ssrc, said)| (Ssrc(*ssrc), items(said))).collect();
            let sources: Vec<_> =
                sources.iter().map(|(ssrc, items)| Described { ssrc: *ssrc, items }).collect();
            writer.source_description(&sources)
        }
        Write::Private { ssrc, prefix, value } => {
            let mut text = [0; 255];
            let item = Private { prefix, value }.write(&mut text)?;
            writer.source_description(&[Described { ssrc: Ssrc(*ssrc), items: &[item] }])
        }
        Write::App { ssrc, subtype, name, data } => writer.app(&App {
            ssrc: Ssrc(*ssrc),
            subtype: AppSubtype::new(subtype & 31).expect("five bits"),
            name: *name,
            data,
        }),
        Write::Remb { sender, bitrate, streams } => {
            writer.remb(Ssrc(*sender), Bitrate(*bitrate), &ssrcs(streams))
        }
        Write::Tmmbr { sender, bounds } => {
            writer.tmmbr(Ssrc(*sender), &bounds.iter().map(bound).collect::<Vec<_>>())
        }
        Write::Tmmbn { sender, bounds } => {
            writer.tmmbn(Ssrc(*sender), &bounds.iter().map(bound).collect::<Vec<_>>())
        }
        Write::Congestion { timestamp, streams } => {
            let streams: Vec<_> =
                streams.iter().map(|(media, first, said)| (*media, *first, packets(said))).collect();
            let streams: Vec<_> = streams
                .iter()
                .map(|(media, first, packets)| StreamArrivals {
                    media: Ssrc(*media),
                    first: Seq(*first),
                    packets,
                })
                .collect();
            writer.congestion_feedback(Ssrc(1), NtpShort(*timestamp), &streams)
        }
        Write::ExtendedReport { sender, blocks } => {
            writer.extended_report(Ssrc(*sender), |writer| write_blocks(writer, blocks))
        }
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
        (Part::SourceDescription(described), Write::Describe { sources }) => {
            assert!(described.is_whole());
            let found = described.chunks().map(|chunk| (chunk.ssrc, chunk.items().collect::<Vec<_>>()));
            assert!(found.eq(sources.iter().map(|(ssrc, said)| (Ssrc(*ssrc), items(said)))));
        }
        (Part::SourceDescription(described), Write::Private { ssrc, prefix, value }) => {
            let chunk = described.chunks().next().expect("one source");
            let private = chunk.items().next().and_then(|item| item.private());
            assert_eq!((chunk.ssrc, private), (Ssrc(*ssrc), Some(Private { prefix, value })));
        }
        (Part::App(app), Write::App { ssrc, subtype, name, data }) => {
            assert_eq!((app.ssrc, app.subtype.get()), (Ssrc(*ssrc), subtype & 31));
            assert_eq!((&app.name, app.data), (name, *data));
        }
        (Part::Remb(remb), Write::Remb { sender, bitrate, streams }) => {
            assert_eq!((remb.sender, remb.bitrate), (Ssrc(*sender), kept(Bitrate(*bitrate), 18)));
            assert!(remb.streams().eq(ssrcs(streams)));
        }
        (Part::Tmmbr(read), Write::Tmmbr { sender, bounds })
        | (Part::Tmmbn(read), Write::Tmmbn { sender, bounds }) => {
            assert_eq!(read.sender, Ssrc(*sender));
            let meant = bounds.iter().map(bound);
            let meant = meant.map(|bound| BitrateBound { bitrate: kept(bound.bitrate, 17), ..bound });
            assert!(read.bounds().eq(meant));
        }
        (Part::CongestionFeedback(feedback), Write::Congestion { timestamp, streams }) => {
            assert_eq!((feedback.sender, feedback.timestamp), (Ssrc(1), NtpShort(*timestamp)));
            let mut read = feedback.streams();
            for ((media, first, said), stream) in streams.iter().zip(read.by_ref()) {
                assert_eq!((stream.media, stream.first), (Ssrc(*media), Seq(*first)));
                assert!(stream.packets().map(|(_, packet)| packet).eq(packets(said)));
            }
            assert!(read.next().is_none() && read.remainder().is_empty());
            assert_eq!(feedback.streams().count(), streams.len());
        }
        (Part::ExtendedReport(report), Write::ExtendedReport { sender, blocks }) => {
            assert_eq!(report.sender, Ssrc(*sender));
            assert_blocks(report, blocks);
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
