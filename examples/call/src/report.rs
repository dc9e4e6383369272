//! The report: what was measured in the files, what was counted beside, and the words for both.

mod conditions;
pub(crate) mod contact_sheet;
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

use crate::camera::Camera;
use crate::lang::Lang;
use crate::options::Options;
use crate::party::Recorded;
use crate::quality::{Quality, millis, round};
use crate::watch::{Evidence, Watched};
use crate::wav;
use anyhow::{Context, Result, anyhow};
use conditions::Conditions;
use contact_sheet::ContactSheet;
use counted::Counted;
use moim_netsim::Side;
use moim_simd::Cpu;
use packets::Packets;
use serde::Serialize;
use series::Series;
use std::fs;
use std::path::Path;
use std::time::Duration;
use verdict::{Grade, Waits};
use worst::Worst;

/// Grows by one whenever a field of `report.json` changes its name or meaning, or goes.
const SCHEMA: u32 = 2;
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
    /// What was seen of the other; `None` in a call of voices.
    seen: Option<Seen>,
    /// By the engines themselves.
    counted: Counted,
    series: Series,
    packets: Packets,
}

/// What one party saw of the other.
#[derive(Debug, Serialize)]
struct Seen {
    shown_file: String,
    seen_file: String,
    /// Moments of the call, as they were shown and as they were seen.
    sheet_file: String,
    /// From the two recordings alone.
    measured: Watched,
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
            let seen = heard.seen.as_ref();
            lines.extend(seen.map(|seen| format!("   {}", page::of_sight(&seen.measured, lang))));
            lines.extend(heard.worst.as_ref().map(|worst| worst.sentence(heard.by, lang)));
        }
        lines.push(self.environment.pace(lang));
        lines.join("\n")
    }
}

impl Seen {
    /// Measures the two recordings, and leaves a contact sheet behind.
    fn new(side: Side, out: &Path, camera: &Camera, within: Duration) -> Result<Self> {
        let (shown_file, seen_file) = (shown_file(side.other()), seen_file(side));
        let read = |name: &String| {
            let path = out.join(name);
            fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        let (sent, seen) = (read(&shown_file)?, read(&seen_file)?);
        let mut sheet = ContactSheet::new(Cpu::detect());
        let evidence = Evidence { seen: &seen, sent: &sent, camera: camera.clone(), within };
        let measured = Watched::measure(evidence, &mut sheet)?;
        let sheet_file = format!("{}-seen.png", name(side).to_lowercase());
        if !sheet.is_empty() {
            fs::write(out.join(&sheet_file), sheet.png()?)?;
        }
        Ok(Self { shown_file, seen_file, sheet_file, measured })
    }
}

impl Heard {
    fn new(side: Side, out: &Path, listener: &Recorded, speaker: &Recorded) -> Result<Self> {
        let (said_file, heard_file) = (said_file(side.other()), heard_file(side));
        let (said, heard) = (wav::read(&out.join(&said_file))?, wav::read(&out.join(&heard_file))?);
        let packets = Packets::new(&speaker.trace.sent, &listener.trace.arrived);
        let network_path = packets.fastest();
        let within = network_path.unwrap_or_default().saturating_add(MAX_BUFFERING);
        let measured = Quality::measure(&said, &heard, within)?;
        let camera = speaker.camera.as_ref();
        let seen = camera.map(|camera| Seen::new(side, out, camera, within)).transpose()?;
        let series = Series::new(&said, &heard, &measured, listener, speaker);
        let buffering_ms = match (measured.delay, network_path) {
            (Some(delay), Some(path)) => Some(round(delay.mean_ms - millis(path), 1)),
            _ => None,
        };
        let waits = if seen.is_some() { Waits::ForPictures } else { Waits::ForNothing };
        let of_sight = seen.as_ref().map_or(Grade::Good, |seen: &Seen| Grade::of_sight(&seen.measured));
        let grade = Grade::of(&measured, buffering_ms, waits).max(of_sight);
        Ok(Self {
            by: name(side),
            from: name(side.other()),
            said_file,
            heard_file,
            grade,
            network_path_ms: network_path.map(millis),
            buffering_ms,
            worst: Worst::find(&measured, &series, &packets),
            seen,
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

/// The recording of what the party at `side` showed and said.
pub(crate) fn shown_file(side: Side) -> String {
    format!("{}-shown.mp4", name(side).to_lowercase())
}

/// The recording of what the party at `side` saw and heard.
pub(crate) fn seen_file(side: Side) -> String {
    format!("{}-seen.mp4", name(side).to_lowercase())
}
