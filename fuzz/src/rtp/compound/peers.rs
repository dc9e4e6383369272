//! What webrtc-rs and `rtcp-types` read of the same bytes, where they decide alike.

use super::again::rewritten;
use moim_rtp::rtcp::Part;
use moim_rtp::rtcp::xr::{Block, ExtendedReport};
use rtcp::packet::Packet as Theirs;
use rtcp_types::prelude::*;
use rtcp_types::{
    DelaySinceLastReceiverReport, Fir, Nack, Packet as Types, PacketReceiptTimes, ReceiverReferenceTime, Xr,
};

/// webrtc-rs reads the part as the same.
pub(super) fn assert_same(part: &Part<'_>, bytes: &[u8]) {
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
        // It says 8 388 608 where the mantissa is zero, and knows no more than 24 binary digits of an exponent's own.
        Part::Remb(remb) if remb.bitrate.0 > 0 && rewritten(part).as_deref() == Some(bytes) => {
            Box::new(rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate::ReceiverEstimatedMaximumBitrate::from(remb))
        }
        // It keeps what means nothing: delays without a time, what is not reported, ratings out of range.
        Part::ExtendedReport(report) if rewritten(part).as_deref() == Some(bytes) => {
            Box::new(rtcp::extended_report::ExtendedReport::from(report))
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

/// `rtcp-types` reads the part as the same.
pub(super) fn assert_same_to_types(part: &Part<'_>, bytes: &[u8]) {
    // It wants one block at least in an extended report.
    if matches!(part, Part::ExtendedReport(_)) && bytes.len() < 12 {
        return;
    }
    match (part, Types::parse(bytes)) {
        (Part::SenderReport(report), Ok(Types::Sr(theirs))) => {
            assert_eq!(theirs.ssrc(), report.ssrc.0);
            assert_eq!(theirs.ntp_timestamp(), report.info.ntp.0);
            assert_eq!(theirs.rtp_timestamp(), report.info.timestamp.0);
            assert_eq!(theirs.packet_count(), report.info.packets);
            assert_eq!(theirs.octet_count(), report.info.octets);
            let theirs = theirs.report_blocks().map(|block| (block.ssrc(), block.interarrival_jitter()));
            assert!(theirs.eq(report.reports().map(|block| (block.ssrc.0, block.jitter))));
        }
        (Part::ReceiverReport(report), Ok(Types::Rr(theirs))) => {
            assert_eq!(theirs.ssrc(), report.ssrc.0);
            let theirs = theirs
                .report_blocks()
                .map(|block| (block.ssrc(), block.fraction_lost(), block.extended_sequence_number()));
            assert!(theirs.eq(report.reports().map(|block| (
                block.ssrc.0,
                block.fraction_lost.0,
                block.highest_seq.0
            ))));
        }
        (Part::Goodbye(goodbye), Ok(Types::Bye(theirs))) => {
            assert!(theirs.ssrcs().eq(goodbye.ssrcs().map(|ssrc| ssrc.0)));
            // It takes an empty reason for none.
            assert_eq!(theirs.reason().unwrap_or_default(), goodbye.reason().unwrap_or_default());
        }
        (Part::App(app), Ok(Types::App(theirs))) => {
            assert_eq!((theirs.ssrc(), theirs.subtype()), (app.ssrc.0, app.subtype.get()));
            assert_eq!((theirs.name(), theirs.data()), (app.name, app.data));
        }
        (Part::Nack(nack), Ok(Types::TransportFeedback(theirs))) => {
            assert_eq!((theirs.sender_ssrc(), theirs.media_ssrc()), (nack.sender.0, nack.media.0));
            let theirs = theirs.parse_fci::<Nack<'_>>().expect("it reads it too");
            assert!(theirs.entries().eq(nack.seqs().map(|seq| seq.0)));
        }
        (Part::Fir(fir), Ok(Types::PayloadFeedback(theirs))) => {
            let theirs = theirs.parse_fci::<Fir<'_>>().expect("it reads it too");
            let entries = fir.entries().map(|entry| (entry.media.0, entry.number));
            assert!(theirs.entries().map(|entry| (entry.ssrc(), entry.sequence())).eq(entries));
        }
        (Part::ExtendedReport(report), Ok(Types::Xr(theirs))) => assert_same_blocks(report, &theirs),
        (
            Part::SenderReport(_)
            | Part::ReceiverReport(_)
            | Part::App(_)
            | Part::Nack(_)
            | Part::Fir(_)
            | Part::Pli(_),
            Err(error),
        ) => panic!("{part:?} is read by one alone: {error}"),
        _ => {}
    }
}

fn assert_same_blocks(report: &ExtendedReport<'_>, theirs: &Xr<'_>) {
    assert_eq!(theirs.sender_ssrc(), report.sender.0);
    assert_eq!(theirs.block_iter().count(), report.blocks().count());
    for (theirs, ours) in theirs.block_iter().zip(report.blocks()) {
        match ours {
            Ok(Block::ReferenceTime(time)) => {
                let theirs = theirs.parse_into::<ReceiverReferenceTime<'_>>().expect("it reads it too");
                assert_eq!(theirs.ntp_timestamp(), time.0);
            }
            // It reads one report, or one more than a multiple of four.
            Ok(Block::Delays(delays)) if delays.reports().len() == 1 => {
                let theirs =
                    theirs.parse_into::<DelaySinceLastReceiverReport<'_>>().expect("it reads it too");
                // It reads on behind the block's end.
                let theirs = theirs.block_iter().next().expect("one report");
                let ours = delays.reports().next().expect("one report");
                assert_eq!(theirs.ssrc(), ours.receiver.0);
                // A delay without a time to count from is not kept.
                assert_eq!(theirs.last_receiver_report(), ours.last.map_or(0, |last| last.ntp.0));
            }
            // It thins from the first packet on, and takes an empty range for all numbers.
            Ok(Block::ReceiptTimes(times))
                if times.range.thinning.every() == 1
                    && times.range.first != times.range.end
                    && times.packets().count() == times.range.seqs().count() =>
            {
                let theirs = theirs.parse_into::<PacketReceiptTimes<'_>>().expect("it reads it too");
                let ours = times.packets().map(|(seq, time)| (seq.0, time.0));
                assert!(theirs.sequence_iter().take(ours.clone().count()).eq(ours));
            }
            // It loses the last chunk of run lengths.
            _ => {}
        }
    }
}
