//! How good the sound is: measured from what was said and what was heard, knowing nothing of how it came there.

use anyhow::{Result, ensure};
use moim_media::AudioFormat;
use moim_testkit::measure::{Delay, Gap, align};
use serde::Serialize;
use std::time::Duration;

/// From here on a listener notices that something is missing.
pub(crate) const NOTICEABLE: Duration = Duration::from_millis(60);
/// Stretches as alike as this count as recognised.
const RECOGNISED: f32 = 0.5;

/// Heard against said. Times are those of the heard sound.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Quality {
    /// From mouth to ear, where the sound was recognised; `None` when it was nowhere.
    pub(crate) delay: Option<DelayQuality>,
    /// Normalised correlation with the aligned source, −1 … 1.
    pub(crate) correlation: f64,
    /// Source over difference, after alignment, in dB; `None` when there is no difference.
    pub(crate) snr_db: Option<f64>,
    /// Stretches over 60 ms in which the source speaks and nothing is heard.
    pub(crate) gaps: Vec<Missing>,
    /// The longest stretch, of any length, in which the source speaks and nothing is heard, in ms.
    pub(crate) longest_gap_ms: f64,
    /// The second that resembles the source least; `None` when the source hardly speaks.
    pub(crate) worst_second: Option<Second>,
    /// The delay over time, where the sound was recognised.
    #[serde(skip)]
    pub(crate) course: Vec<Delay>,
}

/// Delays from mouth to ear, in ms.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct DelayQuality {
    pub(crate) mean_ms: f64,
    pub(crate) median_ms: f64,
    pub(crate) most_ms: f64,
}

/// A stretch in which something is missing.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Missing {
    pub(crate) at_s: f64,
    pub(crate) ms: f64,
}

/// A second of the heard sound.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Second {
    pub(crate) at_s: f64,
    /// With the aligned source.
    pub(crate) correlation: f64,
}

impl Quality {
    /// Measures 48 kHz mono; delays up to `max_delay` are found.
    pub(crate) fn measure(said: &[f32], heard: &[f32], max_delay: Duration) -> Result<Self> {
        ensure!(!said.is_empty() && !heard.is_empty(), "there is no sound to measure");
        let alignment = align(said, heard, AudioFormat::VOICE.rate(), max_delay);
        let recognised = alignment.delays().iter().filter(|delay| delay.likeness > RECOGNISED);
        let course: Vec<Delay> = recognised.copied().collect();
        let snr_db = alignment.snr();
        let gaps = alignment.gaps();
        let longest = gaps.iter().map(|gap| gap.duration).max().unwrap_or_default();
        Ok(Self {
            delay: DelayQuality::of(course.iter().map(|delay| delay.delay).collect()),
            correlation: round(alignment.correlation(), 3),
            snr_db: snr_db.is_finite().then(|| round(snr_db, 1)),
            gaps: gaps.iter().filter(|gap| gap.duration > NOTICEABLE).map(Missing::from).collect(),
            longest_gap_ms: millis(longest),
            worst_second: alignment.worst_second().map(|second| Second {
                at_s: round(second.at.as_secs_f64(), 2),
                correlation: round(second.correlation, 3),
            }),
            course,
        })
    }
}

impl DelayQuality {
    fn of(mut delays: Vec<Duration>) -> Option<Self> {
        delays.sort_unstable();
        let most = *delays.last()?;
        let mean = delays.iter().sum::<Duration>() / u32::try_from(delays.len()).ok()?;
        let median = delays[delays.len() / 2];
        Some(Self { mean_ms: millis(mean), median_ms: millis(median), most_ms: millis(most) })
    }
}

impl From<&Gap> for Missing {
    fn from(gap: &Gap) -> Self {
        Self { at_s: round(gap.at.as_secs_f64(), 2), ms: millis(gap.duration) }
    }
}

/// In ms, to a tenth.
pub(crate) fn millis(duration: Duration) -> f64 {
    round(duration.as_secs_f64() * 1e3, 1)
}

/// To so many digits behind the point.
pub(crate) fn round(value: f64, digits: i32) -> f64 {
    let unit = 10_f64.powi(digits);
    (value * unit).round() / unit
}
