//! `lab decision`: why a receiver waits as long as it does, at one moment of a recorded call.

pub mod witness;

use crate::call::Call;
use crate::figure;
use crate::policy::{self, Policy};
use crate::receiver::Received;
use crate::virtual_time::{self, Watch};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use core::time::Duration;
use moim_media::Instant;
use moim_playout::{AudioReceiver, ExpectedQuality, Produced};
use std::fs;
use std::path::PathBuf;
use witness::{Decision, Witness};

/// Which moment of which call.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// The call.
    #[command(flatten)]
    pub call: Call,
    /// The moment, in ms from the beginning of the recording
    #[arg(long, value_name = "MS")]
    pub at_ms: u64,
    /// The figure: SVG
    #[arg(long, value_name = "SVG")]
    pub out: PathBuf,
    /// Who decides: expected or expected:COST
    #[arg(long, default_value_t)]
    pub policy: Policy,
}

/// Draws what was decided.
///
/// # Errors
///
/// When the recording cannot be read or played, nothing is decided at that moment, or the figure cannot be written.
pub fn run(options: &Options) -> Result<()> {
    let figure = figure::decision::draw(&decide(options)?)?;
    fs::write(&options.out, figure).with_context(|| format!("cannot write {}", options.out.display()))
}

/// Plays the recording up to the moment, and tells what was decided last.
///
/// # Errors
///
/// As [`run`].
pub fn decide(options: &Options) -> Result<Decision> {
    let policy = match options.policy {
        Policy::Expected(None) => ExpectedQuality::default(),
        Policy::Expected(Some(cost)) => ExpectedQuality::new(cost)?,
        other => bail!("{other} weighs no costs: only `expected` decides by them"),
    };
    let recording = options.call.recording()?;
    let (moment, end) = (Instant::from_millis(options.at_ms), recording.end().unwrap_or_default());
    ensure!(moment <= end, "the last packet comes at {} ms", end.since_epoch().as_millis());

    let (witness, seen) = Witness::of(policy);
    let playout = policy::receiver(policy::buffer(), options.call.concealment.decoder()?, witness)?;
    let mut receiver = options.call.receiver(&recording, playout)?;
    virtual_time::play(&recording, &mut receiver, moment + Duration::from_nanos(1), &mut Unheard)?;
    seen.decision()
        .with_context(|| format!("nothing is decided by {} ms: nothing is played yet", options.at_ms))
}

/// Sound that nobody listens to.
struct Unheard;

impl Watch for Unheard {
    fn received(&mut self, _now: Instant, _packet: &Received) -> Result<()> {
        Ok(())
    }

    fn played(
        &mut self,
        _now: Instant,
        _produced: Produced,
        _sound: &[f32],
        _receiver: &dyn AudioReceiver,
    ) -> Result<()> {
        Ok(())
    }
}
