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

/// Without the standard library nobody unwinds.
const MANIFEST: &str = r#"[package]
name = "no-std"
edition = "2024"

[workspace]

[lib]
crate-type = ["staticlib"]

[profile.dev]
panic = "abort"

[dependencies]
"#;

/// What a program without the standard library has to say itself.
const WITHOUT_STD: &str = r"
struct NoMemory;

unsafe impl core::alloc::GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _: core::alloc::Layout) -> *mut u8 {
        core::ptr::null_mut()
    }
    unsafe fn dealloc(&self, _: *mut u8, _: core::alloc::Layout) {}
}

#[global_allocator]
static ALLOCATOR: NoMemory = NoMemory;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
";

/// Every library whose README promises `no_std` is linked into a static library that brings a panic handler of its own.
/// Were the standard library linked by any of them, or by what they depend on, there would be two, which rustc refuses
/// (E0152).
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

/// Builds a static library of `libraries`, with its own panic handler and allocator.
fn probe(workspace: &Workspace, libraries: &[(&str, &str)], defaults: Defaults) -> Result<()> {
    let root = checkout::root();
    let folder = workspace.target.join("no_std");
    fs::create_dir_all(folder.join("src"))?;
    // The versions that everything else is tested with.
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    fs::write(folder.join("Cargo.toml"), manifest(&root, libraries, defaults)?)?;
    fs::write(folder.join("src/lib.rs"), source(libraries)?)?;
    let mut build = process::cargo(&["build", "--quiet", "--manifest-path"]);
    build.arg(folder.join("Cargo.toml")).arg("--target-dir").arg(&workspace.target);
    process::output(&mut build).map(drop)
}

fn manifest(root: &Path, libraries: &[(&str, &str)], defaults: Defaults) -> Result<String> {
    let mut text = MANIFEST.to_owned();
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
    text.push_str(WITHOUT_STD);
    Ok(text)
}
