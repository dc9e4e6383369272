//! A file is named after its subject.

use super::Finding;
use super::tree::Tree;

/// Names that say nothing of what is inside.
const EMPTY: [&str; 8] = ["utils", "util", "helpers", "helper", "misc", "common", "shared", "stuff"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, _) in tree.rust() {
        let stems = path.trim_end_matches(".rs").split('/');
        for stem in stems.filter(|stem| EMPTY.contains(stem) || stem.ends_with("_impl")) {
            let advice = format!("`{stem}` names no subject: call it what a reader would look for");
            findings.push(Finding::broken(path, 1, "names", advice));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_names_are_found_in_files_and_folders() {
        let files = ["crates/a/src/utils.rs", "crates/a/tests/common/mod.rs", "crates/a/src/mix_impl.rs"];
        let good = ["crates/a/src/mix.rs", "crates/a/src/common_gain.rs"];
        let tree =
            Tree::of(&[files.as_slice(), &good].concat().iter().map(|path| (*path, "")).collect::<Vec<_>>());
        let mut paths: Vec<_> = check(&tree).into_iter().map(|finding| finding.path).collect();
        paths.sort();
        assert_eq!(
            paths,
            ["crates/a/src/mix_impl.rs", "crates/a/src/utils.rs", "crates/a/tests/common/mod.rs"]
        );
    }
}
