//! `lab playout`: a recorded call on a virtual clock.

use crate::receiver::{PayloadTypes, Receiver};
use crate::{recording, sound_file};
use anyhow::{Context, Result};
use clap::Args;
use moim_media::Instant;
use moim_opus::{Decoder, DecoderConfig};
use moim_playout::{Playout, PlayoutConfig};
use moim_rtp::PayloadType;
use std::path::PathBuf;
use std::time::Duration;

const STEP: Duration = Duration::from_millis(10);
/// How long a call goes on after its last packet, unless something else is asked for.
const AFTERWARDS: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The recorded packets: rtpdump
    #[arg(long = "in")]
    input: PathBuf,
    /// What is heard: WAV, 48 kHz, 16-bit
    #[arg(long)]
    out: PathBuf,
    /// How much to play; by default, until a second after the last packet
    #[arg(long)]
    duration_ms: Option<u64>,
    /// Where to write what the receiver counted
    #[arg(long)]
    stats: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let arrivals = recording::read(&options.input)?;
    let end = arrivals.last().map_or(Instant::EPOCH, |last| last.at + AFTERWARDS);
    let end = options.duration_ms.map_or(end, Instant::from_millis);

    let decoder = Decoder::new(DecoderConfig::default())?;
    let playout = Playout::new(PlayoutConfig::default(), decoder)?;
    let format = playout.format();
    let pt = |n| PayloadType::new(n).context("a payload type");
    let mut receiver = Receiver::new(PayloadTypes { opus: pt(111)?, red: pt(63)? }, playout);

    let (mut now, mut coming) = (Instant::EPOCH, arrivals.iter().peekable());
    let mut heard = Vec::new();
    while now < end {
        while let Some(arrival) = coming.next_if(|arrival| arrival.at <= now) {
            receiver.receive(arrival.at, &arrival.datagram);
        }
        let start = heard.len();
        heard.resize(start + format.samples(STEP), 0.0);
        let _ = receiver.playout().pull(now, &mut heard[start..]);
        now += STEP;
    }
    if let Some(path) = &options.stats {
        std::fs::write(path, format!("{:?}", receiver.playout().stats()))?;
    }
    sound_file::write(&options.out, format, &heard)
}
