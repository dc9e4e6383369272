#![doc = include_str!("../README.md")]
#![allow(
    clippy::disallowed_methods,
    reason = "these commands time what they run; nothing here is linked into a library"
)]

mod bench;
mod checkout;
mod cleanroom;
mod demo;
mod doctor;
mod fuzz;
mod house;
mod install;
mod judge;
mod machine;
mod process;
mod system;
mod test;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use lexopt::{Arg, Parser};

const HELP: &str = "\
The project's own commands: cargo xtask <command>

  demo [args…]                    a call over a bad network, heard and reported; args go to `call demo`
  test [--no-skips] [stage…]      everything that must hold before a change lands
  doctor                          what of the system this project can use, and what is missing
  house                           the rules cargo cannot check
  fuzz [--seconds N] [target…]    libFuzzer over every law, on nightly
  bench [--no-run] [filter]       the benchmarks, and their table in benches/README.md
  judge [--smoke] [--peers]       how well our receiver plays, by the judge in ../shared; --help tells more
  cleanroom [--rebuild] [command] demo and test (or `command`) in an empty Debian root; needs root
";

fn main() -> ExitCode {
    match run(Parser::from_env()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: Parser) -> Result<ExitCode> {
    let command = match args.next()? {
        Some(Arg::Value(command)) => command,
        None | Some(Arg::Short('h') | Arg::Long("help")) => {
            print!("{HELP}");
            return Ok(ExitCode::SUCCESS);
        }
        Some(option) => return Err(option.unexpected().into()),
    };
    match command.to_str() {
        Some("demo") => demo::run(args),
        Some("test") => test::run(args),
        Some("doctor") => doctor::run(args),
        Some("house") => house::run(args),
        Some("fuzz") => fuzz::run(args),
        Some("bench") => bench::run(args),
        Some("judge") => judge::run(args),
        Some("cleanroom") => cleanroom::run(args),
        _ => {
            eprint!("{HELP}");
            anyhow::bail!("no command {}", command.display())
        }
    }
}
