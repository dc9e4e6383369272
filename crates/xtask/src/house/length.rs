//! Files a reader can hold in mind.

use super::Finding;
use super::tree::Tree;
use crate::workspace::Package;

/// From here on a file should be split.
const WARN: usize = 600;
/// From here on it must be.
const FAIL: usize = 800;
/// The longest README of a crate.
const README: usize = 80;

pub(super) fn check(tree: &Tree, packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| !apart(path)) {
        let lines = text.lines().count();
        let advice = format!("{lines} lines; one idea per file: move a concept, or long tests to tests.rs");
        if lines >= FAIL {
            findings.push(Finding::broken(path, FAIL, "length", advice));
        } else if lines >= WARN {
            findings.push(Finding::warning(path, WARN, "length", advice));
        }
    }
    let with_readme = |folder: &str| folder.starts_with("crates/") || folder.starts_with("examples/");
    for package in packages.iter().filter(|package| with_readme(&package.folder)) {
        findings.extend(readme(tree, package));
    }
    findings
}

/// Tables and tests are long without being hard to read.
fn apart(path: &str) -> bool {
    path.ends_with("/tables.rs") || path.ends_with("/tests.rs") || path.contains("/tests/")
}

fn readme(tree: &Tree, package: &Package) -> Option<Finding> {
    let path = format!("{}/README.md", package.folder);
    let Some(text) = tree.text(&path) else {
        return Some(Finding::broken(
            &path,
            1,
            "readme",
            "missing: promise, example, table of what is here, limits",
        ));
    };
    let title = format!("# {}", package.name);
    if text.lines().next() != Some(&title) {
        return Some(Finding::broken(&path, 1, "readme", format!("the first line is `{title}`")));
    }
    let lines = text.lines().count();
    if lines > README {
        let advice = format!("{lines} lines; at most {README}: details belong to the items they are about");
        return Some(Finding::broken(&path, README, "readme", advice));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::Weight;
    use super::*;

    fn weights(path: &str, lines: usize) -> Vec<Weight> {
        let text = "x\n".repeat(lines);
        check(&Tree::of(&[(path, &text)]), &[]).into_iter().map(|finding| finding.weight).collect()
    }

    #[test]
    fn long_files_are_warned_of_and_longer_ones_fail() {
        assert_eq!(weights("crates/a/src/a.rs", 599), []);
        assert_eq!(weights("crates/a/src/a.rs", 600), [Weight::Warning]);
        assert_eq!(weights("crates/a/src/a.rs", 800), [Weight::Broken]);
        assert_eq!(weights("crates/a/src/a/tests.rs", 2_000), []);
        assert_eq!(weights("crates/a/src/tables.rs", 2_000), []);
    }

    #[test]
    fn readmes_are_there_named_and_short() {
        let package = Package { name: "moim-a".into(), folder: "crates/a".into(), ..Package::default() };
        let with =
            |text: &str| check(&Tree::of(&[("crates/a/README.md", text)]), std::slice::from_ref(&package));
        assert_eq!(with("# moim-a\n"), []);
        assert_eq!(with("# a\n").len(), 1);
        assert_eq!(with(&format!("# moim-a\n{}", "x\n".repeat(80))).len(), 1);
        assert_eq!(check(&Tree::default(), std::slice::from_ref(&package)).len(), 1);
    }
}
