//! The bitrate from receiver reports alone, once a second or so.
//!
//! Loss as in section 6 of draft-ietf-rmcat-gcc-02: when more than 10 % is lost, down by half the share lost; below 2 %
//! up; between the two nothing, for random loss on a radio link is not congestion. A queue shows before loss does, as a
//! round trip that grows: then down too, and not up again for a while.

use core::time::Duration;
use moim_media::Instant;

const HIGH_LOSS: f32 = 0.1;
const LOW_LOSS: f32 = 0.02;
const UP: f64 = 1.05;
/// A round trip this much over the least is a queue.
const QUEUE: Duration = Duration::from_millis(120);
const DOWN_FOR_QUEUE: f64 = 0.85;
/// After a step down, no step up for this long.
const CAUTION: Duration = Duration::from_secs(5);
/// There is at most one step in this time, however many reports come.
const STEP_INTERVAL: Duration = Duration::from_millis(400);
/// The least round trip is looked for in two such spans, so that a changed route is believed.
const SPAN: Duration = Duration::from_secs(15);
/// What a new report counts in the smoothed share.
const SMOOTHING: f32 = 0.3;
/// What is assumed before the first report: prepared for a little loss.
const FIRST_LOSS: f32 = 0.05;

/// What a report asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    Up(f64),
    Down(f64),
    Stay,
}

#[derive(Clone, Debug)]
pub(crate) struct Reports {
    loss: f32,
    least: [Option<Duration>; 2],
    span_since: Instant,
    queue: Duration,
    lowered_at: Option<Instant>,
    settled_at: Instant,
}

impl Reports {
    pub(crate) fn new() -> Self {
        Self {
            loss: FIRST_LOSS,
            least: [None; 2],
            span_since: Instant::EPOCH,
            queue: Duration::ZERO,
            lowered_at: None,
            settled_at: Instant::EPOCH,
        }
    }

    /// The smoothed share of packets lost, 0 … 1.
    pub(crate) fn loss(&self) -> f32 {
        self.loss
    }

    /// How much longer the last round trip was than the least.
    pub(crate) fn queue(&self) -> Duration {
        self.queue
    }

    pub(crate) fn report(&mut self, now: Instant, lost: f32, round_trip: Option<Duration>) -> Step {
        // What is not a number is not a loss.
        let lost = if lost > 0.0 { lost.min(1.0) } else { 0.0 };
        self.loss += SMOOTHING * (lost - self.loss);
        if let Some(round_trip) = round_trip {
            self.queue = self.over_least(now, round_trip);
        }
        // A report shows what an earlier step did only a round trip later.
        if now < self.settled_at {
            return Step::Stay;
        }
        let step = if self.queue > QUEUE {
            Step::Down(DOWN_FOR_QUEUE)
        } else if self.loss > HIGH_LOSS {
            Step::Down(1.0 - 0.5 * f64::from(self.loss))
        } else if self.loss < LOW_LOSS && self.lowered_at.is_none_or(|then| now.since(then) > CAUTION) {
            Step::Up(UP)
        } else {
            return Step::Stay;
        };
        if matches!(step, Step::Down(_)) {
            self.lowered_at = Some(now);
        }
        self.settled_at = now + round_trip.unwrap_or_default().clamp(STEP_INTERVAL, CAUTION);
        step
    }

    /// How much longer this round trip is than the least of the last 15 to 30 s.
    fn over_least(&mut self, now: Instant, round_trip: Duration) -> Duration {
        if now.since(self.span_since) > SPAN {
            self.least = [None, self.least[0]];
            self.span_since = now;
        }
        self.least[0] = Some(self.least[0].map_or(round_trip, |least| least.min(round_trip)));
        let least = self.least.iter().flatten().min().copied().unwrap_or(round_trip);
        round_trip.saturating_sub(least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RTT: Option<Duration> = Some(Duration::from_millis(80));

    /// The bitrate that begins at 1 and gets one report per second.
    fn after(reports: impl IntoIterator<Item = (f32, u64)>) -> f64 {
        let mut state = Reports::new();
        reports.into_iter().enumerate().fold(1.0, |bitrate, (second, (lost, round_trip))| {
            let now = Instant::from_millis(1_000 * second as u64);
            match state.report(now, lost, Some(Duration::from_millis(round_trip))) {
                Step::Up(factor) | Step::Down(factor) => bitrate * factor,
                Step::Stay => bitrate,
            }
        })
    }

    #[test]
    fn a_clean_path_is_used_more_and_more() {
        let soon = after([(0.0, 80); 12]);
        assert!((1.3..1.8).contains(&soon), "{soon}");
    }

    #[test]
    fn a_little_random_loss_changes_nothing() {
        assert_eq!(after([(0.04, 80); 60]), 1.0);
        assert_eq!(after([(f32::NAN, 80); 2]), 1.0);
    }

    #[test]
    fn heavy_loss_brings_it_down() {
        assert!(after([(0.3, 80); 60]) < 0.01);
    }

    #[test]
    fn a_queue_brings_it_down_before_anything_is_lost() {
        let filling = (0..20).map(|second| (0.0, if second < 5 { 80 } else { 80 + 60 * (second - 4) }));
        assert!(after(filling) < 0.5);
    }

    #[test]
    fn after_a_step_down_it_waits_before_it_climbs() {
        let mut reports = Reports::new();
        assert!(matches!(reports.report(Instant::EPOCH, 1.0, RTT), Step::Down(_)));
        let climbed = (1..60).find(|second| {
            matches!(reports.report(Instant::from_millis(1_000 * second), 0.0, RTT), Step::Up(_))
        });
        assert!(climbed.is_some_and(|second| second > 5), "{climbed:?}");
    }
}
