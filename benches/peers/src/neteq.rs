//! The `neteq` crate (0.9), with the decoder of the `opus` crate.

use crate::opus::{self, Decoder, Stream};
use neteq::codec::AudioDecoder;
use neteq::{AudioPacket, NetEqConfig, RtpHeader};

/// Any number, as long as packets have it, too.
const OPUS: u8 = 111;

/// A receiver of 48 kHz mono voice in packets of 20 ms. It reads the clock of the machine at every call.
pub struct NetEq(neteq::NetEq);

struct Voice(Decoder);

impl AudioDecoder for Voice {
    fn sample_rate(&self) -> u32 {
        48_000
    }

    fn channels(&self) -> u8 {
        1
    }

    fn decode(&mut self, packet: &[u8]) -> neteq::Result<Vec<f32>> {
        let mut pcm = vec![0.0; 960];
        opus::decode(&mut self.0, packet, &mut pcm);
        Ok(pcm)
    }
}

impl NetEq {
    /// A receiver as the crate sets it up by default.
    ///
    /// # Panics
    ///
    /// Never: the format is valid.
    #[must_use]
    pub fn new() -> Self {
        let config = NetEqConfig { sample_rate: 48_000, channels: 1, ..NetEqConfig::default() };
        let mut receiver = neteq::NetEq::new(config).expect("a valid format");
        receiver.register_decoder(OPUS, Box::new(Voice(opus::decoder(Stream::Voice))));
        Self(receiver)
    }

    /// A packet comes now.
    ///
    /// # Panics
    ///
    /// When it is refused.
    pub fn insert(&mut self, seq: u16, timestamp: u32, payload: &[u8]) {
        let header = RtpHeader::new(seq, timestamp, 1, OPUS, false);
        let packet = AudioPacket::new(header, payload.to_vec(), 48_000, 1, 20);
        self.0.insert_packet(packet).expect("a packet");
    }

    /// Fills `out` with the 10 ms to be heard now.
    ///
    /// # Panics
    ///
    /// When `out` is no 10 ms.
    pub fn pull(&mut self, out: &mut [f32]) {
        let frame = self.0.get_audio().expect("sound, whatever came");
        out.copy_from_slice(&frame.samples);
    }
}

impl Default for NetEq {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for NetEq {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("NetEq").finish_non_exhaustive()
    }
}
