//! Compound packets.

mod again;
mod naive;
mod peers;
mod roundtrip;

pub use roundtrip::rtcp_roundtrip;

use again::assert_survives;
use moim_rtp::rtcp::xr::{Block, BlockError, ExtendedReport};
use moim_rtp::rtcp::{Form, FormError, Part, PartError, TransportFeedback, WriteError, Writer, form, walk};
use naive::naive_arrivals;
use peers::{assert_same, assert_same_to_types};

/// Walking is total and accounts for every byte; what it reads is what naive readings find, what webrtc-rs and
/// `rtcp-types` find, and what it finds again when it is written again.
pub fn rtcp_walk(data: &[u8]) {
    assert_form(data);
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
                assert_survives(&part);
                if let Part::TransportFeedback(feedback) = &part {
                    let padding = if bytes[0] & 0x20 == 0 { 0 } else { usize::from(bytes[len - 1]) };
                    assert_arrivals(feedback, &bytes[4..len - padding]);
                }
                // It takes padding for content.
                if bytes[0] & 0x20 == 0 {
                    assert_same(&part, bytes);
                    assert_same_to_types(&part, bytes);
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
        Part::Remb(remb) => assert!(remb.streams().len() <= 255),
        Part::Tmmbr(request) => assert!(request.bounds().len() > 0),
        Part::CongestionFeedback(feedback) => naive::assert_congestion(feedback),
        Part::ExtendedReport(report) => assert_blocks(report),
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

/// Each block is one or an error, of which only the last may lead outside.
fn assert_blocks(report: &ExtendedReport<'_>) {
    let blocks: Vec<_> = report.blocks().collect();
    for (n, block) in blocks.iter().enumerate() {
        match block {
            Ok(Block::Losses(bits) | Block::Duplicates(bits)) => naive::assert_run_lengths(bits),
            Ok(Block::ReceiptTimes(times)) => assert!(times.packets().count() <= times.range.seqs().count()),
            Ok(_) => {}
            Err(BlockError::Truncated { needed, actual }) => {
                assert!(needed > actual && n + 1 == blocks.len());
            }
            Err(BlockError::Body { block_type, .. }) => assert!(matches!(block_type, 1..=7)),
            Err(error) => panic!("{error} has no law yet"),
        }
    }
}

/// The strict check agrees with the walk about versions and lengths, and with `rtcp-types` about padding.
fn assert_form(data: &[u8]) {
    let form = form(data);
    let theirs = rtcp_types::Compound::parse(data);
    let walked = walk(data).find_map(|part| match part {
        Err(error @ (PartError::Truncated { .. } | PartError::Version { .. })) => Some(error),
        _ => None,
    });
    match form {
        Ok(form) => {
            assert_eq!(form == Form::Compound, matches!(data[1], 200 | 201));
            assert_eq!(walked, None);
            assert!(theirs.is_ok());
        }
        Err(FormError::Empty) => assert!(data.is_empty()),
        // It looks at the first version only.
        Err(FormError::Part(error)) => {
            assert_eq!(walked, Some(error));
            assert!(theirs.is_err() || matches!(error, PartError::Version { .. }));
        }
        // It lets a report alone be padded.
        Err(FormError::Padded { index }) => {
            assert!(theirs.is_err() || (index == 0 && matches!(data[1], 200 | 201)));
        }
        Err(error) => panic!("{error} has no law yet"),
    }
}
