//! Every fuzz law has a target, a program and a corpus; every program has a law.

use super::Finding;
use super::tree::Tree;
use crate::workspace::Package;

const LIB: &str = "fuzz/src/lib.rs";
const MANIFEST: &str = "fuzz/Cargo.toml";

pub(super) fn check(tree: &Tree, packages: &[Package]) -> Vec<Finding> {
    let Some(fuzz) = packages.iter().find(|package| package.folder == "fuzz") else { return Vec::new() };
    let laws = laws(tree.text(LIB).unwrap_or_default());
    let mut findings = Vec::new();
    if laws.is_empty() {
        findings.push(Finding::broken(
            LIB,
            1,
            "fuzz",
            "no LAWS found: it is `&[(\"crate_law\", module::law), …]`",
        ));
    }
    for (law, line) in &laws {
        let target = format!("fuzz/fuzz_targets/{law}.rs");
        if tree.text(&target).is_none() {
            findings.push(Finding::broken(
                LIB,
                *line,
                "fuzz",
                format!("{law} has no target: write {target}"),
            ));
        }
        if !fuzz.bins.contains(law) {
            let advice = format!("{law} has no [[bin]]: add it to {MANIFEST}");
            findings.push(Finding::broken(LIB, *line, "fuzz", advice));
        }
        if !tree.has_files_in(&format!("fuzz/corpus/{law}")) {
            let advice = format!("{law} has no corpus: put a few small inputs into fuzz/corpus/{law}");
            findings.push(Finding::broken(LIB, *line, "fuzz", advice));
        }
    }
    for bin in fuzz.bins.iter().filter(|bin| !laws.iter().any(|(law, _)| law == *bin)) {
        let advice = format!("{bin} is no law: add it to LAWS in {LIB}, so that its corpus is replayed");
        findings.push(Finding::broken(MANIFEST, tree.line_of(MANIFEST, bin), "fuzz", advice));
    }
    findings
}

/// The names in the `LAWS` table, with their lines.
fn laws(text: &str) -> Vec<(String, usize)> {
    let table = text.lines().enumerate().skip_while(|(_, line)| !line.contains("const LAWS"));
    let mut laws = Vec::new();
    for (at, line) in table {
        for entry in line.split("(\"").skip(1) {
            laws.extend(entry.split_once('"').map(|(name, _)| (name.to_owned(), at + 1)));
        }
        if line.contains("];") {
            break;
        }
    }
    laws
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "pub mod a;\npub const LAWS: &[(&str, Law)] = &[\n    (\"a_one\", a::one),\n    (\"a_two\", a::two),\n];\nfn f() { g((\"x\", 1)) }\n";

    #[test]
    fn the_table_is_read_to_its_end_only() {
        assert_eq!(laws(TABLE), [("a_one".to_owned(), 3), ("a_two".to_owned(), 4)]);
        assert_eq!(laws("pub const LAWS: &[(&str, Law)] = &[(\"a\", b)];"), [("a".to_owned(), 1)]);
    }

    #[test]
    fn missing_pieces_are_named() {
        let fuzz = Package {
            name: "fuzz".into(),
            folder: "fuzz".into(),
            bins: vec!["a_one".into(), "stray".into()],
            ..Package::default()
        };
        let tree = Tree::of(&[
            (LIB, TABLE),
            ("fuzz/fuzz_targets/a_one.rs", ""),
            ("fuzz/corpus/a_one/seed", "x"),
            ("fuzz/corpus/a_two_more/seed", "x"),
        ]);
        let findings = check(&tree, std::slice::from_ref(&fuzz));
        let about = |name: &str| findings.iter().filter(|finding| finding.advice.starts_with(name)).count();
        assert_eq!((about("a_one "), about("a_two "), about("stray ")), (0, 3, 1));
        assert_eq!(check(&Tree::default(), std::slice::from_ref(&fuzz)).len(), 3);
    }
}
