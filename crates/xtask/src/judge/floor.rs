//! What our receiver has reached and shall not fall below: a committed file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::scores::Candidate;
use crate::checkout;

/// Where the floor lies, from the root of the checkout.
pub(super) const FILE: &str = "crates/playout/judge/floor.json";

/// How far the mean may fall, in R: what another machine, or a change elsewhere, does to it.
const TOLERANCE: f64 = 2.0;

/// R of each call by candidate, once.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Floor {
    measured: String,
    r: BTreeMap<String, BTreeMap<String, f64>>,
}

impl Floor {
    /// What was measured on `day` becomes the floor.
    pub(super) fn of(candidates: &[Candidate], day: &str) -> Result<Self> {
        ensure!(!candidates.is_empty(), "nobody has played");
        let rounded = |r: f64| (r * 100.0).round() / 100.0;
        let calls = |candidate: &Candidate| {
            candidate.calls.iter().map(|score| (score.call.clone(), rounded(score.r))).collect()
        };
        let r = candidates.iter().map(|candidate| (candidate.name.clone(), calls(candidate))).collect();
        Ok(Self { measured: day.into(), r })
    }

    /// The one in the tree.
    pub(super) fn committed() -> Result<Self> {
        let path = checkout::root().join(FILE);
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!("read {} (`cargo xtask judge --smoke --set-floor` makes it)", path.display())
        })?;
        Self::parse(&text).with_context(|| format!("{} is not as --set-floor writes it", path.display()))
    }

    /// Puts it into the tree.
    pub(super) fn write(&self) -> Result<()> {
        let path = checkout::root().join(FILE);
        let text = serde_json::to_string_pretty(&json!({ "measured": self.measured, "R": self.r }))?;
        std::fs::write(&path, text + "\n").with_context(|| format!("write {}", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)?;
        let measured = value["measured"].as_str().context("no date")?.to_owned();
        let candidates = value["R"].as_object().context("no R")?;
        let numbers = |calls: &Value| {
            let calls = calls.as_object().context("no calls")?.iter();
            calls.map(|(call, r)| Ok((call.clone(), r.as_f64().context("no number")?))).collect::<Result<_>>()
        };
        let r = candidates
            .iter()
            .map(|(name, calls)| Ok((name.clone(), numbers(calls)?)))
            .collect::<Result<_>>()?;
        Ok(Self { measured, r })
    }

    /// One line for each candidate whose mean is too low.
    ///
    /// # Errors
    ///
    /// When a call is missing, here or there: the mean of others tells nothing.
    pub(super) fn fallen(&self, candidates: &[Candidate]) -> Result<Vec<String>> {
        let mut fallen = Vec::new();
        for candidate in candidates {
            let played = |call: &&String| candidate.calls.iter().any(|score| score.call == **call);
            let unplayed =
                self.r.get(&candidate.name).and_then(|calls| calls.keys().find(|call| !played(call)));
            if let Some(call) = unplayed {
                bail!("{} did not play {call}, of which there is a floor", candidate.name);
            }
            let (now, floor) = (mean(candidate.calls.iter().map(|score| score.r)), self.mean(candidate)?);
            if now < floor - TOLERANCE {
                fallen.push(format!(
                    "{}: R {now:.1} is more than {TOLERANCE:.0} below {floor:.1}, measured {}",
                    candidate.name, self.measured
                ));
            }
        }
        Ok(fallen)
    }

    /// R of each call beside the floor.
    pub(super) fn table(&self, candidates: &[Candidate]) -> Result<String> {
        let mut table = format!("\nR / delay in ms (floor of {})\n{:<16}", self.measured, "");
        for candidate in candidates {
            write!(table, "{:>26}", candidate.name)?;
        }
        for call in candidates
            .iter()
            .flat_map(|one| &one.calls)
            .map(|score| &score.call)
            .collect::<std::collections::BTreeSet<_>>()
        {
            write!(table, "\n{call:<16}")?;
            for candidate in candidates {
                let score = candidate.calls.iter().find(|score| score.call == *call);
                let score = score.with_context(|| format!("{} did not play {call}", candidate.name))?;
                let floor = self.call(candidate, call)?;
                write!(table, "{:>11.1} / {:>3.0}  ({floor:.1})", score.r, score.delay)?;
            }
        }
        write!(table, "\n{:<16}", "mean")?;
        for candidate in candidates {
            let of = |what: fn(&super::scores::Score) -> f64| mean(candidate.calls.iter().map(what));
            let (r, delay) = (of(|score| score.r), of(|score| score.delay));
            write!(table, "{r:>11.1} / {delay:>3.0}  ({:.1})", self.mean(candidate)?)?;
        }
        Ok(table)
    }

    /// The mean of each candidate, in words.
    pub(super) fn means(&self) -> String {
        let one = |(name, calls): (&String, &BTreeMap<String, f64>)| {
            format!("{:.1} for {name}", mean(calls.values().copied()))
        };
        self.r.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn call(&self, candidate: &Candidate, call: &str) -> Result<f64> {
        let r = self.r.get(&candidate.name).and_then(|calls| calls.get(call));
        r.copied().with_context(|| format!("the floor knows nothing of {} in {call}", candidate.name))
    }

    fn mean(&self, candidate: &Candidate) -> Result<f64> {
        let calls = candidate.calls.iter().map(|score| self.call(candidate, &score.call));
        Ok(mean(calls.collect::<Result<Vec<_>>>()?.into_iter()))
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::super::calls::Calls;
    use super::super::scores::tests::candidate;
    use super::*;

    fn measured(r: [f64; 2]) -> Candidate {
        candidate("moim", &[("clean_lan", "clean", r[0]), ("wifi_200", "wifi", r[1])])
    }

    #[test]
    fn only_a_mean_far_below_the_floor_is_a_fall() {
        let floor = Floor::of(&[measured([90.0, 70.0])], "2026-11-22").unwrap();
        assert!(floor.fallen(&[measured([80.0, 76.1])]).unwrap().is_empty());
        let fallen = floor.fallen(&[measured([80.0, 75.9])]).unwrap();
        assert_eq!(fallen, ["moim: R 78.0 is more than 2 below 80.0, measured 2026-11-22"]);
    }

    #[test]
    fn what_the_floor_does_not_know_is_an_error() {
        let floor = Floor::of(&[measured([90.0, 70.0])], "2026-11-22").unwrap();
        let other = candidate("moim", &[("ge_5", "loss", 90.0)]);
        assert!(floor.fallen(std::slice::from_ref(&other)).is_err() && floor.table(&[other]).is_err());
        assert!(floor.table(&[measured([1.0, 2.0])]).unwrap().contains("wifi_200"));
    }

    #[test]
    fn a_call_that_was_not_played_is_an_error() {
        let floor = Floor::of(&[measured([90.0, 70.0])], "2026-11-22").unwrap();
        let error = floor.fallen(&[candidate("moim", &[("clean_lan", "clean", 90.0)])]).unwrap_err();
        assert!(error.to_string().contains("did not play wifi_200"), "{error}");
    }

    #[test]
    fn the_committed_floor_knows_every_call_of_the_smoke() {
        let floor = Floor::committed().unwrap();
        for (name, calls) in &floor.r {
            assert_eq!(calls.len(), Calls::SMOKE.only.len(), "{name}");
            assert!(Calls::SMOKE.only.iter().all(|call| calls.contains_key(*call)), "{name}");
        }
        assert_eq!(floor.r.len(), super::super::CONCEALMENT.len());
    }
}
