//! Records side by side.

use std::collections::HashSet;
use std::fmt::Write;

use super::record::Record;

/// Levels that are ours; everything else in that place of an id is a peer.
const OURS: [&str; 10] = [
    "moim",
    "scalar",
    "sse2",
    "avx2+fma",
    "avx512",
    "neon",
    // How much of the sound neural networks make.
    "classic",
    "concealment",
    "lace",
    "nolace",
];

/// A table in Markdown. `ratio` is the time of a row over that of our fastest row of the same function and case:
/// above 1 it is slower than ours, below 1 we lose, and the row is bold.
pub(super) fn of(records: &[Record]) -> String {
    let mut table =
        String::from("| function | case | level or peer | time | ± | ratio |\n|---|---|---|--:|--:|--:|\n");
    let alike = |a: &Record, b: &Record| a.function == b.function && a.case == b.case;
    for group in records.chunk_by(alike) {
        let ours = group.iter().filter(|record| is_ours(record)).map(|record| record.nanoseconds);
        let best = ours.min_by(f64::total_cmp);
        let mut rows: Vec<&Record> = group.iter().collect();
        rows.sort_by(|a, b| a.nanoseconds.total_cmp(&b.nanoseconds));
        for record in rows {
            let ratio = best.map(|best| record.nanoseconds / best);
            let lost = !is_ours(record) && ratio.is_some_and(|ratio| ratio < 1.0);
            let ratio = ratio.map_or_else(|| "–".into(), |ratio| format!("{ratio:.2}"));
            let bold = if lost { "**" } else { "" };
            let Record { function, case, level, nanoseconds, spread } = record;
            let (time, spread) = (time(*nanoseconds), spread * 100.0);
            writeln!(
                table,
                "| `{function}` | {case} | {bold}{level}{bold} | {time} | {spread:.1} % | {bold}{ratio}{bold} |"
            )
            .expect("writing to a String cannot fail");
        }
    }
    table
}

/// `table`, and of the functions that are not in it the rows that `earlier` has: a checkout that measured only some
/// functions knows no others.
pub(super) fn beside(table: &str, earlier: &str) -> String {
    let function =
        |row: &str| row.strip_prefix("| `")?.split_once('`').map(|(function, _)| function.to_owned());
    let (head, rows): (Vec<_>, Vec<_>) = table.lines().partition(|line| function(line).is_none());
    let measured: HashSet<_> = rows.iter().filter_map(|row| function(row)).collect();
    let kept =
        earlier.lines().filter(|row| function(row).is_some_and(|function| !measured.contains(&function)));
    let mut rows: Vec<_> = rows.into_iter().chain(kept).collect();
    rows.sort_by_key(|row| function(row));
    let lines: Vec<_> = head.into_iter().chain(rows).collect();
    lines.join("\n")
}

fn is_ours(record: &Record) -> bool {
    OURS.contains(&record.level.as_str())
}

/// Three digits and a unit.
fn time(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n if n < 1e9 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    match value {
        v if v < 10.0 => format!("{v:.2} {unit}"),
        v if v < 100.0 => format!("{v:.1} {unit}"),
        v => format!("{v:.0} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(level: &str, nanoseconds: f64) -> Record {
        Record {
            function: "rtp/parse".into(),
            level: level.into(),
            case: "opus".into(),
            nanoseconds,
            spread: 0.01,
        }
    }

    #[test]
    fn peers_are_compared_with_our_best_and_losses_stand_out() {
        let table = of(&[
            record("avx2+fma", 8.0),
            record("faster", 4.0),
            record("scalar", 16.0),
            record("webrtc-rs", 93.0),
        ]);
        let rows: Vec<_> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| `rtp/parse` | opus | **faster** | 4.00 ns | 1.0 % | **0.50** |",
                "| `rtp/parse` | opus | avx2+fma | 8.00 ns | 1.0 % | 1.00 |",
                "| `rtp/parse` | opus | scalar | 16.0 ns | 1.0 % | 2.00 |",
                "| `rtp/parse` | opus | webrtc-rs | 93.0 ns | 1.0 % | 11.62 |",
            ]
        );
    }

    #[test]
    fn what_was_not_measured_now_stands() {
        let earlier = "Words.\n| `aec/run` | a | moim | 1 ns |\n| `rtp/parse` | old | moim | 2 ns |\n| `sdp/read` | b | moim | 3 ns |";
        let table = beside(&of(&[record("moim", 8.0)]), earlier);
        let rows: Vec<_> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| `aec/run` | a | moim | 1 ns |",
                "| `rtp/parse` | opus | moim | 8.00 ns | 1.0 % | 1.00 |",
                "| `sdp/read` | b | moim | 3 ns |",
            ]
        );
    }

    #[test]
    fn times_have_three_digits() {
        let all = [8.1234, 123.4, 1_234.0, 56_780.0, 2.5e6, 3e9].map(time);
        assert_eq!(all, ["8.12 ns", "123 ns", "1.23 µs", "56.8 µs", "2.50 ms", "3.00 s"]);
    }
}
