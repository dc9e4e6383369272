//! The stages, cheapest first.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Result, bail};

use super::no_std;
use super::tally::Tally;
use crate::judge::{self, Judged};
use crate::workspace::Workspace;
use crate::{checkout, house, process};

/// One thing that must hold.
pub(super) struct Stage {
    pub(super) name: &'static str,
    pub(super) checks: &'static str,
    /// What to do when it fails.
    pub(super) advice: &'static str,
    pub(super) run: fn(&Workspace, &Skips) -> Result<Tally>,
}

pub(super) const ALL: &[Stage] = &[
    Stage {
        name: "format",
        checks: "cargo fmt --all --check",
        advice: "run `cargo fmt --all`",
        run: |_, _| once(&["fmt", "--all", "--check"]),
    },
    Stage {
        name: "house",
        checks: "the rules cargo cannot check",
        advice: "each line above says what to do; `cargo xtask house` runs this stage alone",
        run: |workspace, _| {
            let clean = house::check(workspace)?;
            Ok(if clean { Tally::SUCCESS } else { Tally::FAILURE })
        },
    },
    Stage {
        name: "runtime",
        checks: "no default build of ours pulls an async runtime",
        advice: "put the dependency behind a feature, or into [dev-dependencies]",
        run: |workspace, _| runtime(workspace),
    },
    Stage {
        name: "lints",
        checks: "cargo clippy --workspace --all-targets -- -D warnings",
        advice: "follow clippy, or relax the lint at the place with a reason",
        run: |_, _| once(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    },
    Stage {
        name: "features",
        checks: "every library with no feature, with each alone, and with all; none changes a default",
        advice: "run the command named above; features only add",
        run: |workspace, _| features(workspace),
    },
    Stage {
        name: "no_std",
        checks: "every library that promises it does without the standard library",
        advice: "`cargo tree -e features` shows what enables `std`; features that need it belong behind `std`",
        run: |workspace, _| no_std::check(workspace).map(|()| Tally::SUCCESS),
    },
    Stage {
        name: "docs",
        checks: "cargo doc --workspace --no-deps, warnings denied",
        advice: "mend the links and the HTML of the doc comments named above",
        run: |_, _| {
            let mut doc = process::cargo(&["doc", "--workspace", "--no-deps"]);
            process::run(doc.env("RUSTDOCFLAGS", "-D warnings")).map(|()| Tally::SUCCESS)
        },
    },
    Stage {
        name: "tests",
        checks: "cargo test --workspace: units, scenarios, doctests, fuzz corpora",
        advice: "a failing test names itself above; `cargo test -p CRATE NAME` runs it alone",
        run: |_, skips| counted(&["test", "--workspace", "--no-fail-fast"], skips),
    },
    Stage {
        name: "benches",
        checks: "every benchmark once, for its assertions",
        advice: "run `cargo test -p benches --benches`",
        run: |_, skips| counted(&["test", "--package", "benches", "--benches"], skips),
    },
    Stage {
        name: "judge",
        checks: "ten calls played as well as the committed floor, by the judge in ../shared",
        advice: "`cargo xtask judge --smoke` runs this stage alone; --help says how the floor is moved",
        run: |workspace, skips| match judge::smoke(workspace)? {
            Judged::Passed => Ok(Tally::SUCCESS),
            Judged::Failed => Ok(Tally::FAILURE),
            Judged::Skipped(reason) => skips.sign(&format!("judge: {reason}")).map(|()| Tally::SUCCESS),
        },
    },
];

/// Where skipped tests sign in; `moim_testkit::skip` writes it.
#[derive(Debug)]
pub(super) struct Skips {
    file: PathBuf,
}

impl Skips {
    pub(super) fn new(workspace: &Workspace) -> Result<Self> {
        std::fs::create_dir_all(&workspace.target)?;
        let file = workspace.target.join("skips.txt");
        std::fs::write(&file, "")?;
        Ok(Self { file })
    }

    /// Signs a stage in that cannot run here; it is then counted as if it had passed, like a test that returns early.
    fn sign(&self, reason: &str) -> Result<()> {
        let mut file = std::fs::OpenOptions::new().append(true).open(&self.file)?;
        Ok(writeln!(file, "{}", reason.replace('\n', " "))?)
    }

    /// One line for each test that skipped.
    pub(super) fn taken(&self) -> Result<Vec<String>> {
        Ok(std::fs::read_to_string(&self.file)?.lines().map(str::to_owned).collect())
    }
}

fn once(args: &[&str]) -> Result<Tally> {
    process::run(&mut process::cargo(args)).map(|()| Tally::SUCCESS)
}

/// Runs tests and counts them. A test binary that dies counts as one failure.
fn counted(args: &[&str], skips: &Skips) -> Result<Tally> {
    let mut tally = Tally::default();
    let ended = process::watch(process::cargo(args).env("MOIM_SKIPS", &skips.file), |line| tally.see(line));
    if let Err(error) = ended
        && tally.failed == 0
    {
        println!("{error:#}");
        tally.failed = 1;
    }
    if tally == Tally::default() {
        bail!("no test ran");
    }
    Ok(tally)
}

/// Crates that schedule, poll or touch sockets for others.
const RUNTIMES: [&str; 6] = ["tokio", "async-std", "smol", "mio", "futures-executor", "async-io"];

fn runtime(workspace: &Workspace) -> Result<Tally> {
    let mut clean = true;
    for library in libraries(workspace) {
        let tree =
            ["tree", "--package", &library.name, "--edges", "normal", "--prefix", "none", "--format", "{p}"];
        let tree = process::output(&mut process::cargo(&tree))?;
        let found: BTreeSet<_> = tree
            .lines()
            .filter_map(|line| line.split(' ').next())
            .filter(|name| RUNTIMES.contains(name))
            .collect();
        for name in found {
            println!(
                "{} pulls {name}: see `cargo tree -p {} -e normal -i {name}`",
                library.name, library.name
            );
            clean = false;
        }
    }
    Ok(if clean { Tally::SUCCESS } else { Tally::FAILURE })
}

fn features(workspace: &Workspace) -> Result<Tally> {
    let mut broken = 0;
    for library in libraries(workspace).filter(|library| !library.features.is_empty()) {
        let named: Vec<_> = library.features.iter().filter(|feature| *feature != "default").collect();
        let alone = named.iter().map(|feature| vec!["--features", feature.as_str()]);
        let builds =
            std::iter::once(Vec::new()).chain(alone).chain((named.len() > 1).then(|| vec!["--all-features"]));
        for features in builds {
            let package = ["--quiet", "--package", &library.name, "--no-default-features"];
            let mut checks = vec![process::cargo(&["clippy"])];
            checks[0].args(package).args(&features).args(["--", "-D", "warnings"]);
            if checkout::root().join(&library.folder).join(SAME_BY_DEFAULT).exists() {
                let mut same = process::cargo(&["test"]);
                same.args(package).args(&features).args(["--test", "defaults"]);
                checks.push(same);
            }
            for mut check in checks {
                if let Err(error) = process::run(&mut check) {
                    println!("{error:#}");
                    broken += 1;
                }
            }
        }
    }
    Ok(if broken == 0 { Tally::SUCCESS } else { Tally { failed: broken, ..Tally::default() } })
}

/// A test that compares what builds of a library with other features make by default, so that each has to run it.
const SAME_BY_DEFAULT: &str = "tests/defaults.rs";

/// What people embed: the libraries under `crates/`.
pub(super) fn libraries(workspace: &Workspace) -> impl Iterator<Item = &crate::workspace::Package> {
    workspace.packages.iter().filter(|package| package.has_lib && package.folder.starts_with("crates/"))
}
