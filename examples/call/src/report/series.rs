//! The course of the call, in steps of 100 ms.

use crate::network::HEADERS;
use crate::party::Recorded;
use crate::quality::{Quality, millis, round};
use crate::trace::SNAPSHOT_EVERY;
use moim_call::Stats;
use moim_media::{AudioFormat, Instant};
use moim_testkit::measure::{Delay, levels};
use serde::Serialize;
use std::time::Duration;

/// Sound below this is silence, in dBFS.
pub(super) const FLOOR: f32 = -80.0;

/// Columns of equal length; row n is what happened in the 100 ms from n × 100 ms on.
#[derive(Debug, Serialize)]
pub(super) struct Series {
    pub(super) step_ms: f64,
    /// From mouth to ear, measured in the files; the value before where nothing was recognised.
    pub(super) mouth_to_ear_ms: Vec<Option<f64>>,
    /// How long after the fastest packets of the last while sound is played, as the receiver has it.
    pub(super) delay_ms: Vec<f64>,
    /// How long after them it should be.
    pub(super) target_ms: Vec<f64>,
    pub(super) from_fec_ms: Vec<f64>,
    /// Made up: because it was lost, and because nothing had come yet.
    pub(super) concealed_ms: Vec<f64>,
    pub(super) underrun_ms: Vec<f64>,
    /// Sound left out and sound repeated, to change the delay.
    pub(super) removed_ms: Vec<f64>,
    pub(super) inserted_ms: Vec<f64>,
    /// Packets that came because they were asked for again.
    pub(super) recovered: Vec<u64>,
    /// What the speaker's encoder aims at.
    pub(super) aimed_kbit: Vec<f64>,
    /// With all headers.
    pub(super) sent_kbit: Vec<f64>,
    pub(super) arrived_kbit: Vec<f64>,
    /// Measured in the files.
    pub(super) said_dbfs: Vec<f32>,
    pub(super) heard_dbfs: Vec<f32>,
}

impl Series {
    pub(super) const STEP: Duration = SNAPSHOT_EVERY;

    pub(super) fn new(
        said: &[f32],
        heard: &[f32],
        measured: &Quality,
        listener: &Recorded,
        speaker: &Recorded,
    ) -> Self {
        let mut snapshots = listener.trace.snapshots.clone();
        snapshots.push(listener.stats);
        let rows = listener.trace.snapshots.len();
        let ms = |of: fn(&Stats) -> Duration| -> Vec<f64> {
            snapshots.windows(2).map(|pair| millis(of(&pair[1]) - of(&pair[0]))).collect()
        };
        let level = |pcm: &[f32]| -> Vec<f32> {
            let levels = levels(pcm, AudioFormat::VOICE.rate(), Self::STEP);
            levels.into_iter().map(|level| (level.max(FLOOR) * 10.0).round() / 10.0).collect()
        };
        let sent = speaker.trace.sent.iter().map(|packet| (packet.at, packet.bytes));
        let arrived = listener.trace.arrived.iter().map(|packet| (packet.at, packet.bytes));
        Self {
            step_ms: millis(Self::STEP),
            mouth_to_ear_ms: mouth_to_ear(rows, &measured.course),
            delay_ms: snapshots[1..].iter().map(|stats| millis(stats.playout.delay)).collect(),
            target_ms: snapshots[1..].iter().map(|stats| millis(stats.playout.target)).collect(),
            from_fec_ms: ms(|stats| stats.playout.from_fec),
            concealed_ms: ms(|stats| stats.playout.concealed),
            underrun_ms: ms(|stats| stats.playout.underrun),
            removed_ms: ms(|stats| stats.playout.removed),
            inserted_ms: ms(|stats| stats.playout.inserted),
            recovered: snapshots
                .windows(2)
                .map(|pair| pair[1].playout.jitter.recovered - pair[0].playout.jitter.recovered)
                .collect(),
            aimed_kbit: speaker.trace.snapshots.iter().map(|stats| f64::from(stats.bitrate) / 1e3).collect(),
            sent_kbit: kbit(rows, sent),
            arrived_kbit: kbit(rows, arrived),
            said_dbfs: level(said),
            heard_dbfs: level(heard),
        }
    }

    /// The row that this time of the call falls into.
    pub(super) fn row(&self, seconds: f64) -> usize {
        let row = (seconds / Self::STEP.as_secs_f64()) as usize;
        row.min(self.delay_ms.len().saturating_sub(1))
    }
}

/// The mean of each row.
fn mouth_to_ear(rows: usize, course: &[Delay]) -> Vec<Option<f64>> {
    let mut last = None;
    let mean = |row: usize| {
        let begin = Series::STEP * row as u32;
        let first = course.partition_point(|delay| delay.at < begin);
        let end = course.partition_point(|delay| delay.at < begin + Series::STEP);
        let here = &course[first..end];
        if !here.is_empty() {
            last = Some(millis(here.iter().map(|delay| delay.delay).sum::<Duration>() / here.len() as u32));
        }
        last
    };
    (0..rows).map(mean).collect()
}

/// Bits in each row, as a rate.
fn kbit(rows: usize, packets: impl Iterator<Item = (Instant, usize)>) -> Vec<f64> {
    let mut bits = vec![0; rows];
    for (at, bytes) in packets {
        let row = (at.since_epoch().as_nanos() / Series::STEP.as_nanos()) as usize;
        if let Some(bits) = bits.get_mut(row) {
            *bits += (bytes + HEADERS) * 8;
        }
    }
    bits.into_iter().map(|bits| round(bits as f64 / Series::STEP.as_secs_f64() / 1e3, 1)).collect()
}
