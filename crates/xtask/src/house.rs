//! `house`: the rules of the house that cargo cannot check.

mod clocks;
mod laws;
mod layers;
mod length;
mod members;
mod names;
mod source;
mod tree;
mod unsafety;

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;

use crate::checkout;
use crate::workspace::{self, Workspace};
use tree::Tree;

/// Checks, and fails when a rule is broken.
pub(crate) fn run(mut args: lexopt::Parser) -> Result<ExitCode> {
    if let Some(arg) = args.next()? {
        return Err(arg.unexpected().into());
    }
    let clean = check(&Workspace::load()?)?;
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints what is found; true when no rule is broken.
///
/// # Errors
///
/// When the tree cannot be read.
pub(crate) fn check(workspace: &Workspace) -> Result<bool> {
    let tree = Tree::load(&checkout::root())?;
    let findings = findings(&tree, &workspace.packages);

    println!("unsafe inventory:");
    for (path, blocks) in unsafety::inventory(&tree) {
        println!("  {blocks:>4}  {path}");
    }
    for finding in &findings {
        println!("{finding}");
    }
    let broken = findings.iter().filter(|finding| finding.weight == Weight::Broken).count();
    println!("house: {} files, {broken} violations, {} warnings", tree.len(), findings.len() - broken);
    Ok(broken == 0)
}

fn findings(tree: &Tree, packages: &[workspace::Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(layers::check(tree, packages));
    findings.extend(unsafety::check(tree));
    findings.extend(length::check(tree, packages));
    findings.extend(clocks::check(tree));
    findings.extend(names::check(tree));
    findings.extend(laws::check(tree, packages));
    findings.extend(members::check(tree, packages));
    findings.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    findings
}

/// Something a rule has to say about a place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    /// From 1.
    line: usize,
    rule: &'static str,
    /// What is there and what to do about it.
    advice: String,
    weight: Weight,
}

/// Whether a finding can stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    Warning,
    Broken,
}

impl Finding {
    fn broken(path: &str, line: usize, rule: &'static str, advice: impl Into<String>) -> Self {
        Self { path: path.into(), line, rule, advice: advice.into(), weight: Weight::Broken }
    }

    fn warning(path: &str, line: usize, rule: &'static str, advice: impl Into<String>) -> Self {
        Self { weight: Weight::Warning, ..Self::broken(path, line, rule, advice) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, rule, advice, weight } = self;
        let weight = match weight {
            Weight::Warning => "warning: ",
            Weight::Broken => "",
        };
        write!(f, "{path}:{line}: {weight}{rule}: {advice}")
    }
}

/// An argued exception to a rule, kept in a table beside the rule.
#[derive(Debug)]
struct Exception {
    path: &'static str,
    /// What may stand there.
    what: &'static [&'static str],
    #[expect(dead_code, reason = "for the reader of the table")]
    reason: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Package;

    #[test]
    fn a_clean_tree_passes_every_rule() {
        let body = "pub fn answer() -> u32 {\n    42\n}\n".repeat(4);
        let lib = format!("#![doc = include_str!(\"../README.md\")]\n{body}");
        let tree = Tree::of(&[
            ("crates/media/Cargo.toml", "[package]\nname = \"moim-media\"\n\n[lints]\nworkspace = true\n"),
            ("crates/media/README.md", "# moim-media\n\nWords.\n"),
            ("crates/media/src/lib.rs", &lib),
            ("fuzz/Cargo.toml", "[lints]\nworkspace = true\n"),
            ("fuzz/src/lib.rs", "pub const LAWS: &[(&str, Law)] = &[(\"media_unwrap\", media::unwrap)];\n"),
            ("fuzz/fuzz_targets/media_unwrap.rs", "#![no_main]\n"),
            ("fuzz/corpus/media_unwrap/wrap", "x"),
        ]);
        let packages = [
            Package { name: "moim-media".into(), folder: "crates/media".into(), ..Package::default() },
            Package {
                name: "fuzz".into(),
                folder: "fuzz".into(),
                bins: vec!["media_unwrap".into()],
                ..Package::default()
            },
        ];
        // Exceptions that this tree does not use are about other files.
        let mut findings = findings(&tree, &packages);
        findings.retain(|finding| !finding.path.starts_with("crates/xtask/"));
        assert_eq!(findings, []);
    }

    #[test]
    fn findings_read_as_places() {
        let broken = Finding::broken("a/b.rs", 3, "clock", "take the time as an argument");
        assert_eq!(broken.to_string(), "a/b.rs:3: clock: take the time as an argument");
        let warning = Finding::warning("a/b.rs", 601, "length", "split it");
        assert_eq!(warning.to_string(), "a/b.rs:601: warning: length: split it");
    }
}
