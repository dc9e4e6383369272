//! What criterion left behind.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// One benchmark, by its id `crate/function/level/case`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    /// `crate/function`.
    pub(super) function: String,
    /// The level of our kernel, `moim`, or the name of a peer.
    pub(super) level: String,
    pub(super) case: String,
    /// Median of one iteration.
    pub(super) nanoseconds: f64,
    /// Half the width of the 95 % interval, relative to the median.
    pub(super) spread: f64,
}

/// Every record under criterion's folder, in order of id.
pub(super) fn read_all(folder: &Path) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry?.path();
            if path.is_dir() && path.file_name().is_some_and(|name| name == "new") {
                records.push(read(&path).with_context(|| format!("read {}", path.display()))?);
            } else if path.is_dir() {
                folders.push(path);
            }
        }
    }
    records.sort_by(|a, b| (&a.function, &a.case, &a.level).cmp(&(&b.function, &b.case, &b.level)));
    Ok(records)
}

fn read(folder: &Path) -> Result<Record> {
    let json = |name: &str| -> Result<Value> {
        Ok(serde_json::from_str(&std::fs::read_to_string(folder.join(name))?)?)
    };
    let id = json("benchmark.json")?;
    Record::new(id["full_id"].as_str().context("no full_id")?, &json("estimates.json")?)
}

impl Record {
    fn new(id: &str, estimates: &Value) -> Result<Self> {
        let median = &estimates["median"];
        let number = |value: &Value| value.as_f64().context("no median");
        let nanoseconds = number(&median["point_estimate"])?;
        let interval = &median["confidence_interval"];
        let width = number(&interval["upper_bound"])? - number(&interval["lower_bound"])?;
        let mut parts = id.splitn(4, '/');
        let mut part = || parts.next().with_context(|| format!("{id} is not crate/function/level/case"));
        Ok(Self {
            function: format!("{}/{}", part()?, part()?),
            level: part()?.into(),
            case: part()?.into(),
            nanoseconds,
            spread: width / 2.0 / nanoseconds,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_become_a_record() {
        let estimates = r#"{"median":{"point_estimate":8.0,"standard_error":0.1,
            "confidence_interval":{"confidence_level":0.95,"lower_bound":7.8,"upper_bound":8.2}}}"#;
        let estimates = serde_json::from_str(estimates).expect("valid JSON");
        let record = Record::new("rtp/parse/webrtc-rs/opus/20 ms", &estimates).expect("a record");
        assert_eq!((record.function.as_str(), record.level.as_str()), ("rtp/parse", "webrtc-rs"));
        assert_eq!((record.case.as_str(), record.nanoseconds), ("opus/20 ms", 8.0));
        assert!((record.spread - 0.025).abs() < 1e-9);
        assert!(Record::new("rtp/parse", &estimates).is_err());
    }
}
