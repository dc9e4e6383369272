//! VP8 and VP9 payloads by webrtc-rs (`rtp`), and VP8 by str0m, whose VP9 is not reachable.

use bytes::Bytes;
use rtp::codecs::vp8::{Vp8Packet, Vp8Payloader};
use rtp::codecs::vp9::{Vp9Packet, Vp9Payloader};
use rtp::packetizer::{Depacketizer as _, Payloader as _};
use std::sync::Arc;
use str0m::format::CodecExtra;
use str0m::unversioned::{Depacketizer as _, Packetizer as _, Vp8Depacketizer, Vp8Packetizer};

/// webrtc-rs splits frames of VP8; it takes shared bytes, and copies them.
#[derive(Debug)]
pub struct WebrtcRsVp8(Vp8Payloader);

impl Default for WebrtcRsVp8 {
    /// With picture ids.
    fn default() -> Self {
        let mut payloader = Vp8Payloader::default();
        payloader.enable_picture_id = true;
        Self(payloader)
    }
}

impl WebrtcRsVp8 {
    /// The payloads of `frame`, none longer than `limit`.
    pub fn packetize(&mut self, frame: &Bytes, limit: usize) -> Option<Vec<Bytes>> {
        self.0.payload(limit, frame).ok()
    }
}

/// webrtc-rs puts a frame of VP8 together, appended to `into`.
pub fn webrtc_rs_vp8_depacketize(payloads: &[Bytes], into: &mut Vec<u8>) -> Option<()> {
    let mut packet = Vp8Packet::default();
    for payload in payloads {
        into.extend_from_slice(&packet.depacketize(payload).ok()?);
    }
    Some(())
}

/// str0m splits frames of VP8.
#[derive(Debug, Default)]
pub struct Str0mVp8(Vp8Packetizer);

impl Str0mVp8 {
    /// The payloads of `frame`, none longer than `limit`.
    pub fn packetize(&mut self, frame: &[u8], limit: usize) -> Option<Vec<Vec<u8>>> {
        self.0.packetize(limit, frame).ok()
    }
}

/// str0m puts a frame of VP8 together, appended to `into`.
pub fn str0m_vp8_depacketize(payloads: &[Bytes], into: &mut Vec<u8>) -> Option<()> {
    let (mut depacketizer, mut extra) = (Vp8Depacketizer::default(), CodecExtra::None);
    payloads.iter().try_for_each(|payload| depacketizer.depacketize(payload, into, &mut extra).ok())
}

/// webrtc-rs splits frames of VP9.
#[derive(Debug)]
pub struct WebrtcRsVp9(Vp9Payloader);

impl Default for WebrtcRsVp9 {
    /// With picture ids from 0.
    fn default() -> Self {
        let mut payloader = Vp9Payloader::default();
        payloader.initial_picture_id_fn = Some(Arc::new(|| 0));
        Self(payloader)
    }
}

impl WebrtcRsVp9 {
    /// The payloads of `frame`, none longer than `limit`.
    pub fn packetize(&mut self, frame: &Bytes, limit: usize) -> Option<Vec<Bytes>> {
        self.0.payload(limit, frame).ok()
    }
}

/// webrtc-rs puts a frame of VP9 together, appended to `into`.
pub fn webrtc_rs_vp9_depacketize(payloads: &[Bytes], into: &mut Vec<u8>) -> Option<()> {
    let mut packet = Vp9Packet::default();
    for payload in payloads {
        into.extend_from_slice(&packet.depacketize(payload).ok()?);
    }
    Some(())
}
