//! G.722 (RFC 3551, section 4.5.2): wide-band sound, one byte for two samples.
//!
//! **The RTP clock is not the sampling rate.** G.722 samples at 16 kHz, but its clock was written down as 8 kHz by
//! mistake and stayed so: 20 ms are 320 samples, and 160 ticks. [`Amount`] converts between the three; [`SAMPLE_RATE`]
//! is no [`ClockRate`], so that it does not go where [`CLOCK_RATE`] belongs.

use super::whole::{self, Talkspurt};
use super::{DepayloadError, Depayloader, Extent, Fragment, PayloadError, Payloader, Piece};
use crate::{Packet, PayloadType};
use core::time::Duration;
use moim_media::ClockRate;

/// The name in `a=rtpmap`.
pub const ENCODING_NAME: &str = "G722";
/// The RTP clock: half the sampling rate.
pub const CLOCK_RATE: ClockRate = ClockRate::HZ_8000;
/// Samples per second, which no RTP timestamp counts.
pub const SAMPLE_RATE: u32 = 16_000;
/// One.
pub const CHANNELS: u8 = 1;
/// What follows the payload type in `a=rtpmap`.
pub const RTPMAP: &str = "G722/8000";
/// Known without `a=rtpmap` (RFC 3551, section 6).
pub const PAYLOAD_TYPE: PayloadType = PayloadType::new(9).unwrap();
/// How much sound is in a packet unless `a=ptime` says otherwise.
pub const PTIME: Duration = Duration::from_millis(20);

/// An amount of sound: a whole number of bytes, of pairs of samples, and of ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    bytes: usize,
}

impl Amount {
    /// What is in `payload`.
    #[must_use]
    pub const fn of_payload(payload: &[u8]) -> Self {
        Self { bytes: payload.len() }
    }

    /// As much as `samples` samples, rounded up to a pair.
    #[must_use]
    pub const fn of_samples(samples: usize) -> Self {
        Self { bytes: samples.div_ceil(2) }
    }

    /// As much as plays for `duration`, to the nearest pair of samples.
    #[must_use]
    pub fn of_duration(duration: Duration) -> Self {
        Self { bytes: usize::try_from(CLOCK_RATE.ticks(duration)).unwrap_or(usize::MAX) }
    }

    /// Bytes of the payload.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.bytes
    }

    /// Samples the decoder makes of it.
    #[must_use]
    pub const fn samples(self) -> usize {
        self.bytes.saturating_mul(2)
    }

    /// By how much it advances the RTP timestamp.
    #[must_use]
    pub const fn ticks(self) -> u64 {
        self.bytes as u64
    }

    /// How long it plays.
    #[must_use]
    pub fn duration(self) -> Duration {
        CLOCK_RATE.duration(self.ticks())
    }
}

/// Sends each unit as it is; the first after a silence is marked (RFC 3551, section 4.1).
///
/// A unit beyond the limit is refused: parts of it would need timestamps of their own.
#[derive(Clone, Debug, Default)]
pub struct G722Payloader {
    talkspurt: Talkspurt,
}

impl G722Payloader {
    /// For a stream that is about to begin.
    #[must_use]
    pub const fn new() -> Self {
        Self { talkspurt: Talkspurt::Begins }
    }
}

impl Payloader for G722Payloader {
    fn packetize(
        &mut self,
        unit: &[u8],
        limit: usize,
        sink: &mut dyn FnMut(Fragment<'_>),
    ) -> Result<(), PayloadError> {
        self.talkspurt.send(unit, limit, sink)
    }

    fn pause(&mut self) {
        self.talkspurt = Talkspurt::Begins;
    }
}

/// Takes each payload as a unit: any bytes are sound.
#[derive(Clone, Copy, Debug, Default)]
pub struct G722Depayloader;

impl Depayloader for G722Depayloader {
    fn depacketize<'a>(
        &mut self,
        packet: &Packet<'a>,
        sink: &mut dyn FnMut(Piece<'a>),
    ) -> Result<Extent, DepayloadError> {
        whole::take(packet, sink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_milliseconds_are_160_bytes_160_ticks_and_320_samples() {
        let amount = Amount::of_duration(PTIME);
        assert_eq!((amount.bytes(), amount.ticks(), amount.samples()), (160, 160, 320));
        assert_eq!(amount.duration(), PTIME);
        assert_eq!(Amount::of_samples(319), amount);
        assert_eq!(Amount::of_payload(&[0; 160]), amount);
        assert_eq!(SAMPLE_RATE, 2 * CLOCK_RATE.hz());
    }

    #[test]
    fn a_unit_travels_and_comes_back_as_it_was() {
        let mut payloader = G722Payloader::new();
        let mut packet = [0x80, 9, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0];
        let mut gather = |payload: Fragment<'_>| {
            assert!(payload.marker);
            packet[12..].copy_from_slice(payload.body);
        };
        payloader.packetize(b"one", 3, &mut gather).unwrap();
        let refused = payloader.packetize(&[7; 4], 3, &mut |_| panic!("too long"));
        assert_eq!(refused, Err(PayloadError::TooLong { needed: 4, limit: 3 }));
        let packet = Packet::parse(&packet).unwrap();
        let mut unit = None;
        let extent = G722Depayloader.depacketize(&packet, &mut |piece| unit = Some(piece.body));
        assert_eq!((extent, unit), (Ok(Extent::WHOLE), Some(&b"one"[..])));
    }
}
