//! What the caller decides about pacing and estimating.

use core::ops::RangeInclusive;
use core::time::Duration;

/// How a [`PacedQueue`](crate::PacedQueue) is to behave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PacerConfig {
    /// Packets that can wait. A key frame of a large picture has about a hundred.
    pub packets: usize,
    /// The longest packet, in bytes.
    pub mtu: usize,
    /// Bits per second that the path carries, until [`set_rate`](crate::PacedQueue::set_rate) says otherwise.
    pub rate: u32,
    /// Pictures and repairs leave this many times faster than `rate`: more brings a picture sooner, less spares the
    /// queues of the path.
    pub factor: f32,
    /// A packet that waited longer is dropped.
    pub max_age: Duration,
}

impl Default for PacerConfig {
    fn default() -> Self {
        Self { packets: 512, mtu: 1_200, rate: 300_000, factor: 2.5, max_age: Duration::from_secs(2) }
    }
}

impl PacerConfig {
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        if self.packets == 0 || self.packets > 1 << 15 {
            return Err(ConfigError::Packets { packets: self.packets });
        }
        if self.mtu == 0 || self.mtu > 1 << 16 {
            return Err(ConfigError::Mtu { bytes: self.mtu });
        }
        if !(1.0..=100.0).contains(&self.factor) {
            return Err(ConfigError::Factor { factor: self.factor });
        }
        Ok(())
    }
}

/// How an [`Estimator`](crate::Estimator) is to behave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EstimatorConfig {
    /// The least and the most it ever says, in bits per second.
    pub limits: RangeInclusive<u32>,
    /// What it says before anything is known, in bits per second.
    pub start: u32,
}

impl Default for EstimatorConfig {
    fn default() -> Self {
        Self { limits: 30_000..=5_000_000, start: 300_000 }
    }
}

impl EstimatorConfig {
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        let (least, most) = (*self.limits.start(), *self.limits.end());
        if least == 0 || !self.limits.contains(&self.start) {
            return Err(ConfigError::Bitrate { least, most, start: self.start });
        }
        Ok(())
    }
}

/// Why a configuration is not one.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No packet can wait, or more than there should ever be.
    #[error("a paced queue holds 1 to 32768 packets, not {packets}")]
    Packets {
        /// The number asked for.
        packets: usize,
    },
    /// No packet fits, or more than a datagram can carry.
    #[error("a packet has 1 to 65536 bytes, not {bytes}")]
    Mtu {
        /// The number asked for.
        bytes: usize,
    },
    /// Pictures would leave more slowly than they are made, or all at once.
    #[error("pictures leave 1 to 100 times faster than the rate, not {factor} times")]
    Factor {
        /// The factor asked for.
        factor: f32,
    },
    /// The limits exclude one another, the first bitrate, or allow none at all.
    #[error("the bitrate cannot start at {start} and stay between {least} and {most}")]
    Bitrate {
        /// The lower limit asked for.
        least: u32,
        /// The upper limit asked for.
        most: u32,
        /// The first bitrate asked for.
        start: u32,
    },
}
