//! `lab decision` draws what `lab playout` does.

use crate::call::{self, Folder, dumped, lab};
use std::fs;

/// A short call in a file, and what to say for it.
fn call(folder: &Folder) -> String {
    let input = folder.path("call");
    fs::write(&input, dumped(&call::short())).unwrap();
    input
}

#[test]
fn the_delay_that_is_explained_is_the_one_that_is_aimed_at() {
    let folder = Folder::new("decision");
    let (input, [out, wav, trace]) =
        (call(&folder), ["why.svg", "heard.wav", "trace.csv"].map(|name| folder.path(name)));
    let call = ["--in", &input, "--concealment", "classic"];
    lab(&[&["playout", "--out", &wav, "--trace", &trace], &call[..]].concat()).unwrap();
    let trace = fs::read_to_string(&trace).unwrap();
    for moment in ["1500", "3000"] {
        let draw = || {
            lab(&[&["decision", "--at-ms", moment, "--out", &out], &call[..]].concat()).unwrap();
            fs::read_to_string(&out).unwrap()
        };
        let svg = draw();
        assert_eq!(svg, draw());
        let row = trace.lines().find(|row| row.starts_with(&format!("pull,{moment}.000,"))).unwrap();
        let target: f64 = row.split(',').nth(9).unwrap().parse().unwrap();
        let svg = roxmltree::Document::parse(&svg).unwrap();
        let texts: Vec<&str> = svg.descendants().filter_map(|node| node.text()).map(str::trim).collect();
        let title = format!("Why {target:.0} ms? One decision, ");
        assert!(texts.iter().any(|text| text.starts_with(&title)), "{title}: {texts:?}");
        assert!(
            ["waiting", "frames too late", "points of R", "frames, % (√)"]
                .iter()
                .all(|word| texts.contains(word))
        );
    }
}

#[test]
fn what_is_not_decided_is_told() {
    let folder = Folder::new("undecided");
    let (input, out) = (call(&folder), folder.path("why.svg"));
    let complaint = |moment, options: &[&str]| {
        let call = ["decision", "--in", &input, "--out", &out, "--concealment", "classic", "--at-ms", moment];
        lab(&[&call, options].concat()).unwrap_err()
    };
    let (early, late) = (complaint("3000", &["--policy", "fixed:60"]), complaint("99999999", &[]));
    assert!(early.contains("fixed:60 weighs no costs"), "{early}");
    assert!(late.contains("the last packet comes at"), "{late}");
    let first = complaint("0", &[]);
    assert!(first.contains("nothing is decided by 0 ms"), "{first}");
    let source = complaint("3000", &["--ssrc", "1"]);
    assert!(source.contains("no packet of source 00000001"), "{source}");
}
