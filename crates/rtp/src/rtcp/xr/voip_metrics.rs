//! VoIP metrics (RFC 3611, section 4.7): how a call sounds, and why.

use super::BlockWriter;
use super::block::block_type;
use crate::Ssrc;
use crate::rtcp::{FractionLost, WriteError};
use core::time::Duration;

/// Bytes after the block's first word.
const BODY: usize = 32;
/// What stands for a level, a rating or a score that is not known.
const UNAVAILABLE: u8 = 127;

/// How one stream of a call is received; `None` for what the reporter does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VoipMetrics {
    /// The stream.
    pub media: Ssrc,
    /// The share of packets lost since reception began.
    pub loss_rate: FractionLost,
    /// The share of packets that came too late or too early since reception began.
    pub discard_rate: FractionLost,
    /// The share of packets lost or discarded within bursts.
    pub burst_density: FractionLost,
    /// The share of packets lost or discarded between bursts.
    pub gap_density: FractionLost,
    /// The mean length of a burst.
    pub burst_duration: Milliseconds,
    /// The mean length of what lies between bursts.
    pub gap_duration: Milliseconds,
    /// The last round trip measured. Zero cannot be told from "not known" on the wire.
    pub round_trip_delay: Option<Milliseconds>,
    /// The delay within the reporter, both directions together. Zero cannot be told from "not known" on the wire.
    pub end_system_delay: Option<Milliseconds>,
    /// Level of the speech, in dBm0. 127 cannot be told from "not known" on the wire.
    pub signal_level: Option<i8>,
    /// Level of the silence, in dBm0. 127 cannot be told from "not known" on the wire.
    pub noise_level: Option<i8>,
    /// Residual echo return loss, in dB. 127 cannot be told from "not known" on the wire.
    pub echo_return_loss: Option<u8>,
    /// A burst ends when this many packets in a row were received; 16 is recommended.
    pub gap_threshold: u8,
    /// Conversational quality of the path reported on.
    pub r_factor: Option<RFactor>,
    /// That of what lies behind the reporter, such as a telephone network.
    pub external_r_factor: Option<RFactor>,
    /// Listening quality.
    pub mos_listening: Option<Mos>,
    /// Conversational quality.
    pub mos_conversational: Option<Mos>,
    /// How losses are concealed.
    pub concealment: Concealment,
    /// What holds packets back.
    pub jitter_buffer: JitterBuffer,
}

/// A span of up to 65 535 ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Milliseconds(pub u16);

/// A transmission rating (ITU-T G.107): 0 … 100, of which 94 is as good as a telephone line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RFactor(u8);

/// A mean opinion score in tenths: 10 (bad) … 50 (excellent).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mos(u8);

/// How lost packets are concealed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Concealment {
    /// Not said.
    #[default]
    Unspecified,
    /// With silence.
    Disabled,
    /// By a better algorithm than the standard one.
    Enhanced,
    /// With the standard algorithm of the codec.
    Standard,
}

/// The jitter buffer of the reporter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterBuffer {
    /// Whether its delay follows the network.
    pub adaptation: Adaptation,
    /// How fast it follows: 0 … 15, where the implementation says what they mean.
    pub rate: AdaptationRate,
    /// The delay that a packet sees which is on time.
    pub nominal: Milliseconds,
    /// The delay that the packet sees which is earliest of those kept.
    pub maximum: Milliseconds,
    /// The longest delay it can ever have.
    pub absolute_maximum: Milliseconds,
}

/// Whether a jitter buffer follows the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adaptation {
    /// Not said, or said by a reserved value.
    #[default]
    Unknown,
    /// Its delay is fixed.
    Fixed,
    /// Its delay follows.
    Adaptive,
}

/// How fast a jitter buffer follows the network: 0 … 15.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct AdaptationRate(u8);

impl Milliseconds {
    /// The span, rounded down; the longest there is for anything longer.
    #[must_use]
    pub fn from_duration(span: Duration) -> Self {
        Self(u16::try_from(span.as_millis()).unwrap_or(u16::MAX))
    }

    /// The span.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0 as u64)
    }

    fn known(self) -> Option<Self> {
        (self.0 != 0).then_some(self)
    }
}

impl RFactor {
    /// `None` above 100.
    #[must_use]
    pub const fn new(rating: u8) -> Option<Self> {
        if rating <= 100 { Some(Self(rating)) } else { None }
    }

    /// The rating, 0 … 100.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Mos {
    /// `None` outside 10 … 50.
    #[must_use]
    pub const fn new(tenths: u8) -> Option<Self> {
        if matches!(tenths, 10..=50) { Some(Self(tenths)) } else { None }
    }

    /// The score in tenths, 10 … 50.
    #[must_use]
    pub const fn tenths(self) -> u8 {
        self.0
    }
}

impl AdaptationRate {
    /// `None` above 15.
    #[must_use]
    pub const fn new(rate: u8) -> Option<Self> {
        if rate < 16 { Some(Self(rate)) } else { None }
    }

    /// The rate, 0 … 15.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl VoipMetrics {
    /// Ratings and scores outside their range count as not known.
    #[inline]
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let (words, []) = body.as_chunks() else { return None };
        let &[media, [loss, discard, burst, gap], durations, delays, levels, quality, config, buffer]: &[[u8; 4];
            BODY / 4] = words.try_into().ok()?;
        let [signal, noise, echo, gap_threshold] = levels;
        let [r_factor, external, listening, conversational] = quality;
        let [receiver, _, n0, n1] = config;
        let (burst_duration, gap_duration) = halves(durations);
        let (round_trip, end_system) = halves(delays);
        let (maximum, absolute_maximum) = halves(buffer);
        let known = |value| (value != UNAVAILABLE).then_some(value);
        Some(Self {
            media: Ssrc(u32::from_be_bytes(media)),
            loss_rate: FractionLost(loss),
            discard_rate: FractionLost(discard),
            burst_density: FractionLost(burst),
            gap_density: FractionLost(gap),
            burst_duration,
            gap_duration,
            round_trip_delay: round_trip.known(),
            end_system_delay: end_system.known(),
            signal_level: known(signal).map(u8::cast_signed),
            noise_level: known(noise).map(u8::cast_signed),
            echo_return_loss: known(echo),
            gap_threshold,
            r_factor: RFactor::new(r_factor),
            external_r_factor: RFactor::new(external),
            mos_listening: Mos::new(listening),
            mos_conversational: Mos::new(conversational),
            concealment: match receiver >> 6 {
                0 => Concealment::Unspecified,
                1 => Concealment::Disabled,
                2 => Concealment::Enhanced,
                _ => Concealment::Standard,
            },
            jitter_buffer: JitterBuffer {
                adaptation: match receiver >> 4 & 3 {
                    3 => Adaptation::Adaptive,
                    2 => Adaptation::Fixed,
                    _ => Adaptation::Unknown,
                },
                rate: AdaptationRate(receiver & 15),
                nominal: Milliseconds(u16::from_be_bytes([n0, n1])),
                maximum,
                absolute_maximum,
            },
        })
    }

    fn bytes(&self) -> [[u8; 4]; BODY / 4] {
        let buffer = self.jitter_buffer;
        let [n0, n1] = buffer.nominal.0.to_be_bytes();
        let level = |level: Option<i8>| level.map_or(UNAVAILABLE, i8::cast_unsigned);
        let rating = |rating: Option<RFactor>| rating.map_or(UNAVAILABLE, RFactor::get);
        let score = |score: Option<Mos>| score.map_or(UNAVAILABLE, Mos::tenths);
        let adaptation = match buffer.adaptation {
            Adaptation::Unknown => 0,
            Adaptation::Fixed => 2,
            Adaptation::Adaptive => 3,
        };
        let receiver = (self.concealment as u8) << 6 | adaptation << 4 | buffer.rate.get();
        [
            self.media.0.to_be_bytes(),
            [self.loss_rate.0, self.discard_rate.0, self.burst_density.0, self.gap_density.0],
            joined(self.burst_duration, self.gap_duration),
            joined(self.round_trip_delay.unwrap_or_default(), self.end_system_delay.unwrap_or_default()),
            [
                level(self.signal_level),
                level(self.noise_level),
                self.echo_return_loss.unwrap_or(UNAVAILABLE),
                self.gap_threshold,
            ],
            [
                rating(self.r_factor),
                rating(self.external_r_factor),
                score(self.mos_listening),
                score(self.mos_conversational),
            ],
            [receiver, 0, n0, n1],
            joined(buffer.maximum, buffer.absolute_maximum),
        ]
    }
}

const fn halves([f0, f1, s0, s1]: [u8; 4]) -> (Milliseconds, Milliseconds) {
    (Milliseconds(u16::from_be_bytes([f0, f1])), Milliseconds(u16::from_be_bytes([s0, s1])))
}

const fn joined(first: Milliseconds, second: Milliseconds) -> [u8; 4] {
    ((first.0 as u32) << 16 | second.0 as u32).to_be_bytes()
}

impl BlockWriter<'_> {
    /// Appends the metrics of a stream.
    ///
    /// # Errors
    ///
    /// [`WriteError::BufferTooSmall`].
    pub fn voip_metrics(&mut self, metrics: &VoipMetrics) -> Result<(), WriteError> {
        self.block(block_type::VOIP_METRICS, 0, BODY)?.bytes(metrics.bytes().as_flattened());
        Ok(())
    }
}
