//! The researcher's bench: receivers of sound over recorded and simulated networks.

use anyhow::Result;
use clap::{Parser, Subcommand};
use lab::{decision, playout, sweep};

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
    /// Draws why the delay at one moment of a recorded call is what it is
    Decision(decision::Options),
    /// Tries policies on simulated networks, in parallel: a table, and figures of delay against quality
    Sweep(sweep::Options),
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Playout(options) => playout::run(&options),
        Command::Decision(options) => decision::run(&options),
        Command::Sweep(options) => sweep::run(&options),
    }
}
