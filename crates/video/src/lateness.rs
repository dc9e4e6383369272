//! How late pictures become decodable, and which delay is worth it.
//!
//! A picture is decodable when it and all that it builds on have come: waiting for a retransmission enters here like
//! any other waiting. The delay is the one whose own cost, and that of the pictures it still shows late, are least
//! together: where late pictures are many and a little more delay would save them, it is spent; the rare ones in the
//! long tail are not waited for.

use core::time::Duration;
use moim_media::Instant;
use moim_media::transit::Transit;

/// Width of a bin.
const BIN: i64 = 2_000_000;
/// Twice as many bins as the longest delay has, so that what lies below the base never looks late.
const BINS: usize = 1_024;
/// A picture is forgotten to 1/e after this.
const MEMORY: f32 = 12.0;
/// To show every picture late is as bad as a delay of this many ms.
const LATE_COST: f32 = 800.0;
/// Fewer late pictures than this share are no better: nobody sees it, and lip sync does not suffer.
const TOLERABLE: f32 = 0.06;
/// A shorter delay must be better by as many ms: the picture shall not swing between two delays.
const RELUCTANCE: f32 = 10.0;
/// As many pictures are assumed to have been in time, so that the first late ones are not taken for the rule.
const PUNCTUAL: f32 = 20.0;
/// Before any jitter was seen, as many pictures are assumed, exponential with this mean in ms …
const START_PICTURES: f32 = 1.0;
const START_JITTER: f32 = 10.0;
/// … believed less with every picture.
const START_FADE: f32 = 60.0;

/// A histogram of the transit with which pictures become decodable, forgetting exponentially.
#[derive(Clone, Debug)]
pub(crate) struct Lateness {
    /// Circular: a transit's bin follows from itself, so that drift between the clocks moves nothing.
    bins: Box<[f32; BINS]>,
    total: f32,
    pictures: f32,
    faded_at: Instant,
}

impl Lateness {
    pub(crate) fn new() -> Self {
        Self { bins: Box::new([0.0; BINS]), total: 0.0, pictures: 0.0, faded_at: Instant::EPOCH }
    }

    pub(crate) fn clear(&mut self) {
        self.bins.fill(0.0);
        self.total = 0.0;
        self.pictures = 0.0;
    }

    /// A picture became decodable at `now`, with `transit`; `base` is that of the fastest packets.
    pub(crate) fn record(&mut self, now: Instant, transit: Transit, base: Transit) {
        self.fade(now);
        let bin = bin(transit).clamp(bin(base), bin(base).saturating_add(BINS as i64 / 2 - 1));
        self.bins[place(bin)] += 1.0;
        self.total += 1.0;
        self.pictures += 1.0;
    }

    /// The transit to show pictures with: at least `base`, at most `most` over it. `present` is the one chosen before.
    pub(crate) fn choose(&self, base: Transit, most: Duration, present: Option<Transit>) -> Transit {
        let limit = base.plus(most);
        let prior = START_PICTURES * (-self.pictures / START_FADE).exp();
        let total = self.total + PUNCTUAL + prior;
        let (first, last) = (bin(base), bin(limit));
        let beyond = bin(base).saturating_add(BINS as i64 / 2);
        let mut above: f32 = (last.saturating_add(1)..beyond).map(|bin| self.bins[place(bin)]).sum();
        let (mut chosen, mut least) = (limit, f32::INFINITY);
        for candidate in (first..=last).rev() {
            // The upper edge of a bin covers all that fell into it.
            let transit = Transit(candidate.saturating_add(1).saturating_mul(BIN)).min(limit);
            let delay = transit.over(base).as_secs_f32() * 1_000.0;
            let late = (above + prior * (-delay / START_JITTER).exp()) / total;
            let reluctance = if present.is_some_and(|present| transit < present) { RELUCTANCE } else { 0.0 };
            let cost = LATE_COST * late.max(TOLERABLE) + delay + reluctance;
            if cost <= least {
                (chosen, least) = (transit, cost);
            }
            above += self.bins[place(candidate)];
        }
        chosen
    }

    fn fade(&mut self, now: Instant) {
        let passed = now.since(self.faded_at).as_secs_f32();
        self.faded_at = self.faded_at.max(now);
        if passed > 0.0 {
            let remaining = (-passed / MEMORY).exp();
            self.bins.iter_mut().for_each(|bin| *bin *= remaining);
            self.total *= remaining;
        }
    }
}

fn bin(transit: Transit) -> i64 {
    transit.0.div_euclid(BIN)
}

fn place(bin: i64) -> usize {
    bin.rem_euclid(BINS as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Transit = Transit(-7_000_000_000);

    /// The delay in ms for pictures, 25 a second, that are late by this much in ms.
    fn delay_for(lateness: impl Iterator<Item = u64>) -> u128 {
        let mut history = Lateness::new();
        let mut chosen = None;
        for (picture, late) in (0..).zip(lateness) {
            let now = Instant::from_millis(picture * 40);
            history.record(now, BASE.plus(Duration::from_millis(late)), BASE);
            chosen = Some(history.choose(BASE, Duration::from_millis(500), chosen));
        }
        chosen.unwrap().over(BASE).as_millis()
    }

    #[test]
    fn a_clean_path_needs_little() {
        assert!(delay_for((0..500).map(|_| 0)) <= 20);
    }

    #[test]
    fn jitter_is_covered() {
        assert!((56..=72).contains(&delay_for((0..500).map(|picture| picture * 37 % 60))));
    }

    #[test]
    fn frequent_repairs_are_waited_for_and_a_single_one_is_not() {
        let every = |pictures: u64| {
            delay_for((0..1_000).map(move |picture| 200_u64.saturating_sub(40 * (picture % pictures))))
        };
        assert!(every(12) >= 160, "{}", every(12));
        let single = delay_for((0..1_000).map(|picture| if picture == 900 { 200 } else { 0 }));
        assert!(single <= 20, "{single}");
    }

    #[test]
    fn extremes_do_not_matter() {
        let mut history = Lateness::new();
        for transit in [i64::MIN, i64::MAX, 0] {
            history.record(Instant::MAX, Transit(transit), Transit(transit));
            let chosen = history.choose(Transit(transit), Duration::from_secs(1), Some(Transit(i64::MAX)));
            assert!(chosen >= Transit(transit) || transit == i64::MAX);
        }
    }
}
