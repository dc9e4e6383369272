//! Packets that may not belong to the stream.

use super::*;

#[test]
fn a_sender_that_starts_afresh_is_followed() {
    let mut call = Call::new(20);
    call.send(0..50, 0);
    for number in 0..100 {
        let time = MediaTime::new(777_000_000 + number * 960, ClockRate::HZ_48000);
        call.under_way.insert((1_000 + number * 20, 40_000 + number), (time, Activity::Active));
    }
    call.run(2_900);
    assert_eq!(call.buffer.stats().restarts, 1);
    let packets = call.packets();
    assert!(packets.contains(&40_001) && packets.contains(&40_080), "{packets:?}");
    assert!(call.buffer.delay() <= ms(60), "{:?}", call.buffer.delay());
}

#[test]
fn stray_packets_change_nothing() {
    let mut call = Call::new(20);
    call.send(0..100, 0);
    for stray in 0..5 {
        let time = MediaTime::new(stray << 40, ClockRate::HZ_48000);
        call.under_way.insert((500 + stray * 100, 1 << (20 + stray)), (time, Activity::Active));
    }
    call.run(1_900);
    let packets = call.packets();
    assert!((0..).zip(&packets).all(|(number, packet)| number == *packet), "{packets:?}");
    assert_eq!(call.buffer.stats().refused, 5);
}

#[test]
fn a_stray_packet_far_ahead_silences_nobody() {
    let mut call = Call::new(20);
    call.send(0..200, 0);
    for (arrives, stray) in [(1_001, 50 + 2_900), (2_001, 100 + 256)] {
        let time = MediaTime::new(1_000_000 + arrives * 48, ClockRate::HZ_48000);
        call.under_way.insert((arrives, stray), (time, Activity::Active));
    }
    call.run(3_900);
    let packets = call.packets();
    assert!(
        packets.len() > 185 && (0..).zip(&packets).all(|(number, packet)| number == *packet),
        "{packets:?}"
    );
    assert_eq!(call.buffer.stats().refused, 2);
}

#[test]
fn two_stray_packets_far_ahead_silence_nobody_for_long() {
    let mut call = Call::new(20);
    call.send(0..400, 0);
    for (arrives, stray) in [(1_001, 2_900), (1_002, 2_901)] {
        let time = MediaTime::new(1_000_000 + arrives * 48, ClockRate::HZ_48000);
        call.under_way.insert((arrives, stray), (time, Activity::Active));
    }
    call.run(7_900);
    let packets = call.packets();
    let back = *packets.iter().skip_while(|number| **number < 2_900).find(|number| **number < 400).unwrap();
    assert!((95..110).contains(&back), "after a second: {packets:?}");
    assert!((back..380).all(|number| packets.contains(&number)), "{packets:?}");
    assert_eq!(call.buffer.stats().restarts, 1);
}

#[test]
fn a_gap_wider_than_the_buffer_is_believed_from_its_second_packet() {
    let mut call = Call::new(20);
    call.send(0..100, 0);
    call.send(400..500, 0);
    call.run(9_900);
    let packets = call.packets();
    assert_eq!(packets.iter().filter(|number| **number >= 400).min(), Some(&401), "{packets:?}");
    assert!(packets.contains(&480), "{packets:?}");
    assert_eq!((call.buffer.stats().refused, call.buffer.stats().restarts), (1, 0));
}

#[test]
fn behind_the_last_number_there_is_nothing_to_wait_for() {
    let mut call = Call::new(20);
    let time = call.time(0);
    assert_eq!(call.insert(u64::MAX, time, Activity::Active), Inserted::Suspect);
    assert_eq!((call.buffer.waiting(), call.buffer.stats().refused), (0, 1));
}
