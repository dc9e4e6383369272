use crate::Ssrc;
use crate::rtcp::{ArrivalTime, Part, PartError, WriteError, Writer, walk};
use moim_media::{Instant, Seq};
use std::vec::Vec;

fn written(first: Seq, arrivals: &[Option<ArrivalTime>]) -> Vec<u8> {
    let mut buffer = std::vec![0xff; 300_000];
    let mut writer = Writer::new(&mut buffer);
    writer.transport_feedback(Ssrc(1), Ssrc(2), 3, first, arrivals.iter().copied()).unwrap();
    writer.as_bytes().to_vec()
}

fn read(bytes: &[u8]) -> Vec<(Seq, Option<ArrivalTime>)> {
    let Some(Ok(Part::TransportFeedback(feedback))) = walk(bytes).next() else {
        panic!("transport feedback")
    };
    assert_eq!((feedback.sender, feedback.media, feedback.number), (Ssrc(1), Ssrc(2), 3));
    assert_eq!(feedback.packets().len(), feedback.packets().count());
    feedback.packets().collect()
}

fn assert_survives(first: Seq, arrivals: &[Option<ArrivalTime>]) -> usize {
    let bytes = written(first, arrivals);
    let expected =
        arrivals.iter().enumerate().map(|(n, &arrival)| (Seq(first.0.wrapping_add(n as u16)), arrival));
    assert!(read(&bytes).into_iter().eq(expected));
    bytes.len()
}

/// Received every millisecond where the pattern has a one, after ten seconds where it has an `L`.
fn pattern(pattern: &str) -> Vec<Option<ArrivalTime>> {
    let mut at = 1_000_000;
    let arrival = |symbol| {
        at += match symbol {
            '0' => return None,
            '1' => 4,
            _ => 300,
        };
        Some(ArrivalTime(at))
    };
    pattern.chars().map(arrival).collect()
}

#[test]
fn the_bytes_are_those_of_the_draft() {
    let arrivals = [
        Some(ArrivalTime(0x0102_0304)),
        None,
        Some(ArrivalTime(0x0102_0304 + 0x123)),
        Some(ArrivalTime(0x0102_0303)),
    ];
    let bytes = written(Seq(0xfffe), &arrivals);
    #[rustfmt::skip]
    let expected = [
        0x8f, 205, 0, 6, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xfe, 0, 4, 1, 2, 3, 3,
        // A vector of two bits each: small, not received, large, large.
        0b1101_0010, 0b1000_0000, 4, 0x01, 0x23, 0xfe, 0xdc, 0,
    ];
    assert_eq!(bytes, expected);
    let packets = read(&bytes);
    assert_eq!(packets[2], (Seq(0), arrivals[2]));
    assert_eq!(ArrivalTime(0x0102_0303).nanos_since(ArrivalTime(0x0102_0307)), -1_000_000);
}

#[test]
fn every_mixture_of_statuses_survives() {
    for symbols in ["1", "0", "L", "11111111", "0000000", "LLLLLLLLL"] {
        for tail in ["", "1", "01", "L1", "11L", "010101010101010L", "111111L0000000000000000000000001"] {
            for repeat in [1, 2, 5] {
                assert_survives(Seq(65_530), &pattern(&[&symbols.repeat(repeat), tail].concat()));
            }
        }
    }
    // Every pattern of three statuses in eight places, which covers each boundary of a two-bit vector.
    for number in 0..3_usize.pow(8) {
        let symbols: std::string::String =
            (0..8).map(|place| ['0', '1', 'L'][number / 3_usize.pow(place) % 3]).collect();
        assert_survives(Seq(1), &pattern(&symbols));
        assert_survives(Seq(1), &pattern(&["1011010", &symbols, "1"].concat()));
    }
}

#[test]
fn equal_statuses_take_two_bytes_in_a_run() {
    assert_eq!(assert_survives(Seq(0), &pattern(&"0".repeat(8_191))), 24);
    assert_eq!(assert_survives(Seq(0), &pattern(&"0".repeat(8_192))), 24);
    assert_eq!(assert_survives(Seq(0), &pattern(&"0".repeat(65_535))), 20 + 20);
    assert_eq!(assert_survives(Seq(0), &pattern(&"1".repeat(100))), 20 + 104);
    assert_eq!(assert_survives(Seq(0), &pattern(&"10".repeat(7))), 20 + 12);
}

#[test]
fn arrivals_wrap_with_their_clock() {
    let day = |days: u64| ArrivalTime::at(Instant::from_millis(days * 86_400_000));
    assert_eq!(day(10).nanos_since(day(9)), 86_400_000_000_000);
    let before = ArrivalTime(u32::MAX - 3);
    assert_eq!(ArrivalTime(4).nanos_since(before), 8 * 250_000);
    assert_survives(Seq(0), &[Some(before), Some(ArrivalTime(4)), Some(ArrivalTime(u32::MAX))]);
}

#[test]
fn what_cannot_be_said_is_refused() {
    let mut buffer = [0; 64];
    let mut writer = Writer::new(&mut buffer);
    let mut refused = |arrivals: &[Option<ArrivalTime>]| {
        let result = writer.transport_feedback(Ssrc(1), Ssrc(2), 0, Seq(0), arrivals.iter().copied());
        assert!(writer.is_empty());
        result.unwrap_err()
    };
    assert_eq!(refused(&[]), WriteError::NothingNamed);
    assert_eq!(refused(&[None; 65_536]), WriteError::Count { count: 65_536 });
    let apart = [Some(ArrivalTime(0)), None, Some(ArrivalTime(0x8000))];
    assert_eq!(refused(&apart), WriteError::Apart { index: 2 });
    assert_eq!(refused(&pattern(&"1".repeat(80))), WriteError::BufferTooSmall { needed: 104, actual: 64 });
}

#[test]
fn feedback_that_does_not_hold_what_it_announces_is_an_error() {
    let good = written(Seq(0), &pattern("1L01"));
    let len = good.len() - 4;
    let body = |bytes: &[u8]| {
        let mut parts = walk(bytes);
        let first = parts.next().unwrap();
        assert!(parts.next().is_none());
        first.map(|part| assert!(matches!(part, Part::TransportFeedback(_))))
    };
    assert_eq!(body(&good), Ok(()));
    let error = Err(PartError::Body { packet_type: 205, count: 15, len });
    // More packets than the chunks cover: deltas are taken for chunks, until nothing is left.
    let mut more = good.clone();
    more[14..16].copy_from_slice(&40_000_u16.to_be_bytes());
    assert_eq!(body(&more), error);
    // More deltas than there are bytes.
    let mut deltas = good.clone();
    deltas[20..22].copy_from_slice(&[0xea, 0x80]);
    assert_eq!(body(&deltas), error);
    // The reserved status, where it means something and where it does not.
    let mut reserved = good.clone();
    reserved[20] |= 0x0c;
    assert_eq!(body(&reserved), error);
    let mut beyond = good;
    beyond[21] |= 0x03;
    assert_eq!(body(&beyond), Ok(()));
}

#[test]
fn empty_runs_are_passed_over() {
    let mut bytes = written(Seq(0), &pattern("11"));
    // Two empty runs, the run of two, its deltas.
    bytes.splice(20.., [0, 0, 0x20, 0, 0x20, 2, 9, 9]);
    bytes[3] = 6;
    assert_eq!(read(&bytes).len(), 2);
}
