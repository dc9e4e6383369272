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
