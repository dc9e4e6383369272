//! The sender starts afresh, with other numbers and another time.

use crate::call::Scenario;
use moim_media::SeqNo;

#[test]
fn a_sender_that_starts_afresh_is_followed() {
    let outcome = Scenario::default().run_with(|at, hand| {
        if at == 10_000 {
            hand.sender.next_seq = SeqNo::new(7);
            hand.sender.time = 1 << 20;
            hand.sender.wants_key = true;
        }
    });
    println!("{}", outcome.summary());
    assert_eq!(outcome.stats.restarts, 1);
    assert!(outcome.longest_interval() < 150, "{}", outcome.summary());
    assert!(outcome.share_seen() > 0.99, "{}", outcome.summary());
}
