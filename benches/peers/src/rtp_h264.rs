//! H.264 payloads by webrtc-rs (`rtp`) and by str0m.

use bytes::Bytes;
use rtp::codecs::h264::{H264Packet, H264Payloader};
use rtp::packetizer::{Depacketizer as _, Payloader as _};
use str0m::format::CodecExtra;
use str0m::unversioned::{Depacketizer as _, H264Depacketizer, H264Packetizer, Packetizer as _};

/// webrtc-rs splits an access unit; it takes shared bytes and makes payloads that are shared, too.
#[derive(Debug, Default)]
pub struct WebrtcRsPayloader(H264Payloader);

impl WebrtcRsPayloader {
    /// The payloads of `unit`, none longer than `limit`.
    pub fn packetize(&mut self, unit: &Bytes, limit: usize) -> Option<Vec<Bytes>> {
        self.0.payload(limit, unit).ok()
    }
}

/// webrtc-rs puts an access unit together, appended to `into`.
pub fn webrtc_rs_depacketize(payloads: &[Bytes], into: &mut Vec<u8>) -> Option<()> {
    let mut packet = H264Packet::default();
    for payload in payloads {
        into.extend_from_slice(&packet.depacketize(payload).ok()?);
    }
    Some(())
}

/// str0m splits an access unit.
#[derive(Debug, Default)]
pub struct Str0mPacketizer(H264Packetizer);

impl Str0mPacketizer {
    /// The payloads of `unit`, none longer than `limit`.
    pub fn packetize(&mut self, unit: &[u8], limit: usize) -> Option<Vec<Vec<u8>>> {
        self.0.packetize(limit, unit).ok()
    }
}

/// str0m puts an access unit together, appended to `into`.
pub fn str0m_depacketize(payloads: &[Bytes], into: &mut Vec<u8>) -> Option<()> {
    let (mut depacketizer, mut extra) = (H264Depacketizer::default(), CodecExtra::None);
    payloads.iter().try_for_each(|payload| depacketizer.depacketize(payload, into, &mut extra).ok())
}
