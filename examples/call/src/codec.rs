//! The codec of the call: the only place that names one.

use crate::sdp::Feedback;
use anyhow::Result;
use moim_call::{Format, RtpMap};
use moim_media::ClockRate;
use moim_opus::{Bandwidth, Decoder, DecoderConfig, Encoder, EncoderConfig, Fec};
use moim_playout::PlayoutConfig;
use moim_rtp::PayloadType;
use moim_rtp::payload::opus::{OpusDepayloader, OpusPayloader, Parameters};
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
