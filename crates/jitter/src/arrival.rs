//! What the arrivals so far tell about the next ones: the estimating part of the buffer.

use crate::histogram::Histogram;
use crate::policy::Arrival;
use crate::shift::ShiftDetector;
use core::time::Duration;
use moim_media::Instant;
use moim_media::transit::Base;
use moim_media::transit::Transit;

/// Forgets in seconds: follows the network of this moment.
const SHORT: f32 = 2.5;
/// Remembers a stall for a while.
const LONG: f32 = 25.0;
/// Packets that come closer together than this were held up somewhere.
const BURST: Duration = Duration::from_millis(6);
/// Clocks of computers differ by less than this, in parts of one.
const MOST_DRIFT: f64 = 0.000_5;
/// How far above the target a packet out of a burst must be to belong to a stall, in ms.
const STALL: f32 = 40.0;

/// Two histories of *when frames became usable*, one short and one long.
///
/// A frame that came is usable when it came. A frame that was lost, but whose copy came in a later packet, is
/// usable from then on; so waiting for repair falls out of the same minimisation as waiting for the frame itself.
#[derive(Clone, Debug)]
pub(crate) struct ArrivalHistory {
    pub(crate) short: Histogram,
    pub(crate) long: Histogram,
    base: Base,
    shift: ShiftDetector,
    last: Option<Arrival>,
    /// Up to when drift has been followed.
    followed: Instant,
    count: u32,
    shifts: u64,
}

impl ArrivalHistory {
    pub(crate) fn new() -> Self {
        Self {
            short: Histogram::new(SHORT),
            long: Histogram::new(LONG),
            base: Base::new(),
            shift: ShiftDetector::new(),
            last: None,
            followed: Instant::EPOCH,
            count: 0,
            shifts: 0,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.short.clear();
        self.long.clear();
        self.base.clear();
        self.shift.clear();
        self.last = None;
        self.count = 0;
    }

    /// A packet came; `target` is the transit aimed at so far.
    pub(crate) fn record(&mut self, arrival: Arrival, target: Option<Transit>) {
        let stall = self.is_stall(arrival, target);
        let before = self.base();
        self.base.record(arrival.at, arrival.transit);
        self.follow_drift(arrival.at, before);
        self.long.record(arrival.at, arrival.transit, 1.0);
        if !stall {
            self.short.record(arrival.at, arrival.transit, 1.0);
            self.follow_shift(arrival);
        }
        self.last = Some(arrival);
        self.count = self.count.saturating_add(1);
    }

    /// A lost frame became usable by repair at `at`, with this transit; `worth` is 1 for a perfect copy.
    pub(crate) fn record_repair(&mut self, at: Instant, transit: Transit, worth: f32) {
        self.short.record(at, transit, worth);
        self.long.record(at, transit, worth);
    }

    /// As many frames were lost for good: no delay would have helped.
    pub(crate) fn record_lost(&mut self, at: Instant, frames: f32) {
        self.short.record_lost(at, frames);
        self.long.record_lost(at, frames);
    }

    /// The least transit of the last 20 s; `None` before the first packet.
    pub(crate) fn base(&self) -> Option<Transit> {
        self.base.transit()
    }

    /// Packets seen since the stream, or its present level of delay, began.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    pub(crate) fn shifts(&self) -> u64 {
        self.shifts
    }

    fn is_stall(&self, arrival: Arrival, target: Option<Transit>) -> bool {
        let (Some(last), Some(target)) = (self.last, target) else { return false };
        arrival.at.since(last.at) < BURST
            && arrival.time > last.time
            && arrival.transit < last.transit
            && arrival.transit.millis_over(target) > STALL
    }

    /// A base that falls no faster than clocks drift apart takes the past along: those packets were not slow, the
    /// sender's clock was. (When it rises, the past is below and costs nothing.)
    fn follow_drift(&mut self, now: Instant, before: Option<Transit>) {
        let (Some(before), Some(after)) = (before, self.base()) else {
            self.followed = now;
            return;
        };
        let fallen = before.over(after);
        if fallen.is_zero() {
            return;
        }
        let fallen = fallen.min(now.since(self.followed).min(Base::WINDOW).mul_f64(MOST_DRIFT));
        self.short.move_by(fallen);
        self.long.move_by(fallen);
        self.followed = now;
    }

    fn follow_shift(&mut self, arrival: Arrival) {
        let Some(level) = self.shift.detect(arrival, &self.short) else { return };
        self.shifts += 1;
        self.short.clear();
        self.long.clear();
        self.base.clear();
        self.count = 0;
        for seen in level {
            self.short.record(arrival.at, seen.transit, 1.0);
            self.long.record(arrival.at, seen.transit, 1.0);
            self.base.record(arrival.at, seen.transit);
        }
    }
}
