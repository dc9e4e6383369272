//! `cleanroom`: a clone of the last commit, in an empty Debian root with only Rust, a C compiler and git.

mod debian;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use lexopt::{Arg, ValueExt};

use crate::checkout;
use crate::system::Use;
use crate::workspace::Workspace;
use crate::{install, process};

/// What is run inside unless a command is named.
const PROOF: [&str; 2] = ["demo", "test"];

/// Builds the room, clones into it and runs `cargo xtask` there, once for each command (`"test docs"` is one).
pub(crate) fn run(mut args: lexopt::Parser) -> Result<ExitCode> {
    let mut commands: Vec<String> = Vec::new();
    let mut rebuild = false;
    while let Some(arg) = args.next()? {
        match arg {
            Arg::Long("rebuild") => rebuild = true,
            Arg::Value(command) => commands.push(command.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    if commands.is_empty() {
        commands.extend(PROOF.map(str::to_owned));
    }
    if process::output(Command::new("id").arg("-u"))?.trim() != "0" {
        bail!("a root of its own needs root: `sudo -E env PATH=\"$PATH\" cargo xtask cleanroom`");
    }
    install::ensure(Use::CleanRoom)?;

    let home = Workspace::load()?.target.join("cleanroom");
    let base = home.join("base");
    if rebuild && base.exists() {
        std::fs::remove_dir_all(&base)?;
    }
    step("an empty Debian root", || debian::base(&base))?;
    let room = Room { root: home.join("room") };
    step("a fresh copy of it", || room.copy_of(&base))?;
    step("a clone of the last commit", || room.clone_project())?;
    step("nothing but Rust, a C compiler and git inside", || room.is_bare())?;
    for command in &commands {
        step(&format!("cargo xtask {command}, inside"), || {
            let words: Vec<&str> = ["cargo", "xtask"].into_iter().chain(command.split_whitespace()).collect();
            process::run(&mut room.inside(&words))
        })?;
    }
    room.bring_out()?;
    println!("\ncleanroom: {} passed from a clean clone", commands.join(", "));
    Ok(ExitCode::SUCCESS)
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n══ {name}");
    let start = Instant::now();
    work().with_context(|| name.to_owned())?;
    println!("══ {name}: {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Where the clone lies inside.
const PROJECT: &str = "/root/moim";
/// Where the toolchain appears inside.
const TOOLCHAIN: &str = "/opt/rust";
/// Where Debian's programs look for certificates.
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// A root to work in.
#[derive(Debug)]
struct Room {
    root: PathBuf,
}

impl Room {
    fn copy_of(&self, base: &Path) -> Result<()> {
        // Nothing of the host is mounted here now: mounts live and die with `inside`.
        if self.root.exists() {
            std::fs::remove_dir_all(&self.root)?;
        }
        process::run(Command::new("cp").args(["-a", "--reflink=auto"]).args([base, self.root.as_path()]))?;
        for file in ["/etc/resolv.conf", "/etc/hosts"] {
            std::fs::copy(file, self.at(file)).with_context(|| format!("copy {file}"))?;
        }
        let certificates =
            std::env::var_os("SSL_CERT_FILE").map_or_else(|| CERTIFICATES.into(), PathBuf::from);
        if certificates.is_file() {
            std::fs::create_dir_all(self.at("/etc/ssl/certs"))?;
            std::fs::copy(certificates, self.at(CERTIFICATES))?;
        }
        // How this machine reaches crates.io.
        if let Some(config) = cargo_config() {
            std::fs::create_dir_all(self.at("/root/.cargo"))?;
            std::fs::copy(config, self.at("/root/.cargo/config.toml"))?;
        }
        std::fs::create_dir_all(self.at(TOOLCHAIN))?;
        Ok(())
    }

    fn clone_project(&self) -> Result<()> {
        let root = checkout::root();
        let changed =
            process::output(Command::new("git").args(["status", "--porcelain"]).current_dir(&root))?;
        if !changed.trim().is_empty() {
            println!("note: what is not committed is not in the clone");
        }
        let mut clone = Command::new("git");
        clone.args(["clone", "--quiet", "--no-hardlinks"]).args([root.as_path(), &self.at(PROJECT)]);
        process::run(&mut clone)
    }

    /// The proof is worth nothing when the room was furnished.
    fn is_bare(&self) -> Result<()> {
        for program in ["c++", "cmake", "make", "nasm", "ffmpeg", "gst-launch-1.0"] {
            if ["usr/bin", "usr/local/bin"].iter().any(|folder| self.root.join(folder).join(program).exists())
            {
                bail!("{program} is in the room already: run again with --rebuild");
            }
        }
        process::run(&mut self.inside(&[
            "sh",
            "-c",
            "cc --version | head -1; git --version; cargo --version",
        ]))
    }

    /// A command in the room, in a mount namespace of its own: however it ends, its mounts end with it.
    fn inside(&self, words: &[&str]) -> Command {
        let script = r#"
            mount --bind "$TOOLCHAIN_HERE" "$ROOT$TOOLCHAIN"
            mount -o remount,bind,ro "$ROOT$TOOLCHAIN"
            mount -t proc proc "$ROOT/proc"
            mount --rbind /dev "$ROOT/dev"
            cd "$ROOT"
            exec chroot "$ROOT" env -i HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" CI=true \
                PATH="$TOOLCHAIN/bin:/usr/sbin:/usr/bin:/sbin:/bin" SSL_CERT_FILE="$CERTIFICATES" \
                sh -c 'cd "$0" && exec "$@"' "$PROJECT" "$@"
        "#;
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "--propagation", "private", "sh", "-euc", script, "cleanroom"])
            .args(words)
            .env("ROOT", &self.root)
            .env("TOOLCHAIN", TOOLCHAIN)
            .env("TOOLCHAIN_HERE", toolchain())
            .env("CERTIFICATES", CERTIFICATES)
            .env("PROJECT", PROJECT);
        command
    }

    /// Keeps what the demo left behind.
    fn bring_out(&self) -> Result<()> {
        let inside = self.at(PROJECT).join("out/demo");
        if inside.is_dir() {
            let out = checkout::root().join("out/cleanroom");
            std::fs::create_dir_all(&out)?;
            process::run(Command::new("cp").arg("-rT").args([inside, out.join("demo")]))?;
            println!("its report: {}", out.join("demo/report.html").display());
        }
        Ok(())
    }

    fn at(&self, absolute: &str) -> PathBuf {
        self.root.join(absolute.trim_start_matches('/'))
    }
}

/// The root of the toolchain that runs us.
fn toolchain() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    process::output(Command::new(rustc).args(["--print", "sysroot"])).unwrap_or_default().trim().to_owned()
}

/// Cargo's configuration of this machine; it names registries, and holds no secret (those have a file apart).
fn cargo_config() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))?;
    Some(home.join("config.toml")).filter(|config| config.is_file())
}
