//! What a decoder and an encoder are told before they begin, and why they may refuse.

use crate::ffi::{Failed, number};
use crate::{Bandwidth, Neural};
use core::ops::RangeInclusive;
use core::time::Duration;
use moim_media::AudioFormat;

/// Settings of a [`Decoder`](crate::Decoder).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecoderConfig {
    /// Format of the sound it makes: 8, 12, 16, 24 or 48 kHz, one or two channels, whatever was coded.
    pub format: AudioFormat,
    /// How much of its sound is made by neural networks.
    pub neural: Neural,
}

impl Default for DecoderConfig {
    /// 48 kHz mono, and no network whatever is compiled in.
    fn default() -> Self {
        Self { format: AudioFormat::VOICE, neural: Neural::Classic }
    }
}

/// Settings of an [`Encoder`](crate::Encoder). All but format, application and frame can be changed while it runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EncoderConfig {
    /// Format of the sound it takes: 8, 12, 16, 24 or 48 kHz, one or two channels.
    pub format: AudioFormat,
    /// What the stream is for.
    pub application: Application,
    /// What the sound is.
    pub signal: Signal,
    /// Bits per second to aim at, 6 000 … 510 000.
    pub bitrate: u32,
    /// Computing time to spend, 0 (least) … 10 (best sound).
    pub complexity: u8,
    /// Share of packets that will be lost, 0 … 1. Without any, FEC is not sent.
    pub expected_loss: f32,
    /// Whether packets repeat the sound before them.
    pub fec: Fec,
    /// How far back the deep redundancy (DRED) in each packet reaches at most: whole 10 ms up to [`MAX_DRED`]; zero for
    /// none. Needs feature `dred`.
    ///
    /// It takes its bits from the bitrate, the more the higher the expected loss, and goes no further than they last: at
    /// 32 kbit/s without FEC 95 ms with 10 % of loss expected, 135 ms with 15 %, 215 ms with 30 %; beside FEC, which comes
    /// first, 95 ms with 25 %, and nothing below 20 %.
    pub dred: Duration,
    /// Whether silence is sent.
    pub dtx: Dtx,
    /// Sound per packet: 2.5, 5, 10, 20, 40, 60, 80, 100 or 120 ms.
    pub frame: Duration,
    /// The highest bandwidth it may choose. The transform layer has no medium band and chooses wide instead; the speech
    /// layer glides to a lower one within some seconds.
    pub max_bandwidth: Bandwidth,
}

impl Default for EncoderConfig {
    /// 48 kHz mono voice, 32 kbit/s, 20 ms, complexity 9, FEC against 5 % of loss – until a receiver reports better or worse.
    fn default() -> Self {
        Self {
            format: AudioFormat::VOICE,
            application: Application::Voice,
            signal: Signal::Auto,
            bitrate: 32_000,
            complexity: 9,
            expected_loss: 0.05,
            fec: Fec::On,
            dred: Duration::ZERO,
            dtx: Dtx::Off,
            frame: Duration::from_millis(20),
            max_bandwidth: Bandwidth::Full,
        }
    }
}

/// What a stream is for; it decides how much delay the codec may add.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Application {
    /// Conversation: intelligible before faithful.
    Voice,
    /// Faithful to whatever comes in.
    Music,
    /// 4 ms less delay, at the price of the speech layer and with it of in-band FEC.
    LowDelay,
}

impl Application {
    pub(crate) fn number(self) -> i32 {
        match self {
            Self::Voice => number::APPLICATION_VOIP,
            Self::Music => number::APPLICATION_AUDIO,
            Self::LowDelay => number::APPLICATION_LOW_DELAY,
        }
    }
}

/// What the sound is, when the caller knows better than the encoder could guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// The encoder listens for itself.
    Auto,
    /// Speech.
    Voice,
    /// Music.
    Music,
}

impl Signal {
    pub(crate) fn number(self) -> i32 {
        match self {
            Self::Auto => number::AUTO,
            Self::Voice => number::SIGNAL_VOICE,
            Self::Music => number::SIGNAL_MUSIC,
        }
    }
}

/// Whether packets carry a low-rate copy of the sound before them. Only the speech layer can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fec {
    /// No.
    Off,
    /// When the expected loss makes it worth its bits, if need be by coding with the speech layer.
    On,
    /// Like `On`, but music stays with the transform layer.
    UnlessMusic,
}

impl Fec {
    pub(crate) fn number(self) -> i32 {
        match self {
            Self::Off => 0,
            Self::On => 1,
            Self::UnlessMusic => 2,
        }
    }
}

/// Discontinuous transmission: whether packets are withheld while nobody speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dtx {
    /// Every frame becomes a packet.
    Off,
    /// Silence is announced once and refreshed every 400 ms.
    On,
}

impl Dtx {
    pub(crate) fn number(self) -> i32 {
        match self {
            Self::Off => 0,
            Self::On => 1,
        }
    }
}

/// Why a codec could not be made.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Opus runs at 8, 12, 16, 24 and 48 kHz.
    #[error("Opus does not run at {hertz} Hz")]
    SampleRate {
        /// The rate asked for.
        hertz: u32,
    },
    /// A stream has one or two channels.
    #[error("Opus has no stream of {channels} channels")]
    Channels {
        /// The number asked for.
        channels: usize,
    },
    /// A packet is encoded from 2.5, 5, 10, 20, 40, 60, 80, 100 or 120 ms.
    #[error("Opus has no packets of {frame:?}")]
    Frame {
        /// The duration asked for.
        frame: Duration,
    },
    /// Bitrates reach from 6 000 to 510 000 bits per second.
    #[error("Opus does not run at {bitrate} bits per second")]
    Bitrate {
        /// The bits per second asked for.
        bitrate: u32,
    },
    /// Complexity reaches from 0 to 10.
    #[error("there is no complexity {complexity}; the highest is 10")]
    Complexity {
        /// The complexity asked for.
        complexity: u8,
    },
    /// The features that this needs are not compiled in.
    #[error("{level:?} needs feature {} of moim-opus", needed(*level))]
    Neural {
        /// The level asked for.
        level: Neural,
    },
    /// Deep redundancy was asked for and feature `dred` is not compiled in.
    #[error("deep redundancy needs feature `dred` of moim-opus")]
    NoDred,
    /// Deep redundancy reaches back by whole 10 ms, up to [`MAX_DRED`].
    #[error("deep redundancy does not reach {reach:?} back")]
    Dred {
        /// The reach asked for.
        reach: Duration,
    },
    /// A share is a number from 0 to 1.
    #[error("{share} is not a share of packets")]
    ExpectedLoss {
        /// The share given.
        share: f32,
    },
    /// libopus refused for a reason of its own.
    #[error("libopus failed with code {code}")]
    Library {
        /// libopus's own error code.
        code: i32,
    },
}

impl From<Failed> for ConfigError {
    fn from(failed: Failed) -> Self {
        Self::Library { code: failed.code() }
    }
}

/// The features any of which brings a level.
fn needed(level: Neural) -> &'static str {
    match level {
        Neural::Classic => "none",
        Neural::Concealment => "`dred` or `osce`",
        Neural::Lace | Neural::NoLace => "`osce`",
    }
}

/// Bits per second that Opus is specified for (RFC 6716 section 2.1.1).
pub(crate) const BITRATES: RangeInclusive<u32> = 6_000..=510_000;

pub(crate) fn checked_bitrate(bitrate: u32) -> Result<u32, ConfigError> {
    if BITRATES.contains(&bitrate) { Ok(bitrate) } else { Err(ConfigError::Bitrate { bitrate }) }
}

pub(crate) fn checked_frame(frame: Duration) -> Result<Duration, ConfigError> {
    match frame.as_micros() {
        2_500 | 5_000 | 10_000 | 20_000 | 40_000 | 60_000 | 80_000 | 100_000 | 120_000
            if frame.subsec_nanos().is_multiple_of(1_000) =>
        {
            Ok(frame)
        }
        _ => Err(ConfigError::Frame { frame }),
    }
}

/// How far deep redundancy can be asked to reach back.
pub const MAX_DRED: Duration = Duration::from_millis(1_040);
/// What its reach is counted in.
const DRED_UNIT: Duration = Duration::from_millis(10);

/// A reach as libopus takes it.
pub(crate) fn checked_dred(reach: Duration) -> Result<i32, ConfigError> {
    match dred_units(reach) {
        units if DRED_UNIT * units.unsigned_abs() != reach => Err(ConfigError::Dred { reach }),
        units if units > 0 && !cfg!(feature = "dred") => Err(ConfigError::NoDred),
        units => Ok(units),
    }
}

/// The nearest reach that libopus has, not below the one given unless that is too far.
pub(crate) fn dred_units(reach: Duration) -> i32 {
    reach.min(MAX_DRED).as_nanos().div_ceil(DRED_UNIT.as_nanos()) as i32
}

/// Highest complexity of an encoder.
pub(crate) const MAX_COMPLEXITY: u8 = 10;

/// Sampling rate and channels as libopus takes them.
pub(crate) fn checked_format(format: AudioFormat) -> Result<(i32, u8), ConfigError> {
    let hertz = format.rate().hz();
    let rate = match hertz {
        8_000 => 8_000,
        12_000 => 12_000,
        16_000 => 16_000,
        24_000 => 24_000,
        48_000 => 48_000,
        _ => return Err(ConfigError::SampleRate { hertz }),
    };
    match format.channels() {
        1 => Ok((rate, 1)),
        2 => Ok((rate, 2)),
        channels => Err(ConfigError::Channels { channels }),
    }
}

pub(crate) fn checked_complexity(complexity: u8) -> Result<u8, ConfigError> {
    if complexity > MAX_COMPLEXITY { Err(ConfigError::Complexity { complexity }) } else { Ok(complexity) }
}
