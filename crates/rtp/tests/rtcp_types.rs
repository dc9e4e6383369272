//! `rtcp-types` reads what we write, and writes what we read.

use moim_media::Seq;
use moim_rtp::rtcp::xr::{Block, BlockWriter, DelayReport, PacketRange, Thinning};
use moim_rtp::rtcp::{
    App, AppSubtype, ArrivalTime, Described, FirEntry, Item, ItemKind, LastReport, Part, Private, WriteError,
    Writer, walk,
};
use moim_rtp::{NtpShort, NtpTime, Ssrc};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use rtcp_types::prelude::*;
use rtcp_types::{
    Bye, Compound, DelaySinceLastReceiverReport, DelaySinceLastReceiverReportBlock, Fir, LossRle, Nack,
    PacketReceiptTimes, PayloadFeedback, Pli, ReceiverReferenceTime, ReportBlock, RleChunk, Sdes, SdesChunk,
    SdesItem, SenderReport, TransportFeedback, Twcc, TwccPacketStatus, Xr,
};

fn theirs(packet: &impl RtcpPacketWriter) -> Vec<u8> {
    let mut bytes = vec![0; 4_096];
    let len = packet.write_into(&mut bytes).unwrap();
    bytes.truncate(len);
    bytes
}

fn ours(write: impl FnOnce(&mut Writer<'_>) -> Result<(), WriteError>) -> Vec<u8> {
    let mut bytes = vec![0; 4_096];
    let mut writer = Writer::new(&mut bytes);
    write(&mut writer).unwrap();
    writer.as_bytes().to_vec()
}

fn only(bytes: &[u8]) -> Part<'_> {
    let mut parts = walk(bytes);
    let part = parts.next().unwrap().unwrap();
    assert!(parts.next().is_none());
    part
}

fn parse(bytes: &[u8]) -> rtcp_types::Packet<'_> {
    Compound::parse(bytes).unwrap().next().unwrap().unwrap()
}

proptest! {
    #[test]
    fn reports_are_read_as_they_write_them(ntp: u64, numbers: [u32; 3], blocks in vec(any::<[u32; 6]>(), 0..31)) {
        let [timestamp, packets, octets] = numbers;
        let mut report = SenderReport::builder(7)
            .ntp_timestamp(ntp)
            .rtp_timestamp(timestamp)
            .packet_count(packets)
            .octet_count(octets);
        for &[ssrc, lost, highest, jitter, last, delay] in &blocks {
            report = report.add_report_block(
                ReportBlock::builder(ssrc)
                    .fraction_lost(lost as u8)
                    .cumulative_lost(lost >> 8)
                    .extended_sequence_number(highest)
                    .interarrival_jitter(jitter)
                    .last_sender_report_timestamp(last)
                    .delay_since_last_sender_report_timestamp(delay),
            );
        }
        let bytes = theirs(&report);
        let Part::SenderReport(read) = only(&bytes) else { panic!("a sender report") };
        prop_assert_eq!((read.ssrc, read.info.ntp.0, read.info.timestamp.0), (Ssrc(7), ntp, timestamp));
        prop_assert_eq!((read.info.packets, read.info.octets), (packets, octets));
        prop_assert_eq!(read.reports().len(), blocks.len());
        for (block, [ssrc, lost, highest, jitter, last, delay]) in read.reports().zip(blocks) {
            prop_assert_eq!((block.ssrc.0, block.fraction_lost.0), (ssrc, lost as u8));
            prop_assert_eq!(block.cumulative_lost.get().cast_unsigned() & 0xff_ffff, lost >> 8);
            prop_assert_eq!((block.highest_seq.0, block.jitter), (highest, jitter));
            let heard = block.last_report.map(|last| (last.ntp.0, last.delay.0));
            prop_assert_eq!(heard, (last != 0).then_some((last, delay)));
        }
    }

    #[test]
    fn descriptions_mean_the_same_to_both(
        // It takes leading zeros of a source for what fills the chunk before it.
        ssrcs in btree_set(0x0100_0000_u32.., 1..31),
        text in "[a-z]{2,40}",
        prefix in "[a-z]{0,20}",
        reason in "[a-z]{1,60}",
    ) {
        let mut described = Sdes::builder();
        for &ssrc in &ssrcs {
            let chunk = SdesChunk::builder(ssrc)
                .add_item(SdesItem::builder(SdesItem::CNAME, &text))
                .add_item(SdesItem::builder(SdesItem::PRIV, &text).prefix(prefix.as_bytes()));
            described = described.add_chunk(chunk);
        }
        let mut place = [0; 255];
        let private = Private { prefix: prefix.as_bytes(), value: text.as_bytes() };
        let items = [Item { kind: ItemKind::CNAME, text: text.as_bytes() }, private.write(&mut place).unwrap()];
        let sources: Vec<_> =
            ssrcs.iter().map(|&ssrc| Described { ssrc: Ssrc(ssrc), items: &items }).collect();
        let bytes = ours(|writer| writer.source_description(&sources));
        prop_assert_eq!(&theirs(&described), &bytes);
        let rtcp_types::Packet::Sdes(read) = parse(&bytes) else { panic!("a description") };
        prop_assert!(read.chunks().map(SdesChunk::ssrc).eq(ssrcs.iter().copied()));
        let Part::SourceDescription(read) = only(&bytes) else { panic!("a description") };
        prop_assert!(read.is_whole() && read.chunks().all(|chunk| chunk.items().eq(items)));

        let goodbye = ssrcs.iter().fold(Bye::builder(), |bye, &ssrc| bye.add_source(ssrc)).reason(&reason);
        let leaving: Vec<_> = ssrcs.iter().copied().map(Ssrc).collect();
        prop_assert_eq!(theirs(&goodbye), ours(|writer| writer.goodbye_because(&leaving, &reason)));
    }

    #[test]
    fn messages_of_applications_have_the_same_bytes(ssrc: u32, subtype in 0_u8..32, words in vec(any::<[u8; 4]>(), 0..20)) {
        let data = words.as_flattened();
        let app = rtcp_types::App::builder(ssrc, "moim").subtype(subtype).data(data);
        let subtype = AppSubtype::new(subtype).unwrap();
        let written = ours(|writer| writer.app(&App { ssrc: Ssrc(ssrc), subtype, name: *b"moim", data }));
        prop_assert_eq!(theirs(&app), written);
    }

    #[test]
    fn requests_are_read_as_they_write_them(
        missing in btree_set(any::<u16>(), 1..60),
        asked in btree_map(any::<u32>(), any::<u8>(), 1..20),
    ) {
        let nack = missing.iter().fold(Nack::builder(), |nack, &seq| nack.add_rtp_sequence(seq));
        let bytes = theirs(&TransportFeedback::builder(&nack).sender_ssrc(1).media_ssrc(2));
        let Part::Nack(read) = only(&bytes) else { panic!("a NACK") };
        prop_assert_eq!((read.sender, read.media), (Ssrc(1), Ssrc(2)));
        prop_assert!(read.seqs().eq(missing.iter().copied().map(Seq)));

        let fir = asked.iter().fold(Fir::builder(), |fir, (&ssrc, &number)| fir.add_ssrc(ssrc, number));
        let bytes = theirs(&PayloadFeedback::builder(&fir).sender_ssrc(1));
        let Part::Fir(read) = only(&bytes) else { panic!("a FIR") };
        let mut entries: Vec<_> = read.entries().collect();
        entries.sort_by_key(|entry| entry.media);
        let expected = asked.iter().map(|(&media, &number)| FirEntry { media: Ssrc(media), number });
        prop_assert!(entries.into_iter().eq(expected));

        let pli = Pli::builder();
        let bytes = theirs(&PayloadFeedback::builder(&pli).sender_ssrc(1).media_ssrc(2));
        let Part::Pli(read) = only(&bytes) else { panic!("a PLI") };
        prop_assert_eq!((read.sender, read.media), (Ssrc(1), Ssrc(2)));
    }

    #[test]
    fn arrivals_are_read_as_they_write_them(first: u16, steps in vec(proptest::option::of(-300_i16..600), 1..200)) {
        let statuses: Vec<_> = steps
            .iter()
            .map(|step| step.map_or(TwccPacketStatus::NotReceived, |delta| TwccPacketStatus::Received { delta }))
            .collect();
        let twcc = Twcc::builder(first, 5, 3, &statuses, None);
        let bytes = theirs(&TransportFeedback::builder(&twcc).sender_ssrc(1).media_ssrc(2));
        let mut at = ArrivalTime(5 * 256);
        let mut arrival = |step: i16| {
            at.0 = at.0.wrapping_add_signed(step.into());
            at
        };
        let expected: Vec<_> = steps.iter().map(|step| step.map(&mut arrival)).collect();
        let Part::TransportFeedback(read) = only(&bytes) else { panic!("feedback") };
        prop_assert_eq!((read.first, read.number), (Seq(first), 3));
        prop_assert!(read.packets().map(|(_, arrival)| arrival).eq(expected));
    }

    #[test]
    fn extended_reports_mean_the_same_to_both(
        ntp: u64,
        receiver: u32,
        last in 1_u32..,
        delay: u32,
        first: u16,
        times in vec(any::<u32>(), 1..20),
        runs in vec((any::<bool>(), 1_u16..100), 1..9),
    ) {
        let heard = DelaySinceLastReceiverReportBlock::builder()
            .ssrc(receiver)
            .last_receiver_report(last)
            .delay_since_last_receiver_report_timestamp(delay);
        let end = first.wrapping_add(times.len() as u16);
        let receipts = PacketReceiptTimes::builder().ssrc(9).begin(first).end(end).thinning(0);
        let receipts = times.iter().fold(receipts, |receipts, &time| receipts.add_time(time));
        let bits: Vec<_> = runs.iter().flat_map(|&(bit, len)| vec![bit; usize::from(len)]).collect();
        let losses_end = first.wrapping_add(bits.len() as u16);
        let losses = LossRle::builder().ssrc(9).begin(first).end(losses_end).thinning(0);
        let losses = runs.iter().fold(losses, |losses, &(bit, len)| {
            losses.add_chunk(if bit { RleChunk::RunLength(len) } else { RleChunk::SkipLength(len) })
        });
        let report = Xr::builder()
            .sender_ssrc(7)
            .add_block(ReceiverReferenceTime::builder().ntp_timestamp(ntp))
            .add_block(DelaySinceLastReceiverReport::builder().add_block(heard))
            .add_block(receipts)
            .add_block(losses);
        let bytes = theirs(&report);
        let Part::ExtendedReport(read) = only(&bytes) else { panic!("an extended report") };
        let blocks: Vec<_> = read.blocks().map(Result::unwrap).collect();
        let [Block::ReferenceTime(time), Block::Delays(delays), Block::ReceiptTimes(read), Block::Losses(losses)] =
            blocks[..]
        else {
            panic!("{blocks:?}")
        };
        let last = Some(LastReport { ntp: NtpShort(last), delay: NtpShort(delay) });
        let delay = DelayReport { receiver: Ssrc(receiver), last };
        prop_assert_eq!(time, NtpTime(ntp));
        prop_assert!(delays.reports().eq([delay]));
        prop_assert!(read.packets().map(|(_, time)| time.0).eq(times.iter().copied()));
        prop_assert!(losses.packets().map(|(_, bit)| bit).eq(bits.iter().copied()));

        // And back, as far as it reads: not the last chunk of losses.
        let range = PacketRange { media: Ssrc(9), first: Seq(first), end: Seq(end), thinning: Thinning::default() };
        let write = |blocks: &mut BlockWriter<'_>| {
            blocks.reference_time(time)?;
            blocks.delays(&[delay])?;
            blocks.receipt_times(range, &times.iter().copied().map(moim_media::Timestamp).collect::<Vec<_>>())
        };
        let bytes = ours(|writer| writer.extended_report(Ssrc(7), write));
        let rtcp_types::Packet::Xr(again) = parse(&bytes) else { panic!("an extended report") };
        let blocks: Vec<_> = again.block_iter().collect();
        prop_assert_eq!((again.sender_ssrc(), blocks.len()), (7, 3));
        prop_assert_eq!(blocks[0].parse_into::<ReceiverReferenceTime<'_>>().unwrap().ntp_timestamp(), ntp);
        let heard = blocks[1].parse_into::<DelaySinceLastReceiverReport<'_>>().unwrap();
        prop_assert_eq!(heard.block_iter().next().unwrap().ssrc(), receiver);
        let read = blocks[2].parse_into::<PacketReceiptTimes<'_>>().unwrap();
        prop_assert!(read.sequence_iter().map(|(_, time)| time).eq(times.iter().copied()));
    }
}
