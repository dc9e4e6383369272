//! What was read, written again.

use moim_rtp::Ssrc;
use moim_rtp::rtcp::xr::{Block, BlockWriter};
use moim_rtp::rtcp::{Described, Item, Part, StreamArrivals, WriteError, Writer, walk};

/// What was read says the same when it is written again: the second time nothing changes any more.
pub(super) fn assert_survives(part: &Part<'_>) {
    let Some(once) = rewritten(part) else { return };
    let mut parts = walk(&once);
    let again = parts.next().expect("a part").expect("a good one");
    assert!(parts.next().is_none());
    assert_eq!(core::mem::discriminant(part), core::mem::discriminant(&again));
    assert_eq!(rewritten(&again), Some(once));
}

/// The bytes of what a part says; `None` when some of it is more than can be written.
pub(super) fn rewritten(part: &Part<'_>) -> Option<Vec<u8>> {
    let mut buffer = vec![0xff; 300_000];
    let mut writer = Writer::new(&mut buffer);
    match part {
        Part::SenderReport(report) => {
            writer.sender_report(report.ssrc, report.info, &report.reports().collect::<Vec<_>>())
        }
        Part::ReceiverReport(report) => {
            writer.receiver_report(report.ssrc, &report.reports().collect::<Vec<_>>())
        }
        Part::SourceDescription(sources) => {
            let chunks: Vec<(Ssrc, Vec<Item<'_>>)> =
                sources.chunks().map(|chunk| (chunk.ssrc, chunk.items().collect())).collect();
            let described: Vec<_> =
                chunks.iter().map(|(ssrc, items)| Described { ssrc: *ssrc, items }).collect();
            writer.source_description(&described)
        }
        Part::Goodbye(goodbye) => {
            let ssrcs: Vec<_> = goodbye.ssrcs().collect();
            match goodbye.reason() {
                Some(reason) => writer.goodbye_because(&ssrcs, core::str::from_utf8(reason).ok()?),
                None => writer.goodbye(&ssrcs),
            }
        }
        Part::App(app) => writer.app(app),
        Part::ExtendedReport(report) => writer.extended_report(report.sender, |blocks| {
            // What cannot be written is left out.
            report.blocks().flatten().for_each(|block| {
                let _ = write_block(blocks, &block);
            });
            Ok(())
        }),
        Part::Nack(nack) => writer.nack(nack.sender, nack.media, &nack.pairs().collect::<Vec<_>>()),
        Part::CongestionFeedback(feedback) => {
            let streams: Vec<(_, Vec<_>)> = feedback
                .streams()
                .map(|stream| (stream, stream.packets().map(|(_, packet)| packet).collect()))
                .collect();
            let arrivals: Vec<_> = streams
                .iter()
                .map(|(stream, packets)| StreamArrivals { media: stream.media, first: stream.first, packets })
                .collect();
            writer.congestion_feedback(feedback.sender, feedback.timestamp, &arrivals)
        }
        Part::Tmmbr(request) => writer.tmmbr(request.sender, &request.bounds().collect::<Vec<_>>()),
        Part::Tmmbn(notification) => {
            writer.tmmbn(notification.sender, &notification.bounds().collect::<Vec<_>>())
        }
        Part::Remb(remb) => writer.remb(remb.sender, remb.bitrate, &remb.streams().collect::<Vec<_>>()),
        Part::Pli(pli) => writer.pli(*pli),
        Part::Fir(fir) => writer.fir(fir.sender, &fir.entries().collect::<Vec<_>>()),
        Part::Other(raw) => writer.raw(raw),
        // Its chunks are a choice; see `assert_arrivals`.
        Part::TransportFeedback(_) => return None,
        part => panic!("{part:?} has no law yet"),
    }
    .ok()?;
    Some(writer.as_bytes().to_vec())
}

fn write_block(blocks: &mut BlockWriter<'_>, block: &Block<'_>) -> Result<(), WriteError> {
    match block {
        Block::Losses(bits) => {
            blocks.losses(bits.range, bits.packets().map(|(_, bit)| bit).collect::<Vec<_>>())
        }
        Block::Duplicates(bits) => {
            blocks.duplicates(bits.range, bits.packets().map(|(_, bit)| bit).collect::<Vec<_>>())
        }
        Block::ReceiptTimes(times) => {
            blocks.receipt_times(times.range, &times.packets().map(|(_, time)| time).collect::<Vec<_>>())
        }
        Block::ReferenceTime(time) => blocks.reference_time(*time),
        Block::Delays(delays) => blocks.delays(&delays.reports().collect::<Vec<_>>()),
        Block::Statistics(summary) => blocks.statistics(summary),
        Block::VoipMetrics(metrics) => blocks.voip_metrics(metrics),
        Block::Other(raw) => blocks.raw(raw),
        block => panic!("{block:?} has no law yet"),
    }
}
