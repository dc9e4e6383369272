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
        // Not a number is no loss.
        self.loss += SMOOTHING * (lost.max(0.0).min(1.0) - self.loss);
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
