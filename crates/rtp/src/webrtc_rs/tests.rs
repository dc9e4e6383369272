use super::{ConversionError, write_packet};
use crate::rtcp::{
    ArrivalTime, Bitrate, CumulativeLost, ExtendedSeq, FirEntry, FractionLost, LastReport, NackPair, Part,
    Pli, ReportBlock, WriteError, Writer, walk, xr,
};
use crate::{Header, NtpShort, NtpTime, Packet, PacketBuilder, PayloadType, Ssrc};
use alloc::vec::Vec;
use moim_media::{Seq, Timestamp};
use rtcp::extended_report as theirs_xr;
use rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate as remb;
use rtcp::payload_feedbacks::{full_intra_request as fir, picture_loss_indication as pli};
use rtcp::source_description as sdes;
use rtcp::transport_feedbacks::{transport_layer_cc as cc, transport_layer_nack as nack};
use rtp::packet::Packet as Theirs;
use webrtc_util::marshal::{Marshal, Unmarshal};

#[test]
fn a_packet_survives_going_there_and_coming_back() {
    let blocks: [(u16, &[u8]); 4] = [
        (0xbede, &[0x10, 0xaa, 0x21, 0xbb, 0xcc, 0, 0, 0]),
        (0x1000, &[1, 0, 200, 4, 1, 2, 3, 4]),
        (0x1234, &[1, 2, 3, 4]),
        (0xbede, &[]),
    ];
    for (profile, block) in blocks {
        let header = Header {
            marker: true,
            payload_type: PayloadType::new(111).unwrap(),
            seq: Seq(1),
            timestamp: Timestamp(2),
            ssrc: Ssrc(3),
        };
        let (mut bytes, mut back) = ([0; 128], [0; 128]);
        let builder = PacketBuilder::new(header).csrcs(&[Ssrc(4)]).extension_block(profile, block);
        let len = builder.write(&[b"payload"], &mut bytes).unwrap();
        let theirs = Theirs::from(&Packet::parse(&bytes[..len]).unwrap());
        assert_eq!(theirs.marshal().unwrap(), bytes[..len]);
        let mut read = Theirs::unmarshal(&mut &bytes[..len]).unwrap();
        read.header.extensions_padding = 0;
        assert_eq!(read, theirs);
        assert_eq!(write_packet(&theirs, &mut back), Ok(len));
        assert_eq!(back, bytes);
    }
}

#[test]
fn contradictions_are_named() {
    let mut theirs = Theirs::default();
    theirs.header.payload_type = 128;
    let mut buffer = [0; 64];
    let refused = write_packet(&theirs, &mut buffer);
    assert_eq!(refused, Err(ConversionError::PayloadType { number: 128 }));
    theirs.header.payload_type = 1;
    (theirs.header.extension, theirs.header.extension_profile) = (true, 7);
    let refused = write_packet(&theirs, &mut buffer);
    assert_eq!(refused, Err(ConversionError::ExtensionParts { profile: 7, count: 0 }));
    theirs.header.extension_profile = 0xbede;
    theirs.header.extensions = Vec::from([rtp::header::Extension::default()]);
    assert_eq!(write_packet(&theirs, &mut buffer), Err(ConversionError::ExtensionId));
}

#[test]
fn report_blocks_keep_their_sign() {
    for lost in [-(1 << 23), -1, 0, 5, (1 << 23) - 1] {
        let block = ReportBlock {
            ssrc: Ssrc(1),
            fraction_lost: FractionLost(2),
            cumulative_lost: CumulativeLost::new(lost),
            highest_seq: ExtendedSeq(3),
            jitter: 4,
            last_report: Some(LastReport { ntp: NtpShort(5), delay: NtpShort(6) }),
        };
        assert_eq!(ReportBlock::from(&block.into()), block);
    }
}

/// How a second of arrivals might look.
fn arrivals() -> impl Iterator<Item = Option<ArrivalTime>> + Clone {
    (0..50).map(|n| (n % 7 != 3).then(|| ArrivalTime(256_000 + n * 80 + if n % 11 == 5 { 900 } else { 0 })))
}

fn write_blocks(blocks: &mut xr::BlockWriter<'_>) -> Result<(), WriteError> {
    let thinning = xr::Thinning::new(1).unwrap();
    let range = xr::PacketRange { media: Ssrc(2), first: Seq(0xfffe), end: Seq(6), thinning };
    let last = Some(LastReport { ntp: NtpShort(5), delay: NtpShort(6) });
    blocks.losses(range, [true, true, false, true])?;
    blocks.duplicates(range, [true; 4])?;
    blocks.receipt_times(range, &[1, 2, 3, 4].map(Timestamp))?;
    blocks.reference_time(NtpTime(7))?;
    blocks.delays(&[xr::DelayReport { receiver: Ssrc(3), last }])?;
    blocks.statistics(&xr::StatisticsSummary {
        media: Ssrc(2),
        first: Seq(1),
        end: Seq(2),
        lost: Some(3),
        duplicates: Some(4),
        jitter: Some(xr::JitterSummary { min: 5, max: 6, mean: 7, deviation: 8 }),
        hops: Some(xr::HopSummary { kind: xr::HopKind::TimeToLive, min: 1, max: 2, mean: 3, deviation: 4 }),
    })?;
    blocks.voip_metrics(&xr::VoipMetrics {
        media: Ssrc(2),
        round_trip_delay: Some(xr::Milliseconds(40)),
        signal_level: Some(-30),
        echo_return_loss: Some(50),
        gap_threshold: 16,
        r_factor: xr::RFactor::new(90),
        mos_conversational: xr::Mos::new(42),
        concealment: xr::Concealment::Standard,
        ..xr::VoipMetrics::default()
    })?;
    blocks.raw(&xr::RawBlock { block_type: 42, specific: 0, body: &[1, 2, 3, 4] })
}

#[test]
fn parts_become_what_webrtc_rs_reads() {
    let mut buffer = [0; 1_024];
    let mut writer = Writer::new(&mut buffer);
    writer.sender_report(Ssrc(1), Default::default(), &[]).unwrap();
    writer.receiver_report(Ssrc(1), &[]).unwrap();
    writer.cname(Ssrc(1), "name").unwrap();
    writer.nack(Ssrc(1), Ssrc(2), &[NackPair { first: Seq(7), following: 5 }]).unwrap();
    writer.pli(Pli { sender: Ssrc(1), media: Ssrc(2) }).unwrap();
    writer.fir(Ssrc(1), &[FirEntry { media: Ssrc(2), number: 3 }]).unwrap();
    writer.remb(Ssrc(1), Bitrate(8_927_168), &[Ssrc(2), Ssrc(3)]).unwrap();
    writer.transport_feedback(Ssrc(1), Ssrc(2), 9, Seq(65_530), arrivals()).unwrap();
    writer.extended_report(Ssrc(1), write_blocks).unwrap();
    writer.goodbye_because(&[Ssrc(1)], "end").unwrap();
    let read = rtcp::packet::unmarshal(&mut writer.as_bytes()).unwrap();
    for (part, theirs) in walk(writer.as_bytes()).zip(&read) {
        let equal = match part.unwrap() {
            Part::SenderReport(part) => theirs.equal(&rtcp::sender_report::SenderReport::from(&part)),
            Part::ReceiverReport(part) => theirs.equal(&rtcp::receiver_report::ReceiverReport::from(&part)),
            Part::SourceDescription(part) => theirs.equal(&sdes::SourceDescription::from(&part)),
            Part::Nack(part) => theirs.equal(&nack::TransportLayerNack::from(&part)),
            Part::Pli(part) => theirs.equal(&pli::PictureLossIndication::from(part)),
            Part::Fir(part) => theirs.equal(&fir::FullIntraRequest::from(&part)),
            Part::Remb(part) => theirs.equal(&remb::ReceiverEstimatedMaximumBitrate::from(&part)),
            Part::TransportFeedback(part) => theirs.equal(&cc::TransportLayerCc::from(&part)),
            Part::ExtendedReport(part) => theirs.equal(&theirs_xr::ExtendedReport::from(&part)),
            Part::Goodbye(part) => theirs.equal(&rtcp::goodbye::Goodbye::from(&part)),
            part => panic!("{part:?} was not written"),
        };
        assert!(equal, "{theirs}");
    }
    assert_eq!(read.len(), 10);
    // And back: its bytes are ours.
    let bytes = read.iter().flat_map(|part| part.marshal().unwrap()).collect::<Vec<_>>();
    assert_eq!(walk(&bytes).flatten().count(), 10);
}
