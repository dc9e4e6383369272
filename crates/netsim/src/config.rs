//! What one direction of a path does to packets.

use crate::{Bottleneck, Episodes, Jitter, JitterBursts, Loss, Reorder};
use core::time::Duration;

/// One direction of a path. The default is a perfect one: no delay, no loss, no limit.
///
/// A packet meets the models in the order of the fields from `bottleneck` to `reorder`.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkConfig {
    /// Rate limit with its queue; `None` is an infinitely fast link.
    pub bottleneck: Option<Bottleneck>,
    /// Loss behind the bottleneck: a lost packet took its share of the capacity.
    pub loss: Loss,
    /// That a packet arrives twice, 0 … 1. Each copy has its own jitter.
    pub duplicate: f64,
    /// Propagation delay, the same for all packets.
    pub delay: Duration,
    /// Delay on top, different for each packet.
    pub jitter: Jitter,
    /// Spells of more jitter.
    pub bursts: Option<JitterBursts>,
    /// Spells in which nothing leaves; what waited arrives at their end, all at once.
    pub stalls: Option<Episodes>,
    /// Whether jitter may change the order of packets.
    pub order: Order,
    /// Single packets that are overtaken, whatever `order` says.
    pub reorder: Option<Reorder>,
    /// Most packets under way at once, copies counted: the bound on memory, allocated at the start.
    pub max_packets: usize,
}

/// Whether packets with different jitter overtake one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// They do not: a late packet holds up those behind it, as in the queues of one path.
    #[default]
    Kept,
    /// They do, as on several paths.
    Free,
}

impl Default for LinkConfig {
    fn default() -> Self {
        Self {
            bottleneck: None,
            loss: Loss::None,
            duplicate: 0.0,
            delay: Duration::ZERO,
            jitter: Jitter::None,
            bursts: None,
            stalls: None,
            order: Order::Kept,
            reorder: None,
            max_packets: 4_096,
        }
    }
}

/// Why there can be no link of this configuration.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A probability below 0, above 1, or not a number; or parameters that would need one.
    #[error("{setting}: {value} is not a probability")]
    Probability {
        /// What was set.
        setting: &'static str,
        /// To what, or what follows from it.
        value: f64,
    },
    /// A time of zero where something must take time.
    #[error("{setting}: must be longer than zero")]
    Zero {
        /// What was set.
        setting: &'static str,
    },
    /// A range whose end is before its beginning.
    #[error("{setting}: the longest is shorter than the shortest, or nothing at all")]
    EmptyRange {
        /// What was set.
        setting: &'static str,
    },
    /// The shape of a Pareto distribution is not a number above 0.
    #[error("jitter shape: {value} is not a number above zero")]
    Shape {
        /// What it was set to.
        value: f64,
    },
    /// A bottleneck that lets nothing pass.
    #[error("bottleneck: no capacity")]
    NoCapacity,
    /// No packet may be under way.
    #[error("max_packets: must be at least 1")]
    NoPackets,
}

impl LinkConfig {
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        if let Some(bottleneck) = &self.bottleneck {
            bottleneck.validate()?;
        }
        self.loss.validate()?;
        probability("duplication", self.duplicate)?;
        self.jitter.validate()?;
        if let Some(bursts) = self.bursts {
            bursts.validate()?;
        }
        if let Some(stalls) = self.stalls {
            stalls.validate("stalls")?;
        }
        if let Some(reorder) = self.reorder {
            reorder.validate()?;
        }
        if self.max_packets == 0 { Err(ConfigError::NoPackets) } else { Ok(()) }
    }
}

pub(crate) fn probability(setting: &'static str, value: f64) -> Result<(), ConfigError> {
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(ConfigError::Probability { setting, value }) }
}

pub(crate) fn longer_than_zero(setting: &'static str, value: Duration) -> Result<(), ConfigError> {
    if value.is_zero() { Err(ConfigError::Zero { setting }) } else { Ok(()) }
}
