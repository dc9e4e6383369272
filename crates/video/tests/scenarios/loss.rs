//! Every loss is recovered from, on a short path within 600 ms.

use crate::call::{Scenario, bar};
use core::time::Duration;
use moim_netsim::{LinkConfig, Loss};

#[test]
fn ten_percent_on_a_short_path_is_hardly_seen() {
    for seed in 1..=4 {
        let link = LinkConfig {
            loss: Loss::Bursts { rate: 0.1, shortest: 1, longest: 1 },
            delay: Duration::from_millis(20),
            ..LinkConfig::default()
        };
        let there = link.clone();
        let outcome = Scenario { there, back: link, seed, ..Scenario::default() }.run();
        println!("{}", outcome.summary());
        assert!(outcome.longest_interval() < 600, "{}", outcome.summary());
        assert!(outcome.share_seen() > 0.9, "{}", outcome.summary());
    }
}

#[test]
fn ten_percent_in_bursts_on_the_long_path_recovers_within_a_second() {
    for seed in 1..=4 {
        let outcome = Scenario { seed, ..bar(0.1) }.run();
        println!("{}", outcome.summary());
        assert!(outcome.longest_interval() <= 1_000, "{}", outcome.summary());
        assert!(outcome.share_seen() > 0.7, "{}", outcome.summary());
    }
}
