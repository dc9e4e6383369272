//! `lab sweep`: networks × policies × seeds, in parallel; what came of it as a table and as figures.

pub mod experiment;
pub mod journey;
pub mod networks;
pub mod score;
pub mod table;
pub mod talk;
pub mod trial;

use crate::concealment::Concealment;
use crate::figure::{course, pareto};
use crate::policy::Policy;
use crate::{sound_file, trace};
use anyhow::{Context, Result};
use clap::Args;
use experiment::Experiment;
use indicatif::{ProgressBar, ProgressStyle};
use moim_media::AudioFormat;
use networks::{NETWORKS, SELECTION};
use std::fs;
use std::path::{Path, PathBuf};
use talk::Speech;

/// What is tried, and where the results go.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// The folder for sweep.csv and the figures
    #[arg(long, value_name = "FOLDER", default_value = "out/sweep")]
    pub out: PathBuf,
    /// Networks, classes of networks, or `all`; --list tells what there is
    #[arg(long = "network", value_name = "NAME", value_delimiter = ',', default_values = SELECTION)]
    pub networks: Vec<String>,
    /// Policies: fixed:MS, quantile:SHARE, expected or expected:COST
    #[arg(
        long = "policy",
        value_name = "POLICY",
        value_delimiter = ',',
        default_value = "expected,quantile:0.95,fixed:60"
    )]
    pub policies: Vec<Policy>,
    /// Every network is tried with the seeds 1 to this
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub seeds: u64,
    /// A network whose call is left behind, too: the recording, what was heard, each step, and a figure of them
    #[arg(long, value_name = "NAME")]
    pub follow: Option<String>,
    /// The seed of that call
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub follow_seed: u64,
    /// How the decoders make up what is missing
    #[arg(long, value_enum, default_value_t)]
    pub concealment: Concealment,
    /// Names all networks, and ends
    #[arg(long)]
    pub list: bool,
    /// What is said.
    #[command(flatten)]
    pub speech: Speech,
}

/// Tries everything and leaves the results behind.
///
/// # Errors
///
/// When something asked for is not there, or a file cannot be written.
pub fn run(options: &Options) -> Result<()> {
    if options.list {
        for network in NETWORKS {
            println!("{:10} {:16} {}", network.class, network.name, network.about);
        }
        return Ok(());
    }
    let experiment = Experiment::new(options)?;
    let folder = &options.out;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let bar = progress(experiment.trials().len());
    let outcomes = experiment.outcomes(|| bar.inc(1))?;
    bar.finish_and_clear();

    let mut rows = Vec::new();
    table::write(&outcomes, &mut rows)?;
    save(folder, "sweep.csv", rows)?;
    save(folder, "pareto.svg", pareto::draw(&outcomes)?)?;
    if let Some(name) = &options.follow {
        follow(&experiment, name, options.follow_seed, folder)?;
    }
    println!("{} calls, in {}", outcomes.len(), folder.display());
    Ok(())
}

/// Leaves behind all there is of one call.
fn follow(experiment: &Experiment<'_>, network: &str, seed: u64, folder: &Path) -> Result<()> {
    let followed = experiment.follow(network, seed)?;
    let call = format!("{network}-{seed}");
    save(folder, &format!("{call}.jsonl"), followed.journey.recording.to_jsonl())?;
    let sound =
        |name: String, sound: &[f32]| sound_file::write(&folder.join(name), AudioFormat::VOICE, sound);
    sound(format!("{call}-undisturbed.wav"), &followed.talk.undisturbed)?;
    for (outcome, heard) in &followed.calls {
        let policy = outcome.trial.policy.to_string().replace(':', "-");
        sound(format!("{call}-{policy}.wav"), &heard.sound)?;
        let mut steps = Vec::new();
        trace::write(&heard.course, &mut steps)?;
        save(folder, &format!("{call}-{policy}.csv"), steps)?;
    }
    save(folder, &format!("{call}.svg"), course::draw(&followed)?)
}

fn save(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> Result<()> {
    let path = folder.join(name);
    fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// A bar in a terminal; nothing elsewhere.
fn progress(trials: usize) -> ProgressBar {
    let bar = ProgressBar::new(trials as u64);
    let style = ProgressStyle::with_template("{bar:40.cyan/dim} {pos}/{len} calls, {eta} to go");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}
