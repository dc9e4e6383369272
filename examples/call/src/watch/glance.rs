//! Which pictures of a call are worth a glance.

use crate::report::contact_sheet::Mark;
use moim_testkit::measure::picture::Freeze;
use std::time::Duration;

/// Moments of the call, evenly spread.
const MOMENTS: u32 = 10;

/// A picture to be put on the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glance {
    /// When it was shown.
    pub(super) at: Duration,
    pub(super) mark: Mark,
}

/// Of the pictures shown at these times until `end`, in their order: those that stood at evenly spread moments, and
/// of the worst freeze the one that stood and the one that ended it.
pub(super) fn choose(visible: &[Duration], end: Duration, frozen: &[Freeze]) -> Vec<Glance> {
    let standing_at = |moment: Duration| visible.partition_point(|&at| at <= moment).checked_sub(1);
    // The middle of each part of the call.
    let moments = (0..MOMENTS).filter_map(|n| standing_at(end * (2 * n + 1) / (2 * MOMENTS)));
    let worst = frozen.iter().max_by_key(|freeze| freeze.duration);
    let stood = worst.and_then(|freeze| standing_at(freeze.at));
    let around: Vec<usize> = stood.into_iter().flat_map(|n| [n, n + 1]).collect();
    let mut chosen: Vec<usize> = moments.chain(around.iter().copied()).collect();
    chosen.sort_unstable();
    chosen.dedup();
    let glance = |n: usize| {
        let mark = if around.contains(&n) { Mark::Freeze } else { Mark::Ordinary };
        Some(Glance { at: *visible.get(n)?, mark })
    };
    chosen.into_iter().filter_map(glance).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(times: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        times.into_iter().map(Duration::from_millis).collect()
    }

    fn at(glances: &[Glance], mark: Mark) -> Vec<u128> {
        glances.iter().filter(|glance| glance.mark == mark).map(|glance| glance.at.as_millis()).collect()
    }

    #[test]
    fn moments_are_spread_evenly_and_the_worst_freeze_is_marked() {
        let visible = millis((0..50).map(|n| n * 40 + if n > 20 { 1_000 } else { 0 }));
        let freeze = |at, duration| Freeze { at, duration };
        let frozen = [
            freeze(Duration::from_millis(800), Duration::from_millis(1_040)),
            freeze(Duration::from_millis(2_000), Duration::from_millis(300)),
        ];
        let glances = choose(&visible, Duration::from_secs(3), &frozen);
        // The picture of 800 ms stands at 1050, 1350 and 1650 ms, too.
        assert_eq!(at(&glances, Mark::Freeze), [800, 1_840]);
        assert_eq!(at(&glances, Mark::Ordinary), [120, 440, 720, 1_920, 2_240, 2_520, 2_840]);
        assert!(glances.is_sorted_by_key(|glance| glance.at));
    }

    #[test]
    fn a_call_without_pictures_has_no_moments() {
        assert_eq!(choose(&[], Duration::from_secs(3), &[]), []);
        let late = choose(&millis([2_900]), Duration::from_secs(3), &[]);
        assert_eq!(at(&late, Mark::Ordinary), [0_u128; 0]);
    }
}
