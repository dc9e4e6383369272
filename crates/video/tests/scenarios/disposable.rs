//! A torn picture on which nothing builds is passed over.

use crate::call::Scenario;
use moim_netsim::{LinkConfig, Loss};
use moim_video::VideoConfig;

#[test]
fn a_torn_disposable_picture_breaks_nothing() {
    let there =
        LinkConfig { loss: Loss::Bursts { rate: 0.01, shortest: 1, longest: 1 }, ..LinkConfig::default() };
    let video = VideoConfig { retransmit: None, ..Scenario::default().video };
    let outcome = Scenario { there, video, disposable: Some(2), ..Scenario::default() }.run();
    println!("{}", outcome.summary());
    // Every second packet is of such a picture; of these, the first and the last tell too little when they are lost.
    assert!(outcome.stats.disposable_lost >= 8, "{}", outcome.summary());
    let losses = outcome.stats.packets / 100;
    assert!((outcome.key_requests.len() as u64) < losses, "{}", outcome.summary());
}
