//! An empty Debian root, from where this machine gets its own packages.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// What the issue calls a fresh machine, less Rust; the certificates let it reach the registries.
const INCLUDED: &str = "gcc,libc6-dev,git,ca-certificates";

/// Builds the root unless it stands already.
pub(super) fn base(root: &Path) -> Result<()> {
    let finished = root.join(".finished");
    if finished.is_file() {
        println!("kept from an earlier run (--rebuild makes it anew): {}", root.display());
        return Ok(());
    }
    if root.exists() {
        std::fs::remove_dir_all(root)?;
    }
    std::fs::create_dir_all(root)?;
    let archive = Archive::of_this_machine()?;
    let mut debootstrap = Command::new("debootstrap");
    debootstrap
        .arg("--variant=minbase")
        .arg(format!("--include={INCLUDED}"))
        .arg(&archive.suite)
        .arg(root)
        .arg(&archive.uri);
    process::run(&mut debootstrap)?;
    configure_apt(root)?;
    std::fs::write(finished, "")?;
    Ok(())
}

/// Where packages come from.
#[derive(Debug, PartialEq, Eq)]
struct Archive {
    uri: String,
    suite: String,
}

impl Archive {
    /// The first source apt has for this release.
    fn of_this_machine() -> Result<Self> {
        let release = std::fs::read_to_string("/etc/os-release")?;
        let suite = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
        let suite =
            suite.context("/etc/os-release names no release; this command runs on Debian and its kin")?;
        let format = "$(CREATED_BY) $(COMPONENT) $(RELEASE) $(REPO_URI)";
        let targets = process::output(Command::new("apt-get").args(["indextargets", "--format", format]))?;
        Self::find(&targets, suite.trim_matches('"'))
    }

    fn find(targets: &str, suite: &str) -> Result<Self> {
        let wanted = format!("Packages main {suite} ");
        let Some(uri) = targets.lines().find_map(|line| line.strip_prefix(&wanted)) else {
            bail!("apt has no source of {suite} main");
        };
        Ok(Self { uri: uri.into(), suite: suite.into() })
    }
}

/// Gives the root this machine's sources, keys and way of reaching them; no lists, as on a fresh machine.
fn configure_apt(root: &Path) -> Result<()> {
    let apt = root.join("etc/apt");
    for source in ["sources.list", "sources.list.d", "preferences.d", "keyrings", "trusted.gpg.d"] {
        let here = Path::new("/etc/apt").join(source);
        if here.exists() {
            process::run(Command::new("cp").arg("-rT").args([&here, &apt.join(source)]))?;
        }
    }
    if !Path::new("/etc/apt/sources.list").exists() {
        // Written by debootstrap; the sources are in sources.list.d.
        std::fs::remove_file(apt.join("sources.list"))?;
    }
    let keys = Path::new("/usr/share/keyrings");
    if keys.is_dir() {
        process::run(Command::new("cp").arg("-rT").args([keys, &root.join("usr/share/keyrings")]))?;
    }
    let config = process::output(Command::new("apt-config").arg("dump"))?;
    std::fs::write(apt.join("apt.conf.d/99host"), transport(&config))?;
    for list in std::fs::read_dir(root.join("var/lib/apt/lists"))? {
        let list = list?.path();
        if list.is_file() {
            std::fs::remove_file(list)?;
        }
    }
    Ok(())
}

/// The lines that say how to reach an archive and how to trust it.
fn transport(config: &str) -> String {
    let kept = ["Acquire::http", "Acquire::https", "Acquire::Check", "Acquire::Retries"];
    let lines = config.lines().filter(|line| kept.iter().any(|prefix| line.starts_with(prefix)));
    lines.map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_is_the_one_of_the_release() {
        let targets = "DEP-11 main trixie http://a.example/debian/\n\
                       Packages main trixie-updates http://b.example/debian/\n\
                       Packages main trixie http://c.example/debian/\n";
        let archive = Archive::find(targets, "trixie").expect("it is listed");
        assert_eq!(archive, Archive { uri: "http://c.example/debian/".into(), suite: "trixie".into() });
        assert!(Archive::find(targets, "bookworm").is_err());
    }

    #[test]
    fn only_the_transport_is_taken_over() {
        let config = "APT::Update::Post-Invoke:: \"rm x\";\nAcquire::Check-Valid-Until \"false\";\nAcquire::IndexTargets \"\";\n";
        assert_eq!(transport(config), "Acquire::Check-Valid-Until \"false\";\n");
    }
}
