//! From datagrams to a [`Playout`].

use moim_media::{ClockRate, Instant, SeqNo, Unwrap};
use moim_opus::Decoder;
use moim_playout::Playout;
use moim_rtp::red::{Numbering, recover};
use moim_rtp::{Packet, PayloadType, Ssrc};

/// What the payload types stand for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PayloadTypes {
    pub(crate) opus: PayloadType,
    pub(crate) red: PayloadType,
}

/// Takes the packets of one source apart.
#[derive(Debug)]
pub(crate) struct Receiver {
    payload_types: PayloadTypes,
    source: Option<Ssrc>,
    unwrap: Unwrap,
    playout: Playout<Decoder>,
}

impl Receiver {
    pub(crate) fn new(payload_types: PayloadTypes, playout: Playout<Decoder>) -> Self {
        Self { payload_types, source: None, unwrap: Unwrap::new(ClockRate::HZ_48000), playout }
    }

    /// Takes in what came at `now`; what is not of the first source, or no sound, is passed over.
    pub(crate) fn receive(&mut self, now: Instant, datagram: &[u8]) {
        let Ok(packet) = Packet::parse(datagram) else { return };
        if *self.source.get_or_insert(packet.ssrc()) != packet.ssrc() {
            return;
        }
        let payload_type = packet.payload_type();
        let (seq, time) = (self.unwrap.seq(packet.seq()), self.unwrap.time(packet.timestamp()));
        if payload_type == self.payload_types.opus {
            let _ = self.playout.insert(now, seq, time, packet.payload());
        } else if payload_type == self.payload_types.red {
            let Ok(blocks) = recover(&packet, Numbering::Consecutive) else { return };
            for block in blocks.filter(|block| block.payload_type == self.payload_types.opus) {
                let Some(time) = self.unwrap.nearest_time(block.timestamp) else { continue };
                // The first number is one whole cycle above what was on the wire.
                let seq = SeqNo::new(seq.get() - u64::from(block.distance));
                let _ = self.playout.insert(now, seq, time, block.payload);
            }
        }
    }

    pub(crate) fn playout(&mut self) -> &mut Playout<Decoder> {
        &mut self.playout
    }
}
