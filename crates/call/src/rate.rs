//! How many bits the network bears, from what the far side reports.
//!
//! Loss as in section 6 of draft-ietf-rmcat-gcc-02: when more than 10 % is lost, down by half the share lost; below 2 %
//! up by 5 %; between the two nothing, for random loss on a radio link is not congestion. A queue shows before loss does, as a
//! round trip that grows: then down too, and not up again for a while.

use core::ops::RangeInclusive;
use core::time::Duration;
use moim_media::Instant;

const HIGH_LOSS: f32 = 0.1;
const LOW_LOSS: f32 = 0.02;
const UP: f32 = 1.05;
/// A round trip this much over the least is a queue.
const QUEUE: Duration = Duration::from_millis(120);
const DOWN_FOR_QUEUE: f32 = 0.85;
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

/// Decides the bitrate of one sender.
#[derive(Clone, Debug)]
pub(crate) struct RateControl {
    limits: RangeInclusive<u32>,
    bitrate: f32,
    loss: f32,
    least: [Option<Duration>; 2],
    span_since: Instant,
    lowered_at: Option<Instant>,
    settled_at: Instant,
}

impl RateControl {
    pub(crate) fn new(start: u32, limits: RangeInclusive<u32>) -> Self {
        Self {
            limits,
            bitrate: start as f32,
            loss: FIRST_LOSS,
            least: [None; 2],
            span_since: Instant::EPOCH,
            lowered_at: None,
            settled_at: Instant::EPOCH,
        }
    }

    /// Bits per second to aim at.
    pub(crate) fn bitrate(&self) -> u32 {
        self.bitrate as u32
    }

    /// The smoothed share of packets lost.
    pub(crate) fn loss(&self) -> f32 {
        self.loss
    }

    /// The far side reports that it lost this share, 0 … 1, since its last report.
    pub(crate) fn report(&mut self, now: Instant, lost: f32, round_trip: Option<Duration>) {
        self.loss += SMOOTHING * (lost.clamp(0.0, 1.0) - self.loss);
        // A report shows what an earlier step did only a round trip later.
        if now < self.settled_at {
            return;
        }
        let queue = round_trip.map_or(Duration::ZERO, |round_trip| self.over_least(now, round_trip));
        let factor = if queue > QUEUE {
            DOWN_FOR_QUEUE
        } else if self.loss > HIGH_LOSS {
            1.0 - 0.5 * self.loss
        } else if self.loss < LOW_LOSS && self.lowered_at.is_none_or(|then| now.since(then) > CAUTION) {
            UP
        } else {
            return;
        };
        if factor < 1.0 {
            self.lowered_at = Some(now);
        }
        self.settled_at = now + round_trip.unwrap_or_default().clamp(STEP_INTERVAL, CAUTION);
        self.bitrate = (self.bitrate * factor).clamp(*self.limits.start() as f32, *self.limits.end() as f32);
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

    fn after(reports: impl IntoIterator<Item = (f32, u64)>) -> u32 {
        let mut rate = RateControl::new(32_000, 12_000..=64_000);
        for (second, (lost, round_trip)) in reports.into_iter().enumerate() {
            let now = Instant::from_millis(1_000 * second as u64);
            rate.report(now, lost, Some(Duration::from_millis(round_trip)));
        }
        rate.bitrate()
    }

    #[test]
    fn a_clean_path_is_used_to_its_limit_slowly() {
        let soon = after([(0.0, 80); 12]);
        assert!((40_000..55_000).contains(&soon), "{soon}");
        assert_eq!(after([(0.0, 80); 60]), 64_000);
    }

    #[test]
    fn a_little_random_loss_changes_nothing() {
        assert_eq!(after([(0.04, 80); 60]), 32_000);
    }

    #[test]
    fn heavy_loss_brings_it_down_to_the_limit_and_no_further() {
        assert_eq!(after([(0.3, 80); 60]), 12_000);
    }

    #[test]
    fn a_queue_brings_it_down_before_anything_is_lost() {
        let filling = (0..20).map(|second| (0.0, if second < 5 { 80 } else { 80 + 60 * (second - 4) }));
        assert!(after(filling) < 20_000);
    }

    #[test]
    fn after_a_step_down_it_waits_before_it_climbs() {
        let mut rate = RateControl::new(32_000, 12_000..=64_000);
        let mut at = |second: u64, lost| {
            rate.report(Instant::from_millis(1_000 * second), lost, RTT);
            rate.bitrate()
        };
        let lowered = at(0, 1.0);
        assert!(lowered < 32_000);
        let mut second = 0;
        let climbed = core::iter::from_fn(|| {
            second += 1;
            Some(at(second, 0.0))
        })
        .take(60)
        .position(|bitrate| bitrate > lowered);
        assert!(climbed.is_some_and(|seconds| seconds >= 5), "{climbed:?}");
    }
}
