//! Places and room are limited.

use super::*;

#[test]
fn when_nobody_pulls_the_oldest_go() {
    let mut call = Call::with(20, JitterConfig { packets: 32, ..JitterConfig::default() });
    for number in 0..100 {
        call.now = number * 20;
        let time = call.time(number);
        assert_eq!(call.insert(number, time, Activity::Active), Inserted::Accepted);
        assert!(call.buffer.waiting() <= 32);
    }
    assert_eq!(call.buffer.stats().overflowed, 68);
    call.send(100..200, 0);
    call.run(3_500);
    let first = call.packets()[0];
    assert!(first >= 96, "what is older than the delay allows is dropped: {first}");
    assert!(call.buffer.delay() <= ms(60), "{:?}", call.buffer.delay());
}

#[test]
fn when_room_is_short_the_oldest_go_too() {
    let room = JitterConfig { payload_bytes: 600, bytes: 1_200, retransmit: None, ..JitterConfig::default() };
    let mut buffer = JitterBuffer::new(room).unwrap();
    let info = PacketInfo {
        duration: ms(20),
        activity: Activity::Active,
        content: Content::Speech,
        fec: Duration::ZERO,
        redundancy: Duration::ZERO,
    };
    let insert = |buffer: &mut JitterBuffer, number: u64, len: usize| {
        let time = MediaTime::new(960 * number, ClockRate::HZ_48000);
        buffer.insert(at(20 * number), seq(number), time, info, &vec![number as u8; len])
    };
    for number in 10..14 {
        assert_eq!(insert(&mut buffer, number, 300), Inserted::Accepted);
    }
    assert_eq!((buffer.waiting(), buffer.stats().overflowed), (4, 0));
    // The first two make room, and what is older than all is not worth one that is newer.
    assert_eq!(insert(&mut buffer, 14, 600), Inserted::Accepted);
    assert_eq!((buffer.waiting(), buffer.stats().overflowed), (3, 2));
    assert_eq!(insert(&mut buffer, 9, 1), Inserted::Late);
    assert_eq!((buffer.waiting(), buffer.stats().overflowed), (3, 2));
    let mut pulled = Vec::new();
    for _ in 0..20 {
        match buffer.pull(at(300), Duration::ZERO) {
            Pulled::Packet(packet) | Pulled::Overdue(packet) => {
                assert!(packet.payload.iter().all(|byte| u64::from(*byte) == packet.seq.get()));
                pulled.push((packet.seq, packet.payload.len()));
            }
            _ => {}
        }
    }
    assert_eq!(pulled, [(seq(12), 300), (seq(13), 300), (seq(14), 600)]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut buffer =
        JitterBuffer::new(JitterConfig { payload_bytes: 100, bytes: 100, ..JitterConfig::default() })
            .unwrap();
    let info = PacketInfo {
        duration: ms(20),
        activity: Activity::Active,
        content: Content::Speech,
        fec: Duration::ZERO,
        redundancy: Duration::ZERO,
    };
    let time = MediaTime::new(0, ClockRate::HZ_48000);
    assert_eq!(buffer.insert(at(0), seq(1), time, info, &[0; 101]), Inserted::TooLong);
    assert_eq!(buffer.insert(at(0), seq(1), time, info, &[0; 100]), Inserted::Accepted);
}

#[test]
fn a_packet_with_no_room_left_in_front_is_late() {
    let mut call = Call::with(20, JitterConfig { packets: 16, ..JitterConfig::default() });
    let (newest, far, near) = (call.time(1_000), call.time(984), call.time(985));
    assert_eq!(call.insert(1_000, newest, Activity::Active), Inserted::Accepted);
    assert_eq!(call.insert(984, far, Activity::Active), Inserted::Late);
    assert_eq!(call.insert(985, near, Activity::Active), Inserted::Accepted);
    assert_eq!(call.buffer.waiting(), 2);
}

#[test]
fn impossible_configurations_are_refused() {
    let default = JitterConfig::default();
    for config in [
        JitterConfig { packets: 0, ..default },
        JitterConfig { packets: 1 << 20, ..default },
        JitterConfig { payload_bytes: 0, ..default },
        JitterConfig { bytes: default.payload_bytes - 1, ..default },
        JitterConfig { bytes: (1 << 30) + 1, ..default },
        JitterConfig { min_delay: ms(600), ..default },
        JitterConfig { max_delay: ms(1_001), ..default },
    ] {
        assert!(JitterBuffer::new(config).is_err(), "{config:?}");
    }
}
