//! Values to be written: the same in every run, extremes among them.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::fmt::Debug;

/// `count` values of `strategy`.
pub(crate) fn samples<S: Strategy>(strategy: S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    let mut sample = || strategy.new_tree(&mut runner).expect("a value").current();
    (0..count).map(|_| sample()).collect()
}

/// Numbers from `least` to `most`; each of these two every fourth time.
pub(crate) fn numbers<T>(least: T, most: T) -> impl Strategy<Value = T>
where
    T: Copy + Debug + 'static,
    std::ops::RangeInclusive<T>: Strategy<Value = T>,
{
    prop_oneof![1 => Just(least), 1 => Just(most), 2 => least..=most]
}

/// All of 16 bits.
pub(crate) fn u16s() -> impl Strategy<Value = u16> {
    numbers(0, u16::MAX)
}

/// All of 32 bits.
pub(crate) fn u32s() -> impl Strategy<Value = u32> {
    numbers(0, u32::MAX)
}
