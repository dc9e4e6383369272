//! webrtc-rs `rtc` in the seat of `moim_rtp::fec`: FlexFEC of the third draft, of which it has packets as values.

use bytes::Bytes;
use rtc_interceptor::{FlexFec03Decoder, FlexFec03Encoder};
use rtc_rtp::Packet;
use rtc_shared::marshal::{Marshal, Unmarshal};

/// Packets as it wants them.
#[derive(Clone, Debug)]
pub struct RtcPackets(Vec<Packet>);

impl RtcPackets {
    /// Reads packets.
    ///
    /// # Panics
    ///
    /// When one is none.
    #[must_use]
    pub fn new(packets: &[Bytes]) -> Self {
        let read = |packet: &Bytes| Packet::unmarshal(&mut packet.clone()).expect("an RTP packet");
        Self(packets.iter().map(read).collect())
    }
}

/// One repair packet over all of `packets`, written into `into`; its length.
pub fn rtc_encode(packets: &RtcPackets, into: &mut [u8]) -> Option<usize> {
    let mut encoder = FlexFec03Encoder::new(120, 2);
    let repairs = encoder.encode(&packets.0, 1);
    repairs.first()?.marshal_to(into).ok()
}

/// What it finds of the stream `media` when these arrive, the repair packets of source 2 among them: how many, and how
/// many bytes.
#[must_use]
pub fn rtc_recover(media: u32, arrived: &RtcPackets) -> (usize, usize) {
    let mut decoder = FlexFec03Decoder::new(2, media);
    let mut found = (0, 0);
    for packet in &arrived.0 {
        for packet in decoder.decode(packet.clone()) {
            found = (found.0 + 1, found.1 + packet.payload.len());
        }
    }
    found
}

/// XOR by index, as one would write it without a thought of the compiler.
#[allow(clippy::needless_range_loop, reason = "that is the way it is usually written")]
pub fn indexed_xor(into: &mut [u8], from: &[u8]) {
    for at in 0..into.len().min(from.len()) {
        into[at] ^= from[at];
    }
}
