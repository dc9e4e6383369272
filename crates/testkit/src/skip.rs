//! Tests that cannot run here say so.

use std::fs::OpenOptions;
use std::io::Write;
use std::panic::Location;

/// Reports that the calling test did not run, and why; the test then returns.
///
/// Prints a line `SKIPPED: test (file:line): reason`. Under `cargo xtask test` the line is also collected (in the
/// file named by `MOIM_SKIPS`), since libtest swallows the output of tests that pass; there the skip is counted,
/// and where everything is supposed to be installed it is a failure.
///
/// # Panics
///
/// When the line cannot be collected: a skip must not pass for a success.
#[track_caller]
pub fn skip(reason: &str) {
    let place = Location::caller();
    let current = std::thread::current();
    let test = current.name().unwrap_or("a test");
    let line = format!("{test} ({}:{}): {}", place.file(), place.line(), reason.replace('\n', " "));
    println!("SKIPPED: {line}");
    let Some(path) = std::env::var_os("MOIM_SKIPS") else { return };
    let collected = OpenOptions::new().append(true).create(true).open(&path);
    // One write, so that tests running side by side do not mix their lines.
    collected
        .and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()))
        .unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}
