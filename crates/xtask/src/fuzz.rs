//! `fuzz`: libFuzzer over every law, on nightly.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use lexopt::{Arg, ValueExt};

use crate::checkout;
use crate::system::Use;
use crate::workspace::Workspace;
use crate::{install, process};

/// What one target came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Run {
    executions: u64,
    per_second: u64,
    new_inputs: u64,
    /// Where the offending inputs lie.
    findings: Vec<String>,
}

/// Runs the named targets, or all, and fails when one finds something.
pub(crate) fn run(mut args: lexopt::Parser) -> Result<ExitCode> {
    let mut seconds = 60_u32;
    let mut named = Vec::new();
    while let Some(arg) = args.next()? {
        match arg {
            Arg::Long("seconds") => seconds = args.value()?.parse()?,
            Arg::Value(target) => named.push(target.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let workspace = Workspace::load()?;
    let all = workspace.package("fuzz").map(|fuzz| fuzz.bins.clone()).context("no package `fuzz`")?;
    if let Some(unknown) = named.iter().find(|name| !all.contains(name)) {
        bail!("no target {unknown}; there are: {}", all.join(", "));
    }
    let targets = if named.is_empty() { all } else { named };
    prepare()?;

    let mut runs = Vec::new();
    for (at, target) in targets.iter().enumerate() {
        println!("\n── {target} ({} of {}), {seconds} s", at + 1, targets.len());
        runs.push((target, fuzz(target, seconds)?));
    }
    println!("\n| target | executions | per second | new inputs | findings |\n|---|--:|--:|--:|---|");
    for (target, Run { executions, per_second, new_inputs, findings }) in &runs {
        let findings = if findings.is_empty() { "none".into() } else { findings.join(", ") };
        println!("| {target} | {executions} | {per_second} | {new_inputs} | {findings} |");
    }
    let found = runs.iter().filter(|(_, run)| !run.findings.is_empty()).count();
    if found > 0 {
        println!(
            "\n{found} targets found something: mend it, and put the input, made small, into fuzz/corpus/TARGET \
             (`cargo +nightly fuzz tmin --features libfuzzer TARGET INPUT`)"
        );
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Brings what libFuzzer needs; cargo-fuzz we install ourselves, toolchains we only name.
fn prepare() -> Result<()> {
    let nightly = Command::new("rustup").args(["run", "nightly", "rustc", "--version"]).output();
    if !nightly.is_ok_and(|told| told.status.success()) {
        bail!("nightly Rust is missing: `rustup toolchain install nightly --profile minimal`");
    }
    if process::find("cargo-fuzz").is_none() {
        println!("installing cargo-fuzz from crates.io: cargo install --locked cargo-fuzz");
        process::run(&mut process::cargo(&["install", "--locked", "cargo-fuzz"]))?;
    }
    install::ensure(Use::Build)?;
    install::ensure(Use::Fuzz)
}

fn fuzz(target: &str, seconds: u32) -> Result<Run> {
    let root = checkout::root();
    // libFuzzer writes what it learns into the first folder: the curated corpus stays as it is.
    let learned = root.join("out/fuzz").join(target);
    std::fs::create_dir_all(&learned)?;
    let mut command = Command::new("rustup");
    command
        .args(["run", "nightly", "cargo", "fuzz", "run", "--features", "libfuzzer", target])
        .args([learned.as_path(), &Path::new("fuzz/corpus").join(target)])
        .args(["--", &format!("-max_total_time={seconds}"), "-print_final_stats=1"])
        .current_dir(&root)
        // OpenH264 defines some tables once per translation unit, which is no finding of ours.
        .env("ASAN_OPTIONS", "detect_odr_violation=0")
        // Of the cargo that runs us; they would lead back to its toolchain.
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN")
        .stderr(Stdio::piped());
    let mut child = command.spawn().context("cannot start rustup")?;
    let stderr = child.stderr.take().context("the child has no standard error")?;
    let mut run = Run::default();
    process::hand_on(stderr, |line| run.see(line))?;
    let status = child.wait()?;
    if !status.success() && run.findings.is_empty() {
        bail!("`{}` ended with {status}", process::shown(&command));
    }
    Ok(run)
}

impl Run {
    /// Takes in a line of libFuzzer's.
    fn see(&mut self, line: &str) {
        let stat = |name: &str| {
            let value = line.strip_prefix("stat::")?.strip_prefix(name)?.strip_prefix(':')?;
            value.trim().parse::<u64>().ok()
        };
        if let Some(count) = stat("number_of_executed_units") {
            self.executions = count;
        } else if let Some(rate) = stat("average_exec_per_sec") {
            self.per_second = rate;
        } else if let Some(count) = stat("new_units_added") {
            self.new_inputs = count;
        } else if let Some((_, path)) = line.split_once("Test unit written to ") {
            self.findings.push(path.trim().into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_statistics_and_findings_are_read() {
        let mut run = Run::default();
        for line in [
            "#524288 pulse  cov: 60 ft: 142 corp: 40/1Kb lim: 4096 exec/s: 174762 rss: 420Mb",
            "artifact_prefix='/w/fuzz/artifacts/a/'; Test unit written to /w/fuzz/artifacts/a/crash-da39",
            "stat::number_of_executed_units: 917504",
            "stat::average_exec_per_sec:     152917",
            "stat::new_units_added:          38",
        ] {
            run.see(line);
        }
        let findings = vec!["/w/fuzz/artifacts/a/crash-da39".into()];
        assert_eq!(run, Run { executions: 917_504, per_second: 152_917, new_inputs: 38, findings });
    }
}
