//! When each picture is shown: media time, the transit of the fastest packets, and a delay that hardly moves.

use crate::VideoConfig;
use crate::lateness::Lateness;
use core::time::Duration;
use moim_media::transit::Base;
use moim_media::transit::{Timeline, Transit};
use moim_media::{Instant, MediaTime};

/// How often the delay is chosen afresh.
const INTERVAL: Duration = Duration::from_millis(100);
/// How fast the delay follows what was chosen, as a share of the time that passes: movement a little slower, or faster.
const RISING: f64 = 0.15;
const FALLING: f64 = 0.06;

/// Relates media times to the instants at which their pictures are shown.
#[derive(Clone, Debug)]
pub(crate) struct RenderTime {
    min_delay: Duration,
    max_delay: Duration,
    timeline: Option<Timeline>,
    base: Base,
    lateness: Lateness,
    /// What the network asks for.
    wanted: Option<Transit>,
    chosen_at: Instant,
    /// What pictures are shown with now.
    shown: Option<Transit>,
    moved_at: Instant,
    pace: Pace,
}

/// Whether pictures run already, so that the delay can only be changed gently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    Waiting,
    Running,
}

impl RenderTime {
    pub(crate) fn new(config: &VideoConfig) -> Self {
        Self {
            min_delay: config.min_delay,
            max_delay: config.max_delay,
            timeline: None,
            base: Base::new(),
            lateness: Lateness::new(),
            wanted: None,
            chosen_at: Instant::EPOCH,
            shown: None,
            moved_at: Instant::EPOCH,
            pace: Pace::Waiting,
        }
    }

    /// Forgets the stream; what lip sync asks for stays.
    pub(crate) fn clear(&mut self) {
        self.timeline = None;
        self.base = Base::new();
        self.lateness.clear();
        self.wanted = None;
        self.shown = None;
        self.pace = Pace::Waiting;
    }

    pub(crate) fn set_min_delay(&mut self, min_delay: Duration) {
        self.min_delay = min_delay.min(self.max_delay);
    }

    /// A packet came at `now`.
    pub(crate) fn packet(&mut self, now: Instant, time: MediaTime) {
        let transit = self.timeline.get_or_insert(Timeline::new(time)).transit(now, time);
        self.base.record(now, transit);
        self.update(now);
    }

    /// A picture became decodable at `now`.
    pub(crate) fn decodable(&mut self, now: Instant, time: MediaTime) {
        let (Some(timeline), Some(base)) = (self.timeline, self.base.transit()) else { return };
        self.lateness.record(now, timeline.transit(now, time), base);
        if self.pace == Pace::Waiting {
            self.chosen_at = Instant::EPOCH;
            self.wanted = None;
        }
        self.update(now);
    }

    /// Pictures run from now on.
    pub(crate) fn started(&mut self) {
        self.pace = Pace::Running;
    }

    /// Lets the delay follow.
    pub(crate) fn update(&mut self, now: Instant) {
        let Some(base) = self.base.transit() else { return };
        // A path that has become much faster than all before is no reason to hold pictures back longer than ever.
        let most = base.plus(self.max_delay);
        if self.wanted.is_none_or(|wanted| wanted > most) || now.since(self.chosen_at) >= INTERVAL {
            self.wanted = Some(self.lateness.choose(base, self.max_delay, self.wanted));
            self.chosen_at = now;
        }
        let Some(target) = self.target_transit() else { return };
        let passed = now.since(self.moved_at);
        self.moved_at = self.moved_at.max(now);
        self.shown = Some(match (self.shown, self.pace) {
            (Some(shown), Pace::Running) if shown < target => shown.plus(passed.mul_f64(RISING)).min(target),
            (Some(shown), Pace::Running) => shown.minus(passed.mul_f64(FALLING)).max(target).min(most),
            _ => target,
        });
    }

    /// When a picture of media time `time` is shown; `None` before the first packet.
    pub(crate) fn due(&self, time: MediaTime) -> Option<Instant> {
        Some(self.timeline?.instant(time, self.shown?))
    }

    /// Until when it is worth waiting for a repair of the picture of media time `time`.
    pub(crate) fn limit(&self, time: MediaTime) -> Option<Instant> {
        let most = self.base.transit()?.plus(self.max_delay);
        Some(self.timeline?.instant(time, most.max(self.shown?)))
    }

    /// How long after the fastest packets pictures are shown now.
    pub(crate) fn delay(&self) -> Duration {
        self.over_base(self.shown)
    }

    /// The delay that is aimed at.
    pub(crate) fn target(&self) -> Duration {
        self.over_base(self.target_transit())
    }

    /// The delay that would be aimed at without a least one.
    pub(crate) fn wanted(&self) -> Duration {
        self.over_base(self.wanted)
    }

    fn target_transit(&self) -> Option<Transit> {
        Some(self.wanted?.max(self.base.transit()?.plus(self.min_delay)))
    }

    fn over_base(&self, transit: Option<Transit>) -> Duration {
        let (Some(transit), Some(base)) = (transit, self.base.transit()) else { return Duration::ZERO };
        transit.over(base)
    }
}
