//! What the judge found.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// A receiver and how it played.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) name: String,
    pub(super) calls: Vec<Score>,
}

/// How one call was played.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Score {
    pub(super) call: String,
    pub(super) class: String,
    /// Delay and quality together, in units of ITU-T G.107.
    pub(super) r: f64,
    /// Quality alone, in the same units.
    pub(super) quality: f64,
    /// Mean buffering, in ms.
    pub(super) delay: f64,
    /// Time of the process, in ms per second of sound.
    pub(super) cpu: f64,
}

impl Candidate {
    /// The mean over the calls of one class; `None` when there is none.
    pub(super) fn of_class(&self, class: &str, what: fn(&Score) -> f64) -> Option<f64> {
        mean(self.calls.iter().filter(|score| score.class == class).map(what))
    }

    /// The mean over the classes, however many calls each has.
    pub(super) fn macro_mean(&self, what: fn(&Score) -> f64) -> f64 {
        let classes = classes(std::slice::from_ref(self));
        mean(classes.iter().filter_map(|class| self.of_class(class, what))).unwrap_or(0.0)
    }
}

/// The classes in the order in which they are usually told.
pub(super) fn classes(candidates: &[Candidate]) -> Vec<String> {
    const USUAL: [&str; 13] = [
        "clean", "jitter", "wifi", "step", "reorder", "loss", "drift", "dtx", "handover", "combo", "red",
        "music", "real",
    ];
    let has = |class: &str| candidates.iter().any(|one| one.calls.iter().any(|score| score.class == class));
    USUAL.iter().filter(|class| has(class)).map(|class| (*class).to_owned()).collect()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// Reads a report of the judge.
///
/// # Errors
///
/// When it is none, or a call was not played as the judge wants it.
pub(super) fn read(path: &Path) -> Result<Vec<Candidate>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    parse(&text).with_context(|| format!("unexpected content of {}", path.display()))
}

fn parse(text: &str) -> Result<Vec<Candidate>> {
    let report: Value = serde_json::from_str(text)?;
    let candidates = report["candidates"].as_object().context("no candidates")?;
    candidates.iter().map(|(name, candidate)| one(name, &candidate["calls"])).collect()
}

fn one(name: &str, calls: &Value) -> Result<Candidate> {
    let calls = calls.as_object().with_context(|| format!("{name} has no calls"))?;
    ensure!(!calls.is_empty(), "{name} has played nothing");
    let score = |(call, score): (&String, &Value)| {
        if let Some(error) = score["error"].as_str() {
            bail!("{name} did not play {call}: {error}");
        }
        let number =
            |key: &str| score[key].as_f64().with_context(|| format!("{name}, {call}: no number {key}"));
        Ok(Score {
            call: call.clone(),
            class: score["cls"].as_str().with_context(|| format!("{name}, {call}: no class"))?.into(),
            r: number("R")?,
            quality: number("R_quality")?,
            delay: number("delay_mean")?,
            cpu: number("cpu_ms_per_s")?,
        })
    };
    Ok(Candidate { name: name.into(), calls: calls.iter().map(score).collect::<Result<_>>()? })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A candidate that reached `r` in calls of these classes.
    pub(in super::super) fn candidate(name: &str, calls: &[(&str, &str, f64)]) -> Candidate {
        let score = |&(call, class, r): &(&str, &str, f64)| Score {
            call: call.into(),
            class: class.into(),
            r,
            quality: r + 5.0,
            delay: 40.0,
            cpu: 2.5,
        };
        Candidate { name: name.into(), calls: calls.iter().map(score).collect() }
    }

    #[test]
    fn a_report_is_read() {
        let report = r#"{"candidates":{"ours":{"cmd":"","summary":null,"calls":{"clean_0":
            {"cls":"clean","R":90.0,"R_quality":95.0,"delay_mean":40.0,"cpu_ms_per_s":2.5,"pesq":null}}}}}"#;
        assert_eq!(parse(report).unwrap(), [candidate("ours", &[("clean_0", "clean", 90.0)])]);
    }

    #[test]
    fn a_call_that_was_not_played_is_no_score() {
        let report = r#"{"candidates":{"ours":{"calls":{"clean_0":{"error":"rc 1: no such option"}}}}}"#;
        let error = parse(report).unwrap_err().to_string();
        assert!(error.contains("clean_0") && error.contains("no such option"), "{error}");
        assert!(parse(r#"{"candidates":{"ours":{"calls":{}}}}"#).is_err());
        assert!(parse(r#"{"candidates":{"ours":{"calls":{"clean_0":{"cls":"clean"}}}}}"#).is_err());
    }

    #[test]
    fn a_class_counts_once_however_many_calls_it_has() {
        let ours = candidate("ours", &[("a", "clean", 90.0), ("b", "loss", 60.0), ("c", "loss", 80.0)]);
        assert_eq!(ours.of_class("loss", |score| score.r), Some(70.0));
        assert_eq!(ours.macro_mean(|score| score.r), 80.0);
        assert_eq!(classes(&[ours]), ["clean", "loss"]);
    }
}
