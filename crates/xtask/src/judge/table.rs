//! Receivers side by side, for a README.

use std::fmt::Write as _;

use super::scores::{Candidate, Score, classes};

/// A table in Markdown: `ours` first, then the peers, best first. Of `again` the peer of the same name among the
/// `carried` is left out. The best of a row is bold.
pub(super) fn of(ours: &[Candidate], carried: &[Candidate], again: &[Candidate], machine: &str) -> String {
    let known = |peer: &&Candidate| !again.iter().any(|newer| newer.name == peer.name);
    let mut peers: Vec<&Candidate> = again.iter().chain(carried.iter().filter(known)).collect();
    peers.sort_by(|a, b| b.macro_mean(|score| score.r).total_cmp(&a.macro_mean(|score| score.r)));
    let all: Vec<&Candidate> = ours.iter().chain(peers).collect();

    let mut table = String::from("|  |");
    for candidate in &all {
        let mark = if again.iter().any(|newer| newer.name == candidate.name) { "\\*" } else { "" };
        write!(table, " {}{mark} |", candidate.name).expect("writing to a String cannot fail");
    }
    table.push_str("\n|---|");
    table.push_str(&"--:|".repeat(all.len()));
    let r: fn(&Score) -> f64 = |score| score.r;
    let delay: fn(&Score) -> f64 = |score| score.delay;
    let both = |r: f64, delay: f64| (r, format!("{r:.1} / {delay:.0}"));
    let mean = |one: &&Candidate| both(one.macro_mean(r), one.macro_mean(delay));
    row(&mut table, "**all: R / delay in ms**", all.iter().map(mean));
    for class in classes(ours) {
        let cell = |one: &&Candidate| match (one.of_class(&class, r), one.of_class(&class, delay)) {
            (Some(r), Some(delay)) => both(r, delay),
            _ => (f64::NEG_INFINITY, "–".into()),
        };
        row(&mut table, &class, all.iter().map(cell));
    }
    let quality = |one: &&Candidate| one.macro_mean(|score| score.quality);
    row(&mut table, "quality alone, R", all.iter().map(quality).map(|q| (q, format!("{q:.1}"))));
    let cpu = |one: &&Candidate| one.macro_mean(|score| score.cpu);
    row(&mut table, "CPU, ms per s", all.iter().map(cpu).map(|cpu| (-cpu, format!("{cpu:.1}"))));

    let peers = if again.is_empty() {
        "The peers as the judge carries them."
    } else {
        "Peers with \\* were measured again beside ours, the others are as the judge carries them."
    };
    format!("{machine} {peers}\n\n{table}\n")
}

/// Each cell is how good it is, and what it says.
fn row(table: &mut String, title: &str, cells: impl Iterator<Item = (f64, String)> + Clone) {
    let best = cells.clone().map(|(worth, _)| worth).fold(f64::NEG_INFINITY, f64::max);
    write!(table, "\n| {title} |").expect("writing to a String cannot fail");
    for (worth, text) in cells {
        let bold = if worth >= best { "**" } else { "" };
        write!(table, " {bold}{text}{bold} |").expect("writing to a String cannot fail");
    }
}

#[cfg(test)]
mod tests {
    use super::super::scores::tests::candidate;
    use super::*;

    #[test]
    fn the_best_of_each_row_stands_out_also_when_it_is_not_ours() {
        let ours = candidate("moim", &[("a", "clean", 92.0), ("b", "music", 86.0)]);
        let first = candidate("speex", &[("a", "clean", 90.0), ("b", "music", 87.0)]);
        let second = candidate("neteq", &[("a", "clean", 88.0), ("b", "music", 80.0)]);
        let newer = candidate("neteq", &[("a", "clean", 89.0), ("b", "music", 82.0)]);
        let text = of(&[ours], &[second, first], &[newer], "Here.");
        let rows: Vec<_> = text.lines().skip(2).collect();
        assert_eq!(rows[0], "|  | moim | speex | neteq\\* |");
        assert_eq!(rows[2], "| **all: R / delay in ms** | **89.0 / 40** | 88.5 / 40 | 85.5 / 40 |");
        assert_eq!(rows[3], "| clean | **92.0 / 40** | 90.0 / 40 | 89.0 / 40 |");
        assert_eq!(rows[4], "| music | 86.0 / 40 | **87.0 / 40** | 82.0 / 40 |");
        assert!(text.starts_with("Here. Peers with \\*"));
    }
}
