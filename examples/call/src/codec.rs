//! The codec of the call: the only place that names one.

use anyhow::Result;
use moim_call::{Format, RtpMap};
use moim_media::ClockRate;
use moim_opus::{Decoder, DecoderConfig, Encoder, EncoderConfig};
use moim_playout::PlayoutConfig;
use moim_rtp::PayloadType;
use moim_rtp::payload::opus::{OpusDepayloader, OpusPayloader};

/// Opus as RFC 7587 has it, 48 kHz mono, on this payload type.
pub(crate) fn opus(payload_type: PayloadType) -> Result<Format> {
    // Always two channels in the description, whatever is sent (RFC 7587, section 7).
    let rtpmap = RtpMap { encoding: "opus".to_owned(), clock_rate: ClockRate::HZ_48000, channels: 2 };
    // The least complexity for which libopus 1.6 has vector code: quicker than the steps just below it, and against the
    // highest the correlation of what is heard with its source falls by 0.002.
    let encoder = Encoder::new(EncoderConfig { complexity: 6, ..EncoderConfig::default() })?;
    let decoder = Decoder::new(DecoderConfig::default())?;
    let payload = (Box::new(OpusPayloader::default()) as _, Box::new(OpusDepayloader) as _);
    Ok(Format::new(payload_type, rtpmap, payload, Box::new(encoder), decoder, PlayoutConfig::default())?)
}
