//! What the caller decides about a call.

use crate::reporting::Reporting;
use core::ops::RangeInclusive;
use core::time::Duration;
use moim_pace::Prefer;
use moim_rtp::{ExtensionId, PayloadType};
use moim_sync::SyncConfig;

/// What fits into an Ethernet frame of 1500 bytes behind the headers of IPv6 and UDP.
const LARGEST_MTU: usize = 1_452;
/// A canonical name has a length of one byte (RFC 3550, section 6.5).
const LONGEST_CNAME: usize = 255;
/// A gigabit per second: more is a slip of the pen.
const HIGHEST_BITRATE: u32 = 1_000_000_000;
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
    /// What the bitrate of sound stays within, whatever the far side reports.
    pub bitrate: RangeInclusive<u32>,
    /// Bits per second of picture to begin with.
    pub start_picture_bitrate: u32,
    /// What the bitrate of the picture stays within; when there is room for less, no picture is sent.
    pub picture_bitrate: RangeInclusive<u32>,
    /// Pictures per second that the camera gives.
    pub frame_rate: f32,
    /// Whether movement or detail gives way first when there is less room.
    pub prefer: Prefer,
    /// How many packets of the picture are remembered to be sent again; 0 never sends again.
    pub picture_history: usize,
    /// The header extension that numbers the packets of all streams together, 1 … 14, as both sides agreed
    /// (`a=extmap`): then the far side tells when each packet came, and the rate follows the path within a fraction
    /// of a second. Without it the rate follows the reports.
    pub transport_seq: Option<ExtensionId>,
    /// How far voice and picture may wait for one another.
    pub sync: SyncConfig,
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
            start_picture_bitrate: 600_000,
            picture_bitrate: 50_000..=1_500_000,
            frame_rate: 30.0,
            prefer: Prefer::default(),
            picture_history: 1_024,
            transport_seq: None,
            sync: SyncConfig::default(),
            report_interval: Duration::from_secs(1),
        }
    }
}

/// Why a call cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
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
    /// Formats under one number cannot be told apart.
    #[error("one payload type for two formats: voice {}, picture {}, sent again {:?}", .voice.get(), .picture.get(), .rtx.map(PayloadType::get))]
    PayloadTypes {
        /// The voice's.
        voice: PayloadType,
        /// The picture's.
        picture: PayloadType,
        /// That of packets of the picture that are sent again.
        rtx: Option<PayloadType>,
    },
    /// A camera that gives no pictures, or endlessly many.
    #[error("{rate} pictures per second are not more than 0 and at most 1000")]
    FrameRate {
        /// The rate asked for.
        rate: f32,
    },
    /// The extension cannot be written in the one-byte form.
    #[error("the extension {} is not one of 1 to 14", .id.get())]
    TransportSeq {
        /// The extension asked for.
        id: ExtensionId,
    },
    /// The rates or the queue are impossible.
    #[error(transparent)]
    Pace(#[from] moim_pace::ConfigError),
    /// How far voice and picture may wait for one another is impossible.
    #[error(transparent)]
    Sync(#[from] moim_sync::ConfigError),
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
        within(&self.bitrate, self.start_bitrate)?;
        if let Some(id) = self.transport_seq.filter(|id| id.get() > 14) {
            return Err(CallError::TransportSeq { id });
        }
        if !REPORT_INTERVALS.contains(&self.report_interval) {
            return Err(CallError::ReportInterval { interval: self.report_interval });
        }
        Ok(())
    }
    /// What only a call with a picture asks for.
    pub(crate) fn validate_picture(&self) -> Result<(), CallError> {
        within(&self.picture_bitrate, self.start_picture_bitrate)?;
        if !(self.frame_rate > 0.0 && self.frame_rate <= 1_000.0) {
            return Err(CallError::FrameRate { rate: self.frame_rate });
        }
        Ok(())
    }
}

fn within(limits: &RangeInclusive<u32>, start: u32) -> Result<(), CallError> {
    if limits.contains(&start) && *limits.end() <= HIGHEST_BITRATE {
        return Ok(());
    }
    Err(CallError::Bitrate { start, min: *limits.start(), max: *limits.end() })
}
