//! The network of the bar: 60 ms ± 30 ms, 3 % loss in bursts of two or three, both ways.

use crate::call::bar;

#[test]
fn the_bar_is_met() {
    for seed in 1..=5 {
        let outcome = crate::call::Scenario { seed, ..bar(0.03) }.run();
        println!("{}", outcome.summary());
    }
}
