//! The report: what was measured in the files, what was counted beside, and the words for both.

mod conditions;
mod counted;
mod environment;
mod json;
mod packets;
mod page;
mod plot;
mod series;
mod verdict;
mod worst;

pub(crate) use environment::Environment;

use crate::lang::Lang;
use crate::options::Options;
use crate::party::Recorded;
use crate::quality::{Quality, millis, round};
use crate::wav;
use anyhow::{Context, Result, anyhow};
use conditions::Conditions;
use counted::Counted;
use moim_netsim::Side;
use packets::Packets;
use serde::Serialize;
use series::Series;
use std::fs;
use std::path::Path;
use std::time::Duration;
use verdict::Grade;
use worst::Worst;

/// Grows by one whenever a field of `report.json` changes its name or meaning, or goes.
const SCHEMA: u32 = 1;
/// A delay from mouth to ear above the network's own that is still found in the files: the receiver never holds sound
/// back by more than 500 ms, and coding takes its time.
const MAX_BUFFERING: Duration = Duration::from_millis(600);

/// Everything that is known about a call, as `report.json` has it. All but `environment` follows from the options
/// when the call ran in virtual time.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    schema: u32,
    conditions: Conditions,
    /// The worse of both.
    grade: Grade,
    heard: [Heard; 2],
    environment: Environment,
}

/// What one party heard of the other.
#[derive(Debug, Serialize)]
struct Heard {
    by: &'static str,
    from: &'static str,
    said_file: String,
    heard_file: String,
    grade: Grade,
    /// From the two files alone.
    measured: Quality,
    /// Least time a packet was under way, in ms; `None` when none arrived.
    network_path_ms: Option<f64>,
    /// Mean delay from mouth to ear less that: everything that coding, jitter and waiting for it add.
    buffering_ms: Option<f64>,
    worst: Option<Worst>,
    /// By the engines themselves.
    counted: Counted,
    series: Series,
    packets: Packets,
}

/// Writes what was said and heard into `out`.
pub(crate) fn write_sound(out: &Path, parties: &[Recorded; 2]) -> Result<()> {
    for (side, recorded) in Side::BOTH.into_iter().zip(parties) {
        wav::write(&out.join(said_file(side)), &recorded.said)?;
        wav::write(&out.join(heard_file(side)), &recorded.heard)?;
    }
    Ok(())
}

impl Report {
    /// Measures the files that [`write_sound`] wrote into `out`, and puts beside it what the parties noted down.
    pub(crate) fn new(
        options: &Options,
        out: &Path,
        [a, b]: &[Recorded; 2],
        environment: Environment,
    ) -> Result<Self> {
        let conditions = Conditions::new(options);
        let [by_a, by_b] = std::thread::scope(|scope| {
            let by_a = scope.spawn(|| Heard::new(Side::A, out, a, b));
            let by_b = Heard::new(Side::B, out, b, a);
            [by_a.join().unwrap_or_else(|_| Err(anyhow!("measuring panicked"))), by_b]
        });
        let heard = [by_a?, by_b?];
        let grade = heard[0].grade.max(heard[1].grade);
        Ok(Self { schema: SCHEMA, conditions, grade, heard, environment })
    }

    /// Writes `report.json` and `report.html` into `out`.
    pub(crate) fn write(&self, out: &Path, lang: Lang) -> Result<()> {
        for (name, text) in [("report.json", json::to_string(self)?), ("report.html", page::html(self, lang))]
        {
            let path = out.join(name);
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    /// The report in a few lines, for a terminal.
    pub(crate) fn summary(&self, lang: Lang) -> String {
        let mut lines = vec![verdict::headline(self, lang)];
        for heard in &self.heard {
            lines.push(verdict::reasons(heard, lang).join(" "));
            lines.extend(heard.worst.as_ref().map(|worst| worst.sentence(heard.by, lang)));
        }
        lines.push(self.environment.pace(lang));
        lines.join("\n")
    }
}

impl Heard {
    fn new(side: Side, out: &Path, listener: &Recorded, speaker: &Recorded) -> Result<Self> {
        let (said_file, heard_file) = (said_file(side.other()), heard_file(side));
        let (said, heard) = (wav::read(&out.join(&said_file))?, wav::read(&out.join(&heard_file))?);
        let packets = Packets::new(&speaker.trace.sent, &listener.trace.arrived);
        let network_path = packets.fastest();
        let measured =
            Quality::measure(&said, &heard, network_path.unwrap_or_default().saturating_add(MAX_BUFFERING))?;
        let series = Series::new(&said, &heard, &measured, listener, speaker);
        let buffering_ms = match (measured.delay, network_path) {
            (Some(delay), Some(path)) => Some(round(delay.mean_ms - millis(path), 1)),
            _ => None,
        };
        Ok(Self {
            by: name(side),
            from: name(side.other()),
            said_file,
            heard_file,
            grade: Grade::of(&measured, buffering_ms),
            network_path_ms: network_path.map(millis),
            buffering_ms,
            worst: Worst::find(&measured, &series, &packets),
            counted: Counted::new(&listener.stats, &series, &packets),
            measured,
            series,
            packets,
        })
    }
}

fn name(side: Side) -> &'static str {
    match side {
        Side::A => "A",
        Side::B => "B",
    }
}

fn said_file(side: Side) -> String {
    format!("{}-said.wav", name(side).to_lowercase())
}

fn heard_file(side: Side) -> String {
    format!("{}-heard.wav", name(side).to_lowercase())
}
