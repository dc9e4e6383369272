//! When a key frame is asked for, and how often.

use crate::call::Scenario;
use core::time::Duration;

#[test]
fn requests_back_off_while_nobody_answers() {
    let scenario = Scenario { round_trip: Duration::from_millis(100), ..Scenario::default() };
    // Someone who joins late hears deltas alone, and the sender is deaf.
    let outcome = scenario.run_with(|at, hand| {
        *hand.connected = at >= 1_000;
        hand.sender.wants_key = at == 0;
    });
    let asked = &outcome.key_requests;
    assert!(asked[0] < 1_000 + 100, "as soon as a delta is whole: {asked:?}");
    let waits: Vec<u64> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(waits[..5], [200, 400, 600, 600, 600]);
    assert!(outcome.seen.is_empty());
}

#[test]
fn who_joins_late_sees_a_picture_after_a_round_trip() {
    let outcome = Scenario::default().run_with(|at, hand| *hand.connected = at >= 1_000);
    assert_eq!(outcome.key_requests.len(), 1, "{:?}", outcome.key_requests);
    assert!(outcome.seen[0].at < 1_000 + 1_000 + 200, "{}", outcome.seen[0].at);
}

#[test]
fn a_whole_stream_needs_none() {
    assert_eq!(Scenario::default().run().key_requests, []);
}
