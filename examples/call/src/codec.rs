//! The codecs of the call: the only place that names them.

use crate::sdp::{Feedback, Picture};
use anyhow::Result;
use moim_call::{Format, PictureFormat, RtpMap};
use moim_h264::{Complexity, DecoderConfig as PictureDecoderConfig, EncoderConfig as PictureEncoderConfig};
use moim_media::codec::{CodecError, EncodedVideo, FrameKind, VideoEncoder};
use moim_media::{ClockRate, MediaTime, VideoFrame, VideoSize};
use moim_opus::{Bandwidth, Decoder, DecoderConfig, Encoder, EncoderConfig, Fec};
use moim_playout::PlayoutConfig;
use moim_rtp::PayloadType;
use moim_rtp::payload::h264::{H264Depayloader, H264Payloader, PacketizationMode};
use moim_rtp::payload::opus::{OpusDepayloader, OpusPayloader, Parameters};
use moim_video::{VideoConfig, VideoPlayout};
use std::num::NonZeroU32;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// From a sample's being said to the packet's being sent that holds it, and from its decoding to its being heard: a
/// frame of 20 ms and the encoder's lookahead (RFC 6716, section 2).
pub(crate) const DELAY: Duration = Duration::from_micros(26_500);

/// Opus as RFC 7587 has it, 48 kHz mono, on this payload type, for a far side that asks for `wanted` and agreed to this
/// feedback.
pub(crate) fn opus(payload_type: PayloadType, wanted: &Parameters, agreed: Feedback) -> Result<Format> {
    let fec = if wanted.use_in_band_fec { Fec::On } else { Fec::Off };
    let mut playout = PlayoutConfig::default();
    if agreed == Feedback::None {
        playout.jitter.retransmit = None;
    }
    format(payload_type, EncoderConfig { fec, ..EncoderConfig::default() }, playout)
}

/// The same for a call in a hurry: speech up to 8 kHz, coded in a third of the time. At 32 kbit/s what is heard is as
/// like its source as with the defaults, to 0.003 in correlation, and the FEC comes as often.
pub(crate) fn quick_opus(payload_type: PayloadType) -> Result<Format> {
    let quick = EncoderConfig { complexity: 1, max_bandwidth: Bandwidth::Wide, ..EncoderConfig::default() };
    format(payload_type, quick, PlayoutConfig::default())
}

fn format(payload_type: PayloadType, encoder: EncoderConfig, playout: PlayoutConfig) -> Result<Format> {
    // Always two channels in the description, whatever is sent (RFC 7587, section 7).
    let rtpmap = RtpMap { encoding: "opus".to_owned(), clock_rate: ClockRate::HZ_48000, channels: 2 };
    let encoder = Box::new(Encoder::new(encoder)?);
    let decoder = Decoder::new(DecoderConfig::default())?;
    let payload = (Box::new(OpusPayloader::default()) as _, Box::new(OpusDepayloader) as _);
    Ok(Format::new(payload_type, rtpmap, payload, encoder, decoder, playout)?)
}

/// An access unit as it was sent.
#[derive(Debug)]
pub(crate) struct Coded {
    pub(crate) access_unit: Vec<u8>,
}

/// H.264 as RFC 6184 has it, for pictures of this size, on these payload types; and what the encoder makes of each
/// picture, for whoever records it.
pub(crate) fn h264(
    payload_type: PayloadType,
    rtx: PayloadType,
    size: VideoSize,
    frame_rate: f32,
) -> Result<(PictureFormat, Receiver<Coded>)> {
    let rtpmap = RtpMap { encoding: "H264".to_owned(), clock_rate: ClockRate::HZ_90000, channels: 1 };
    let encoder = moim_h264::Encoder::new(PictureEncoderConfig {
        frame_rate,
        complexity: Complexity::Low,
        ..PictureEncoderConfig::default()
    })?;
    let decoder = moim_h264::Decoder::new(PictureDecoderConfig::default())?;
    let video = VideoConfig { size, ..VideoConfig::default() };
    let receiver = VideoPlayout::new(video, Box::new(H264Depayloader::new()), decoder)?;
    let (sink, coded) = channel();
    let payloader = Box::new(H264Payloader::new(PacketizationMode::NonInterleaved));
    let tapped = Box::new(Tapped { encoder, sink });
    let format = PictureFormat::new(payload_type, rtpmap, payloader, tapped, Box::new(receiver));
    Ok((format.retransmitted_as(rtx), coded))
}

/// An encoder that shows somebody what it makes.
struct Tapped {
    encoder: moim_h264::Encoder,
    sink: Sender<Coded>,
}

impl VideoEncoder for Tapped {
    fn encode(
        &mut self,
        frame: &VideoFrame,
        time: MediaTime,
        kind: FrameKind,
        into: &mut Vec<u8>,
    ) -> Result<EncodedVideo, CodecError> {
        let before = into.len();
        let encoded = self.encoder.encode(frame, time, kind, into)?;
        if let EncodedVideo::AccessUnit(_) = encoded {
            // Nobody may be looking.
            let _ = self.sink.send(Coded { access_unit: into[before..].to_vec() });
        }
        Ok(encoded)
    }

    fn set_bitrate(&mut self, bits_per_second: u32) -> Result<(), CodecError> {
        self.encoder.set_bitrate(bits_per_second)
    }

    fn set_frame_rate(&mut self, frames_per_second: f32) -> Result<(), CodecError> {
        self.encoder.set_frame_rate(frames_per_second)
    }
}

/// Bytes of a NAL unit that travels in one packet, where it must: what the RTP header, its extensions and the header of a
/// retransmission leave of 1200 bytes.
const MOST_SLICE_BYTES: u16 = 1_140;

/// Pictures from one key frame to the next, where the far side has not said how it would ask for one.
const UNASKED: NonZeroU32 = NonZeroU32::new(60).unwrap();

/// H.264 for a far side that agreed to this, with pictures of this size from our camera.
pub(crate) fn h264_as_agreed(agreed: &Picture, size: VideoSize, frame_rate: f32) -> Result<PictureFormat> {
    let mode = agreed.parameters.packetization_mode;
    let encoder = moim_h264::Encoder::new(PictureEncoderConfig {
        frame_rate,
        complexity: Complexity::Low,
        max_slice_bytes: (mode == PacketizationMode::SingleNal).then_some(MOST_SLICE_BYTES),
        // Who cannot ask for one gets them unasked.
        key_frame_interval: (agreed.feedback == Feedback::None).then_some(UNASKED),
        ..PictureEncoderConfig::default()
    })?;
    let mut video = VideoConfig {
        size,
        headers: agreed.parameters.sprop_parameter_sets.clone(),
        ..VideoConfig::default()
    };
    if agreed.feedback == Feedback::None {
        video.retransmit = None;
    }
    let decoder = moim_h264::Decoder::new(PictureDecoderConfig::default())?;
    let receiver = VideoPlayout::new(video, Box::new(H264Depayloader::new()), decoder)?;
    let rtpmap = RtpMap { encoding: "H264".to_owned(), clock_rate: ClockRate::HZ_90000, channels: 1 };
    let payloader = Box::new(H264Payloader::new(mode));
    let format =
        PictureFormat::new(agreed.payload_type, rtpmap, payloader, Box::new(encoder), Box::new(receiver));
    Ok(match agreed.rtx {
        Some(again) => format.retransmitted_as(again),
        None => format,
    })
}
