//! `bench`: runs the benchmarks and writes what they measured into `benches/README.md`.

mod record;
mod table;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lexopt::{Arg, ValueExt};

use crate::checkout;
use crate::system::Use;
use crate::workspace::Workspace;
use crate::{install, machine, process};

/// Between these lines of the README stands what was measured; the rest is written by hand.
const BEGIN: &str = "<!-- measured: written by `cargo xtask bench` -->";
const END: &str = "<!-- end of measured -->";

/// What is also measured in a build without the networks of libopus, which is what a server with many calls links.
const LEAN: [&str; 2] = ["moim-playout/new-lean", "moim-playout/receivers-lean"];

/// Whether to measure, or to write down the records that are there.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Measure {
    All,
    /// Benchmarks whose id contains this; of the others what was measured earlier stands.
    Matching(String),
    Nothing,
}

/// Measures, then rewrites the table.
pub(crate) fn run(mut args: lexopt::Parser) -> Result<ExitCode> {
    let mut measure = Measure::All;
    while let Some(arg) = args.next()? {
        match arg {
            Arg::Long("no-run") => measure = Measure::Nothing,
            Arg::Value(filter) => measure = Measure::Matching(filter.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let records = Workspace::load()?.target.join("criterion");
    let bench = ["bench", "--package", "benches", "--benches"];
    let lean = ["bench", "--package", "benches", "--no-default-features", "--bench", "receivers"];
    match &measure {
        Measure::All => {
            install::ensure(Use::Build)?;
            // Records of benchmarks that are no more.
            if records.exists() {
                std::fs::remove_dir_all(&records)?;
            }
            process::run(&mut process::cargo(&bench))?;
            process::run(process::cargo(&lean).args(["--", "-lean"]))?;
        }
        Measure::Matching(filter) => {
            install::ensure(Use::Build)?;
            process::run(process::cargo(&bench).args(["--", filter]))?;
            if LEAN.iter().any(|function| function.contains(filter) || filter.starts_with(function)) {
                process::run(process::cargo(&lean).args(["--", filter]))?;
            }
        }
        Measure::Nothing => {}
    }
    let records = record::read_all(&records)?;
    if records.is_empty() {
        bail!("no records; run `cargo xtask bench`");
    }
    let readme = checkout::root().join("benches/README.md");
    let text = std::fs::read_to_string(&readme).with_context(|| format!("read {}", readme.display()))?;
    let table = match &measure {
        Measure::Matching(_) => table::beside(&table::of(&records), &text),
        Measure::All | Measure::Nothing => table::of(&records),
    };
    let measured = format!("{}\n\n{table}", machine::describe()?);
    std::fs::write(&readme, between_markers(&text, &measured)?)?;
    println!("\n{measured}\nwritten to {}", readme.display());
    Ok(ExitCode::SUCCESS)
}

fn between_markers(text: &str, measured: &str) -> Result<String> {
    let parts = text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let Some((before, after)) = parts else {
        bail!("benches/README.md lacks the lines `{BEGIN}` and `{END}`")
    };
    Ok(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", measured.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_markers_is_replaced() {
        let readme = format!("# benches\n\n{BEGIN}\nold\n{END}\n\nWords.\n");
        let once = between_markers(&readme, "new").expect("markers are there");
        assert_eq!(once, format!("# benches\n\n{BEGIN}\n\nnew\n\n{END}\n\nWords.\n"));
        assert_eq!(between_markers(&once, "new").expect("still there"), once);
        assert!(between_markers("# benches\n", "new").is_err());
    }
}
