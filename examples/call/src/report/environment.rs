//! Where and when the call ran: everything in the report that differs from machine to machine and run to run.

use crate::quality::{millis, round};
use host::TickStats;
use moim_simd::Cpu;
use serde::Serialize;
use std::fs;
use std::time::Duration;

/// The machine, the program and the moment.
#[derive(Debug, Serialize)]
pub(crate) struct Environment {
    version: &'static str,
    profile: &'static str,
    os: &'static str,
    arch: &'static str,
    cpu: Option<String>,
    cores: Option<usize>,
    /// What the kernels use of it.
    simd: String,
    pub(super) finished_unix_s: u64,
    /// From the first tick to the last, without measuring and writing.
    pub(super) call_took_ms: f64,
    pub(super) times_real_time: f64,
    /// How steadily each party ran; only on a real clock.
    pub(super) beat: Option<[Beat; 2]>,
}

/// How steadily a thread was woken every 10 ms.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Beat {
    ticks: u64,
    /// By 10 ms or more.
    late: u64,
    skipped: u64,
    pub(super) worst_ms: f64,
}

impl Environment {
    pub(crate) fn new(
        finished: Duration,
        length: Duration,
        took: Duration,
        beat: Option<[TickStats; 2]>,
    ) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            profile: if cfg!(debug_assertions) { "debug" } else { "release" },
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
            cpu: cpu_name(),
            cores: std::thread::available_parallelism().ok().map(usize::from),
            simd: Cpu::detect().to_string(),
            finished_unix_s: finished.as_secs(),
            call_took_ms: millis(took),
            times_real_time: round(length.as_secs_f64() / took.as_secs_f64().max(1e-9), 1),
            beat: beat.map(|beat| beat.map(Beat::from)),
        }
    }

    /// In one line, for the foot of the page.
    pub(super) fn line(&self) -> String {
        let cpu = self.cpu.as_deref().unwrap_or("CPU");
        let cores = self.cores.map_or_else(String::new, |cores| format!(" × {cores}"));
        format!(
            "call {} ({}) · {} {} · {cpu}{cores} · {}",
            self.version, self.profile, self.os, self.arch, self.simd
        )
    }
}

impl From<TickStats> for Beat {
    fn from(stats: TickStats) -> Self {
        Self { ticks: stats.ticks, late: stats.late, skipped: stats.skipped, worst_ms: millis(stats.worst) }
    }
}

/// What Linux calls the processor; elsewhere nobody is asked.
fn cpu_name() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_owned())
}
