//! `test`: everything that must hold before a change lands, one stage after the other.

mod no_std;
mod stages;
mod tally;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};
use lexopt::{Arg, ValueExt};

use crate::install;
use crate::system::Use;
use crate::workspace::Workspace;
use stages::Skips;
use tally::Tally;

/// What a skipped test does to the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnSkip {
    /// It is printed and counted.
    Count,
    /// It is a failure: this machine has everything.
    Fail,
}

/// How one stage ended.
#[derive(Debug)]
struct Ended {
    stage: &'static str,
    tally: Tally,
    seconds: f64,
    advice: Option<String>,
}

/// Runs every stage, or those named, also after one failed, so that one run tells all. The last line is
/// `N passed, N failed, N skipped`.
pub(crate) fn run(mut args: lexopt::Parser) -> Result<ExitCode> {
    let mut on_skip = OnSkip::Count;
    let mut named = Vec::new();
    while let Some(arg) = args.next()? {
        match arg {
            Arg::Long("no-skips") => on_skip = OnSkip::Fail,
            Arg::Value(stage) => named.push(stage.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let known = || stages::ALL.iter().map(|stage| stage.name);
    if let Some(unknown) = named.iter().find(|name| !known().any(|stage| stage == *name)) {
        bail!("no stage {unknown}; there are: {}", known().collect::<Vec<_>>().join(", "));
    }
    let wanted =
        stages::ALL.iter().filter(|stage| named.is_empty() || named.iter().any(|name| name == stage.name));
    install::ensure(Use::Build)?;
    let workspace = Workspace::load()?;
    let skips = Skips::new(&workspace)?;

    let mut ended = Vec::new();
    for stage in wanted {
        println!("\n── {}: {}", stage.name, stage.checks);
        let start = Instant::now();
        let (tally, advice) = match (stage.run)(&workspace, &skips) {
            Ok(tally) => (tally, (tally.failed > 0).then(|| stage.advice.to_owned())),
            Err(error) => (Tally::FAILURE, Some(format!("{error:#}\n     {}", stage.advice))),
        };
        let seconds = start.elapsed().as_secs_f64();
        let verdict = if advice.is_none() { "passed" } else { "FAILED" };
        println!("   {} {verdict} in {seconds:.1} s", stage.name);
        ended.push(Ended { stage: stage.name, tally, seconds, advice });
    }
    let mut total = ended.iter().map(|ended| ended.tally).sum::<Tally>();
    let skipped = skips.taken()?;
    total = total.with_skips(skipped.len() as u64);

    println!("\n{:<10} {:>7} {:>7} {:>9}", "stage", "passed", "failed", "seconds");
    for Ended { stage, tally, seconds, .. } in &ended {
        println!("{stage:<10} {:>7} {:>7} {seconds:>9.1}", tally.passed, tally.failed);
    }
    for skip in &skipped {
        println!("SKIPPED: {skip}");
    }
    if on_skip == OnSkip::Fail && total.skipped > 0 {
        println!("{} skipped: here (--no-skips) each counts as a failure", total.skipped);
        total = total.skips_failed();
    }
    for Ended { stage, advice, .. } in &ended {
        if let Some(advice) = advice {
            println!("FAILED: {stage}: {advice}");
        }
    }
    println!("\n{total}");
    Ok(if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
