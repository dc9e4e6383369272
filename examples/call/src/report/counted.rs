//! What the engines counted, summed up. The report shows it beside what was measured, never in its place.

use super::packets::{Fate, Packets};
use super::series::Series;
use crate::quality::{millis, round};
use moim_call::Stats;
use serde::Serialize;

/// One direction in numbers.
#[derive(Debug, Serialize)]
pub(super) struct Counted {
    pub(super) packets_sent: usize,
    pub(super) packets_lost: usize,
    pub(super) packets_late: usize,
    /// Came because they were asked for again.
    pub(super) packets_recovered: usize,
    /// Playing times, in ms.
    pub(super) decoded_ms: f64,
    pub(super) from_fec_ms: f64,
    pub(super) concealed_ms: f64,
    pub(super) underrun_ms: f64,
    pub(super) silence_ms: f64,
    pub(super) removed_ms: f64,
    pub(super) inserted_ms: f64,
    pub(super) mean_delay_ms: f64,
    pub(super) mean_target_ms: f64,
    /// There and back, as the reports of both tell.
    pub(super) round_trip_ms: Option<f64>,
}

impl Counted {
    pub(super) fn new(stats: &Stats, series: &Series, packets: &Packets) -> Self {
        let played = stats.playout;
        Self {
            packets_sent: packets.all().len(),
            packets_lost: packets.count(Fate::Lost),
            packets_late: packets.count(Fate::Late),
            packets_recovered: packets.count(Fate::InTimeAgain),
            decoded_ms: millis(played.decoded),
            from_fec_ms: millis(played.from_fec),
            concealed_ms: millis(played.concealed),
            underrun_ms: millis(played.underrun),
            silence_ms: millis(played.silence),
            removed_ms: millis(played.removed),
            inserted_ms: millis(played.inserted),
            mean_delay_ms: mean(&series.delay_ms),
            mean_target_ms: mean(&series.target_ms),
            round_trip_ms: stats.round_trip.map(millis),
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    round(values.iter().sum::<f64>() / values.len().max(1) as f64, 1)
}
