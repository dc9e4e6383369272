//! `judge`: how well our receiver plays, by the judge of receivers that lies beside the checkout.

mod calls;
mod floor;
mod instrument;
mod peers;
mod scores;
mod table;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lexopt::Arg;

use crate::system::Use;
use crate::workspace::Workspace;
use crate::{checkout, install, machine, process};
use calls::Calls;
use floor::Floor;
use instrument::{Earlier, Instrument};
use scores::Candidate;

/// Where the last full table lies, from the root of the checkout.
const TABLE: &str = "crates/playout/judge/table.md";

/// The ways to make up what is missing that are judged, by `lab`'s words for them: the best, and the cheapest.
const CONCEALMENT: [&str; 2] = ["lace", "classic"];

const HELP: &str = "\
How well our receiver plays, by the judge of receivers in ../shared/judge/jitter: R, from delay and quality together.

cargo xtask judge [--smoke | --peers] [--set-floor] [--set-up]

  (nothing)     every call of the open set, beside the peers as the judge carries them; the table, ready for a README,
                goes to crates/playout/judge/table.md
  --peers       builds the peers, too, and measures them again on this machine
  --smoke       ten calls, one of each class; fails when the mean R is more than 2 below the committed floor,
                crates/playout/judge/floor.json
  --set-floor   with --smoke: what was measured becomes the floor; commit the file with the reason
  --set-up      only installs and generates what the run would need

Python packages, calls and results stay under the target folder; Debian packages are installed as root or by sudo.
Without ../shared there is nothing to judge with: the command says so and ends well.
";

/// How judging ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// At or above the floor.
    Passed,
    /// Below it.
    Failed,
    /// It could not be done here, for this reason.
    Skipped(String),
}

/// What else to do with what was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Report,
    ReportWithPeers,
    Guard,
    SetFloor,
}

/// Runs the command.
pub(crate) fn run(mut args: lexopt::Parser) -> Result<ExitCode> {
    let (mut smoke, mut set_floor, mut peers, mut only_set_up) = (false, false, false, false);
    while let Some(arg) = args.next()? {
        match arg {
            Arg::Long("smoke") => smoke = true,
            Arg::Long("set-floor") => set_floor = true,
            Arg::Long("peers") => peers = true,
            Arg::Long("set-up") => only_set_up = true,
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let purpose = match (smoke, set_floor, peers) {
        (false, false, false) => Purpose::Report,
        (false, false, true) => Purpose::ReportWithPeers,
        (true, false, false) => Purpose::Guard,
        (true, true, false) => Purpose::SetFloor,
        _ => bail!("--set-floor belongs to --smoke, and --peers to neither"),
    };
    let workspace = Workspace::load()?;
    let Some(instrument) = Instrument::find(&workspace) else {
        println!("SKIPPED: {}", instrument::MISSING);
        return Ok(ExitCode::SUCCESS);
    };
    let calls = if smoke { Calls::SMOKE } else { Calls::OPEN };
    set_up(&instrument, calls)?;
    if peers {
        install::ensure(Use::Peers)?;
        peers::build(&instrument)?;
    }
    if only_set_up {
        println!("all is set up in {}", instrument.cache.display());
        return Ok(ExitCode::SUCCESS);
    }
    let ours = measure(&workspace, &instrument, calls)?;
    match purpose {
        Purpose::Guard if guard(&ours)? == Judged::Failed => return Ok(ExitCode::FAILURE),
        Purpose::Guard => {}
        Purpose::SetFloor => {
            let floor = Floor::of(&ours, &machine::today()?)?;
            println!("{}", floor.table(&ours)?);
            floor.write()?;
            println!("the floor is now {}; commit {}", floor.means(), floor::FILE);
        }
        Purpose::Report | Purpose::ReportWithPeers => {
            let carried = scores::read(&instrument.folder.join("results/results.json"))?;
            let again = if peers { peers::measure(&instrument, calls)? } else { Vec::new() };
            let text = table::of(&ours, &carried, &again, &machine::describe()?);
            let path = checkout::root().join(TABLE);
            std::fs::write(&path, &text).with_context(|| format!("write {}", path.display()))?;
            println!("\n{text}\nwritten to {}", path.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The stage of `test`: ten calls against the committed floor.
///
/// # Errors
///
/// When the judge fails, or our receiver does not play a call at all.
pub(crate) fn smoke(workspace: &Workspace) -> Result<Judged> {
    let Some(instrument) = Instrument::find(workspace) else {
        return Ok(Judged::Skipped(instrument::MISSING.into()));
    };
    if let Err(error) = set_up(&instrument, Calls::SMOKE) {
        return Ok(Judged::Skipped(format!("the judge cannot be set up here: {error:#}")));
    }
    guard(&measure(workspace, &instrument, Calls::SMOKE)?)
}

fn set_up(instrument: &Instrument, calls: Calls) -> Result<()> {
    install::ensure(Use::Build)?;
    install::ensure(Use::Judge)?;
    instrument.set_up(calls)
}

/// Builds the receiver as it is now and lets it play; earlier results of it mean nothing.
fn measure(workspace: &Workspace, instrument: &Instrument, calls: Calls) -> Result<Vec<Candidate>> {
    process::run(&mut process::cargo(&["build", "--release", "--package", "lab"]))?;
    let lab = workspace.target.join("release/lab");
    let names = CONCEALMENT.map(|level| format!("moim-{level}"));
    for (level, name) in CONCEALMENT.iter().zip(&names) {
        let command = format!("{} playout --concealment {level}", instrument::quoted(&lab)?);
        instrument.play(calls, name, &command, Earlier::Forgotten)?;
    }
    instrument.report(calls, &names)
}

fn guard(ours: &[Candidate]) -> Result<Judged> {
    let floor = Floor::committed()?;
    println!("{}", floor.table(ours)?);
    let fallen = floor.fallen(ours)?;
    for fall in &fallen {
        println!("{fall}");
    }
    Ok(if fallen.is_empty() { Judged::Passed } else { Judged::Failed })
}
