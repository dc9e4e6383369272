//! Packets that overtake one another are not lost: after the first few, nothing is asked for in vain.

use crate::call::Scenario;
use core::time::Duration;
use moim_netsim::{Jitter, LinkConfig, Order};

#[test]
fn overtaken_packets_are_waited_for() {
    let there = LinkConfig {
        jitter: Jitter::Uniform { max: Duration::from_millis(15) },
        order: Order::Free,
        delay: Duration::from_millis(20),
        ..LinkConfig::default()
    };
    let outcome = Scenario { there, round_trip: Duration::from_millis(60), ..Scenario::default() }.run();
    println!("{}", outcome.summary());
    assert!(outcome.share_seen() > 0.97, "{}", outcome.summary());
    assert_eq!(outcome.stats.freezes.count + outcome.stats.undecodable, 0, "{}", outcome.summary());
    assert!(outcome.stats.nacks * 50 < outcome.stats.packets, "{}", outcome.summary());
}
