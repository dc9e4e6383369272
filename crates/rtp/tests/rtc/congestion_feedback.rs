//! Congestion control feedback (RFC 8888, section 3.1).

use bytes::Bytes;
use moim_media::{Instant, Seq};
use moim_rtp::rtcp::{ArrivalOffset, Ecn, PacketArrival, Part, StreamArrivals, Writer, walk};
use moim_rtp::{NtpShort, Ssrc};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rtc_rtcp::transport_feedbacks::cc_feedback_report::{
    CcFeedbackMetricBlock, CcFeedbackReport, CcFeedbackReportBlock, Ecn as TheirEcn,
};
use rtc_shared::marshal::{Marshal, Unmarshal};

const ECN: [(Ecn, TheirEcn); 4] = [
    (Ecn::NotCapable, TheirEcn::NotEct),
    (Ecn::Capable1, TheirEcn::Ect1),
    (Ecn::Capable0, TheirEcn::Ect0),
    (Ecn::CongestionExperienced, TheirEcn::Ce),
];

/// A packet that arrived: its mark, and 1/1024 s before the report.
fn arrived() -> impl Strategy<Value = (usize, u16)> {
    (0..ECN.len(), prop_oneof![Just(0), Just(0x1ffd), Just(0x1ffe), Just(0x1fff), 0_u16..=0x1fff])
}

/// The offset of as many 1/1024 s.
fn offset(units: u16) -> ArrivalOffset {
    if units == 0x1fff {
        return ArrivalOffset::UNAVAILABLE;
    }
    let reported = Instant::from_nanos(10_000_000_000);
    let before = (u64::from(units) * 1_000_000_000).div_ceil(1_024);
    ArrivalOffset::between(Instant::from_nanos(reported.as_nanos() - before), reported)
}

proptest! {
    #[test]
    fn means_the_same_to_both(
        sender: u32,
        timestamp: u32,
        streams in vec((any::<u32>(), any::<u16>(), vec(option::of(arrived()), 0..40)), 1..5),
    ) {
        let packets: Vec<Vec<_>> = streams
            .iter()
            .map(|(_, _, packets)| {
                let arrival = |(ecn, units): (usize, u16)| PacketArrival { ecn: ECN[ecn].0, offset: offset(units) };
                packets.iter().map(|packet| packet.map(arrival)).collect()
            })
            .collect();
        let ours: Vec<_> = streams
            .iter()
            .zip(&packets)
            .map(|(&(media, first, _), packets)| StreamArrivals { media: Ssrc(media), first: Seq(first), packets })
            .collect();
        let theirs = CcFeedbackReport {
            sender_ssrc: sender,
            report_blocks: streams
                .iter()
                .map(|(media_ssrc, begin_sequence, packets)| CcFeedbackReportBlock {
                    media_ssrc: *media_ssrc,
                    begin_sequence: *begin_sequence,
                    metric_blocks: packets
                        .iter()
                        .map(|packet| packet.map_or_else(CcFeedbackMetricBlock::default, |(ecn, units)| {
                            CcFeedbackMetricBlock { received: true, ecn: ECN[ecn].1, arrival_time_offset: units }
                        }))
                        .collect(),
                })
                .collect(),
            report_timestamp: timestamp,
        };
        let mut bytes = [0; 1_024];
        let mut writer = Writer::new(&mut bytes);
        writer.congestion_feedback(Ssrc(sender), NtpShort(timestamp), &ours).unwrap();
        let written = writer.as_bytes();
        let read = CcFeedbackReport::unmarshal(&mut Bytes::copy_from_slice(written)).unwrap();
        prop_assert_eq!(&read, &theirs);

        let marshalled = theirs.marshal().unwrap();
        prop_assert_eq!(&marshalled[..], written);
        let Some(Ok(Part::CongestionFeedback(feedback))) = walk(&marshalled).next() else { panic!("feedback") };
        prop_assert_eq!((feedback.sender, feedback.timestamp), (Ssrc(sender), NtpShort(timestamp)));
        prop_assert_eq!(feedback.streams().count(), ours.len());
        for (read, meant) in feedback.streams().zip(&ours) {
            prop_assert_eq!((read.media, read.first), (meant.media, meant.first));
            prop_assert!(read.packets().map(|(_, arrival)| arrival).eq(meant.packets.iter().copied()));
        }
    }
}
