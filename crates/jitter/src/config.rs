//! What the caller decides about a jitter buffer.

use crate::Retransmit;
use core::time::Duration;

/// How a [`JitterBuffer`](crate::JitterBuffer) is to behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JitterConfig {
    /// Packets it can hold. 256 are 5 s of 20 ms packets.
    pub packets: usize,
    /// The longest payload it takes, in bytes. 8 KiB are more than 120 ms of Opus at 510 kbit/s.
    pub payload_bytes: usize,
    /// Room for payloads, those of all packets that wait, in bytes; each takes a multiple of 60. 32 KiB are 8 s at 32 kbit/s,
    /// half a second at 510.
    pub bytes: usize,
    /// The least delay it aims at, above the fastest packets.
    pub min_delay: Duration,
    /// The greatest delay it aims at, above the fastest packets; at most one second.
    pub max_delay: Duration,
    /// When to ask the sender again; `None` never asks.
    pub retransmit: Option<Retransmit>,
}

impl Default for JitterConfig {
    fn default() -> Self {
        Self {
            packets: 256,
            payload_bytes: 8 << 10,
            bytes: 32 << 10,
            min_delay: Duration::ZERO,
            max_delay: Duration::from_millis(500),
            retransmit: Some(Retransmit::default()),
        }
    }
}

impl JitterConfig {
    /// The greatest delay any buffer aims at.
    pub(crate) const DELAY_LIMIT: Duration = Duration::from_secs(1);

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        if self.packets < 16 || self.packets > 1 << 15 {
            return Err(ConfigError::Packets { packets: self.packets });
        }
        if self.payload_bytes == 0 || self.payload_bytes > 1 << 16 {
            return Err(ConfigError::PayloadBytes { bytes: self.payload_bytes });
        }
        if self.bytes < self.payload_bytes || self.bytes > 1 << 30 {
            return Err(ConfigError::Bytes { bytes: self.bytes, longest: self.payload_bytes });
        }
        if self.min_delay > self.max_delay || self.max_delay > Self::DELAY_LIMIT {
            return Err(ConfigError::Delay { min: self.min_delay, max: self.max_delay });
        }
        Ok(())
    }
}

/// Why a [`JitterConfig`], or a policy of ours, cannot be.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Too few packets to reorder, or more than sequence numbers can tell apart.
    #[error("a jitter buffer holds 16 to 32768 packets, not {packets}")]
    Packets {
        /// The number asked for.
        packets: usize,
    },
    /// No payload fits, or more than a datagram can carry.
    #[error("a payload has 1 to 65536 bytes, not {bytes}")]
    PayloadBytes {
        /// The number asked for.
        bytes: usize,
    },
    /// The longest payload does not fit, or room for more than a gibibyte was asked for.
    #[error("there is room for {longest} to 2^30 bytes of payload, not {bytes}")]
    Bytes {
        /// The room asked for.
        bytes: usize,
        /// The longest payload asked for.
        longest: usize,
    },
    /// The cost of lateness is not a positive number.
    #[error("the cost of late frames must be positive and finite, not {cost}")]
    LateCost {
        /// The cost asked for.
        cost: f32,
    },
    /// No share of frames.
    #[error("{share} is not a share of frames")]
    Share {
        /// The share asked for.
        share: f32,
    },
    /// Nothing would be remembered.
    #[error("a history remembers longer than nothing")]
    Memory,
    /// The delay limits exclude one another or exceed one second.
    #[error("the target delay cannot lie between {min:?} and {max:?}")]
    Delay {
        /// The least delay asked for.
        min: Duration,
        /// The greatest delay asked for.
        max: Duration,
    },
}
