//! Which call is played: what every command is told that plays a recording.

use crate::concealment::Concealment;
use crate::receiver::{Census, PayloadTypes, Receiver};
use crate::recording::Recording;
use anyhow::{Context, Result};
use clap::Args;
use moim_playout::AudioReceiver;
use moim_rtp::{PayloadType, Ssrc};
use std::path::PathBuf;

/// A recording, what in it is played, and how well.
#[derive(Clone, Debug, Args)]
pub struct Call {
    /// The recorded packets: rtpdump, pcap, pcapng or lines of JSON, recognised by their content
    #[arg(long = "in", value_name = "RECORDING")]
    pub input: PathBuf,
    /// How the decoder makes up what is missing
    #[arg(long, value_enum, default_value_t)]
    pub concealment: Concealment,
    /// The source to play, in hexadecimal as in Wireshark; by default the one with most packets
    #[arg(long, value_name = "HEX", value_parser = ssrc)]
    pub ssrc: Option<Ssrc>,
    /// The payload type of Opus
    #[arg(long, value_name = "TYPE", default_value = "111", value_parser = payload_type)]
    pub opus_pt: PayloadType,
    /// The payload type of redundant Opus (RFC 2198)
    #[arg(long, value_name = "TYPE", default_value = "63", value_parser = payload_type)]
    pub red_pt: PayloadType,
}

fn ssrc(text: &str) -> Result<Ssrc, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    u32::from_str_radix(digits, 16).map(Ssrc).map_err(|_| "a source is up to eight hexadecimal digits".into())
}

fn payload_type(text: &str) -> Result<PayloadType, String> {
    let number = text.parse().ok().and_then(PayloadType::new);
    number.ok_or_else(|| "a payload type is a number from 0 to 127".into())
}

impl Call {
    /// All that was recorded.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn recording(&self) -> Result<Recording> {
        Recording::read(&self.input)
    }

    /// Has `playout` play the source that is asked for.
    ///
    /// # Errors
    ///
    /// When there is none in `recording`.
    pub fn receiver(&self, recording: &Recording, playout: Box<dyn AudioReceiver>) -> Result<Receiver> {
        let payload_types = PayloadTypes { opus: self.opus_pt, red: self.red_pt };
        let source = Census::of(recording).choose(self.ssrc, payload_types);
        let source = source.with_context(|| format!("nothing to play in {}", self.input.display()))?;
        Ok(Receiver::new(source, payload_types, playout))
    }
}
