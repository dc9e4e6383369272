use super::*;
use crate::rtcp::tests::{only, written};
use crate::rtcp::{FractionLost, LastReport, Part, PartError, walk};
use crate::{NtpShort, NtpTime};
use core::time::Duration;
use moim_media::{Seq, Timestamp};
use std::vec::Vec;

fn blocks(bytes: &[u8]) -> Vec<Result<Block<'_>, BlockError>> {
    let Part::ExtendedReport(report) = only(bytes) else { panic!("an extended report") };
    assert_eq!(report.sender, Ssrc(0x0102_0304));
    report.blocks().collect()
}

fn report(write: impl FnOnce(&mut BlockWriter<'_>) -> Result<(), WriteError>) -> Vec<u8> {
    written(|writer| writer.extended_report(Ssrc(0x0102_0304), write))
}

fn raw(block_type: u8, specific: u8, body: &[u8]) -> Vec<u8> {
    report(|blocks| blocks.raw(&RawBlock { block_type, specific, body }))
}

fn metrics() -> VoipMetrics {
    VoipMetrics {
        media: Ssrc(0x0506_0708),
        loss_rate: FractionLost(1),
        discard_rate: FractionLost(2),
        burst_density: FractionLost(3),
        gap_density: FractionLost(4),
        burst_duration: Milliseconds(0x0102),
        gap_duration: Milliseconds(0x0304),
        round_trip_delay: Some(Milliseconds(0x0506)),
        end_system_delay: None,
        signal_level: Some(-20),
        noise_level: None,
        echo_return_loss: Some(40),
        gap_threshold: 16,
        r_factor: RFactor::new(94),
        external_r_factor: None,
        mos_listening: Mos::new(44),
        mos_conversational: Mos::new(10),
        concealment: Concealment::Enhanced,
        jitter_buffer: JitterBuffer {
            adaptation: Adaptation::Adaptive,
            rate: AdaptationRate::new(5).unwrap(),
            nominal: Milliseconds(60),
            maximum: Milliseconds(0x0102),
            absolute_maximum: Milliseconds(0x0304),
        },
    }
}

fn summary() -> StatisticsSummary {
    StatisticsSummary {
        media: Ssrc(9),
        first: Seq(0xffff),
        end: Seq(3),
        lost: Some(1),
        duplicates: None,
        jitter: Some(JitterSummary { min: 2, max: 3, mean: 4, deviation: 5 }),
        hops: Some(HopSummary { kind: HopKind::HopLimit, min: 6, max: 7, mean: 8, deviation: 9 }),
    }
}

#[test]
fn blocks_have_the_bytes_of_the_standard() {
    let last = Some(LastReport { ntp: NtpShort(0x0a0b_0c0d), delay: NtpShort(0x0001_0000) });
    let delays = [DelayReport { receiver: Ssrc(5), last }, DelayReport { receiver: Ssrc(6), last: None }];
    let bytes = report(|blocks| {
        blocks.reference_time(NtpTime(0x0102_0304_0506_0708))?;
        blocks.delays(&delays)?;
        blocks.statistics(&summary())?;
        blocks.voip_metrics(&metrics())
    });
    #[rustfmt::skip]
    let expected = [
        0x80, 207, 0, 30, 1, 2, 3, 4,
        4, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8,
        5, 0, 0, 6, 0, 0, 0, 5, 0x0a, 0x0b, 0x0c, 0x0d, 0, 1, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0,
        6, 0b1011_0000, 0, 9, 0, 0, 0, 9, 0xff, 0xff, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0,
        0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 6, 7, 8, 9,
        7, 0, 0, 8, 5, 6, 7, 8, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 0, 0,
        0xec, 127, 40, 16, 94, 127, 44, 10, 0b1011_0101, 0, 0, 60, 1, 2, 3, 4,
    ];
    assert_eq!(bytes, expected);
    let blocks = blocks(&bytes);
    assert_eq!(blocks.len(), 4);
    let [first, second, third, fourth] = [0, 1, 2, 3].map(|n: usize| blocks[n].unwrap());
    assert!(matches!(first, Block::ReferenceTime(NtpTime(0x0102_0304_0506_0708))));
    let Block::Delays(read) = second else { panic!("delays") };
    assert!(read.reports().eq(delays));
    assert!(matches!(third, Block::Statistics(read) if read == summary()));
    assert!(matches!(fourth, Block::VoipMetrics(read) if read == metrics()));
}

#[test]
fn one_bad_block_does_not_spoil_the_others() {
    let bytes = report(|blocks| {
        blocks.reference_time(NtpTime(1))?;
        blocks.raw(&RawBlock { block_type: 4, specific: 0, body: &[0; 4] })?;
        blocks.raw(&RawBlock { block_type: 5, specific: 0, body: &[0; 8] })?;
        // A count of losses that is flagged as not reported.
        blocks.raw(&RawBlock { block_type: 6, specific: 0, body: &[1; 36] })?;
        blocks.raw(&RawBlock { block_type: 6, specific: 0x18, body: &[0; 36] })?;
        blocks.raw(&RawBlock { block_type: 7, specific: 0, body: &[0; 28] })?;
        blocks.raw(&RawBlock { block_type: 1, specific: 0, body: &[0; 4] })?;
        blocks.raw(&RawBlock { block_type: 42, specific: 3, body: &[1, 2, 3, 4] })?;
        blocks.reference_time(NtpTime(2))
    });
    let blocks = blocks(&bytes);
    let errors: Vec<_> = blocks.iter().filter_map(|block| block.as_ref().err().copied()).collect();
    let expected = [(4, 4), (5, 8), (6, 36), (6, 36), (7, 28), (1, 4)];
    assert_eq!(errors, expected.map(|(block_type, len)| BlockError::Body { block_type, len }));
    assert!(matches!(blocks[0], Ok(Block::ReferenceTime(NtpTime(1)))));
    let raw = RawBlock { block_type: 42, specific: 3, body: &[1, 2, 3, 4] };
    assert!(matches!(blocks[7], Ok(Block::Other(read)) if read == raw));
    assert!(matches!(blocks[8], Ok(Block::ReferenceTime(NtpTime(2)))));
}

#[test]
fn a_length_that_leads_out_of_the_report_ends_its_blocks_only() {
    let mut bytes = report(|blocks| {
        blocks.reference_time(NtpTime(1))?;
        blocks.reference_time(NtpTime(2))
    });
    bytes[23] = 3;
    bytes.extend([0x80, 203, 0, 0]);
    let mut parts = walk(&bytes);
    let Some(Ok(Part::ExtendedReport(report))) = parts.next() else { panic!("an extended report") };
    let blocks: Vec<_> = report.blocks().collect();
    assert_eq!(blocks.len(), 2);
    assert!(matches!(blocks[0], Ok(Block::ReferenceTime(NtpTime(1)))));
    assert_eq!(blocks[1].unwrap_err(), BlockError::Truncated { needed: 16, actual: 12 });
    assert!(matches!(parts.next(), Some(Ok(Part::Goodbye(_)))));
    let error = PartError::Body { packet_type: 207, count: 0, len: 0 };
    assert_eq!(walk(&[0x80, 207, 0, 0]).next().unwrap().unwrap_err(), error);
}

#[test]
fn losses_are_read_packet_by_packet_across_the_wrap() {
    #[rustfmt::skip]
    let body = [
        0, 0, 0, 9, 0xff, 0xf0, 0, 40,
        // 20 received, 15 with every second lost, a run of 3 lost; the rest is not reported.
        0x40, 20, 0b1101_0101, 0b0101_0101, 0x00, 3, 0, 0, 0x40, 20, 0, 0,
    ];
    let bytes = raw(1, 0, &body);
    let Ok(Block::Losses(losses)) = blocks(&bytes)[0] else { panic!("losses") };
    assert_eq!((losses.range.media, losses.range.thinning.every()), (Ssrc(9), 1));
    let packets: Vec<_> = losses.packets().collect();
    assert_eq!((packets.len(), packets[0], packets[19]), (38, (Seq(0xfff0), true), (Seq(3), true)));
    let bits: Vec<_> = packets[20..].iter().map(|&(_, bit)| u8::from(bit)).collect();
    assert_eq!(bits, [1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0]);
}

#[test]
fn thinned_blocks_report_on_multiples_within_their_range() {
    let body = [0, 0, 0, 9, 0xff, 0xf1, 0, 5, 0x80, 0, 0x40, 3];
    let bytes = raw(2, 0x02, &body);
    let Ok(Block::Duplicates(duplicates)) = blocks(&bytes)[0] else { panic!("duplicates") };
    let packets: Vec<_> = duplicates.packets().collect();
    let expected = [0xfff4, 0xfff8, 0xfffc, 0, 4].map(|seq| (Seq(seq), false));
    assert_eq!(packets, expected);

    let body = [0, 0, 0, 9, 0, 8, 0, 17, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
    let bytes = raw(3, 0xf3, &body);
    let Ok(Block::ReceiptTimes(times)) = blocks(&bytes)[0] else { panic!("receipt times") };
    assert_eq!(times.range.thinning.every(), 8);
    assert!(times.packets().eq([(Seq(8), Timestamp(1)), (Seq(16), Timestamp(2))]), "no third packet");
}

fn range(first: u16, end: u16, thinning: u8) -> PacketRange {
    let thinning = Thinning::new(thinning).unwrap();
    PacketRange { media: Ssrc(9), first: Seq(first), end: Seq(end), thinning }
}

#[test]
fn losses_of_every_pattern_survive() {
    let patterns: [&[(bool, usize)]; 9] = [
        &[(true, 1)],
        &[(false, 14)],
        &[(true, 15)],
        &[(true, 14), (false, 1)],
        &[(true, 14), (false, 2)],
        &[(false, 3), (true, 200), (false, 1), (true, 1), (false, 40)],
        &[(true, 16_383), (false, 16_384), (true, 20_000)],
        &[(true, 1), (false, 1), (true, 1), (false, 30), (true, 2)],
        &[(false, 65_535)],
    ];
    for (n, pattern) in patterns.iter().enumerate() {
        let bits = pattern.iter().flat_map(|&(bit, len)| core::iter::repeat_n(bit, len));
        let first = if n % 2 == 0 { 0xfff0 } else { 5 };
        let range = range(first, first.wrapping_add(bits.clone().count() as u16), 0);
        let bytes = report(|blocks| {
            blocks.losses(range, bits.clone())?;
            blocks.duplicates(range, bits.clone())
        });
        let blocks = blocks(&bytes);
        let [Ok(Block::Losses(losses)), Ok(Block::Duplicates(duplicates))] = blocks[..] else { panic!() };
        assert_eq!((losses.range, duplicates.range), (range, range));
        assert!(losses.packets().eq(range.seqs().zip(bits.clone())));
        assert!(duplicates.packets().eq(losses.packets()));
    }
    let bits = core::iter::repeat_n(true, 300).chain([false, true]);
    let bytes = report(|blocks| blocks.losses(range(0, 302, 0), bits));
    assert_eq!(bytes[20..], [0x41, 44, 0b1010_0000, 0], "a run, and a vector of the rest");
}

#[test]
fn what_is_said_about_more_or_fewer_packets_is_refused() {
    let mut buffer = [0; 256];
    let mut writer = Writer::new(&mut buffer);
    let mut refused = |range, bits: &[bool]| {
        writer.extended_report(Ssrc(1), |blocks| blocks.losses(range, bits.iter().copied())).unwrap_err()
    };
    assert_eq!(refused(range(0, 8, 0), &[true; 7]), WriteError::Count { count: 7 });
    assert_eq!(refused(range(1, 9, 2), &[true; 3]), WriteError::Count { count: 3 });
    let times = [Timestamp(1), Timestamp(2)];
    let bytes = report(|blocks| blocks.receipt_times(range(1, 9, 2), &times));
    let Ok(Block::ReceiptTimes(read)) = blocks(&bytes)[0] else { panic!("receipt times") };
    assert!(read.packets().eq([(Seq(4), times[0]), (Seq(8), times[1])]));
    let refused = writer.extended_report(Ssrc(1), |blocks| blocks.receipt_times(range(1, 9, 1), &times));
    assert_eq!(refused, Err(WriteError::Count { count: 2 }));
    assert_eq!(Thinning::new(16), None);
}

#[test]
fn an_empty_range_reports_on_nothing() {
    let bytes = raw(1, 0, &[0, 0, 0, 9, 0, 8, 0, 8, 0x7f, 0xff, 0, 0]);
    let Ok(Block::Losses(losses)) = blocks(&bytes)[0] else { panic!("losses") };
    assert_eq!(losses.packets().count(), 0);
}

#[test]
fn what_is_not_known_stays_unknown() {
    let unknown = VoipMetrics { media: Ssrc(1), gap_threshold: 16, ..VoipMetrics::default() };
    let bytes = report(|blocks| blocks.voip_metrics(&unknown));
    assert!(matches!(blocks(&bytes)[0], Ok(Block::VoipMetrics(read)) if read == unknown));
    // Ratings and scores that nobody may send count as not known.
    let mut bytes = report(|blocks| blocks.voip_metrics(&metrics()));
    bytes[32..36].copy_from_slice(&[101, 255, 9, 51]);
    let Ok(Block::VoipMetrics(read)) = blocks(&bytes)[0] else { panic!("metrics") };
    assert_eq!((read.r_factor, read.external_r_factor), (None, None));
    assert_eq!((read.mos_listening, read.mos_conversational), (None, None));
    assert_eq!(Milliseconds::from_duration(Duration::from_secs(100)), Milliseconds(u16::MAX));
    assert_eq!(Milliseconds(60).duration(), Duration::from_millis(60));
    assert_eq!(
        (RFactor::new(101), Mos::new(9), Mos::new(51), AdaptationRate::new(16)),
        (None, None, None, None)
    );
}

#[test]
fn round_trips_are_measured_without_sender_reports() {
    let now = |seconds: u64| NtpTime::from_unix(Duration::from_secs(1_000_000 + seconds));
    let last = LastReport { ntp: now(0).middle32(), delay: NtpShort::from_duration(Duration::from_secs(2)) };
    let report = DelayReport { receiver: Ssrc(1), last: Some(last) };
    assert_eq!(report.round_trip(now(5)), Some(Duration::from_secs(3)));
    assert_eq!(DelayReport { last: None, ..report }.round_trip(now(5)), None);
}

#[test]
fn a_report_whose_blocks_do_not_fit_leaves_the_packet_as_it_was() {
    let mut buffer = [0; 40];
    let mut writer = Writer::new(&mut buffer);
    writer.goodbye(&[Ssrc(1)]).unwrap();
    let refused = writer.extended_report(Ssrc(1), |blocks| {
        blocks.reference_time(NtpTime(1))?;
        blocks.statistics(&summary())
    });
    assert_eq!(refused, Err(WriteError::BufferTooSmall { needed: 68, actual: 40 }));
    assert_eq!(writer.len(), 8);
    let refused = writer.extended_report(Ssrc(1), |blocks| blocks.delays(&[]));
    assert_eq!(refused, Err(WriteError::NothingNamed));
    let odd = RawBlock { block_type: 9, specific: 0, body: &[1] };
    let refused = writer.extended_report(Ssrc(1), |blocks| blocks.raw(&odd));
    assert_eq!(refused, Err(WriteError::Unaligned { len: 1 }));
    writer.extended_report(Ssrc(1), |blocks| blocks.reference_time(NtpTime(1))).unwrap();
    assert_eq!(writer.len(), 28);
    let mut small = [0; 6];
    let refused = Writer::new(&mut small).extended_report(Ssrc(1), |_| Ok(()));
    assert_eq!(refused, Err(WriteError::BufferTooSmall { needed: 8, actual: 6 }));
}
