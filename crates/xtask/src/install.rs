//! Installs what is missing, by the system's own package manager: says what, asks a person, never a script.

use std::io::{IsTerminal, Write};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::system::{Manager, Source, TOOLS, Tool, Use};

/// Makes sure that every tool for `purpose` is there.
///
/// # Errors
///
/// When one is missing and was not installed; the message says how to do it by hand.
pub(crate) fn ensure(purpose: Use) -> Result<()> {
    let missing = || TOOLS.iter().filter(|tool| tool.use_for == purpose && tool.present().is_none());
    let wanted: Vec<&Tool> = missing().collect();
    if wanted.is_empty() {
        return Ok(());
    }
    println!("missing:");
    for tool in &wanted {
        println!("  {} – {}", tool.name, tool.gives);
    }
    let Some(manager) = Manager::detect() else {
        let by_hand = wanted.iter().map(|tool| format!("\n  {}", tool.how(None))).collect::<String>();
        bail!("this system has no package manager known here; by hand:{by_hand}");
    };
    let packages = packages(&wanted, manager);
    if !packages.is_empty() {
        let by_hand = manager.shown(&packages);
        let Some(rights) = Rights::of(manager) else {
            bail!("installing needs root, and there is no sudo; as root: {by_hand}");
        };
        agree(&rights, manager, &packages)?;
        let installed = rights.install(manager, &packages);
        installed
            .with_context(|| format!("not installed (is there a network?); to do it yourself: {by_hand}"))?;
    }
    let still: Vec<_> =
        missing().map(|tool| format!("\n  {}: {}", tool.name, tool.how(Some(manager)))).collect();
    if !still.is_empty() {
        bail!("still missing:{}", still.concat());
    }
    Ok(())
}

/// The packages of these tools, each once.
fn packages(wanted: &[&Tool], manager: Manager) -> Vec<&'static str> {
    let mut names = Vec::new();
    for tool in wanted {
        let name = match &tool.source {
            Source::System(packages) => packages.by(manager),
            Source::Debian(package) if manager == Manager::Apt => package,
            Source::Debian(_) | Source::Command(_) => continue,
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Asks, where a person can answer.
fn agree(rights: &Rights, manager: Manager, packages: &[&str]) -> Result<()> {
    println!("will run: {}{}", rights.prefix(), manager.shown(packages));
    let attended = std::io::stdin().is_terminal() && std::env::var_os("CI").is_none_or(|ci| ci != "true");
    if !attended {
        return Ok(());
    }
    print!("go on? [Y/n] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if !matches!(answer.trim(), "" | "y" | "Y" | "yes") {
        bail!("not installed; to do it yourself: {}{}", rights.prefix(), manager.shown(packages));
    }
    Ok(())
}

/// How we come to be allowed to install.
#[derive(Debug)]
enum Rights {
    /// As we are.
    Own,
    /// Through sudo, which may ask for a password.
    Sudo,
    /// Through sudo with nobody there to type a password.
    UnattendedSudo,
}

impl Rights {
    /// `None` when there is no way.
    fn of(manager: Manager) -> Option<Self> {
        let root = || process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
        if !manager.needs_root() || root() {
            return Some(Self::Own);
        }
        process::find("sudo")?;
        Some(if std::io::stdin().is_terminal() { Self::Sudo } else { Self::UnattendedSudo })
    }

    fn prefix(&self) -> &'static str {
        match self {
            Self::Own => "",
            Self::Sudo => "sudo ",
            Self::UnattendedSudo => "sudo -n ",
        }
    }

    fn command(&self, manager: Manager, words: &[&str]) -> Command {
        let mut typed = self.prefix().split_whitespace().chain([manager.program()]);
        let mut command = Command::new(typed.next().unwrap_or(manager.program()));
        command.args(typed).args(words).env("DEBIAN_FRONTEND", "noninteractive");
        command
    }

    /// Installs; where the list of packages is missing or old, fetches it first.
    fn install(&self, manager: Manager, packages: &[&str]) -> Result<()> {
        let words: Vec<&str> = manager.install().iter().chain(packages).copied().collect();
        let install = || process::run(&mut self.command(manager, &words));
        let Some(refresh) = manager.refresh() else { return install() };
        if lists_are_here(manager) && install().is_ok() {
            return Ok(());
        }
        println!(
            "fetching the list of packages: {}{} {}",
            self.prefix(),
            manager.program(),
            refresh.join(" ")
        );
        process::run(&mut self.command(manager, refresh))?;
        install()
    }
}

/// Whether packages can be looked up at all. A fresh Debian root has no lists.
fn lists_are_here(manager: Manager) -> bool {
    if manager != Manager::Apt {
        return true;
    }
    let lists = std::fs::read_dir("/var/lib/apt/lists").into_iter().flatten().flatten();
    lists.into_iter().any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_serves_two_tools_is_installed_once() {
        let gst: Vec<&Tool> = TOOLS.iter().filter(|tool| tool.name.starts_with("gst ")).collect();
        assert_eq!(packages(&gst, Manager::Brew), ["gstreamer"]);
        assert_eq!(packages(&gst, Manager::Apt).len(), 4);
    }

    #[test]
    fn what_only_debian_packs_is_asked_of_nobody_else() {
        let judge: Vec<&Tool> = TOOLS.iter().filter(|tool| tool.use_for == Use::Judge).collect();
        assert!(packages(&judge, Manager::Apt).contains(&"asterisk-core-sounds-en-g722"));
        assert_eq!(packages(&judge, Manager::Dnf), ["ffmpeg-free"]);
    }

    #[test]
    fn building_asks_for_the_compiler_and_the_assembler_of_h264() {
        let build: Vec<&Tool> = TOOLS.iter().filter(|tool| tool.use_for == Use::Build).collect();
        assert_eq!(packages(&build, Manager::Apt), ["gcc", "git", "cmake", "make", "g++", "nasm"]);
    }

    #[test]
    fn sudo_never_asks_when_nobody_is_there() {
        let command = Rights::UnattendedSudo.command(Manager::Apt, &["update"]);
        assert_eq!(process::shown(&command), "sudo -n apt-get update");
        assert_eq!(process::shown(&Rights::Own.command(Manager::Brew, &["install"])), "brew install");
    }
}
