//! A sender that never marks the last packet of a picture: the next picture's first packet ends it.

use crate::call::{Scenario, bar};

#[test]
fn without_markers_a_picture_ends_with_the_next_one() {
    let outcome = Scenario { marker: false, ..Scenario::default() }.run();
    println!("{}", outcome.summary());
    assert!(outcome.share_seen() > 0.99, "{}", outcome.summary());
    assert_eq!(outcome.stats.undecodable + outcome.stats.key_frame_requests, 0);
    // One picture more.
    assert!(outcome.took(0.5) <= 33 + 60, "{}", outcome.summary());
}

#[test]
fn without_markers_losses_are_repaired_too() {
    let outcome = Scenario { marker: false, ..bar(0.03) }.run();
    assert!(outcome.share_seen() > 0.9, "{}", outcome.summary());
}
