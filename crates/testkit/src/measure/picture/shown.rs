//! When pictures were shown.

use core::time::Duration;

/// Pictures over which the usual interval is taken.
const USUAL: usize = 30;
/// By how much an interval exceeds the usual one at least when it is a freeze.
const EXCESS: Duration = Duration::from_millis(150);

/// A picture that stood too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// When it was shown.
    pub at: Duration,
    /// How long it stood.
    pub duration: Duration,
}

/// How long each picture stood, from the times at which pictures were shown, in their order; that of the last is not
/// known. To count it, append the time at which it disappeared.
pub fn intervals(shown: &[Duration]) -> impl Iterator<Item = Duration> {
    shown.windows(2).map(|pair| pair[1].saturating_sub(pair[0]))
}

/// The freezes among pictures shown at these times, in their order.
///
/// A freeze is an interval of at least three times the mean of the up to 30 intervals before it, and of at least
/// 150 ms more than that mean (W3C, Identifiers for WebRTC's Statistics API, `freezeCount`). The first interval
/// has none before it and is never a freeze.
#[must_use]
pub fn freezes(shown: &[Duration]) -> Vec<Freeze> {
    let intervals: Vec<Duration> = intervals(shown).collect();
    let is_freeze = |n: usize| {
        let before = &intervals[n.saturating_sub(USUAL)..n];
        let mean = before.iter().sum::<Duration>() / before.len() as u32;
        intervals[n] >= (mean * 3).max(mean + EXCESS)
    };
    let frozen = (1..intervals.len()).filter(|&n| is_freeze(n));
    frozen.map(|n| Freeze { at: shown[n], duration: intervals[n] }).collect()
}
