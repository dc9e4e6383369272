//! A path without jitter or loss costs nearly nothing.

use crate::call::Scenario;
use core::time::Duration;
use moim_netsim::LinkConfig;

#[test]
fn a_clean_path_adds_the_least_delay() {
    let delay = Duration::from_millis(20);
    let link = LinkConfig { delay, ..LinkConfig::default() };
    let outcome = Scenario { there: link.clone(), back: link, ..Scenario::default() }.run();
    println!("{}", outcome.summary());
    // A picture takes 15 ms to be sent.
    assert!(outcome.took(0.5) <= 20 + 15 + 25, "{}", outcome.summary());
    assert!(outcome.share_seen() > 0.99, "{}", outcome.summary());
    assert_eq!(outcome.stats.nacks + outcome.stats.key_frame_requests + outcome.stats.freezes.count, 0);
    assert_eq!(outcome.stats.undecodable + outcome.stats.late, 0);
}
