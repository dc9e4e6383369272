//! Is there a queue on the path? From delays alone, whatever jitter lies over them.
//!
//! A queue holds up every packet, jitter only some of them. So the least delay of the last tenth of a second is
//! compared with the least of the last 10 to 20 s, the path without a queue. What this difference does in good times
//! says how much of it is still jitter.

use core::time::Duration;
use moim_media::Instant;

/// The least delay is looked for in two such spans: short enough for clocks that drift apart by 100 ppm and for a new
/// route, long enough to see the path empty.
const SPAN: Duration = Duration::from_secs(10);
/// What a new difference counts among those of good times.
const SMOOTHING: f64 = 0.02;
/// In seconds, besides what jitter explains.
const MARGIN: f64 = 0.015;
const LEAST_THRESHOLD: f64 = 0.03;
const MOST_THRESHOLD: f64 = 0.06;
/// A difference this many times over the threshold, in all packets of one feedback, needs no confirmation.
const OBVIOUS: f64 = 2.0;
/// Feedback in a row that must agree otherwise.
const CONFIRMATIONS: u32 = 2;

/// What the delays say of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usage {
    /// No queue to speak of.
    Free,
    /// Perhaps a queue.
    Filling,
    /// A queue.
    Over,
}

#[derive(Clone, Debug)]
pub(crate) struct Queueing {
    base: [Option<i64>; 2],
    span_since: Instant,
    /// Seconds.
    queue: f64,
    /// Mean and mean deviation of the queue in good times, in seconds.
    usual: f64,
    deviation: f64,
    over: u32,
}

impl Queueing {
    pub(crate) fn new() -> Self {
        Self {
            base: [None; 2],
            span_since: Instant::EPOCH,
            queue: 0.0,
            usual: 0.0,
            deviation: 0.005,
            over: 0,
        }
    }

    /// How long packets wait on the path.
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_secs_f64(self.queue)
    }

    /// Feedback came: the least delay of the last tenth of a second, and the least of this feedback when there are
    /// enough packets in it to tell; in nanoseconds from clock to clock.
    pub(crate) fn update(&mut self, now: Instant, recent: i64, newest: Option<i64>) -> Usage {
        self.learn(now, recent.min(newest.unwrap_or(recent)));
        let base = self.base.iter().flatten().min().copied().unwrap_or(recent);
        let over_base = |delay: i64| delay.saturating_sub(base).max(0) as f64 * 1e-9;
        self.queue = over_base(recent);
        let threshold = self.threshold();
        let obvious = newest.is_some_and(|newest| over_base(newest) > OBVIOUS * threshold);
        if self.queue <= threshold && !obvious {
            self.over = 0;
            let difference = self.queue - self.usual;
            self.usual += SMOOTHING * difference;
            self.deviation += SMOOTHING * (difference.abs() - self.deviation);
            return if 2.0 * self.queue < threshold { Usage::Free } else { Usage::Filling };
        }
        self.over += 1;
        if obvious {
            self.queue = self.queue.max(over_base(newest.unwrap_or(recent)));
        }
        if obvious || self.over >= CONFIRMATIONS { Usage::Over } else { Usage::Filling }
    }

    /// What looks like a queue does not go away: the path has become longer.
    pub(crate) fn rebase(&mut self, now: Instant, recent: i64) {
        self.base = [Some(recent), None];
        self.span_since = now;
        self.queue = 0.0;
        self.over = 0;
    }

    fn threshold(&self) -> f64 {
        (MARGIN + self.usual + 3.0 * self.deviation).clamp(LEAST_THRESHOLD, MOST_THRESHOLD)
    }

    fn learn(&mut self, now: Instant, delay: i64) {
        if now.since(self.span_since) > SPAN {
            self.base = [None, self.base[0]];
            self.span_since = now;
        }
        self.base[0] = Some(self.base[0].map_or(delay, |least| least.min(delay)));
    }
}
