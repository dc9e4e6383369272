//! Has the network moved to another level of delay, or is this jitter?

use crate::NANOS_PER_MILLI;
use crate::histogram::Histogram;
use crate::policy::Arrival;
use core::time::Duration;
use moim_media::Instant;
use moim_media::transit::Transit;

/// Packets in a row that must all be slower than what was usual.
const UP: usize = 12;
/// Packets in a row that must all be faster.
const DOWN: usize = 15;
/// By how much, beyond the usual.
const MARGIN: i64 = 8 * NANOS_PER_MILLI;
/// Beyond by this much, they are at another level however little is known of the one before …
const FAR: i64 = 200 * NANOS_PER_MILLI;
/// … if it is no less than this weight: a packet of some seconds ago.
const LITTLE: f32 = 0.3;
/// What makes a new level of the last packets.
#[derive(Clone, Copy, Debug)]
struct Evidence {
    /// Share of the past that may have been there already.
    share: f32,
    /// Weight of the past that makes "usual" mean something.
    past: f32,
}

const SLOWER: Evidence = Evidence { share: 0.03, past: 20.0 };
/// Wider, for a drained queue ends a ramp, not a step.
const FASTER: Evidence = Evidence { share: 0.1, past: 20.0 };
/// A queue that drains passes through levels that are none; of the first there is hardly a past.
const STILL_FASTER: Evidence = Evidence { share: 0.5, past: 5.0 };
/// A path that just moved may overshoot; do not follow it back at once.
const REST: Duration = Duration::from_secs(1);

/// Looks for a level shift: the last packets all lie outside of what the short history knows.
#[derive(Clone, Debug)]
pub(crate) struct ShiftDetector {
    /// The last arrivals, newest last.
    recent: Vec<Arrival>,
    last: Option<Shift>,
}

#[derive(Clone, Copy, Debug)]
enum Shift {
    Up { at: Instant },
    Down { at: Instant },
}

impl ShiftDetector {
    pub(crate) fn new() -> Self {
        Self { recent: Vec::with_capacity(DOWN), last: None }
    }

    pub(crate) fn clear(&mut self) {
        self.recent.clear();
        self.last = None;
    }

    /// Adds an arrival that `history` knows already; the arrivals at the new level, when there is one.
    pub(crate) fn detect(&mut self, arrival: Arrival, history: &Histogram) -> Option<&[Arrival]> {
        if self.recent.len() == DOWN {
            self.recent.remove(0);
        }
        self.recent.push(arrival);
        if let Some(from) = self.up(history) {
            self.last = Some(Shift::Up { at: arrival.at });
            return Some(&self.recent[from..]);
        }
        let from = self.down(history)?;
        self.last = Some(Shift::Down { at: arrival.at });
        Some(settled(&self.recent[from..]))
    }

    fn up(&self, history: &Histogram) -> Option<usize> {
        let from = self.recent.len().checked_sub(UP)?;
        let recent = &self.recent[from..];
        let (first, last) = (recent.first()?, recent.last()?);
        // A stall ends in a burst: many packets at once. A slower path still spaces them as they were sent.
        if last.at.since(first.at).as_secs_f32() < 0.6 * last.time.since(first.time).as_secs_f32() {
            return None;
        }
        let least = recent.iter().map(|arrival| arrival.transit).min()?;
        let usual = Transit(least.0.saturating_sub(MARGIN));
        let is_new = is_new(history.above(usual), recent, history, SLOWER);
        (is_new || is_far_above(least, recent, history)).then_some(from)
    }

    fn down(&self, history: &Histogram) -> Option<usize> {
        let from = self.recent.len().checked_sub(DOWN)?;
        let recent = &self.recent[from..];
        let now = recent.last()?.at;
        let evidence = match self.last {
            Some(Shift::Up { at }) if now.since(at) < REST => return None,
            Some(Shift::Down { at }) if now.since(at) < REST => STILL_FASTER,
            _ => FASTER,
        };
        let most = recent.iter().map(|arrival| arrival.transit).max()?;
        let usual = Transit(most.0.saturating_add(MARGIN));
        is_new(history.up_to(usual), recent, history, evidence).then_some(from)
    }
}

/// Whether the history without `recent` makes `recent` something new; `there` is the history's weight where `recent` is.
fn is_new(there: f32, recent: &[Arrival], history: &Histogram, evidence: Evidence) -> bool {
    let Some(now) = recent.last().map(|arrival| arrival.at) else { return false };
    // Whatever is left of `recent`: nearly always this is the end, before many exponentials.
    if there > evidence.share * history.total() + recent.len() as f32 {
        return false;
    }
    let own: f32 = recent.iter().map(|arrival| history.remaining(arrival.at, now)).sum();
    let before = history.total() - own;
    before >= evidence.past && there - own <= evidence.share * before
}

/// Whether all that is known from before `recent`, the least of which is `least`, lies far below: where no delay that is aimed
/// at from there would reach.
fn is_far_above(least: Transit, recent: &[Arrival], history: &Histogram) -> bool {
    let far = Transit(least.0.saturating_sub(FAR));
    let below = history.up_to(far);
    let Some(now) = recent.last().map(|arrival| arrival.at) else { return false };
    let own: f32 = recent.iter().map(|arrival| history.remaining(arrival.at, now)).sum();
    below >= LITTLE && history.above(far) - own <= SLOWER.share * below
}

/// The arrivals since the last one that was slower than all behind it: those before were still on the way down.
fn settled(recent: &[Arrival]) -> &[Arrival] {
    let mut slowest: Option<Transit> = None;
    for (place, arrival) in recent.iter().enumerate().rev() {
        if slowest.is_some_and(|slowest| arrival.transit.0 > slowest.0.saturating_add(MARGIN)) {
            return &recent[place + 1..];
        }
        slowest = slowest.max(Some(arrival.transit));
    }
    recent
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::Histogram;
    use moim_media::codec::Content;
    use moim_media::{ClockRate, MediaTime};

    /// Where packets of these transits (ms), 20 ms apart, end up: the newest level, and the shifts on the way.
    fn shifts(transits: impl Iterator<Item = i64>) -> Vec<(usize, Vec<i64>)> {
        let (mut detector, mut history) = (ShiftDetector::new(), Histogram::new(2.5));
        let mut found = Vec::new();
        for (packet, transit) in transits.enumerate() {
            let arrival = Arrival {
                at: Instant::from_millis((1_000 + packet as i64 * 20 + transit) as u64),
                time: MediaTime::new(packet as u64 * 960, ClockRate::HZ_48000),
                transit: Transit(transit * NANOS_PER_MILLI),
                content: Content::Speech,
            };
            history.record(arrival.at, arrival.transit, 1.0);
            let Some(level) = detector.detect(arrival, &history) else { continue };
            found.push((packet, level.iter().map(|arrival| arrival.transit.0 / NANOS_PER_MILLI).collect()));
            history.clear();
            for arrival in level {
                history.record(arrival.at, arrival.transit, 1.0);
            }
        }
        found
    }

    #[test]
    fn a_queue_that_drains_at_once_leaves_nothing_behind() {
        let drain = [131, 111, 91, 71, 51, 31, 11];
        let found = shifts((0..200).map(|n| 150 + n % 4).chain(drain).chain((0..40).map(|n| n % 4)));
        let (at, level) = found.last().unwrap();
        assert!(*at < 230, "{found:?}");
        assert!(level.iter().all(|&transit| transit <= 11), "{found:?}");
    }

    #[test]
    fn a_slow_drain_is_followed_to_its_end() {
        let found = shifts(
            (0..200).map(|n| 200 + n % 4).chain((0..100).map(|n| 200 - 2 * n)).chain((0..60).map(|n| n % 4)),
        );
        let (at, level) = found.last().unwrap();
        assert!((300..330).contains(at), "{found:?}");
        assert!(level.iter().all(|&transit| transit < 40), "{found:?}");
    }

    #[test]
    fn a_level_far_above_needs_no_long_past() {
        for past in [1, 3, 10, 19] {
            let found = shifts((0..past).map(|n| n % 4).chain((0..40).map(|n| 833 + n % 4)));
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].0, past as usize + UP - 1);
            let found = shifts((0..past).map(|n| n % 4).chain((0..40).map(|n| 150 + n % 4)));
            assert_eq!(found.len(), 0, "a delay reaches that far: {found:?}");
        }
        assert!(shifts((0..40).map(|n| n % 4)).is_empty());
    }

    #[test]
    fn a_step_up_is_not_followed_back_at_once() {
        let found = shifts((0..200).map(|n| n % 4).chain((0..20).map(|_| 100)).chain((0..20).map(|n| n % 4)));
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
