//! Counting what passed.

use std::fmt;
use std::iter::Sum;

/// How many checks passed, failed and did not run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
}

impl Tally {
    /// One check that passed.
    pub(super) const SUCCESS: Self = Self { passed: 1, failed: 0, skipped: 0 };
    /// One check that failed.
    pub(super) const FAILURE: Self = Self { passed: 0, failed: 1, skipped: 0 };

    /// Adds a line of libtest's (`test result: ok. 5 passed; 0 failed; 1 ignored; …`) or of criterion's test mode.
    pub(super) fn see(&mut self, line: &str) {
        if line == "Success" {
            self.passed += 1;
        }
        let Some(counts) = line.trim_start().strip_prefix("test result: ") else { return };
        for count in counts.split(['.', ';']) {
            let Some((number, word)) = count.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }

    /// `skips` tests returned early and were counted as passed by libtest.
    pub(super) fn with_skips(self, skips: u64) -> Self {
        Self { passed: self.passed.saturating_sub(skips), skipped: self.skipped + skips, ..self }
    }

    /// Every skip is a failure.
    pub(super) fn skips_failed(self) -> Self {
        Self { failed: self.failed + self.skipped, skipped: 0, ..self }
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            passed: sum.passed + one.passed,
            failed: sum.failed + one.failed,
            skipped: sum.skipped + one.skipped,
        })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, skipped } = self;
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_libtest_are_summed() {
        let mut tally = Tally::default();
        for line in [
            "test codec::works ... ok",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.02s",
            "test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s",
        ] {
            tally.see(line);
        }
        assert_eq!(tally, Tally { passed: 14, failed: 3, skipped: 1 });
    }

    #[test]
    fn benches_in_test_mode_count_one_each() {
        let mut tally = Tally::default();
        tally.see("Testing rtp/parse/moim/opus");
        tally.see("Success");
        assert_eq!(tally, Tally::SUCCESS);
    }

    #[test]
    fn a_skip_is_neither_passed_nor_lost() {
        let tally = Tally { passed: 10, failed: 1, skipped: 1 }.with_skips(2);
        assert_eq!(tally.to_string(), "8 passed, 1 failed, 3 skipped");
        assert_eq!(tally.skips_failed().to_string(), "8 passed, 4 failed, 0 skipped");
    }
}
