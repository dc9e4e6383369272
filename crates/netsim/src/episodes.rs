//! Spells of bad weather: when they come and how long they last.

use crate::config::{ConfigError, longer_than_zero};
use crate::random::{Random, seconds};
use core::time::Duration;
use moim_media::Instant;

/// Episodes that come unannounced: the quiet between two is exponential, their length uniform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Episodes {
    /// Mean time from the end of one to the beginning of the next.
    pub mean_quiet: Duration,
    /// The shortest.
    pub shortest: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Episodes {
    pub(crate) fn validate(&self, setting: &'static str) -> Result<(), ConfigError> {
        longer_than_zero(setting, self.mean_quiet)?;
        longer_than_zero(setting, self.shortest)?;
        if self.shortest > self.longest {
            return Err(ConfigError::EmptyRange { setting });
        }
        Ok(())
    }
}

/// The episode that is going on or comes next.
#[derive(Clone, Debug)]
pub(crate) struct EpisodesState {
    config: Episodes,
    random: Random,
    start: Instant,
    end: Instant,
}

impl EpisodesState {
    pub(crate) fn new(config: Episodes, random: Random) -> Self {
        let mut state = Self { config, random, start: Instant::EPOCH, end: Instant::EPOCH };
        state.schedule(Instant::EPOCH);
        state
    }

    /// When the episode that is going on `at` ends; `None` in the quiet. `at` never goes back.
    pub(crate) fn until(&mut self, at: Instant) -> Option<Instant> {
        // Quiet has no memory, so after a long silence it may as well begin anew: no loop over lost years.
        let cycle = self.config.mean_quiet.saturating_add(self.config.longest);
        if at.since(self.end) > cycle.saturating_mul(1_000) {
            self.schedule(at);
        }
        while self.end <= at && self.end < Instant::MAX {
            self.schedule(self.end);
        }
        (self.start <= at).then_some(self.end)
    }

    /// The first episode after a quiet that begins `from`.
    fn schedule(&mut self, from: Instant) {
        let quiet = seconds(self.random.exponential() * self.config.mean_quiet.as_secs_f64());
        self.start = from + quiet;
        self.end = self.start + self.random.duration(self.config.shortest, self.config.longest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Model;

    const EVERY_SECOND: Episodes = Episodes {
        mean_quiet: Duration::from_millis(800),
        shortest: Duration::from_millis(100),
        longest: Duration::from_millis(300),
    };

    fn state() -> EpisodesState {
        EpisodesState::new(EVERY_SECOND, Random::new(5, Model::Stalls))
    }

    #[test]
    fn time_is_shared_between_quiet_and_episodes() {
        let mut state = state();
        let mut active = 0;
        let mut ends = alloc::collections::BTreeSet::new();
        for ms in 0..2_000_000 {
            if let Some(end) = state.until(Instant::from_millis(ms)) {
                active += 1;
                ends.insert(end);
            }
        }
        // 2 000 cycles of 1 s on average; the deviation of their number is about 36, of the share 0.6 %.
        assert!((1_800..2_200).contains(&ends.len()), "{}", ends.len());
        assert!((370_000..430_000).contains(&active), "{active}");
    }

    #[test]
    fn an_episode_ends_when_it_said() {
        let mut state = state();
        let first = (0..).map(Instant::from_millis).find_map(|at| state.until(at)).unwrap();
        assert_eq!(state.until(first - Duration::from_nanos(1)), Some(first));
        assert_eq!(state.until(first), None);
    }

    #[test]
    fn centuries_pass_at_once() {
        let mut state = state();
        state.until(Instant::MAX - Duration::from_secs(1));
        state.until(Instant::MAX);
        let endless =
            Episodes { mean_quiet: Duration::from_nanos(1), shortest: Duration::MAX, ..EVERY_SECOND };
        assert_eq!(endless.validate("stalls"), Err(ConfigError::EmptyRange { setting: "stalls" }));
    }
}
