//! Wire numbers wrap under the receiver; at the very beginning of all numbers it works as well.

use crate::call::{Scenario, bar};

#[test]
fn wrapping_wire_numbers_are_not_noticed() {
    let plain = Scenario { millis: 20_000, ..bar(0.03) };
    let first_seq = (1 << 33) - 500;
    let first_time = (1 << 41) - 90_000;
    let wrapping = Scenario { first_seq, first_time, ..plain.clone() }.run();
    let plain = plain.run();
    assert_eq!(plain.stats, wrapping.stats);
}

#[test]
fn numbers_may_begin_at_zero() {
    let outcome = Scenario { first_seq: 0, first_time: 0, ..Scenario::default() }.run();
    assert!(outcome.share_seen() > 0.99, "{}", outcome.summary());
}
