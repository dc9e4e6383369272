//! The network of the bar: 60 ms ± 30 ms with the order kept, 3 % loss in bursts of two or three, both ways.

use crate::call::{Outcome, Scenario, bar};
use core::time::Duration;

#[test]
fn the_bar_is_met() {
    let mut all = Outcome::default();
    for seed in 1..=8 {
        let outcome = Scenario { seed, ..bar(0.03) }.run();
        println!("{}", outcome.summary());
        assert!(outcome.share_seen() >= 0.95, "{}", outcome.summary());
        assert!(outcome.longest_interval() <= 500, "{}", outcome.summary());
        assert!(outcome.stats.freezes.longest <= Duration::from_millis(500), "{}", outcome.summary());
        assert!(outcome.late(0.95) <= 45, "{}", outcome.summary());
        all.seen.extend(outcome.seen);
    }
    println!("took p50 {} p95 {}", all.took(0.5), all.took(0.95));
    // 250 ms is the bar of a whole call, in which the voice tells of losses at a picture's end; here nobody does.
    assert!(all.took(0.95) <= 262, "{}", all.took(0.95));
}

#[test]
fn jitter_alone_costs_less() {
    let outcome = bar(0.0).run();
    assert!(outcome.took(0.95) <= 130, "{}", outcome.summary());
    assert!(outcome.share_seen() >= 0.97, "{}", outcome.summary());
    assert_eq!(outcome.stats.key_frame_requests + outcome.stats.nacks, 0, "{}", outcome.summary());
}
