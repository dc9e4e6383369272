use super::*;
use crate::rtcp::tests::{only, written};
use crate::rtcp::{Part, PartError, walk};
use std::vec::Vec;

const TIMESTAMP: NtpShort = NtpShort(0x1122_3344);

fn arrival(ecn: Ecn, offset: u16) -> Option<PacketArrival> {
    Some(PacketArrival { ecn, offset: ArrivalOffset(offset) })
}

fn feedback(bytes: &[u8]) -> CongestionFeedback<'_> {
    let Part::CongestionFeedback(feedback) = only(bytes) else { panic!("congestion control feedback") };
    feedback
}

#[test]
fn the_bytes_are_those_of_the_standard() {
    let odd = [arrival(Ecn::CongestionExperienced, 512), None, arrival(Ecn::Capable1, 0x1ffe)];
    let streams = [
        StreamArrivals { media: Ssrc(2), first: Seq(0xffff), packets: &odd },
        StreamArrivals { media: Ssrc(3), first: Seq(7), packets: &[] },
        StreamArrivals { media: Ssrc(4), first: Seq(8), packets: &odd[..2] },
    ];
    let bytes = written(|writer| writer.congestion_feedback(Ssrc(1), TIMESTAMP, &streams));
    #[rustfmt::skip]
    let expected = [
        0x8b, 205, 0, 11, 0, 0, 0, 1,
        0, 0, 0, 2, 0xff, 0xff, 0, 3, 0xe2, 0x00, 0, 0, 0xbf, 0xfe, 0, 0,
        0, 0, 0, 3, 0, 7, 0, 0,
        0, 0, 0, 4, 0, 8, 0, 2, 0xe2, 0x00, 0, 0,
        0x11, 0x22, 0x33, 0x44,
    ];
    assert_eq!(bytes, expected);
    let read = feedback(&bytes);
    assert_eq!((read.sender, read.timestamp), (Ssrc(1), TIMESTAMP));
    let found: Vec<_> = read.streams().collect();
    assert_eq!(found.iter().map(|stream| stream.media.0).collect::<Vec<_>>(), [2, 3, 4]);
    let wrapped = [(Seq(0xffff), odd[0]), (Seq(0), odd[1]), (Seq(1), odd[2])];
    assert!(found[0].packets().eq(wrapped), "numbers wrap");
    assert_eq!(found[1].packets().len(), 0);
    assert!(found[2].packets().eq([(Seq(8), odd[0]), (Seq(9), odd[1])]));
    assert_eq!(read.arrived(ArrivalOffset(512)), Some(NtpShort(0x1122_3344 - 0x8000)));
    assert_eq!(read.arrived(ArrivalOffset::OVER_RANGE), None);
}

#[test]
fn offsets_count_back_from_the_report() {
    let reported = Instant::from_millis(100_000);
    let offset = |millis| ArrivalOffset::between(Instant::from_millis(millis), reported);
    assert_eq!(offset(100_000), ArrivalOffset(0));
    assert_eq!(offset(99_500), ArrivalOffset(512));
    assert_eq!(offset(99_500).duration(), Some(Duration::from_millis(500)));
    assert_eq!(offset(99_999).duration(), Some(Duration::from_nanos(976_562)), "rounded down");
    assert_eq!(offset(100_001), ArrivalOffset::UNAVAILABLE, "after the report");
    assert_eq!(offset(92_000), ArrivalOffset::OVER_RANGE);
    assert_eq!(offset(0).duration(), None);
    let longest = Instant::from_nanos(100_000_000_000 - (8_189 * 1_000_000_000_u64).div_ceil(1_024));
    assert_eq!(ArrivalOffset::between(longest, reported), ArrivalOffset(8_189));
}

#[test]
fn a_stream_that_breaks_off_does_not_spoil_those_before_it() {
    let streams =
        [1, 2].map(|media| StreamArrivals { media: Ssrc(media), first: Seq(0), packets: &[None, None] });
    let mut bytes = written(|writer| writer.congestion_feedback(Ssrc(1), TIMESTAMP, &streams));
    let mut whole = feedback(&bytes).streams();
    assert_eq!(whole.by_ref().count(), 2);
    assert!(whole.remainder().is_empty());
    bytes[27] = 9;
    let mut broken = feedback(&bytes).streams();
    assert_eq!(broken.by_ref().map(|stream| stream.media).collect::<Vec<_>>(), [Ssrc(1)]);
    assert_eq!(broken.remainder().len(), 12);
    let error = PartError::Body { packet_type: 205, count: 11, len: 4 };
    assert_eq!(walk(&[0x8b, 205, 0, 1, 0, 0, 0, 1]).next().unwrap().unwrap_err(), error);
}

#[test]
fn more_than_a_quarter_of_the_numbers_is_refused() {
    let packets = std::vec![None; MOST + 1];
    let mut buffer = std::vec![0; 100_000];
    let mut writer = Writer::new(&mut buffer);
    let mut write = |packets| {
        let stream = StreamArrivals { media: Ssrc(2), first: Seq(0), packets };
        writer.congestion_feedback(Ssrc(1), TIMESTAMP, &[stream])
    };
    assert_eq!(write(&packets), Err(WriteError::Count { count: 16_385 }));
    assert_eq!(write(&packets[..MOST]), Ok(()));
    assert_eq!(writer.len(), 4 + 8 + 8 + MOST * 2);
    assert_eq!(writer.congestion_feedback(Ssrc(1), TIMESTAMP, &[]), Err(WriteError::NothingNamed));
}
