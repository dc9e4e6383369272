//! The researcher's bench: receivers of sound over recorded and simulated networks.

mod playout;
mod receiver;
mod recording;
mod sound_file;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(version, about = "The researcher's bench: receivers of sound over recorded and simulated networks")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Plays a recorded call in virtual time: packets in, sound out
    Playout(playout::Options),
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Playout(options) => playout::run(&options),
    }
}
