//! What a receiver counted, as JSON.
//!
//! Self-reported: whoever judges measures the sound instead.

use crate::course::millis;
use core::time::Duration;
use moim_playout::{JitterStats, Stats};
use serde::Serialize;

/// Name and version of the format. The number grows when a field changes its meaning or goes.
pub const SCHEMA: &str = "moim-lab-stats/1";

/// Everything a receiver counted in a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    schema: &'static str,
    policy: String,
    concealment: String,
    /// What was played.
    total_ms: f64,
    /// Made up: lost for good, and while nothing had come yet.
    concealed_ms: f64,
    accelerated_ms: f64,
    stretched_ms: f64,
    /// Rebuilt from in-band FEC, in frames of 20 ms.
    fec_frames: u64,
    /// Rebuilt from deep redundancy, in frames of 20 ms.
    dred_frames: u64,
    /// Times the sender started afresh.
    resyncs: u64,
    playout: PlayoutReport,
    jitter: JitterReport,
}

/// See [`Stats`]. Delays are those at the end of the call.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct PlayoutReport {
    decoded_ms: f64,
    from_fec_ms: f64,
    from_redundancy_ms: f64,
    concealed_ms: f64,
    underrun_ms: f64,
    silence_ms: f64,
    idle_ms: f64,
    removed_ms: f64,
    inserted_ms: f64,
    corrupt: u64,
    delay_ms: f64,
    target_ms: f64,
    wanted_ms: f64,
    /// By how many millionths the sender's clock runs fast.
    drift_ppm: Option<i32>,
}

/// See [`JitterStats`].
#[derive(Clone, Debug, PartialEq, Serialize)]
struct JitterReport {
    received: u64,
    copied: u64,
    late: u64,
    duplicates: u64,
    refused: u64,
    overflowed: u64,
    played: u64,
    overdue: u64,
    repairable: u64,
    missing: u64,
    requested: u64,
    recovered: u64,
    restarts: u64,
    shifts: u64,
}

impl Report {
    /// Of a call of which `total` was played.
    #[must_use]
    pub fn new(policy: String, concealment: String, total: Duration, stats: &Stats) -> Self {
        Self {
            schema: SCHEMA,
            policy,
            concealment,
            total_ms: millis(total),
            concealed_ms: millis(stats.concealed + stats.underrun),
            accelerated_ms: millis(stats.removed),
            stretched_ms: millis(stats.inserted),
            fec_frames: frames(stats.from_fec),
            dred_frames: frames(stats.from_redundancy),
            resyncs: stats.jitter.restarts,
            playout: PlayoutReport::from(stats),
            jitter: JitterReport::from(&stats.jitter),
        }
    }
}

fn frames(sound: Duration) -> u64 {
    (millis(sound) / 20.0).round() as u64
}

impl From<&Stats> for PlayoutReport {
    fn from(stats: &Stats) -> Self {
        Self {
            decoded_ms: millis(stats.decoded),
            from_fec_ms: millis(stats.from_fec),
            from_redundancy_ms: millis(stats.from_redundancy),
            concealed_ms: millis(stats.concealed),
            underrun_ms: millis(stats.underrun),
            silence_ms: millis(stats.silence),
            idle_ms: millis(stats.idle),
            removed_ms: millis(stats.removed),
            inserted_ms: millis(stats.inserted),
            corrupt: stats.corrupt,
            delay_ms: millis(stats.delay),
            target_ms: millis(stats.target),
            wanted_ms: millis(stats.wanted),
            drift_ppm: stats.drift_ppm,
        }
    }
}

impl From<&JitterStats> for JitterReport {
    fn from(stats: &JitterStats) -> Self {
        Self {
            received: stats.received,
            copied: stats.copied,
            late: stats.late,
            duplicates: stats.duplicates,
            refused: stats.refused,
            overflowed: stats.overflowed,
            played: stats.played,
            overdue: stats.overdue,
            repairable: stats.repairable,
            missing: stats.missing,
            requested: stats.requested,
            recovered: stats.recovered,
            restarts: stats.restarts,
            shifts: stats.shifts,
        }
    }
}
