//! Where playing aims: what the policy wants, within the limits, or later when a picture demands it.

use crate::policy::{DelayPolicy, Grid, Observation};
use crate::{ConfigError, JitterConfig};
use core::time::Duration;
use moim_media::Instant;
use moim_media::transit::Transit;

/// How often the target is chosen afresh.
const INTERVAL: Duration = Duration::from_millis(40);

/// The target delay of a [`DelayPolicy`], within limits.
#[derive(Clone, Debug)]
pub(crate) struct TargetDelay<P> {
    policy: P,
    min: Duration,
    max: Duration,
    /// What somebody else asks for at least.
    demanded: Duration,
    /// The best for this stream alone …
    wanted: Option<Transit>,
    /// … and what is aimed at.
    chosen: Option<Transit>,
    chosen_at: Instant,
}

impl<P: DelayPolicy> TargetDelay<P> {
    pub(crate) fn new(config: &JitterConfig, policy: P) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self {
            policy,
            min: config.min_delay,
            max: config.max_delay,
            demanded: Duration::ZERO,
            wanted: None,
            chosen: None,
            chosen_at: Instant::EPOCH,
        })
    }

    pub(crate) fn clear(&mut self) {
        self.policy.clear();
        self.wanted = None;
        self.chosen = None;
    }

    /// Something became known of the stream's frames.
    pub(crate) fn observe(&mut self, observation: Observation) {
        self.policy.observe(observation);
    }

    /// From the next choice on, the delay is at least this.
    pub(crate) fn demand(&mut self, delay: Duration) {
        self.demanded = delay.min(JitterConfig::DELAY_LIMIT);
    }

    /// The least transit, from which delays are counted; `None` before the first packet.
    pub(crate) fn base(&self) -> Option<Transit> {
        self.policy.base()
    }

    /// The transit at which frames would be played if nobody demanded a longer delay.
    pub(crate) fn wanted(&self) -> Option<Transit> {
        self.wanted
    }

    /// The transit at which frames should be played; `None` before the first packet.
    pub(crate) fn transit(&self) -> Option<Transit> {
        self.chosen
    }

    pub(crate) fn shifts(&self) -> u64 {
        self.policy.shifts()
    }

    /// How long to wait with the first packet, which came with `transit`, before playing it.
    pub(crate) fn wait_before_start(&self, transit: Transit) -> Duration {
        let wait = match (self.chosen, self.base()) {
            // After an outage the path may be another, faster one: the wait is never more than the target delay.
            (Some(target), Some(base)) => target.over(transit.max(base)),
            _ => self.policy.first_wait(),
        };
        wait.clamp(self.min, self.max).max(self.demanded)
    }

    /// Chooses afresh when it is time; `pulled` is a transit that lies on the grid of the caller's pulls.
    pub(crate) fn update(&mut self, now: Instant, pulled: Transit) {
        let fresh = self.chosen_at..self.chosen_at + INTERVAL;
        if self.chosen.is_some() && fresh.contains(&now) {
            return;
        }
        let grid = Grid { pulled, least: self.min, most: self.max };
        let (Some(base), Some(wanted)) = (self.base(), self.policy.choose(now, grid)) else { return };
        let least = grid.at_least(base.plus(self.min));
        let wanted = wanted.clamp(least, base.plus(self.max).max(least));
        self.wanted = Some(wanted);
        self.chosen = Some(wanted.max(grid.at_least(base.plus(self.demanded))));
        self.chosen_at = now;
    }
}
