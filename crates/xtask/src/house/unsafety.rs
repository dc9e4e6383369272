//! `unsafe` stands in kernels and bindings only, and each one is argued.

use super::source::{self, Line};
use super::tree::Tree;
use super::{Exception, Finding};

/// File names under a crate's `src` that may hold `unsafe`: one per instruction set, and bindings.
const FILES: [&str; 3] = ["x86.rs", "neon.rs", "ffi.rs"];

const EXCEPTIONS: &[Exception] = &[Exception {
    path: "crates/testkit/src/alloc.rs",
    what: &["unsafe"],
    reason: "a global allocator that counts is an unsafe trait",
}];

/// How often `unsafe` stands in each file that has it.
pub(super) fn inventory(tree: &Tree) -> Vec<(&str, usize)> {
    tree.rust()
        .map(|(path, text)| (path, source::lines(text).iter().filter(|line| line.has("unsafe")).count()))
        .filter(|(_, uses)| *uses > 0)
        .collect()
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust() {
        let lines = source::lines(text);
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.has("unsafe")) {
            if !allowed(tree, path) {
                findings.push(Finding::broken(
                    path,
                    at + 1,
                    "unsafe",
                    "only kernels (x86.rs, neon.rs, the file that selects them) and ffi.rs hold `unsafe`: \
                     write it safely, or move it there",
                ));
            } else if needs_argument(line) && !is_argued(&lines[..=at]) {
                findings.push(Finding::broken(
                    path,
                    at + 1,
                    "unsafe",
                    "say in a `// SAFETY:` comment directly above why this is sound",
                ));
            }
        }
    }
    findings
}

fn allowed(tree: &Tree, path: &str) -> bool {
    let leaf = FILES.iter().any(|file| path.rsplit('/').next() == Some(file));
    // `mix.rs` calls the kernel it selected from `mix/`.
    let folder = path.trim_end_matches(".rs");
    let selects = ["x86.rs", "neon.rs"].iter().any(|leaf| tree.text(&format!("{folder}/{leaf}")).is_some());
    let in_crate = path.starts_with("crates/") && path.contains("/src/");
    in_crate && (leaf || selects) || EXCEPTIONS.iter().any(|exception| exception.path == path)
}

/// Blocks and impls claim soundness; an `unsafe fn` or a `extern` block asks it of others.
fn needs_argument(line: &Line) -> bool {
    let after = line.code.split("unsafe").nth(1).unwrap_or_default().trim_start();
    !(after.starts_with("fn") || after.starts_with("extern") || after.starts_with("trait"))
}

/// Whether a comment on the last of `lines`, within its statement or directly above it, says `SAFETY:`.
fn is_argued(lines: &[Line]) -> bool {
    for (back, line) in lines.iter().rev().enumerate() {
        let code = line.code.trim();
        let ends_other = code.ends_with([';', '{', '}', ',']);
        let blank = code.is_empty() && line.comment.is_empty();
        if back > 0 && (blank || ends_other) {
            return false;
        }
        if line.comment.contains("SAFETY:") {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: [usize; 0] = [];

    fn rules(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::of(&[(path, text)])).into_iter().map(|finding| finding.line).collect()
    }

    const ARGUED: &str = "// SAFETY: the slice is long enough.\nlet x =\n    unsafe { load(p) };\n";

    #[test]
    fn kernels_may_and_others_may_not() {
        assert_eq!(rules("crates/dsp/src/mix/x86.rs", ARGUED), NOWHERE);
        assert_eq!(rules("crates/opus/src/ffi.rs", ARGUED), NOWHERE);
        assert_eq!(rules("crates/testkit/src/alloc.rs", ARGUED), NOWHERE);
        assert_eq!(rules("crates/dsp/src/mix.rs", ARGUED), [3]);
        let beside = Tree::of(&[("crates/dsp/src/mix.rs", ARGUED), ("crates/dsp/src/mix/x86.rs", "")]);
        assert_eq!(check(&beside), []);
        assert_eq!(rules("examples/host/src/ffi.rs", ARGUED), [3]);
    }

    #[test]
    fn blocks_without_argument_are_found() {
        let path = "crates/dsp/src/mix/x86.rs";
        assert_eq!(rules(path, "fn f() {\n    unsafe { g() }\n}\n"), [2]);
        assert_eq!(
            rules(path, "// SAFETY: of another.\nlet a = unsafe { f() };\nlet b = unsafe { g() };\n"),
            [3]
        );
        assert_eq!(rules(path, "// SAFETY: far away.\n\nlet a = unsafe { f() };\n"), [3]);
        assert_eq!(rules(path, "unsafe impl Send for X {}\n"), [1]);
    }

    #[test]
    fn mentions_are_no_use() {
        let text =
            "#![allow(unsafe_code, reason = \"unsafe\")]\n// unsafe\n/// # Safety\npub unsafe fn f() {}\n";
        assert_eq!(rules("crates/dsp/src/mix/x86.rs", text), NOWHERE);
        let tree = Tree::of(&[("crates/dsp/src/x86.rs", text), ("crates/a/src/b.rs", "// unsafe\n")]);
        assert_eq!(inventory(&tree), [("crates/dsp/src/x86.rs", 1)]);
    }
}
