//! What gives way on a long and lossy path: the movement, or the delay.

use crate::call::{bar, with_policy};
use moim_video::Policy;

#[test]
fn freeze_keeps_the_delay_and_latency_the_movement() {
    let freeze = with_policy(bar(0.03), Policy::Freeze).run();
    let latency = with_policy(bar(0.03), Policy::Latency).run();
    println!("{}\n{}", freeze.summary(), latency.summary());
    assert!(freeze.took(0.5) + 100 < latency.took(0.5), "{}", freeze.summary());
    assert!(freeze.stats.nacks < latency.stats.nacks, "{}", freeze.summary());
    assert!(freeze.stats.key_frame_requests > 20, "{}", freeze.summary());
    assert!(latency.stats.freezes.count * 5 < freeze.stats.freezes.count, "{}", latency.summary());
    assert!(freeze.longest_interval() < 1_000, "{}", freeze.summary());
}
