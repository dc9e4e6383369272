//! How much faster the sender's clock runs than ours.

use crate::NANOS_PER_MILLI;
use core::time::Duration;
use moim_media::Instant;
use moim_media::transit::Transit;

/// Of the packets of so long only the fastest counts: it waited in no queue.
const WINDOW: Duration = Duration::from_secs(5);
/// Windows that are looked at together: two minutes.
const MOST: usize = 24;
/// Windows before there is an answer: one tells nothing about a slope, and few are at the mercy of a single packet.
const FEWEST: usize = 7;
/// No clock moves the fastest packets by this much from window to window: the path has changed.
const ANOTHER_PATH: u64 = 10 * NANOS_PER_MILLI.unsigned_abs();
/// Only windows a third of all apart are compared: between neighbours jitter outweighs drift.
const APART: usize = 3;

/// Measures drift by the slope of the fastest packets: the median over all pairs (Theil 1950, Sen 1968), which a few
/// windows full of jitter do not bend.
#[derive(Clone, Debug)]
pub(crate) struct Drift {
    /// The fastest packet of each window on this path, oldest first.
    fastest: Vec<Arrived>,
    /// That of the window under way, and when this began.
    now: Option<(Instant, Arrived)>,
    /// Memory for the slopes.
    slopes: Vec<f64>,
    ppm: Option<i32>,
}

#[derive(Clone, Copy, Debug)]
struct Arrived {
    at: Instant,
    transit: Transit,
}

impl Drift {
    pub(crate) fn new() -> Self {
        Self {
            fastest: Vec::with_capacity(MOST),
            now: None,
            slopes: Vec::with_capacity(MOST * MOST / 2),
            ppm: None,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.fastest.clear();
        self.now = None;
        self.ppm = None;
    }

    /// A packet came.
    pub(crate) fn record(&mut self, at: Instant, transit: Transit) {
        let arrived = Arrived { at, transit };
        let Some((since, fastest)) = &mut self.now else {
            self.now = Some((at, arrived));
            return;
        };
        if at.since(*since) < WINDOW {
            if transit < fastest.transit {
                *fastest = arrived;
            }
            return;
        }
        let fastest = *fastest;
        self.now = Some((at, arrived));
        self.keep(fastest);
    }

    /// By how many millionths the sender's clock is fast, negative when it is slow; as last measured.
    pub(crate) fn ppm(&self) -> Option<i32> {
        self.ppm
    }

    fn keep(&mut self, fastest: Arrived) {
        let moved = |last: &Arrived| last.transit.0.abs_diff(fastest.transit.0) > ANOTHER_PATH;
        if self.fastest.last().is_some_and(moved) {
            self.fastest.clear();
        }
        if self.fastest.len() == MOST {
            self.fastest.remove(0);
        }
        self.fastest.push(fastest);
        if self.fastest.len() >= FEWEST {
            self.measure();
        }
    }

    fn measure(&mut self) {
        let Self { fastest, slopes, .. } = self;
        slopes.clear();
        let apart = fastest.len() / APART;
        for (n, earlier) in fastest.iter().enumerate() {
            for later in &fastest[(n + apart).min(fastest.len())..] {
                let time = later.at.since(earlier.at).as_nanos() as f64;
                if time > 0.0 {
                    slopes.push(later.transit.0.saturating_sub(earlier.transit.0) as f64 / time);
                }
            }
        }
        if slopes.is_empty() {
            return;
        }
        let middle = slopes.len() / 2;
        let (_, slope, _) = slopes.select_nth_unstable_by(middle, f64::total_cmp);
        // A clock that runs fast writes later times: its packets seem to take less and less.
        self.ppm = Some((-*slope * 1e6).round() as i32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is measured after `packets` packets, one every 20 ms, of a clock `ppm` fast; `jitter` gives ms.
    fn measured(packets: u64, ppm: f64, jitter: impl Fn(u64) -> i64) -> Option<i32> {
        let mut drift = Drift::new();
        for packet in 0..packets {
            let transit = -(packet as f64 * 20e6 * ppm * 1e-6) as i64 + jitter(packet) * NANOS_PER_MILLI;
            drift.record(Instant::from_millis(1_000 + 20 * packet), Transit(transit));
        }
        drift.ppm()
    }

    #[test]
    fn a_perfect_path_tells_it_to_the_millionth() {
        for ppm in [-300, -20, 0, 1, 300] {
            assert_eq!(measured(6_000, f64::from(ppm), |_| 40), Some(ppm));
        }
    }

    #[test]
    fn nothing_is_said_of_half_a_minute() {
        assert_eq!(measured(1_500, 100.0, |_| 40), None);
        assert!(measured(2_000, 100.0, |_| 40).is_some());
    }

    #[test]
    fn jitter_hides_it_hardly() {
        // Up to 60 ms, from a congruence; the fastest of 250 packets is never slower than some ms.
        let jitter = |packet: u64| (packet.wrapping_mul(6_364_136_223_846_793_005) >> 33) as i64 % 60;
        for ppm in [-100, 100] {
            let found = measured(6_000, f64::from(ppm), jitter).unwrap();
            assert!((found - ppm).abs() <= 30, "{found}");
        }
    }

    #[test]
    fn another_path_is_no_drift() {
        let found = measured(9_000, 50.0, |packet| if packet < 5_000 { 10 } else { 160 }).unwrap();
        assert!((found - 50).abs() <= 1, "{found}");
    }

    #[test]
    fn times_that_make_no_sense_are_survived() {
        let mut drift = Drift::new();
        for (at, transit) in [(0, 0), (u64::MAX / 2_000_000, i64::MIN), (3, i64::MAX), (20_000, 5), (9, -5)] {
            drift.record(Instant::from_millis(at), Transit(transit));
        }
        assert_eq!(drift.ppm(), None);
    }
}
