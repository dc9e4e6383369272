//! `doctor`: what the project can use of this system, present or not.

use std::process::ExitCode;

use anyhow::Result;

use crate::system::{Manager, TOOLS, Use};

/// Lists every tool. Fails when one is missing without which nothing is built.
pub(crate) fn run(mut args: lexopt::Parser) -> Result<ExitCode> {
    if let Some(arg) = args.next()? {
        return Err(arg.unexpected().into());
    }
    let manager = Manager::detect();
    let mut missing_to_build = 0;
    for purpose in Use::ALL {
        println!("{}", purpose.title());
        for tool in TOOLS.iter().filter(|tool| tool.use_for == purpose) {
            match tool.present() {
                Some(version) => println!("  ✓ {:<15} {version:<16} {}", tool.name, tool.gives),
                None => {
                    println!("  ✗ {:<15} {:<16} {}", tool.name, "missing", tool.gives);
                    println!("    {:<15} {}", "", tool.how(manager));
                    missing_to_build += usize::from(purpose == Use::Build);
                }
            }
        }
        println!();
    }
    if missing_to_build == 0 {
        println!("everything required is here");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{missing_to_build} required missing; `cargo xtask demo` and `cargo xtask test` install them");
    Ok(ExitCode::FAILURE)
}
