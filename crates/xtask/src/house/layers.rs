//! Arrows between crates go down only, as drawn in `crates/README.md`.

use super::Finding;
use super::tree::Tree;
use crate::workspace::{Kind, Package};

/// Which of our crates each crate may be built upon. What is missing here is forbidden.
///
/// Engines are strangers to one another; `call` never names a codec.
const MAY_USE: &[(&str, &[&str])] = &[
    ("moim-media", &[]),
    ("moim-simd", &[]),
    ("moim-dsp", &["moim-media", "moim-simd"]),
    ("moim-rtp", &["moim-media"]),
    ("moim-netsim", &["moim-media"]),
    ("moim-jitter", &["moim-media"]),
    ("moim-opus", &["moim-media"]),
    ("moim-forward", &["moim-media"]),
    ("moim-h264", &["moim-media"]),
    ("moim-pace", &["moim-media"]),
    ("moim-record", &["moim-media"]),
    ("moim-room", &["moim-media"]),
    ("moim-sdp", &["moim-media", "moim-rtp"]),
    ("moim-sync", &["moim-media", "moim-rtp"]),
    ("moim-video", &["moim-media", "moim-rtp"]),
    ("moim-testkit", &["moim-media"]),
    ("moim-playout", &["moim-media", "moim-simd", "moim-dsp", "moim-jitter"]),
    (
        "moim-call",
        &[
            "moim-media",
            "moim-dsp",
            "moim-simd",
            "moim-rtp",
            "moim-jitter",
            "moim-playout",
            "moim-pace",
            "moim-sync",
            "moim-video",
        ],
    ),
    (
        "moim",
        &[
            "moim-media",
            "moim-simd",
            "moim-dsp",
            "moim-rtp",
            "moim-netsim",
            "moim-jitter",
            "moim-opus",
            "moim-forward",
            "moim-h264",
            "moim-pace",
            "moim-playout",
            "moim-record",
            "moim-room",
            "moim-sdp",
            "moim-sync",
            "moim-video",
            "moim-call",
            "moim-testkit",
        ],
    ),
    ("xtask", &[]),
];

/// What any crate may use in its tests, beside what it may be built upon.
const MAY_TEST_WITH: [&str; 2] = ["moim-testkit", "moim-netsim"];

/// Who may meet whom in tests beyond that, and why.
const MEET_IN_TESTS: &[(&str, &str, &str)] =
    &[("moim-playout", "moim-opus", "that nothing is allocated must hold with the codec people use")];

/// Checks the members under `crates/`; examples, benches and fuzz may use anything.
pub(super) fn check(tree: &Tree, packages: &[Package]) -> Vec<Finding> {
    let ours = |name: &str| packages.iter().any(|package| package.name == name);
    let mut findings = Vec::new();
    for package in packages.iter().filter(|package| package.folder.starts_with("crates/")) {
        let manifest = format!("{}/Cargo.toml", package.folder);
        let Some((_, may_use)) = MAY_USE.iter().find(|(name, _)| *name == package.name) else {
            let advice = format!(
                "{} has no place in the map: add it to MAY_USE in crates/xtask/src/house/layers.rs and to crates/README.md",
                package.name
            );
            findings.push(Finding::broken(&manifest, tree.line_of(&manifest, "name ="), "layers", advice));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|dependency| ours(&dependency.name)) {
            let name = dependency.name.as_str();
            let met = MEET_IN_TESTS.iter().any(|(tested, with, _)| *tested == package.name && *with == name);
            let for_tests = dependency.kind == Kind::Dev && (met || MAY_TEST_WITH.contains(&name));
            if may_use.contains(&name) || for_tests {
                continue;
            }
            let advice = format!(
                "{} must not depend on {name}: arrows go down only; take what you need as an argument or a trait of moim-media, \
                 or move the code to a crate above both",
                package.name
            );
            findings.push(Finding::broken(&manifest, tree.line_of(&manifest, name), "layers", advice));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn package(name: &str, dependencies: &[(&str, Kind)]) -> Package {
        Package {
            name: name.into(),
            folder: format!("crates/{}", name.trim_start_matches("moim-")),
            dependencies: dependencies
                .iter()
                .map(|(name, kind)| Dependency { name: (*name).into(), kind: *kind })
                .collect(),
            ..Package::default()
        }
    }

    #[test]
    fn call_must_not_name_a_codec() {
        let tree = Tree::of(&[("crates/call/Cargo.toml", "[dependencies]\nmoim-opus.workspace = true\n")]);
        let packages = [package("moim-opus", &[]), package("moim-call", &[("moim-opus", Kind::Normal)])];
        let findings = check(&tree, &packages);
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].path.as_str(), findings[0].line), ("crates/call/Cargo.toml", 2));
    }

    #[test]
    fn strangers_meet_only_in_tests() {
        let others = [package("moim-netsim", &[]), package("moim-media", &[])];
        let with = |kind| {
            let jitter = package("moim-jitter", &[("moim-netsim", kind), ("moim-media", Kind::Normal)]);
            check(&Tree::default(), &[&others[..], &[jitter]].concat())
        };
        assert_eq!(with(Kind::Dev), []);
        assert_eq!(with(Kind::Normal).len(), 1);
    }

    #[test]
    fn playout_hears_opus_in_tests_and_call_never_does() {
        let all = [package("moim-opus", &[]), package("moim-call", &[]), package("moim-playout", &[])];
        let with = |name, kind| {
            let tested = package(name, &[("moim-opus", kind)]);
            check(&Tree::default(), &[&all[..], &[tested]].concat()).len()
        };
        assert_eq!((with("moim-playout", Kind::Dev), with("moim-playout", Kind::Normal)), (0, 1));
        assert_eq!((with("moim-call", Kind::Dev), with("moim-call", Kind::Normal)), (1, 1));
    }

    #[test]
    fn a_new_crate_needs_a_place() {
        assert_eq!(check(&Tree::default(), &[package("moim-shared", &[])]).len(), 1);
    }

    #[test]
    fn the_map_has_no_circle() {
        // Each row names only rows above it, except for the facade's listing order.
        for (row, (name, may_use)) in MAY_USE.iter().enumerate() {
            for used in *may_use {
                let at = MAY_USE.iter().position(|(name, _)| name == used);
                assert!(at.is_some_and(|at| at < row), "{name} over {used}");
            }
        }
    }
}
