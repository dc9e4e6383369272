use super::*;
use crate::payload::DepayloadError;
use crate::{Header, Packet, PacketBuilder, PayloadType, Ssrc};
use core::time::Duration;
use moim_media::{Instant, MediaTime, Seq, Timestamp};
use std::vec::Vec;

const FIVE: EventCode = EventCode(5);
const LOUD: Volume = Volume(10);

fn ms(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn sender() -> EventSender {
    EventSender::new(CLOCK_RATE, INTERVAL)
}

/// Everything there is to send until `end`, with the time of each.
fn run(sender: &mut EventSender, end: Instant) -> Vec<(Instant, EventPacket)> {
    let mut sent = Vec::new();
    while let Some(due) = sender.poll_timeout().filter(|&due| due <= end) {
        while let Some(packet) = sender.poll_transmit(due) {
            sent.push((due, packet));
        }
    }
    sent
}

/// Marker, timestamp, end and duration of each packet.
fn rows(sent: &[(Instant, EventPacket)]) -> Vec<(bool, u32, bool, u16)> {
    sent.iter().map(|(_, it)| (it.marker, it.timestamp.0, it.event.end, it.event.duration)).collect()
}

fn receive(receiver: &mut EventReceiver, now: Instant, packet: &EventPacket) -> Vec<Key> {
    let header = Header {
        marker: packet.marker,
        payload_type: PayloadType::new(101).unwrap(),
        seq: Seq(1),
        timestamp: packet.timestamp,
        ssrc: Ssrc(1),
    };
    let mut bytes = [0; 16];
    let len = PacketBuilder::new(header).write(&[&packet.event.to_bytes()], &mut bytes).unwrap();
    let mut told = Vec::new();
    let time = MediaTime::new(u64::from(packet.timestamp.0), CLOCK_RATE);
    receiver.receive(now, time, &Packet::parse(&bytes[..len]).unwrap(), &mut |key| told.push(key)).unwrap();
    told
}

fn down(event: EventCode, at: u64) -> Key {
    Key::Down { event, volume: LOUD, at: MediaTime::new(at, CLOCK_RATE) }
}

fn up(event: EventCode, ticks: u64, end: End) -> Key {
    Key::Up { event, duration: CLOCK_RATE.duration(ticks), end }
}

#[test]
fn a_report_is_four_bytes() {
    let report = TelephoneEvent { event: EventCode(11), end: true, volume: Volume(63), duration: 0x1234 };
    assert_eq!(report.to_bytes(), [11, 0xbf, 0x12, 0x34]);
    assert_eq!(TelephoneEvent::from_bytes([11, 0xff, 0x12, 0x34]), report, "the reserved bit is ignored");
    assert!(TelephoneEvent::read_all(&[0; 5]).is_none());
    assert_eq!(TelephoneEvent::read_all(&[0; 8]).unwrap().len(), 2);
    assert_eq!(Volume::new(64), None);
}

#[test]
fn keys_have_codes() {
    for (code, key) in (0..16).zip("0123456789*#ABCD".chars()) {
        assert_eq!((EventCode::of_key(key), EventCode(code).key()), (Some(EventCode(code)), Some(key)));
    }
    assert_eq!(EventCode::of_key('d'), Some(EventCode(15)));
    assert_eq!((EventCode::of_key('x'), EventCode::FLASH.key()), (None, None));
}

#[test]
fn a_key_is_marked_reported_and_ended_three_times() {
    let mut sender = sender();
    assert_eq!((sender.poll_timeout(), sender.poll_transmit(ms(0))), (None, None));
    assert_eq!(sender.press(ms(1_000), Timestamp(7), FIVE, LOUD), Pressed::Reported);
    let mut sent = run(&mut sender, ms(1_119));
    sender.release(ms(1_120));
    sender.release(ms(1_130));
    sent.extend(run(&mut sender, ms(9_000)));
    let expected = [
        (true, 7, false, 1),
        (false, 7, false, 400),
        (false, 7, false, 800),
        (false, 7, true, 960),
        (false, 7, true, 960),
        (false, 7, true, 960),
    ];
    assert_eq!(rows(&sent), expected);
    let times: Vec<_> = sent.iter().map(|&(at, _)| at.since(ms(1_000)).as_millis()).collect();
    assert_eq!(times, [0, 50, 100, 120, 170, 220]);
    assert_eq!(sender.poll_timeout(), None);
}

#[test]
fn the_next_key_waits_for_the_first_end_of_the_one_before_only() {
    let mut sender = sender();
    assert_eq!(sender.press(ms(0), Timestamp(0), FIVE, LOUD), Pressed::Reported);
    assert_eq!(sender.press(ms(1), Timestamp(8), FIVE, LOUD), Pressed::Busy);
    sender.release(ms(10));
    assert_eq!(sender.press(ms(10), Timestamp(80), FIVE, LOUD), Pressed::Busy);
    // Pressed and released between two polls: one packet is the first and the last.
    let packet = sender.poll_transmit(ms(10)).unwrap();
    assert!(packet.marker && packet.event.end && packet.event.duration == 80);
    assert_eq!(sender.press(ms(11), Timestamp(88), EventCode(6), LOUD), Pressed::Reported);
    let sent = run(&mut sender, ms(11));
    assert_eq!(rows(&sent), [(true, 88, false, 1)], "the other two ends are given up");
}

#[test]
fn what_lasts_longer_than_a_report_can_say_goes_on_in_segments() {
    let mut sender = EventSender::new(CLOCK_RATE, Duration::from_secs(10));
    assert_eq!(sender.press(ms(0), Timestamp(u32::MAX), FIVE, LOUD), Pressed::Reported);
    let mut sent = run(&mut sender, ms(19_999));
    sender.release(ms(20_000));
    sent.extend(run(&mut sender, ms(20_000)));
    let expected = [
        (true, u32::MAX, false, 1),
        (false, u32::MAX, false, 0xffff),
        (false, 0xfffe, false, 14_465),
        (false, 0xfffe, false, 0xffff),
        (false, 0x1_fffd, true, 28_930),
    ];
    assert_eq!(rows(&sent), expected);
    let mut receiver = EventReceiver::new(Duration::from_secs(60));
    let mut told = Vec::new();
    for (at, mut packet) in sent {
        packet.timestamp = Timestamp(packet.timestamp.0.wrapping_add(1));
        told.extend(receive(&mut receiver, at, &packet));
    }
    assert_eq!(told, [down(FIVE, 0), up(FIVE, 160_000, End::Reported)]);
}

#[test]
fn a_clock_that_is_set_back_shortens_no_segment() {
    let mut sender = sender();
    assert_eq!(sender.press(ms(0), Timestamp(0), FIVE, LOUD), Pressed::Reported);
    let segment = sender.poll_transmit(ms(9_000)).unwrap();
    sender.release(ms(1));
    let rest = sender.poll_transmit(ms(9_000)).unwrap();
    assert_eq!((segment.event.duration, rest.timestamp, rest.event.duration), (0xffff, Timestamp(0xffff), 1));
    assert!(rest.event.end);
}

/// A packet of the key that begins at `timestamp`.
fn packet(marker: bool, timestamp: u32, event: EventCode, end: bool, duration: u16) -> EventPacket {
    let event = TelephoneEvent { event, end, volume: LOUD, duration };
    EventPacket { marker, timestamp: Timestamp(timestamp), event }
}

#[test]
fn each_key_is_told_once_whatever_is_lost() {
    let all = [
        packet(true, 100, FIVE, false, 1),
        packet(false, 100, FIVE, false, 400),
        packet(false, 100, FIVE, true, 960),
        packet(false, 100, FIVE, true, 960),
        packet(false, 100, FIVE, true, 960),
    ];
    for mask in 1_u32..1 << all.len() {
        let mut receiver = EventReceiver::new(PATIENCE);
        let mut told = Vec::new();
        let arrived = (0..all.len()).filter(|place| mask >> place & 1 != 0);
        arrived.for_each(|place| told.extend(receive(&mut receiver, ms(0), &all[place])));
        receiver.handle_timeout(ms(499), &mut |_| panic!("too early"));
        receiver.handle_timeout(ms(500), &mut |key| told.push(key));
        let (ticks, end) = match mask {
            0b00001 => (1, End::Presumed),
            0b00010 | 0b00011 => (400, End::Presumed),
            _ => (960, End::Reported),
        };
        assert_eq!(told, [down(FIVE, 100), up(FIVE, ticks, end)], "{mask:b}");
        assert_eq!(receiver.poll_timeout(), None);
    }
}

#[test]
fn another_key_ends_the_one_before_and_what_is_late_is_ignored() {
    let mut receiver = EventReceiver::new(PATIENCE);
    assert_eq!(receive(&mut receiver, ms(0), &packet(true, 100, FIVE, false, 400)), [down(FIVE, 100)]);
    let six = EventCode(6);
    let told = receive(&mut receiver, ms(50), &packet(false, 900, six, false, 400));
    assert_eq!(told, [up(FIVE, 400, End::Presumed), down(six, 900)]);
    assert_eq!(receive(&mut receiver, ms(60), &packet(false, 100, FIVE, true, 700)), []);
    assert_eq!(
        receive(&mut receiver, ms(70), &packet(false, 900, FIVE, true, 700)),
        [],
        "another key, same time"
    );
    // The same key again, and what comes late of before.
    let told = receive(&mut receiver, ms(80), &packet(true, 2_000, six, true, 200));
    assert_eq!(told, [up(six, 400, End::Presumed), down(six, 2_000), up(six, 200, End::Reported)]);
    assert_eq!(receive(&mut receiver, ms(90), &packet(false, 900, six, true, 800)), []);
    receiver.clear();
    assert_eq!(receive(&mut receiver, ms(99), &packet(true, 9, six, false, 1)), [down(six, 9)]);
}

#[test]
fn a_key_from_the_far_future_hides_none_for_long() {
    let minute = 60 * 8_000;
    for end in [false, true] {
        let mut receiver = EventReceiver::new(PATIENCE);
        let lie = packet(true, 100 + minute, EventCode(6), end, 9);
        let over = if end { End::Reported } else { End::Presumed };
        let mut told = receive(&mut receiver, ms(0), &lie);
        assert_eq!(receive(&mut receiver, ms(1), &packet(false, 100, FIVE, false, 9)), [], "it may be late");
        told.extend(receive(&mut receiver, ms(2), &packet(true, 99, FIVE, true, 9)));
        let lie = [down(EventCode(6), u64::from(100 + minute)), up(EventCode(6), 9, over)];
        assert_eq!(told, [&lie[..], &[down(FIVE, 99), up(FIVE, 9, End::Reported)]].concat());
        assert_eq!(receive(&mut receiver, ms(3), &packet(true, 99, FIVE, true, 9)), [], "once");
    }
}

#[test]
fn a_marker_tells_a_new_key_from_a_segment() {
    for (marker, told_of_second) in
        [(false, Vec::new()), (true, [up(FIVE, 9, End::Presumed), down(FIVE, 100 + 0xffff)].to_vec())]
    {
        let mut receiver = EventReceiver::new(PATIENCE);
        let _ = receive(&mut receiver, ms(0), &packet(true, 100, FIVE, false, 9));
        let second = packet(marker, 100 + 0xffff, FIVE, false, 1);
        assert_eq!(receive(&mut receiver, ms(1), &second), told_of_second);
    }
}

#[test]
fn several_events_in_a_packet_follow_one_another() {
    let reports = [packet(false, 0, FIVE, true, 800), packet(false, 0, EventCode(6), true, 400)];
    let mut bytes = [0x80, 101, 0, 1, 0, 0, 0, 100, 0, 0, 0, 1].to_vec();
    reports.iter().for_each(|report| bytes.extend(report.event.to_bytes()));
    let time = MediaTime::new(100, CLOCK_RATE);
    let (mut receiver, mut told) = (EventReceiver::new(PATIENCE), Vec::new());
    for _ in 0..2 {
        let packet = Packet::parse(&bytes).unwrap();
        receiver.receive(ms(0), time, &packet, &mut |key| told.push(key)).unwrap();
    }
    let six = EventCode(6);
    let expected =
        [down(FIVE, 100), up(FIVE, 800, End::Reported), down(six, 900), up(six, 400, End::Reported)];
    assert_eq!(told, expected);

    for (len, error) in
        [(12, DepayloadError::Empty), (13, DepayloadError::Malformed), (19, DepayloadError::Malformed)]
    {
        let packet = Packet::parse(&bytes[..len]).unwrap();
        assert_eq!(receiver.receive(ms(0), time, &packet, &mut |_| panic!("no event")), Err(error));
    }
}
