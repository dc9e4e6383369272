//! What the caller decides about a call.

use crate::reporting::Reporting;
use core::ops::RangeInclusive;
use core::time::Duration;

/// What fits into an Ethernet frame of 1500 bytes behind the headers of IPv6 and UDP.
const LARGEST_MTU: usize = 1_452;
/// A canonical name has a length of one byte (RFC 3550, section 6.5).
const LONGEST_CNAME: usize = 255;
/// Reports more often than this would be a load of their own; more rarely, and nothing is learnt from them.
const REPORT_INTERVALS: RangeInclusive<Duration> = Duration::from_millis(50)..=Duration::from_secs(3_600);

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
    /// The longest datagram to send, in bytes: at most 1452, and at least what the longest report needs (200 and the
    /// canonical name).
    pub mtu: usize,
    /// How many packets are remembered to be sent again on request, rounded up to a power of two; 0 never sends
    /// again.
    pub history: usize,
    /// Bits per second of sound to begin with.
    pub start_bitrate: u32,
    /// What the bitrate stays within, whatever the far side reports.
    pub bitrate: RangeInclusive<u32>,
    /// Mean time between two reports, 50 ms to an hour; each is sent after half to one and a half of it (RFC 3550,
    /// section 6.2).
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
    #[error("a canonical name has 1 to {LONGEST_CNAME} bytes, not {len}")]
    Cname {
        /// Its length.
        len: usize,
    },
    /// The longest report does not fit into a datagram, or a datagram does not fit into a frame.
    #[error("datagrams of {mtu} bytes are not within {needed} to {LARGEST_MTU}")]
    Mtu {
        /// The size asked for.
        mtu: usize,
        /// What the longest report needs.
        needed: usize,
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
    /// Reports would follow one another without pause, or hardly ever come.
    #[error("a report interval of {interval:?} is not within 50 ms to an hour")]
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
        if self.cname.is_empty() || self.cname.len() > LONGEST_CNAME {
            return Err(CallError::Cname { len: self.cname.len() });
        }
        let needed = Reporting::longest(&self.cname);
        if !(needed..=LARGEST_MTU).contains(&self.mtu) {
            return Err(CallError::Mtu { mtu: self.mtu, needed });
        }
        if !self.bitrate.contains(&self.start_bitrate) {
            let (min, max) = (*self.bitrate.start(), *self.bitrate.end());
            return Err(CallError::Bitrate { start: self.start_bitrate, min, max });
        }
        if !REPORT_INTERVALS.contains(&self.report_interval) {
            return Err(CallError::ReportInterval { interval: self.report_interval });
        }
        Ok(())
    }
}
