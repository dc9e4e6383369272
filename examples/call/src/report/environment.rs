//! Where and when the call ran: everything in the report that differs from machine to machine and run to run.

use crate::lang::Lang;
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
    finished_unix_s: u64,
    /// From the first tick to the last, without measuring and writing.
    call_took_ms: f64,
    times_real_time: f64,
    /// How steadily each party ran; only on a real clock.
    beat: Option<[Beat; 2]>,
}

/// How steadily a thread was woken every 10 ms.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Beat {
    ticks: u64,
    /// By 10 ms or more.
    late: u64,
    skipped: u64,
    worst_ms: f64,
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

    /// How the run went: in virtual time how fast, on a clock how steadily.
    pub(super) fn pace(&self, lang: Lang) -> String {
        if let Some([a, b]) = self.beat {
            let worst = a.worst_ms.max(b.worst_ms);
            return lang.of(
                format!("이 컴퓨터는 10 ms마다 깨어나는 일에 최대 {worst} ms 늦었습니다."),
                format!("This machine was at most {worst} ms late in waking up every 10 ms."),
            );
        }
        let (took, speed) = (self.call_took_ms, self.times_real_time);
        lang.of(
            format!("{took} ms 만에, 실제 시간보다 {speed}배 빠르게 돌았습니다. 시드가 같으면 결과도 같습니다."),
            format!("It ran in {took} ms, {speed} times faster than real time. The same seed gives the same result."),
        )
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
