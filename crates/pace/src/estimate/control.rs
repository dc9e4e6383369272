//! From what is seen of the path to a bitrate: down in one step to what arrives, up by degrees.
//!
//! While packets queue, the rate at which they arrive is the capacity, whatever was sent. So the answer to a queue is a
//! share of that rate, the smaller the longer the queue, until it has drained; no search is needed.

use super::flow::Flow;
use super::losses::Losses;
use super::queueing::Usage;
use core::ops::RangeInclusive;
use core::time::Duration;
use moim_media::Instant;

/// Growth per second near the capacity that was last met, away from it, and before any was met.
const CAREFUL: f64 = 0.08;
const BOLD: f64 = 0.3;
const FIRST: f64 = 0.6;
/// From where to where the last capacity is near.
const NEAR: RangeInclusive<f64> = 0.9..=1.1;
/// One step of growth is for at most this time without feedback.
const LONGEST_STEP: Duration = Duration::from_millis(250);
/// The bitrate grows no further beyond what was proved: this many times what arrives, and a little.
const PROVED: f64 = 1.5;
const UNPROVED: f64 = 20_000.0;
const PROOF: Duration = Duration::from_millis(500);
/// Of the capacity while a queue drains, if it is short; and how long a queue takes one off that.
const SHARE: RangeInclusive<f64> = 0.4..=0.85;
const SHORT_QUEUE: f64 = 0.92;
const DRAIN: f64 = 0.75;
/// What arrives is measured over the queue's whole life, if that is between these.
const FIRST_SIGHT: Duration = Duration::from_millis(125);
const LONG_SIGHT: Duration = Duration::from_millis(300);
/// A queue this much longer than at its worst is a new one.
const WORSE: Duration = Duration::from_millis(30);
/// A queue that after this time is not shorter by a fifth is none of ours.
const STUBBORN: Duration = Duration::from_millis(1_000);
/// Losing more than this is congestion even without a queue; losing more than the other is no time to grow.
const HEAVY_LOSS: f32 = 0.12;
const SOME_LOSS: f32 = 0.08;

/// What one feedback shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) usage: Usage,
    pub(crate) queue: Duration,
    pub(crate) loss: f32,
    pub(crate) round_trip: Duration,
    /// When the newest packet was sent of those that the feedback tells of.
    pub(crate) newest_sent: Instant,
}

/// What follows besides the bitrate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Nothing,
    /// What looked like a queue is a longer path.
    LongerPath,
}

#[derive(Clone, Debug)]
pub(crate) struct Control {
    limits: RangeInclusive<u32>,
    bitrate: f64,
    phase: Phase,
    /// The capacity that was last met, until the bitrate has left it behind.
    met: Option<f64>,
    ever_met: bool,
    updated: Option<Instant>,
}

#[derive(Clone, Debug)]
enum Phase {
    Climb { not_before: Instant },
    Drain(Drain),
}

/// A queue that is being drained.
#[derive(Clone, Debug)]
struct Drain {
    since: Instant,
    /// The bitrate it grew at.
    before: f64,
    capacity: f64,
    worst: Duration,
    judged: Instant,
}

impl Control {
    pub(crate) fn new(start: u32, limits: RangeInclusive<u32>) -> Self {
        Self {
            limits,
            bitrate: f64::from(start),
            phase: Phase::Climb { not_before: Instant::EPOCH },
            met: None,
            ever_met: false,
            updated: None,
        }
    }

    pub(crate) fn bitrate(&self) -> u32 {
        self.bitrate as u32
    }

    /// To this many times as much, from `now` on not up again for a while.
    pub(crate) fn scale(&mut self, now: Instant, factor: f64, hold: Duration) {
        self.set(self.bitrate * factor);
        self.phase = Phase::Climb { not_before: now + hold };
    }

    /// Growth by `factor`, as far as `proved` bits per second allow it.
    pub(crate) fn grow(&mut self, factor: f64, proved: Option<f64>) {
        let ceiling = proved.map_or(f64::INFINITY, |proved| PROVED * proved + UNPROVED);
        self.set(self.bitrate.max(ceiling.min(self.bitrate * factor)));
    }

    /// What a feedback that came `now` shows, with what arrived lately.
    pub(crate) fn update(&mut self, now: Instant, seen: Seen, arrived: &Flow) -> Verdict {
        let elapsed = self.updated.map_or(Duration::ZERO, |updated| now.since(updated)).min(LONGEST_STEP);
        self.updated = Some(now);
        match &mut self.phase {
            Phase::Climb { .. } if seen.usage == Usage::Over => {
                self.yield_to(now, seen, arrived);
                Verdict::Nothing
            }
            Phase::Climb { not_before } => {
                let not_before = *not_before;
                self.climb(now, not_before, elapsed, seen, arrived)
            }
            Phase::Drain(_) => self.drain(now, seen, arrived),
        }
    }

    fn climb(
        &mut self,
        now: Instant,
        not_before: Instant,
        elapsed: Duration,
        seen: Seen,
        arrived: &Flow,
    ) -> Verdict {
        if now < not_before {
            return Verdict::Nothing;
        }
        if seen.loss > HEAVY_LOSS {
            // Not again for the same losses.
            self.scale(now, 1.0 - 0.5 * f64::from(seen.loss), seen.round_trip + Losses::MEMORY);
        } else if seen.usage == Usage::Free && seen.loss <= SOME_LOSS {
            let per_second = self.growth();
            self.grow(1.0 + per_second * elapsed.as_secs_f64(), arrived.rate(PROOF).or(Some(0.0)));
        }
        Verdict::Nothing
    }

    fn growth(&mut self) -> f64 {
        let Some(met) = self.met else { return if self.ever_met { BOLD } else { FIRST } };
        let relative = self.bitrate / met;
        if relative > *NEAR.end() {
            self.met = None;
        }
        if NEAR.contains(&relative) { CAREFUL } else { BOLD }
    }

    /// A queue was found: down.
    fn yield_to(&mut self, now: Instant, seen: Seen, arrived: &Flow) {
        let before = self.bitrate;
        let drain = Drain {
            since: now,
            before,
            capacity: arrived.rate(FIRST_SIGHT).map_or(before, |rate| rate.min(before)),
            worst: seen.queue,
            judged: now + seen.round_trip + STUBBORN,
        };
        self.ever_met = true;
        self.set(before.min(drain.capacity * share(seen.queue)));
        self.phase = Phase::Drain(drain);
    }

    fn drain(&mut self, now: Instant, seen: Seen, arrived: &Flow) -> Verdict {
        let Phase::Drain(drain) = &mut self.phase else { return Verdict::Nothing };
        if seen.newest_sent <= drain.since {
            // These were sent at the old rate: the queue still grew, and the capacity is seen ever more clearly.
            let sight = (FIRST_SIGHT + now.since(drain.since)).min(LONG_SIGHT);
            drain.capacity = arrived.rate(sight).map_or(drain.capacity, |rate| rate.min(drain.before));
            drain.worst = drain.worst.max(seen.queue);
        } else if seen.usage == Usage::Free {
            self.met = Some(drain.capacity);
            self.phase = Phase::Climb { not_before: now };
            return Verdict::Nothing;
        } else if seen.queue > drain.worst + WORSE {
            self.yield_to(now, seen, arrived);
            return Verdict::Nothing;
        } else if now >= drain.judged {
            if seen.queue > drain.worst.mul_f64(0.8) {
                self.phase = Phase::Climb { not_before: now + seen.round_trip };
                return Verdict::LongerPath;
            }
            drain.worst = seen.queue;
            drain.judged = now + STUBBORN;
        }
        let bitrate = drain.before.min(drain.capacity * share(seen.queue));
        self.set(bitrate);
        Verdict::Nothing
    }

    fn set(&mut self, bitrate: f64) {
        self.bitrate = bitrate.clamp(f64::from(*self.limits.start()), f64::from(*self.limits.end()));
    }
}

/// Which share of the capacity to use while this queue drains.
fn share(queue: Duration) -> f64 {
    (SHORT_QUEUE - queue.as_secs_f64() / DRAIN).clamp(*SHARE.start(), *SHARE.end())
}
