//! The seam between what happened on the path and how long to wait: a paper replaces one type behind it.

mod expected_quality;
mod fixed;
mod quantile;

pub use expected_quality::{Expectation, ExpectedQuality};
pub use fixed::Fixed;
pub use quantile::Quantile;

use core::fmt::Debug;
use core::time::Duration;
use moim_media::codec::Content;
use moim_media::transit::Transit;
use moim_media::{Instant, MediaTime};

/// Sound is asked for in steps of this; a delay between two steps would be waited for in vain.
const STEP: Duration = Duration::from_millis(10);

/// Decides how long to wait: learns when frames became usable, and names the delay that is best for what comes.
///
/// All delays are transits: the instant at which something is played, or comes, minus its media time. What a policy
/// aims at is used as it is, but for the limits of the configuration and for whatever a picture demands.
///
/// The first of the papers, as an example:
///
/// ```
/// use core::time::Duration;
/// use moim_jitter::{DelayPolicy, Grid, JitterBuffer, JitterConfig, Observation};
/// use moim_media::Instant;
/// use moim_media::transit::{Base, Transit};
///
/// /// The mean and four deviations (Ramjee, Kurose, Towsley and Schulzrinne, INFOCOM 1994, algorithm 1).
/// #[derive(Debug, Default)]
/// struct FourDeviations {
///     base: Base,
///     mean: Option<f64>,
///     deviation: f64,
/// }
///
/// impl DelayPolicy for FourDeviations {
///     fn observe(&mut self, observation: Observation) {
///         let Observation::Arrived(packet) = observation else { return };
///         self.base.record(packet.at, packet.transit);
///         let transit = packet.transit.0 as f64;
///         let mean = *self.mean.get_or_insert(transit);
///         self.mean = Some(0.998 * mean + 0.002 * transit);
///         self.deviation = 0.998 * self.deviation + 0.002 * (transit - mean).abs();
///     }
///
///     fn choose(&mut self, _now: Instant, grid: Grid) -> Option<Transit> {
///         Some(grid.at_least(Transit((self.mean? + 4.0 * self.deviation) as i64)))
///     }
///
///     fn base(&self) -> Option<Transit> {
///         self.base.transit()
///     }
///
///     fn first_wait(&self) -> Duration {
///         Duration::from_millis(30)
///     }
///
///     fn clear(&mut self) {
///         *self = Self::default();
///     }
/// }
///
/// let buffer = JitterBuffer::with_policy(JitterConfig::default(), FourDeviations::default())?;
/// # Ok::<(), moim_jitter::ConfigError>(())
/// ```
pub trait DelayPolicy: Debug {
    /// Something became known of the stream's frames.
    fn observe(&mut self, observation: Observation);

    /// The transit to aim at from `now` on; `None` before the first packet. Asked for every 40 ms.
    fn choose(&mut self, now: Instant, grid: Grid) -> Option<Transit>;

    /// The fastest packets on the path as it is now, from which delays are counted; `None` before the first packet.
    fn base(&self) -> Option<Transit>;

    /// How long the first packet of all waits, when nothing is known yet.
    fn first_wait(&self) -> Duration;

    /// Times the path was found to have moved to another level of delay; zero for a policy that does not look.
    fn shifts(&self) -> u64 {
        0
    }

    /// Forgets the stream, for a sender that started afresh.
    fn clear(&mut self);
}

/// What became known of frames.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Observation {
    /// A packet came by itself.
    Arrived(Arrival),
    /// A missing frame became usable by a copy in a later packet, or because it was sent again.
    Repaired {
        /// When.
        at: Instant,
        /// With which transit: what waits this long can use it.
        transit: Transit,
        /// How.
        by: Repair,
    },
    /// Frames are lost for good: no delay would have helped.
    Lost {
        /// When that became known.
        at: Instant,
        /// How many.
        frames: u32,
    },
}

/// How a missing frame became usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Its packet was sent again, or came whole inside of a later one (RFC 2198).
    Copy,
    /// By the in-band FEC of the packet behind it: at a lower rate.
    InBand,
    /// By the deep redundancy of a later packet: somebody says the same.
    Deep,
}

impl Repair {
    /// What it is worth beside the frame itself, when weighing how long to wait for it.
    #[must_use]
    pub const fn worth(self) -> f32 {
        match self {
            Self::Copy => 1.0,
            Self::InBand => 0.8,
            Self::Deep => 0.5,
        }
    }
}

/// Sound of media time `time` that came at `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it came.
    pub at: Instant,
    /// Where it belongs.
    pub time: MediaTime,
    /// The one minus the other.
    pub transit: Transit,
    /// What it was coded as.
    pub content: Content,
}

/// The transits at which the caller asks for sound, 10 ms apart: a frame that comes between two of them is played at
/// the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// One of them.
    pub pulled: Transit,
    /// The least delay over the base that may be aimed at.
    pub least: Duration,
    /// The greatest.
    pub most: Duration,
}

impl Grid {
    /// The first transit from `floor` on at which the caller asks.
    #[must_use]
    pub fn at_least(self, floor: Transit) -> Transit {
        let step = STEP.as_nanos() as i64;
        Transit(floor.0.saturating_add(self.pulled.0.saturating_sub(floor.0).rem_euclid(step)))
    }

    /// All transits that may be aimed at above `base`, the least first; there is one at least.
    pub fn candidates(self, base: Transit) -> impl Iterator<Item = Transit> {
        let first = self.at_least(base.plus(self.least));
        let room = base.plus(self.most).over(first);
        (0..=room.as_nanos() / STEP.as_nanos()).map(move |step| first.plus(STEP * step as u32))
    }
}

impl<P: DelayPolicy + ?Sized> DelayPolicy for Box<P> {
    fn observe(&mut self, observation: Observation) {
        (**self).observe(observation);
    }

    fn choose(&mut self, now: Instant, grid: Grid) -> Option<Transit> {
        (**self).choose(now, grid)
    }

    fn base(&self) -> Option<Transit> {
        (**self).base()
    }

    fn first_wait(&self) -> Duration {
        (**self).first_wait()
    }

    fn shifts(&self) -> u64 {
        (**self).shifts()
    }

    fn clear(&mut self) {
        (**self).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(transit: i64) -> Transit {
        Transit(transit * 1_000_000)
    }

    #[test]
    fn candidates_lie_where_the_caller_asks() {
        let grid =
            Grid { pulled: millis(1_003), least: Duration::from_millis(5), most: Duration::from_millis(40) };
        let candidates: Vec<_> = grid.candidates(millis(-2)).collect();
        assert_eq!(candidates, [millis(3), millis(13), millis(23), millis(33)]);
    }

    #[test]
    fn there_is_always_a_candidate() {
        let grid = Grid { pulled: millis(0), least: Duration::ZERO, most: Duration::ZERO };
        assert_eq!(grid.candidates(millis(7)).collect::<Vec<_>>(), [millis(10)]);
        let extreme = Grid { pulled: Transit(i64::MIN), ..grid };
        assert_eq!(extreme.candidates(Transit(i64::MAX)).count(), 1);
    }
}
