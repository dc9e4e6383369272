//! A call over a bad network: heard, seen, measured and reported.

mod camera;
mod codec;
mod demo;
mod eye;
mod foreign;
mod lang;
mod live;
mod network;
mod options;
mod party;
mod progress;
mod quality;
mod recorder;
mod report;
mod sdp;
mod source;
mod trace;
mod virtual_time;
mod watch;
mod wav;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Parser)]
#[command(version, about = "A call over a bad network: heard, seen, measured and reported")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Two parties call one another through a bad network; what they heard and a report are left behind
    Demo(options::Options),
    /// Receives what another program sends, as a session description says
    Listen(foreign::Listen),
    /// Sends to another program, as a session description says
    Dial(foreign::Dial),
    /// Measures a recording of what was heard against what was said
    Measure {
        /// What was said: WAV, 48 kHz
        said: PathBuf,
        /// What was heard of it: WAV, 48 kHz
        heard: PathBuf,
        /// Longest delay to look for, in seconds
        #[arg(long, default_value_t = 3)]
        within: u8,
    },
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Demo(options) => demo::run(&options),
        Command::Listen(options) => foreign::listen(&options),
        Command::Dial(options) => foreign::dial(&options),
        Command::Measure { said, heard, within } => {
            let (said, heard) = (wav::read(&said)?, wav::read(&heard)?);
            let quality = quality::Quality::measure(&said, &heard, Duration::from_secs(within.into()))?;
            println!("{}", serde_json::to_string_pretty(&quality)?);
            Ok(())
        }
    }
}
