//! Packets that come twice are counted and change nothing.

use crate::call::Scenario;
use moim_netsim::LinkConfig;

#[test]
fn duplicates_change_nothing() {
    let there = LinkConfig { duplicate: 0.5, ..LinkConfig::default() };
    let twice = Scenario { there, ..Scenario::default() }.run();
    let once = Scenario::default().run();
    assert_eq!(twice.stats.shown, once.stats.shown);
    assert_eq!(twice.took(0.99), once.took(0.99));
    assert!(twice.stats.duplicates * 3 > once.stats.packets, "{}", twice.summary());
    assert_eq!(twice.stats.nacks + twice.stats.freezes.count, 0);
}
