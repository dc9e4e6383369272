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
/// Share of the past that may have been as slow already.
const UP_SHARE: f32 = 0.03;
/// Share of the past that may have been as fast already. Wider, for a drained queue ends a ramp, not a step.
const DOWN_SHARE: f32 = 0.1;
/// Weight of the past that makes "usual" mean something.
const ENOUGH: f32 = 20.0;
/// A path that just moved may overshoot; do not follow it back at once.
const REST: Duration = Duration::from_secs(1);

/// Looks for a level shift: the last packets all lie outside of what the short history knows.
#[derive(Clone, Debug)]
pub(crate) struct ShiftDetector {
    /// The last arrivals, newest last.
    recent: Vec<Arrival>,
    shifted_at: Option<Instant>,
}

impl ShiftDetector {
    pub(crate) fn new() -> Self {
        Self { recent: Vec::with_capacity(DOWN), shifted_at: None }
    }

    pub(crate) fn clear(&mut self) {
        self.recent.clear();
        self.shifted_at = None;
    }

    /// Adds an arrival that `history` knows already; the arrivals at the new level, when there is one.
    pub(crate) fn detect(&mut self, arrival: Arrival, history: &Histogram) -> Option<&[Arrival]> {
        if self.recent.len() == DOWN {
            self.recent.remove(0);
        }
        self.recent.push(arrival);
        let from = self.up(history).or_else(|| self.down(history))?;
        self.shifted_at = Some(arrival.at);
        Some(&self.recent[from..])
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
        Self::is_new(history.above(usual), recent, history, UP_SHARE).then_some(from)
    }

    fn down(&self, history: &Histogram) -> Option<usize> {
        let from = self.recent.len().checked_sub(DOWN)?;
        let recent = &self.recent[from..];
        if self.shifted_at.is_some_and(|then| recent[DOWN - 1].at.since(then) < REST) {
            return None;
        }
        let most = recent.iter().map(|arrival| arrival.transit).max()?;
        let usual = Transit(most.0.saturating_add(MARGIN));
        Self::is_new(history.up_to(usual), recent, history, DOWN_SHARE).then_some(from)
    }

    /// Whether, of the history without `recent`, at most `share` lies where all of `recent` does.
    fn is_new(there: f32, recent: &[Arrival], history: &Histogram, share: f32) -> bool {
        let Some(now) = recent.last().map(|arrival| arrival.at) else { return false };
        let own: f32 = recent.iter().map(|arrival| history.remaining(arrival.at, now)).sum();
        let before = history.total() - own;
        before >= ENOUGH && there - own <= share * before
    }
}
