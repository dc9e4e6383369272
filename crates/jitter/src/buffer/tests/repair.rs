//! Copies of lost packets inside of later ones.

use super::*;

#[test]
fn of_a_burst_deep_redundancy_brings_back_what_fec_does_not() {
    let mut call = Call::with(20, JitterConfig { min_delay: ms(120), ..JitterConfig::default() });
    (call.fec, call.redundancy) = (ms(20), ms(200));
    call.send(0..100, 40);
    call.send(104..200, 40);
    assert!(!call.buffer.wants_redundancy(seq(100), Duration::ZERO), "nothing is missing");
    call.run(3_000);
    let rebuilt: Vec<_> = (100..103).map(Heard::Rebuilt).chain([Heard::Repaired(103)]).collect();
    let first = call.heard.iter().position(|(_, heard)| *heard == Heard::Rebuilt(100)).unwrap();
    let heard: Vec<_> = call.heard[first..first + 4].iter().map(|(_, heard)| *heard).collect();
    assert_eq!(heard, rebuilt);
    assert_eq!(call.count(Heard::Missing(20)), 0);
}

/// A burst of four begins with packet 100, at a delay of 60 ms.
fn a_burst_longer_than_the_delay(before: impl FnOnce(&mut Call)) -> Call {
    let mut call =
        Call::with(20, JitterConfig { min_delay: ms(60), max_delay: ms(60), ..JitterConfig::default() });
    (call.fec, call.redundancy) = (ms(20), ms(200));
    call.send(0..100, 0);
    call.send(104..200, 0);
    call.run(2_000);
    before(&mut call);
    call.run(3_000);
    call
}

#[test]
fn what_was_concealed_before_its_copy_came_is_not_played_again() {
    let call = a_burst_longer_than_the_delay(|_| {});
    assert_eq!(call.count(Heard::Underrun), 2, "{:?}", call.since(2_000));
    let of_burst: Vec<_> = call.since(2_080).into_iter().take(3).collect();
    assert_eq!(of_burst, [Heard::Rebuilt(101), Heard::Rebuilt(102), Heard::Repaired(103)]);
    let delay = call.when(Heard::Packet(99)) - 99 * 20;
    assert_eq!(call.when(Heard::Packet(104)), 104 * 20 + delay, "the delay stays where it belongs");
}

#[test]
fn a_copy_that_comes_late_is_played_where_the_delay_is_to_grow() {
    let call = a_burst_longer_than_the_delay(|call| call.buffer.set_min_delay(ms(200)));
    let rebuilt: Vec<_> = (100..103).map(Heard::Rebuilt).collect();
    let heard = call.since(2_060);
    assert!(heard.windows(3).any(|heard| heard == rebuilt), "{heard:?}");
    assert!(call.buffer.delay() >= ms(75), "{:?}", call.buffer.delay());
}

#[test]
fn redundancy_is_wanted_where_a_gap_is_longer_than_fec() {
    let mut call = Call::new(20);
    call.send(0..50, 40);
    call.run(1_030);
    assert!(!call.buffer.wants_redundancy(seq(50), Duration::ZERO));
    assert!(call.buffer.wants_redundancy(seq(51), Duration::ZERO));
    assert!(!call.buffer.wants_redundancy(seq(51), ms(20)), "FEC is nearer to the original");
    assert!(call.buffer.wants_redundancy(seq(53), ms(20)));
}

#[test]
fn a_copy_stands_in_for_a_lost_packet_and_is_waited_for() {
    let mut call = Call::new(20);
    // Each packet carries the one before it; every fifth is lost.
    for number in 1..500 {
        if number % 5 == 0 {
            continue;
        }
        while call.now < number * 20 + 40 {
            call.pull();
            call.now += STEP;
        }
        let (before, time) = (number - 1, call.time(number - 1));
        let (info, now) = (call.info(Activity::Active), at(call.now));
        let copied = call.buffer.insert_copy(now, seq(before), time, info, &before.to_be_bytes());
        assert!(matches!(copied, Inserted::Accepted | Inserted::Duplicate | Inserted::Late), "{copied:?}");
        let _ = call.insert(number, call.time(number), Activity::Active);
    }
    let heard: Vec<_> = call.packets().into_iter().skip_while(|&number| number < 300).collect();
    assert!(heard.windows(2).all(|pair| pair[1] == pair[0] + 1), "{heard:?}");
    assert!((ms(20)..=ms(40)).contains(&call.buffer.target()), "{:?}", call.buffer.target());
    let stats = call.buffer.stats();
    assert!(stats.copied > 90 && stats.duplicates == 0 && stats.received == 400, "{stats:?}");
}
