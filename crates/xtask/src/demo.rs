//! `demo`: a call over a bad network, and where its report lies.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::system::Use;
use crate::{checkout, install, process};

/// Builds and runs `call demo`; its own arguments are handed on.
pub(crate) fn run(mut args: lexopt::Parser) -> Result<ExitCode> {
    let handed_on: Vec<OsString> = args.raw_args()?.collect();
    install::ensure(Use::Build)?;

    let mut command = process::cargo(&["run", "--release", "--package", "call", "--", "demo"]);
    // Paths in the arguments are meant from where the command was typed.
    command.current_dir(std::env::current_dir()?).args(&handed_on);
    let out = chosen_out(&handed_on).unwrap_or_else(|| {
        let out = checkout::root().join("out/demo");
        command.arg("--out").arg(&out);
        out
    });
    println!("running: {}", process::shown(&command));
    process::run(&mut command)?;

    let report = out.join("report.html");
    if report.is_file() {
        println!("\nopen this file: {}", std::path::absolute(&report)?.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// The folder named by `--out DIR` or `--out=DIR`.
fn chosen_out(args: &[OsString]) -> Option<PathBuf> {
    let next = args.iter().skip(1).map(Some).chain([None]);
    args.iter().zip(next).find_map(|(arg, next)| match arg.to_str() {
        Some("--out") => next.map(PathBuf::from),
        Some(arg) => arg.strip_prefix("--out=").map(PathBuf::from),
        None => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_found_in_either_spelling() {
        let args = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        assert_eq!(chosen_out(&args(&["--loss", "3", "--out", "x"])), Some("x".into()));
        assert_eq!(chosen_out(&args(&["--out=y", "--virtual"])), Some("y".into()));
        assert_eq!(chosen_out(&args(&["--loss", "3"])), None);
        assert_eq!(chosen_out(&args(&["--out"])), None);
    }
}
