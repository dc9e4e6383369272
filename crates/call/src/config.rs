//! What the caller decides about a call.

use core::ops::RangeInclusive;
use core::time::Duration;

/// The smallest datagram that a network may refuse to carry whole (RFC 8200, section 5, less its headers).
const LARGEST_MTU: usize = 1_452;
/// Room for a header and something to say.
const SMALLEST_MTU: usize = 128;

/// How a [`Call`](crate::Call) is to behave.
#[derive(Clone, Debug, PartialEq)]
pub struct CallConfig {
    /// Everything that is random about the call follows from this: the synchronisation source, the first sequence
    /// number and timestamp, and the timing of reports. Two parties need two seeds.
    pub seed: u64,
    /// The canonical name under which the source is known (RFC 3550, section 6.5.1), at most 255 bytes.
    pub cname: String,
    /// Time since 1970-01-01 UTC at [`Instant::EPOCH`](moim_media::Instant::EPOCH), for sender reports.
    pub wall_clock: Duration,
    /// The longest datagram to send, in bytes: 128 … 1452.
    pub mtu: usize,
    /// How many packets are remembered to be sent again on request.
    pub history: usize,
    /// Bits per second of sound to begin with.
    pub start_bitrate: u32,
    /// What the bitrate stays within, whatever the far side reports.
    pub bitrate: RangeInclusive<u32>,
    /// Mean time between two reports; each is sent after half to one and a half of it (RFC 3550, section 6.2).
    pub report_interval: Duration,
}

impl Default for CallConfig {
    fn default() -> Self {
        Self {
            seed: 0,
            cname: "moim".to_owned(),
            wall_clock: Duration::ZERO,
            mtu: 1_200,
            history: 256,
            start_bitrate: 32_000,
            bitrate: 12_000..=64_000,
            report_interval: Duration::from_secs(1),
        }
    }
}

/// Why a call cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The canonical name does not fit into a report.
    #[error("a canonical name has 1 to 255 bytes, not {len}")]
    Cname {
        /// Its length.
        len: usize,
    },
    /// The datagram size is not one the Internet carries.
    #[error("datagrams of {mtu} bytes are not within {SMALLEST_MTU} to {LARGEST_MTU}")]
    Mtu {
        /// The size asked for.
        mtu: usize,
    },
    /// There is no bitrate between the limits, or the start lies outside.
    #[error("a start at {start} bit/s does not lie within {min} to {max}")]
    Bitrate {
        /// The bitrate to begin with.
        start: u32,
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
    /// Reports would follow one another without pause.
    #[error("a report interval of {interval:?} is shorter than 50 ms")]
    ReportInterval {
        /// The interval asked for.
        interval: Duration,
    },
    /// The encoder refuses the bitrate to begin with, for another reason than being of fixed rate.
    #[error("the encoder refuses {start} bit/s: {error}")]
    Encoder {
        /// The bitrate to begin with.
        start: u32,
        /// What the encoder says.
        error: moim_media::codec::CodecError,
    },
}

impl CallConfig {
    pub(crate) fn validate(&self) -> Result<(), CallError> {
        if self.cname.is_empty() || self.cname.len() > 255 {
            return Err(CallError::Cname { len: self.cname.len() });
        }
        if !(SMALLEST_MTU..=LARGEST_MTU).contains(&self.mtu) {
            return Err(CallError::Mtu { mtu: self.mtu });
        }
        if !self.bitrate.contains(&self.start_bitrate) {
            let (min, max) = (*self.bitrate.start(), *self.bitrate.end());
            return Err(CallError::Bitrate { start: self.start_bitrate, min, max });
        }
        if self.report_interval < Duration::from_millis(50) {
            return Err(CallError::ReportInterval { interval: self.report_interval });
        }
        Ok(())
    }
}
