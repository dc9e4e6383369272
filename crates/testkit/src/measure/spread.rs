//! A list of durations in three numbers.

use core::time::Duration;

/// How durations are spread: the smallest that at least half and at least 95 % of them do not exceed, and the largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The 50th percentile.
    pub median: Duration,
    /// The 95th percentile.
    pub p95: Duration,
    /// The largest.
    pub max: Duration,
}

impl Spread {
    /// The spread of `durations`; `None` if there are none.
    #[must_use]
    pub fn of(durations: impl IntoIterator<Item = Duration>) -> Option<Self> {
        let mut sorted: Vec<Duration> = durations.into_iter().collect();
        sorted.sort_unstable();
        let percentile =
            |percent: usize| Some(sorted[(sorted.len() * percent).div_ceil(100).checked_sub(1)?]);
        Some(Self { median: percentile(50)?, p95: percentile(95)?, max: percentile(100)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(millis: impl IntoIterator<Item = u64>) -> Option<[u128; 3]> {
        let spread = Spread::of(millis.into_iter().map(Duration::from_millis))?;
        Some([spread.median, spread.p95, spread.max].map(|duration| duration.as_millis()))
    }

    #[test]
    fn percentiles_are_members_of_the_list() {
        assert_eq!(spread([]), None);
        assert_eq!(spread([7]), Some([7, 7, 7]));
        assert_eq!(spread((1..=100).rev()), Some([50, 95, 100]));
        assert_eq!(spread((1..=101).rev()), Some([51, 96, 101]));
        assert_eq!(spread([3, 1, 2, 900]), Some([2, 900, 900]));
    }
}
