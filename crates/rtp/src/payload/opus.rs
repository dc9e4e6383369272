//! Opus (RFC 7587): one packet of the codec is one payload.

mod parameters;

pub use parameters::Parameters;

use super::whole::{self, Talkspurt};
use super::{DepayloadError, Depayloader, Extent, Fragment, PayloadError, Payloader, Piece};
use crate::Packet;
use core::time::Duration;
use moim_media::ClockRate;

/// The name in `a=rtpmap`.
pub const ENCODING_NAME: &str = "opus";
/// The RTP clock, whatever the sampling rate (RFC 7587, section 4.1).
pub const CLOCK_RATE: ClockRate = ClockRate::HZ_48000;
/// The channels in `a=rtpmap`: always two, whether or not the sound is stereo (RFC 7587, section 7).
pub const CHANNELS: u8 = 2;
/// What follows the payload type in `a=rtpmap`.
pub const RTPMAP: &str = "opus/48000/2";
/// How much sound is in a packet unless `a=ptime` says otherwise.
pub const PTIME: Duration = Duration::from_millis(20);
/// The most sound there can be in a packet: the default of `a=maxptime`.
pub const MAX_PTIME: Duration = Duration::from_millis(120);

/// Sends each packet of the codec as it is; the first after a silence is marked (RFC 3551, section 4.1).
#[derive(Clone, Debug, Default)]
pub struct OpusPayloader {
    talkspurt: Talkspurt,
}

impl OpusPayloader {
    /// For a stream that is about to begin.
    #[must_use]
    pub const fn new() -> Self {
        Self { talkspurt: Talkspurt::Begins }
    }
}

impl Payloader for OpusPayloader {
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

/// Takes each payload as a packet of the codec. Whether the codec agrees is for the decoder to say.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpusDepayloader;

impl Depayloader for OpusDepayloader {
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
    use crate::{Header, PacketBuilder, PayloadType, Ssrc};
    use moim_media::{Seq, Timestamp};
    use std::boxed::Box;

    fn marker_of(payloader: &mut dyn Payloader) -> bool {
        let mut marked = None;
        payloader.packetize(b"sound", 1_200, &mut |fragment| marked = Some(fragment.marker)).unwrap();
        marked.expect("one payload for one unit")
    }

    #[test]
    fn the_first_packet_after_a_silence_is_marked() {
        let mut payloader: Box<dyn Payloader> = Box::new(OpusPayloader::new());
        assert!(marker_of(&mut *payloader));
        assert!(!marker_of(&mut *payloader));
        payloader.pause();
        assert!(marker_of(&mut *payloader));
        assert!(!marker_of(&mut *payloader));
    }

    #[test]
    fn a_unit_travels_and_comes_back_as_it_was() {
        let header = Header {
            marker: false,
            payload_type: PayloadType::new(111).unwrap(),
            seq: Seq(1),
            timestamp: Timestamp(2),
            ssrc: Ssrc(3),
        };
        let (mut packet, mut len) = ([0; 64], 0);
        let mut gather = |fragment: Fragment<'_>| {
            let builder = PacketBuilder::new(Header { marker: fragment.marker, ..header });
            len = builder.write(&[fragment.prefix, fragment.body], &mut packet).unwrap();
        };
        OpusPayloader::new().packetize(b"sound", 64, &mut gather).unwrap();
        let packet = Packet::parse(&packet[..len]).unwrap();
        let mut unit = None;
        let mut depayloader: Box<dyn Depayloader> = Box::new(OpusDepayloader);
        // What the sink is given outlives the call: it is borrowed from the packet.
        let extent = depayloader.depacketize(&packet, &mut |piece| unit = Some(piece.body)).unwrap();
        assert_eq!((extent, unit), (Extent::WHOLE, Some(&b"sound"[..])));
    }

    #[test]
    fn what_cannot_be_a_payload_is_refused_and_changes_nothing() {
        let mut payloader = OpusPayloader::new();
        let mut unseen = |_: Fragment<'_>| panic!("nothing to send");
        assert_eq!(payloader.packetize(&[], 10, &mut unseen), Err(PayloadError::Empty));
        let too_long = Err(PayloadError::TooLong { needed: 11, limit: 10 });
        assert_eq!(payloader.packetize(&[0; 11], 10, &mut unseen), too_long);
        assert!(marker_of(&mut payloader), "the stream has still not begun");
        let empty = Packet::parse(&[0x80, 111, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
        assert_eq!(OpusDepayloader.depacketize(&empty, &mut |_| panic!()), Err(DepayloadError::Empty));
    }
}
