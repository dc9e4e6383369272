//! Proof, on a machine that has the standard library, that a crate does without it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Result, bail, ensure};

use super::stages::libraries;
use crate::workspace::Workspace;
use crate::{checkout, process};

/// Whether a crate is built with the features its manifest has as default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defaults {
    On,
    Off,
}

/// Every library whose README promises `no_std` is named by a crate that brings the panic handler of its own. Were the
/// standard library linked by any of them, or by what they depend on, there would be two, which rustc refuses (E0152).
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    let root = checkout::root();
    let mut promised = Vec::new();
    for library in libraries(workspace) {
        let readme = fs::read_to_string(root.join(&library.folder).join("README.md"))?;
        if readme.contains("`no_std`") {
            promised.push((library.name.as_str(), library.folder.as_str()));
        }
    }
    ensure!(!promised.is_empty(), "no README promises `no_std`");
    probe(workspace, &promised, Defaults::Off)?;
    // With it linked the same crate is refused, or the answer above would mean nothing.
    for library in &promised {
        match probe(workspace, &[*library], Defaults::On) {
            Err(error) if format!("{error:#}").contains("E0152") => {}
            Err(error) => return Err(error),
            Ok(()) => bail!("{} has no feature that links std, so that nothing was proved", library.0),
        }
    }
    Ok(())
}

/// Checks a crate that names `libraries` and has a panic handler.
fn probe(workspace: &Workspace, libraries: &[(&str, &str)], defaults: Defaults) -> Result<()> {
    let root = checkout::root();
    let folder = workspace.target.join("no_std");
    fs::create_dir_all(folder.join("src"))?;
    // The versions that everything else is tested with.
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    fs::write(folder.join("Cargo.toml"), manifest(&root, libraries, defaults)?)?;
    fs::write(folder.join("src/lib.rs"), source(libraries)?)?;
    let mut check = process::cargo(&["check", "--quiet", "--manifest-path"]);
    check.arg(folder.join("Cargo.toml")).arg("--target-dir").arg(&workspace.target);
    process::output(&mut check).map(drop)
}

fn manifest(root: &Path, libraries: &[(&str, &str)], defaults: Defaults) -> Result<String> {
    let mut text =
        "[package]\nname = \"no-std\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n".to_owned();
    for (name, folder) in libraries {
        let (path, on) = (root.join(folder), defaults == Defaults::On);
        writeln!(text, "{name} = {{ path = {path:?}, default-features = {on} }}")?;
    }
    Ok(text)
}

fn source(libraries: &[(&str, &str)]) -> Result<String> {
    let mut text = "#![no_std]\n\n".to_owned();
    for (name, _) in libraries {
        writeln!(text, "use {} as _;", name.replace('-', "_"))?;
    }
    text.push_str("\n#[panic_handler]\nfn panic(_: &core::panic::PanicInfo) -> ! {\n    loop {}\n}\n");
    Ok(text)
}
