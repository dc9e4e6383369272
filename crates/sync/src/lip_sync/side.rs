//! One of the two streams.

use super::{LONGEST, Rendered, STOPPED};
use crate::{Basis, ClockTime};
use core::time::Duration;
use moim_media::Instant;

/// Over how long the time of the way is averaged, in nanoseconds.
const AVERAGED: f64 = 1e9;
/// A change of the way's time that is no noise any more, and for how many presentations in a row it must last.
const JUMP: i64 = 250_000_000;
const LASTING: u8 = 5;

/// What is known of a stream, and how long it waits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Side {
    playing: Option<Playing>,
    by_report: Way,
    by_arrival: Way,
    wanted: i64,
    /// What it is held back, as last presented.
    delay: i64,
    min_delay: i64,
    /// Whether the waiting is on its way to another value.
    moving: bool,
    adjusted: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Playing {
    since: Instant,
    last: Instant,
}

/// From capture to presentation, in nanoseconds between two clocks.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    /// As last presented.
    lateness: Option<i64>,
    /// The same without what the receiver holds back, averaged: what the fastest packets need.
    base: Option<i64>,
    jumps: u8,
}

impl Side {
    pub(super) fn observe(&mut self, now: Instant, rendered: &Rendered) {
        let elapsed = self.playing.map_or(Duration::ZERO, |playing| now.since(playing.last));
        self.playing = Some(Playing { since: self.playing.map_or(now, |playing| playing.since), last: now });
        self.wanted = nanos(rendered.wanted.min(LONGEST));
        let delay = nanos(rendered.delay);
        self.delay = delay.min(nanos(LONGEST));
        let lateness =
            |captured: Option<ClockTime>| captured.map(|captured| ClockTime::from(now).nanos_since(captured));
        self.by_report.observe(lateness(rendered.captured.by_report), delay, elapsed);
        self.by_arrival.observe(lateness(rendered.captured.by_arrival), delay, elapsed);
    }

    pub(super) fn is_silent(&self, now: Instant) -> bool {
        self.playing.is_some_and(|playing| now.since(playing.last) > STOPPED)
    }

    /// Nothing is known of a stream that begins again; what it was told to wait fades.
    pub(super) fn stop(&mut self) {
        (self.playing, self.by_report, self.by_arrival) = (None, Way::default(), Way::default());
    }

    pub(super) const fn min_delay(&self) -> i64 {
        self.min_delay
    }

    pub(super) const fn lateness(&self, basis: Basis) -> Option<i64> {
        self.way(basis).lateness
    }

    /// From capture to presentation, when the stream waits for nobody.
    pub(super) fn demand(&self, basis: Basis) -> Option<i64> {
        Some(self.way(basis).base?.saturating_add(self.wanted))
    }

    /// From capture to presentation, as it is.
    pub(super) fn presented(&self, basis: Basis) -> Option<i64> {
        Some(self.way(basis).base?.saturating_add(self.delay))
    }

    /// Moves the waiting towards what makes capture to presentation take `common`; without that, towards none.
    pub(super) fn approach(
        &mut self,
        now: Instant,
        common: Option<(Basis, i64)>,
        most: Duration,
        change_per_second: Duration,
        tolerance: Duration,
    ) {
        let elapsed = now.since(self.adjusted);
        self.adjusted = self.adjusted.max(now);
        let target = common.and_then(|(basis, common)| Some(common.saturating_sub(self.way(basis).base?)));
        let longest = self.wanted.saturating_add(nanos(most));
        let target = target.unwrap_or(0).clamp(0, longest);
        // Below what the stream wants for itself the value has no effect: changes begin there.
        let from = self.min_delay.clamp(self.wanted.min(target), longest);
        let young = self.playing.is_some_and(|playing| now.since(playing.since) < STOPPED);
        let distance = target.saturating_sub(from);
        // What set out goes most of the way: it does not stop at the edge of what is tolerated.
        let tolerated = nanos(if self.moving { tolerance / 4 } else { tolerance });
        self.moving = distance.saturating_abs() > tolerated;
        let step = match self.moving {
            false => 0,
            true if young && common.is_some() => distance,
            true => {
                let most = change_per_second.as_secs_f64() * elapsed.min(STOPPED).as_secs_f64() * 1e9;
                distance.clamp(-(most as i64), most as i64)
            }
        };
        let delay = from.saturating_add(step);
        self.min_delay = if delay <= self.wanted { 0 } else { delay };
    }

    /// From the sender's clock to the receiver's, by what was presented last and by the average; `None` while one
    /// of them is not known.
    pub(super) fn offsets(&self) -> Option<[i64; 2]> {
        let (report, arrival) = (&self.by_report, &self.by_arrival);
        let last = report.lateness?.saturating_sub(arrival.lateness?);
        Some([last, report.base?.saturating_sub(arrival.base?)])
    }

    const fn way(&self, basis: Basis) -> &Way {
        match basis {
            Basis::Report => &self.by_report,
            Basis::Arrival => &self.by_arrival,
        }
    }
}

impl Way {
    fn observe(&mut self, lateness: Option<i64>, delay: i64, elapsed: Duration) {
        self.lateness = lateness;
        let Some(lateness) = lateness else { return *self = Self::default() };
        let sample = lateness.saturating_sub(delay);
        let Some(base) = self.base else { return self.base = Some(sample) };
        let change = sample.saturating_sub(base);
        if change.saturating_abs() > JUMP {
            self.jumps += 1;
            if self.jumps >= LASTING {
                *self = Self { lateness: Some(lateness), base: Some(sample), jumps: 0 };
            }
            return;
        }
        self.jumps = 0;
        let share = (elapsed.as_nanos() as f64 / AVERAGED).min(1.0);
        self.base = Some(base.saturating_add((change as f64 * share) as i64));
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
