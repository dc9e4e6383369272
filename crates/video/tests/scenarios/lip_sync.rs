//! Pictures wait for their sound, and come back.

use crate::call::Scenario;
use core::time::Duration;

#[test]
fn the_least_delay_is_followed_gently() {
    let mut wanted = Vec::new();
    let outcome = Scenario::default().run_with(|at, hand| {
        match at {
            5_000 => hand.receiver.set_min_delay(Duration::from_millis(150)),
            15_000 => hand.receiver.set_min_delay(Duration::ZERO),
            10_000 => assert_eq!(hand.receiver.delay(), Duration::from_millis(150)),
            _ => {}
        }
        wanted.push(hand.receiver.wanted());
    });
    assert!(wanted.iter().all(|&wanted| wanted < Duration::from_millis(60)), "{:?}", wanted.iter().max());
    assert!(outcome.seen.last().unwrap().took < 60, "{}", outcome.summary());
    // Never a jump: one picture at most a quarter later than the one before.
    assert!(outcome.longest_interval() <= 50, "{}", outcome.summary());
    assert_eq!(outcome.stats.superseded + outcome.stats.freezes.count, 0, "{}", outcome.summary());
}
