//! By what rules reports are timed.

use super::interval::{LONGEST, Role};
use core::time::Duration;

/// The shortest interval of RFC 3550, section 6.2.
const FIVE_SECONDS: Duration = Duration::from_secs(5);
/// The first shortest interval among many of RFC 4585, section 3.5.1.
const ONE_SECOND: Duration = Duration::from_secs(1);

/// By what rules a member reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// What all reports of the session may cost together.
    pub bandwidth: Bandwidth,
    /// How often to report at most, and whether feedback may come in between.
    pub timing: Timing,
    /// How many take part.
    pub group: Group,
    /// Members that are told apart; more count as this many.
    pub members: usize,
    /// Bytes of the first report, as expected; headers of IP and UDP are counted in all sizes.
    pub first_report: usize,
    /// What the dice begin with.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bandwidth: Bandwidth::of_session(1_000_000),
            timing: Timing::Regular,
            group: Group::Pair,
            members: 1_024,
            first_report: 128,
            seed: 0,
        }
    }
}

/// What reports may cost, in bits per second (`b=RS` and `b=RR` of RFC 3556).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bandwidth {
    /// Those of all members who send media.
    pub senders: u32,
    /// Those of all others. With zero, they do not report.
    pub receivers: u32,
}

impl Bandwidth {
    /// The usual share of a session of that many bits per second: a twentieth, a quarter of it for the senders
    /// (RFC 3550, section 6.2).
    #[must_use]
    pub const fn of_session(bits_per_second: u32) -> Self {
        let senders = bits_per_second / 80;
        Self { senders, receivers: bits_per_second / 20 - senders }
    }
}

/// How often to report at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// Every five seconds on average (RFC 3550, section 6.2); feedback goes with the next report.
    Regular,
    /// Every 360 s divided by the kilobits per second of the session, where that is less than five seconds: for who
    /// sends media, and for both of a pair (RFC 3550, section 6.2).
    Reduced {
        /// Bits per second of the whole session.
        session: u32,
    },
    /// As often as the bandwidth allows, and early once in a while (RFC 4585, section 3).
    Feedback {
        /// The mean time between two reports that are not for the sake of feedback, at least (`trr-int`); may be zero.
        interval: Duration,
    },
}

/// How many take part in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Two, who answer each other at once.
    Pair,
    /// More, or who knows how many: they wait for one another.
    Many,
}

/// Whether a report was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Initial,
    Running,
}

impl Config {
    /// The shortest interval before it is spread (`Tmin`).
    pub(super) fn shortest(&self, stage: Stage, role: Role) -> Duration {
        let halved = |shortest: Duration| match stage {
            Stage::Initial => shortest / 2,
            Stage::Running => shortest,
        };
        match self.timing {
            Timing::Reduced { session } if self.group == Group::Pair || role == Role::Sender => {
                halved((Duration::from_secs(360_000) / session.max(1)).min(FIVE_SECONDS))
            }
            Timing::Regular | Timing::Reduced { .. } => halved(FIVE_SECONDS),
            Timing::Feedback { .. } => match (self.group, stage) {
                (Group::Many, Stage::Initial) => ONE_SECOND,
                _ => Duration::ZERO,
            },
        }
    }

    /// The shortest interval by which silence is judged (RFC 3550, section 6.3.5; RFC 4585, section 3.5.4), which the
    /// others may have agreed to be longer than ours.
    pub(super) fn shortest_silence(&self) -> Duration {
        match self.timing {
            Timing::Feedback { interval } => interval.clamp(FIVE_SECONDS, LONGEST),
            Timing::Regular | Timing::Reduced { .. } => FIVE_SECONDS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortest(timing: Timing, group: Group, stage: Stage, role: Role) -> u128 {
        Config { timing, group, ..Config::default() }.shortest(stage, role).as_millis()
    }

    #[test]
    fn the_shortest_interval_is_that_of_the_profile() {
        use Role::{Receiver, Sender};
        use Stage::{Initial, Running};
        assert_eq!(shortest(Timing::Regular, Group::Pair, Running, Sender), 5_000);
        assert_eq!(shortest(Timing::Regular, Group::Many, Initial, Sender), 2_500);
        let reduced = Timing::Reduced { session: 720_000 };
        assert_eq!(shortest(reduced, Group::Pair, Running, Receiver), 500);
        assert_eq!(shortest(reduced, Group::Many, Running, Receiver), 5_000);
        assert_eq!(shortest(reduced, Group::Many, Initial, Sender), 250);
        assert_eq!(shortest(Timing::Reduced { session: 0 }, Group::Pair, Running, Sender), 5_000);
        let feedback = Timing::Feedback { interval: Duration::ZERO };
        assert_eq!(shortest(feedback, Group::Pair, Initial, Receiver), 0);
        assert_eq!(shortest(feedback, Group::Many, Initial, Receiver), 1_000);
        assert_eq!(shortest(feedback, Group::Many, Running, Receiver), 0);
    }
}
