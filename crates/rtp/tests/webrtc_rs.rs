//! webrtc-rs reads what we write, and writes what we read.

use moim_media::{Seq, SeqNo, Timestamp};
use moim_rtp::rtcp::{
    ArrivalTime, CumulativeLost, ExtendedSeq, FirEntry, FractionLost, LastReport, NackPair, Part, Pli,
    ReportBlock, SenderInfo, Writer, walk,
};
use moim_rtp::{
    Extension, ExtensionForm, ExtensionId, Header, NtpShort, NtpTime, Packet, PacketBuilder, PacketMut,
    PayloadType, Ssrc,
};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use rtcp::goodbye::Goodbye;
use rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtcp::receiver_report::ReceiverReport;
use rtcp::reception_report::ReceptionReport;
use rtcp::sender_report::SenderReport;
use rtcp::source_description::{SdesType, SourceDescription};
use rtcp::transport_feedbacks::transport_layer_cc::{PacketStatusChunk, SymbolTypeTcc, TransportLayerCc};
use rtcp::transport_feedbacks::transport_layer_nack::{NackPair as TheirPair, TransportLayerNack};
use rtp::packet::Packet as Theirs;
use webrtc_util::marshal::{Marshal, Unmarshal};

prop_compose! {
    fn header()(marker: bool, payload_type in 0_u8..128, seq: u16, timestamp: u32, ssrc: u32) -> Header {
        Header {
            marker,
            payload_type: PayloadType::new(payload_type).unwrap(),
            seq: Seq(seq),
            timestamp: Timestamp(timestamp),
            ssrc: Ssrc(ssrc),
        }
    }
}

fn elements() -> impl Strategy<Value = (ExtensionForm, Vec<(u8, Vec<u8>)>)> {
    let one = vec((1_u8..=14, vec(any::<u8>(), 1..=16)), 0..8);
    let two = vec((1_u8..=255, vec(any::<u8>(), 0..=255)), 0..8);
    prop_oneof![
        one.prop_map(|elements| (ExtensionForm::OneByte, elements)),
        two.prop_map(|elements| (ExtensionForm::TwoByte, elements)),
    ]
}

prop_compose! {
    fn block()(
        ssrc: u32,
        fraction: u8,
        lost in -(1_i64 << 23)..1 << 23,
        highest: u32,
        jitter: u32,
        ntp in 1_u32..,
        delay: u32,
    ) -> ReportBlock {
        ReportBlock {
            ssrc: Ssrc(ssrc),
            fraction_lost: FractionLost(fraction),
            cumulative_lost: CumulativeLost::new(lost),
            highest_seq: ExtendedSeq(highest),
            jitter,
            last_report: Some(LastReport { ntp: NtpShort(ntp), delay: NtpShort(delay) }),
        }
    }
}

fn assert_same_block(ours: ReportBlock, theirs: &ReceptionReport) {
    let last = ours.last_report.unwrap();
    assert_eq!(ours.ssrc.0, theirs.ssrc);
    assert_eq!(ours.fraction_lost.0, theirs.fraction_lost);
    assert_eq!(ours.cumulative_lost.get().cast_unsigned() & 0xff_ffff, theirs.total_lost);
    assert_eq!(ours.highest_seq.0, theirs.last_sequence_number);
    assert_eq!(ours.jitter, theirs.jitter);
    assert_eq!((last.ntp.0, last.delay.0), (theirs.last_sender_report, theirs.delay));
}

prop_compose! {
    /// Losses, and arrivals from eight seconds before the last one to eight after it.
    fn arrivals()(
        start: u32,
        steps in vec(prop_oneof![
            2 => Just(None),
            4 => (0..400_i32).prop_map(Some),
            1 => (-32_000..32_000_i32).prop_map(Some),
        ], 1..300),
        last in 0..400_i32,
    ) -> Vec<Option<ArrivalTime>> {
        let mut at = start;
        let steps = steps.into_iter().chain([Some(last)]);
        steps.map(|step| step.map(|step| { at = at.wrapping_add_signed(step); ArrivalTime(at) })).collect()
    }
}

/// What webrtc-rs has read, packet by packet.
fn their_arrivals(feedback: &TransportLayerCc) -> Vec<Option<ArrivalTime>> {
    let symbols = feedback.packet_chunks.iter().flat_map(|chunk| match chunk {
        PacketStatusChunk::RunLengthChunk(run) => {
            vec![run.packet_status_symbol; usize::from(run.run_length)]
        }
        PacketStatusChunk::StatusVectorChunk(vector) => vector.symbol_list.clone(),
    });
    let mut at = feedback.reference_time << 8;
    let mut deltas = feedback.recv_deltas.iter();
    let arrivals = symbols.map(|symbol| {
        (symbol != SymbolTypeTcc::PacketNotReceived).then(|| {
            at = at.wrapping_add_signed((deltas.next().unwrap().delta / 250) as i32);
            ArrivalTime(at)
        })
    });
    arrivals.take(usize::from(feedback.packet_status_count)).collect()
}

proptest! {
    #[test]
    fn packets_mean_the_same_to_both(
        header in header(),
        csrcs in vec(any::<u32>(), 0..=15),
        (form, elements) in elements(),
        payload in vec(any::<u8>(), 0..64),
        padding in 0_u8..8,
    ) {
        let csrcs: Vec<_> = csrcs.into_iter().map(Ssrc).collect();
        let elements: Vec<_> = elements
            .iter()
            .map(|(id, data)| Extension { id: ExtensionId::new(*id).unwrap(), data })
            .collect();
        let builder = PacketBuilder::new(header).csrcs(&csrcs).extensions(form, &elements).padding(padding);
        let mut bytes = [0; 4_096];
        let (first, second) = payload.split_at(payload.len() / 2);
        let len = builder.write(&[first, second], &mut bytes).unwrap();

        let theirs = Theirs::unmarshal(&mut &bytes[..len]).unwrap();
        prop_assert_eq!(theirs.header.marker, header.marker);
        prop_assert_eq!(theirs.header.payload_type, header.payload_type.get());
        prop_assert_eq!(theirs.header.sequence_number, header.seq.0);
        prop_assert_eq!(theirs.header.timestamp, header.timestamp.0);
        prop_assert_eq!(theirs.header.ssrc, header.ssrc.0);
        prop_assert!(theirs.header.csrc.iter().copied().eq(csrcs.iter().map(|csrc| csrc.0)));
        let found = theirs.header.extensions.iter().map(|element| (element.id, &element.payload[..]));
        prop_assert!(found.eq(elements.iter().map(|element| (element.id.get(), element.data))));
        prop_assert_eq!(&theirs.payload[..], &payload[..]);

        // And back: what webrtc-rs writes, with the padding it chooses.
        let written = theirs.marshal().unwrap();
        let ours = Packet::parse(&written).unwrap();
        prop_assert_eq!(ours.header(), header);
        prop_assert!(ours.csrcs().eq(csrcs.iter().copied()));
        prop_assert!(ours.extensions().eq(elements.iter().copied()));
        prop_assert_eq!(ours.payload(), &payload[..]);
    }

    #[test]
    fn patching_is_parsing_changing_and_writing(
        before in header(),
        after in header(),
        value in vec(any::<u8>(), 1..=16),
        payload in vec(any::<u8>(), 1..64),
    ) {
        let id = ExtensionId::new(3).unwrap();
        let old = vec![0; value.len()];
        let mut bytes = [0; 256];
        let len = PacketBuilder::new(before)
            .extensions(ExtensionForm::OneByte, &[Extension { id, data: &old }])
            .write(&[&payload], &mut bytes)
            .unwrap();
        let mut theirs = Theirs::unmarshal(&mut &bytes[..len]).unwrap();

        let mut packet = PacketMut::parse(&mut bytes[..len]).unwrap();
        packet.set_header(after);
        packet.extension_mut(id).unwrap().copy_from_slice(&value);

        theirs.header.marker = after.marker;
        theirs.header.payload_type = after.payload_type.get();
        theirs.header.sequence_number = after.seq.0;
        theirs.header.timestamp = after.timestamp.0;
        theirs.header.ssrc = after.ssrc.0;
        theirs.header.set_extension(3, value.into()).unwrap();
        // It counts padding it has read besides the padding it writes.
        theirs.header.extensions_padding = 0;
        prop_assert_eq!(&theirs.marshal().unwrap()[..], &bytes[..len]);
    }

    #[test]
    fn compound_packets_mean_the_same_to_both(
        ntp: u64,
        timestamp: u32,
        blocks in vec(block(), 0..=31),
        name in "[a-z0-9@.]{0,255}",
        reason in "\\PC{0,60}",
        missing in btree_set(any::<u32>(), 1..40),
    ) {
        let (us, them) = (Ssrc(1), Ssrc(2));
        let info = SenderInfo { ntp: NtpTime(ntp), timestamp: Timestamp(timestamp), packets: 3, octets: 4 };
        let missing: Vec<_> = missing.into_iter().map(|seq| SeqNo::new(u64::from(seq >> 20) + (1 << 16) - 8)).collect();
        let pairs: Vec<_> = NackPair::pack(missing.iter().copied()).collect();
        let mut bytes = [0; 4_096];
        let mut writer = Writer::new(&mut bytes);
        writer.sender_report(us, info, &blocks).unwrap();
        writer.receiver_report(us, &blocks).unwrap();
        writer.cname(us, &name).unwrap();
        writer.nack(us, them, &pairs).unwrap();
        writer.goodbye_because(&[us, them], &reason).unwrap();

        let theirs = rtcp::packet::unmarshal(&mut writer.as_bytes()).unwrap();
        let report = theirs[0].as_any().downcast_ref::<SenderReport>().unwrap();
        prop_assert_eq!((report.ntp_time, report.rtp_time), (ntp, timestamp));
        prop_assert_eq!((report.packet_count, report.octet_count), (3, 4));
        prop_assert_eq!(report.reports.len(), blocks.len());
        blocks.iter().zip(&report.reports).for_each(|(&ours, theirs)| assert_same_block(ours, theirs));
        let report = theirs[1].as_any().downcast_ref::<ReceiverReport>().unwrap();
        blocks.iter().zip(&report.reports).for_each(|(&ours, theirs)| assert_same_block(ours, theirs));
        let sources = theirs[2].as_any().downcast_ref::<SourceDescription>().unwrap();
        let item = &sources.chunks[0].items[0];
        prop_assert_eq!((item.sdes_type, &item.text[..]), (SdesType::SdesCname, name.as_bytes()));
        let nack = theirs[3].as_any().downcast_ref::<TransportLayerNack>().unwrap();
        let mut named: Vec<_> = missing.iter().map(|seq| seq.wire().0).collect();
        named.dedup();
        prop_assert_eq!(nack.nacks.iter().flat_map(TheirPair::packet_list).collect::<Vec<_>>(), named);
        let goodbye = theirs[4].as_any().downcast_ref::<Goodbye>().unwrap();
        prop_assert_eq!((&goodbye.sources[..], &goodbye.reason[..]), (&[1, 2][..], reason.as_bytes()));

        // And back.
        let written = rtcp::packet::marshal(&theirs).unwrap();
        let parts: Vec<_> = walk(&written).map(Result::unwrap).collect();
        prop_assert_eq!(parts.len(), 5);
        for part in parts {
            match part {
                Part::SenderReport(report) => {
                    prop_assert_eq!((report.ssrc, report.info), (us, info));
                    prop_assert!(report.reports().eq(blocks.iter().copied()));
                }
                Part::ReceiverReport(report) => prop_assert!(report.reports().eq(blocks.iter().copied())),
                Part::SourceDescription(sources) => {
                    prop_assert_eq!(sources.chunks().next().unwrap().cname(), Some(name.as_bytes()));
                }
                Part::Nack(nack) => prop_assert!(nack.pairs().eq(pairs.iter().copied())),
                Part::Goodbye(goodbye) => {
                    prop_assert!(goodbye.ssrcs().eq([us, them]));
                    prop_assert_eq!(goodbye.reason().unwrap_or_default(), reason.as_bytes());
                }
                part => prop_assert!(false, "{:?} was not written", part),
            }
        }
    }

    #[test]
    fn feedback_means_the_same_to_both(
        number: u8,
        first: u16,
        arrivals in arrivals(),
        asked in vec((any::<u32>(), any::<u8>()), 1..20),
    ) {
        let (us, them) = (Ssrc(1), Ssrc(2));
        let asked: Vec<_> =
            asked.into_iter().map(|(media, number)| FirEntry { media: Ssrc(media), number }).collect();
        let mut bytes = [0; 4_096];
        let mut writer = Writer::new(&mut bytes);
        writer.pli(Pli { sender: us, media: them }).unwrap();
        writer.fir(us, &asked).unwrap();
        writer.transport_feedback(us, them, number, Seq(first), arrivals.iter().copied()).unwrap();

        let theirs = rtcp::packet::unmarshal(&mut writer.as_bytes()).unwrap();
        let pli = theirs[0].as_any().downcast_ref::<PictureLossIndication>().unwrap();
        prop_assert_eq!((pli.sender_ssrc, pli.media_ssrc), (1, 2));
        let fir = theirs[1].as_any().downcast_ref::<FullIntraRequest>().unwrap();
        prop_assert_eq!((fir.sender_ssrc, fir.media_ssrc), (1, 0));
        let entries = fir.fir.iter().map(|entry| (entry.ssrc, entry.sequence_number));
        prop_assert!(entries.eq(asked.iter().map(|entry| (entry.media.0, entry.number))));
        let feedback = theirs[2].as_any().downcast_ref::<TransportLayerCc>().unwrap();
        prop_assert_eq!((feedback.sender_ssrc, feedback.media_ssrc), (1, 2));
        prop_assert_eq!((feedback.base_sequence_number, feedback.fb_pkt_count), (first, number));
        prop_assert_eq!(&their_arrivals(feedback), &arrivals);

        // And back. What webrtc-rs pads, it pads with a count.
        let written = rtcp::packet::marshal(&theirs).unwrap();
        let parts: Vec<_> = walk(&written).map(Result::unwrap).collect();
        prop_assert_eq!(parts.len(), 3);
        for part in parts {
            match part {
                Part::Pli(pli) => prop_assert_eq!(pli, Pli { sender: us, media: them }),
                Part::Fir(fir) => prop_assert!(fir.entries().eq(asked.iter().copied())),
                Part::TransportFeedback(feedback) => {
                    prop_assert_eq!((feedback.first, feedback.number), (Seq(first), number));
                    prop_assert!(feedback.packets().map(|(_, arrival)| arrival).eq(arrivals.iter().copied()));
                }
                part => prop_assert!(false, "{:?} was not written", part),
            }
        }
    }
}
