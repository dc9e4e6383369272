//! Once sound flows, a call allocates nothing, whatever the network does.

mod pair;

use core::time::Duration;
use moim_netsim::{Jitter, LinkConfig, Loss};
use moim_testkit::alloc::Counting;
use pair::Pair;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn ten_seconds_under_loss_allocate_nothing() {
    let jitter = Jitter::Gamma { mean: Duration::from_millis(20), deviation: Duration::from_millis(20) };
    let link = LinkConfig {
        loss: Loss::gilbert(0.1, 2.5),
        jitter,
        delay: Duration::from_millis(30),
        ..LinkConfig::default()
    };
    let mut pair = Pair::over(link, 1);
    pair.run(Duration::from_secs(2));
    let allocations = Counting::count(|| pair.run(Duration::from_secs(10)));
    assert_eq!(allocations.count, 0, "{allocations:?}");
    assert!(pair.a.call.stats().playout.concealed > Duration::ZERO, "the network was too kind to tell");
}
