//! Each member follows the workspace's lints and has something in it.

use super::Finding;
use super::source;
use super::tree::Tree;
use crate::workspace::Package;

/// Fewer lines of code than this are a promise, not a crate.
const PLACEHOLDER: usize = 10;

pub(super) fn check(tree: &Tree, packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        let manifest = format!("{}/Cargo.toml", package.folder);
        let text = tree.text(&manifest).unwrap_or_default();
        let mut after = text.lines().skip_while(|line| line.trim() != "[lints]").skip(1);
        if after.next().map(str::trim) != Some("workspace = true") {
            let advice = "add `[lints]` and `workspace = true`; relax a lint at its place, with a reason";
            findings.push(Finding::broken(&manifest, tree.line_of(&manifest, "[lints"), "lints", advice));
        }
        let sources = format!("{}/src/", package.folder);
        if package.folder.starts_with("crates/") && code_lines(tree, &sources) < PLACEHOLDER {
            let advice = "an empty crate: create it when it has something real in it";
            findings.push(Finding::broken(&manifest, 1, "placeholder", advice));
        }
    }
    findings
}

fn code_lines(tree: &Tree, folder: &str) -> usize {
    let files = tree.rust().filter(|(path, _)| path.starts_with(folder));
    files.flat_map(|(_, text)| source::lines(text)).filter(|line| !line.code.trim().is_empty()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(manifest: &str, lib: &str) -> Vec<&'static str> {
        let package = Package { name: "moim-a".into(), folder: "crates/a".into(), ..Package::default() };
        let tree = Tree::of(&[("crates/a/Cargo.toml", manifest), ("crates/a/src/lib.rs", lib)]);
        check(&tree, &[package]).into_iter().map(|finding| finding.rule).collect()
    }

    const LINTS: &str = "[package]\n\n[lints]\nworkspace = true\n";

    #[test]
    fn lints_come_from_the_workspace() {
        let lib = "fn f() {}\n".repeat(10);
        assert_eq!(rules(LINTS, &lib), [] as [&str; 0]);
        assert_eq!(rules("[package]\n", &lib), ["lints"]);
        assert_eq!(rules("[lints]\nrust.unsafe_code = \"allow\"\n", &lib), ["lints"]);
    }

    #[test]
    fn comments_do_not_fill_a_crate() {
        assert_eq!(rules(LINTS, &"//! Soon.\n".repeat(40)), ["placeholder"]);
    }
}
