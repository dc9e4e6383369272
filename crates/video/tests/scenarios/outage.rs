//! The network is gone for a second.

use crate::call::Scenario;
use core::time::Duration;
use moim_netsim::LinkConfig;

#[test]
fn after_an_outage_a_key_frame_begins_anew() {
    let delay = Duration::from_millis(20);
    let link = LinkConfig { delay, ..LinkConfig::default() };
    let scenario = Scenario { there: link.clone(), back: link, ..Scenario::default() };
    let outcome = scenario.run_with(|at, hand| *hand.connected = !(10_000..11_000).contains(&at));
    println!("{}", outcome.summary());
    assert_eq!(outcome.key_requests.len(), 1, "{:?}", outcome.key_requests);
    // What was lost is not asked for packet by packet.
    assert_eq!(outcome.stats.nacks, 0, "{}", outcome.summary());
    let gap = outcome.seen.windows(2).map(|pair| (pair[1].at - pair[0].at, pair[1].at)).max().unwrap();
    assert!(gap.0 < 1_000 + 250, "{}", outcome.summary());
    // Afterwards all is as before.
    let after = outcome.seen.iter().filter(|seen| seen.at > gap.1 + 500);
    assert!(after.clone().all(|seen| seen.took < 120), "{}", outcome.summary());
    assert_eq!(outcome.stats.freezes.count, 1);
}
