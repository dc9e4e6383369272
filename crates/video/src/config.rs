//! What the caller decides about a video receiver.

use core::time::Duration;
use moim_media::VideoSize;

/// How a [`VideoPlayout`](crate::VideoPlayout) is to behave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoConfig {
    /// Packets it can hold. 1024 are 6 s at 1.5 Mbit/s.
    pub packets: usize,
    /// The longest packet it takes, in bytes: RTP header, header extension and payload.
    pub packet_bytes: usize,
    /// The longest access unit it takes, in bytes.
    pub unit_bytes: usize,
    /// The size of the pictures to begin with. One of another size costs an allocation.
    pub size: VideoSize,
    /// Pictures that may be in use at a time: those the decoder refers to are its own, these are the shown ones.
    pub frames: usize,
    /// The least delay above the fastest packets; lip sync may raise it later.
    pub min_delay: Duration,
    /// The greatest delay above the fastest packets that is waited for a repair; at most one second.
    pub max_delay: Duration,
    /// What to do about a picture that cannot be there in time.
    pub policy: Policy,
    /// When to ask the sender again; `None` never asks.
    pub retransmit: Option<Retransmit>,
    /// Parameter sets that came by signalling, in the codec's own byte stream: put before every key frame that
    /// brings none. Empty for none.
    pub headers: Vec<u8>,
}

/// What gives way when packets are lost: the movement, or the delay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// The delay stays at what jitter alone demands. Only a repair that comes before the picture's time is asked
    /// for; otherwise a key frame is, and the picture stands until it comes.
    Freeze,
    /// The delay grows, up to the greatest, until repairs come in time. What comes later still is shown late.
    #[default]
    Latency,
}

/// When to ask again for a packet that did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retransmit {
    /// How long, at most, a packet may be overtaken before it counts as lost. As long as none is overtaken, a gap
    /// is a loss at once.
    pub patience: Duration,
    /// How often to ask for the same packet, the early repetition not counted.
    pub attempts: u32,
    /// When to repeat the first request without waiting for a round trip; `None` waits.
    ///
    /// Either the request or its answer can be lost, and then a round trip is gone. A second request costs 20
    /// bytes, and brings a second answer if the sender allows it, by a path that the same burst of loss no longer
    /// covers.
    pub repeat: Option<Duration>,
}

impl Default for VideoConfig {
    fn default() -> Self {
        Self {
            packets: 1_024,
            packet_bytes: 1_500,
            unit_bytes: 1 << 20,
            size: DEFAULT_SIZE,
            frames: 8,
            min_delay: Duration::ZERO,
            max_delay: Duration::from_millis(500),
            policy: Policy::default(),
            retransmit: Some(Retransmit::default()),
            headers: Vec::new(),
        }
    }
}

impl Default for Retransmit {
    fn default() -> Self {
        Self { patience: Duration::from_millis(50), attempts: 4, repeat: Some(Duration::from_millis(20)) }
    }
}

const DEFAULT_SIZE: VideoSize = VideoSize::new(640, 480).unwrap();

impl VideoConfig {
    /// The greatest delay any receiver waits.
    pub(crate) const DELAY_LIMIT: Duration = Duration::from_secs(1);

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        if !(16..=1 << 15).contains(&self.packets) {
            return Err(ConfigError::Packets { packets: self.packets });
        }
        if !(64..=1 << 16).contains(&self.packet_bytes) {
            return Err(ConfigError::PacketBytes { bytes: self.packet_bytes });
        }
        if !(self.packet_bytes..=1 << 26).contains(&self.unit_bytes) {
            return Err(ConfigError::UnitBytes { bytes: self.unit_bytes });
        }
        if !(1..=256).contains(&self.frames) {
            return Err(ConfigError::Frames { frames: self.frames });
        }
        if self.min_delay > self.max_delay || self.max_delay > Self::DELAY_LIMIT {
            return Err(ConfigError::Delay { min: self.min_delay, max: self.max_delay });
        }
        if self.headers.len() > self.packet_bytes {
            return Err(ConfigError::Headers { bytes: self.headers.len() });
        }
        Ok(())
    }
}

/// Why a [`VideoConfig`] is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Too few packets for a picture, or more than sequence numbers can tell apart.
    #[error("a video receiver holds 16 to 32768 packets, not {packets}")]
    Packets {
        /// The number asked for.
        packets: usize,
    },
    /// No packet fits, or more than a datagram can carry.
    #[error("a packet has 64 to 65536 bytes, not {bytes}")]
    PacketBytes {
        /// The number asked for.
        bytes: usize,
    },
    /// Not even one packet fits, or more than any picture has.
    #[error("an access unit has at least the bytes of a packet and at most 64 MiB, not {bytes}")]
    UnitBytes {
        /// The number asked for.
        bytes: usize,
    },
    /// No picture could be shown, or memory would be wasted.
    #[error("1 to 256 pictures are in use at a time, not {frames}")]
    Frames {
        /// The number asked for.
        frames: usize,
    },
    /// The delay limits exclude one another or exceed one second.
    #[error("the delay cannot lie between {min:?} and {max:?}")]
    Delay {
        /// The least delay asked for.
        min: Duration,
        /// The greatest delay asked for.
        max: Duration,
    },
    /// Parameter sets longer than a packet.
    #[error("{bytes} bytes of parameter sets are more than a packet has")]
    Headers {
        /// Bytes given.
        bytes: usize,
    },
}
