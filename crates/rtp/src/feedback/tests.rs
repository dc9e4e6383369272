use super::*;
use crate::rtcp::{Part, walk};
use core::time::Duration;
use std::vec::Vec;

const TICK: Duration = Duration::from_micros(250);

fn at(ticks: u64) -> Instant {
    Instant::from_micros(ticks * 250)
}

/// A report's count, and the number of each packet with the tick it arrived in.
#[derive(Debug, PartialEq, Eq)]
struct Report {
    number: u8,
    packets: Vec<(u16, Option<u32>)>,
}

fn said(number: u8, packets: &[(u16, Option<u32>)]) -> Option<Report> {
    Some(Report { number, packets: packets.to_vec() })
}

/// What the next report says.
fn report(arrivals: &mut Arrivals) -> Option<Report> {
    report_into(arrivals, 1_200)
}

fn report_into(arrivals: &mut Arrivals, bytes: usize) -> Option<Report> {
    let mut buffer = std::vec![0; bytes];
    let mut writer = Writer::new(&mut buffer);
    let reported = arrivals.write(&mut writer, Ssrc(1), Ssrc(2)).unwrap();
    let mut parts = walk(writer.as_bytes());
    let Some(part) = parts.next() else {
        assert_eq!(reported, Reported::Nothing);
        return None;
    };
    let Ok(Part::TransportFeedback(feedback)) = part else { panic!("transport feedback") };
    let packets: Vec<_> =
        feedback.packets().map(|(seq, arrival)| (seq.0, arrival.map(|arrival| arrival.0))).collect();
    assert_eq!(reported, Reported::Packets(packets.len()));
    Some(Report { number: feedback.number, packets })
}

#[test]
fn each_report_says_what_is_new_and_what_is_missing() {
    let mut arrivals = Arrivals::new(64);
    assert_eq!(report(&mut arrivals), None);
    arrivals.received(at(1_000), Seq(65_534));
    arrivals.received(at(1_004), Seq(0));
    arrivals.received(at(1_002), Seq(0));
    let expected = [(65_534, Some(1_000)), (65_535, None), (0, Some(1_004))];
    assert_eq!(report(&mut arrivals), said(0, &expected));
    assert_eq!(report(&mut arrivals), None);
    arrivals.received(at(1_010), Seq(2));
    assert_eq!(report(&mut arrivals), said(1, &[(1, None), (2, Some(1_010))]));
}

#[test]
fn a_packet_that_came_after_it_was_reported_missing_is_reported_again() {
    let mut arrivals = Arrivals::new(64);
    for seq in [1, 2, 4] {
        arrivals.received(at(u64::from(seq)), Seq(seq));
    }
    report(&mut arrivals);
    arrivals.received(at(9), Seq(3));
    arrivals.received(at(9), Seq(2));
    assert_eq!(report(&mut arrivals), said(1, &[(3, Some(9)), (4, Some(4))]));
}

#[test]
fn a_pause_of_many_seconds_divides_the_report() {
    let mut arrivals = Arrivals::new(64);
    arrivals.received(at(1), Seq(1));
    arrivals.received(at(100_000), Seq(3));
    assert_eq!(report(&mut arrivals), said(0, &[(1, Some(1)), (2, None)]));
    assert_eq!(report(&mut arrivals), said(1, &[(3, Some(100_000))]));
    assert_eq!(report(&mut arrivals), None);
}

#[test]
fn what_does_not_fit_follows_in_the_next_report() {
    let mut arrivals = Arrivals::new(512);
    (0..512).for_each(|seq| arrivals.received(at(u64::from(seq) * 4), Seq(seq)));
    let mut seen = Vec::new();
    while let Some(Report { packets, .. }) = report_into(&mut arrivals, 100) {
        assert!(packets.len() > 30, "{} packets in 100 bytes", packets.len());
        seen.extend(packets);
    }
    assert!(seen.into_iter().eq((0..512).map(|seq| (seq, Some(u32::from(seq) * 4)))));
    arrivals.received(at(9), Seq(512));
    let mut writer = [0; 20];
    let refused = arrivals.write(&mut Writer::new(&mut writer), Ssrc(1), Ssrc(2));
    assert_eq!(refused, Err(WriteError::BufferTooSmall { needed: 24, actual: 20 }));
}

#[test]
fn a_stray_number_is_not_believed_and_a_restart_is() {
    let mut arrivals = Arrivals::new(64);
    arrivals.received(at(1), Seq(10));
    arrivals.received(at(2), Seq(30_000));
    arrivals.received(at(3), Seq(11));
    assert_eq!(report(&mut arrivals), said(0, &[(10, Some(1)), (11, Some(3))]));
    arrivals.received(at(4), Seq(40_000));
    arrivals.received(at(5), Seq(40_002));
    assert_eq!(report(&mut arrivals), said(1, &[(40_002, Some(5))]));
    arrivals.received(at(6), Seq(40_001));
    let expected = [(40_001, Some(6)), (40_002, Some(5))];
    assert_eq!(report(&mut arrivals), said(2, &expected));
}

#[test]
fn a_log_that_is_not_read_keeps_the_newest() {
    let mut arrivals = Arrivals::new(5);
    assert_eq!(arrivals.capacity(), 8);
    (0..100).for_each(|seq| arrivals.received(at(u64::from(seq)), Seq(seq)));
    let expected: Vec<_> = (92..100).map(|seq| (seq, Some(u32::from(seq)))).collect();
    assert_eq!(report(&mut arrivals), said(0, &expected));
    arrivals.clear();
    arrivals.received(at(0) + 7 * TICK, Seq(50));
    assert_eq!(report(&mut arrivals), said(1, &[(50, Some(7))]));
}
