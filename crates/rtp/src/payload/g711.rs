//! G.711 (RFC 3551, section 4.5.14): one byte a sample, 8 000 of them in a second.
//!
//! There are two laws by which samples are compressed, [`pcmu`] and [`pcma`], with a payload type of their own each; on
//! the way they are the same. Byte, sample and tick of the RTP clock are one to one to one. Any number of samples makes
//! a unit; 20 ms, which is 160 bytes, unless `a=ptime` says otherwise.

use super::whole::{self, Talkspurt};
use super::{DepayloadError, Depayloader, Extent, Fragment, PayloadError, Payloader, Piece};
use crate::Packet;
use core::time::Duration;
use moim_media::ClockRate;

/// The RTP clock, and the sampling rate.
pub const CLOCK_RATE: ClockRate = ClockRate::HZ_8000;
/// One; G.711 with more of them is defined, and nobody speaks it.
pub const CHANNELS: u8 = 1;
/// How much sound is in a packet unless `a=ptime` says otherwise.
pub const PTIME: Duration = Duration::from_millis(20);

/// µ-law, of America and Japan.
pub mod pcmu {
    pub use super::{CHANNELS, CLOCK_RATE};
    use crate::PayloadType;

    /// The name in `a=rtpmap`.
    pub const ENCODING_NAME: &str = "PCMU";
    /// What follows the payload type in `a=rtpmap`.
    pub const RTPMAP: &str = "PCMU/8000";
    /// Known without `a=rtpmap` (RFC 3551, section 6).
    pub const PAYLOAD_TYPE: PayloadType = PayloadType::new(0).unwrap();
    /// A sample of silence.
    pub const SILENCE: u8 = 0xff;
}

/// A-law, of everywhere else.
pub mod pcma {
    pub use super::{CHANNELS, CLOCK_RATE};
    use crate::PayloadType;

    /// The name in `a=rtpmap`.
    pub const ENCODING_NAME: &str = "PCMA";
    /// What follows the payload type in `a=rtpmap`.
    pub const RTPMAP: &str = "PCMA/8000";
    /// Known without `a=rtpmap` (RFC 3551, section 6).
    pub const PAYLOAD_TYPE: PayloadType = PayloadType::new(8).unwrap();
    /// A sample of silence: the least there is above zero.
    pub const SILENCE: u8 = 0xd5;
}

/// How long `payload` plays.
#[must_use]
pub fn duration(payload: &[u8]) -> Duration {
    CLOCK_RATE.duration(payload.len() as u64)
}

/// Sends each unit as it is; the first after a silence is marked (RFC 3551, section 4.1).
///
/// A unit beyond the limit is refused: parts of it would need timestamps of their own.
#[derive(Clone, Debug, Default)]
pub struct G711Payloader {
    talkspurt: Talkspurt,
}

impl G711Payloader {
    /// For a stream that is about to begin.
    #[must_use]
    pub const fn new() -> Self {
        Self { talkspurt: Talkspurt::Begins }
    }
}

impl Payloader for G711Payloader {
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
pub struct G711Depayloader;

impl Depayloader for G711Depayloader {
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
    fn twenty_milliseconds_are_160_bytes() {
        assert_eq!(duration(&[pcmu::SILENCE; 160]), PTIME);
        assert_eq!((pcmu::PAYLOAD_TYPE.get(), pcma::PAYLOAD_TYPE.get()), (0, 8));
    }

    #[test]
    fn a_unit_travels_as_it_is_and_is_never_split() {
        let mut payloader = G711Payloader::new();
        let mut sent = None;
        payloader
            .packetize(&[7; 160], 160, &mut |payload| sent = Some((payload.body.len(), payload.marker)))
            .unwrap();
        assert_eq!(sent, Some((160, true)));
        let refused = payloader.packetize(&[7; 161], 160, &mut |_| panic!("too long"));
        assert_eq!(refused, Err(PayloadError::TooLong { needed: 161, limit: 160 }));
        payloader.pause();
        payloader.packetize(&[7], 160, &mut |payload| sent = Some((1, payload.marker))).unwrap();
        assert_eq!(sent, Some((1, true)));

        let packet = Packet::parse(&[0x80, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9]).unwrap();
        let mut unit = None;
        let extent = G711Depayloader.depacketize(&packet, &mut |piece| unit = Some(piece.body));
        assert_eq!((extent, unit), (Ok(Extent::WHOLE), Some(&[9, 9][..])));
    }
}
