//! How transit times are distributed, forgetting exponentially.

use crate::NANOS_PER_MILLI;
use core::ops::Range;
use core::time::Duration;
use moim_media::Instant;
use moim_media::transit::Transit;

/// Width of a bin.
const BIN: i64 = 2 * NANOS_PER_MILLI;
/// Two seconds of transit: no buffer waits longer.
const BINS: usize = 1_024;
/// Where the first packet falls: it may itself be half a second late.
const HOME: usize = 256;

/// A weight that has faded to this is forgotten: beside that of one frame it no longer counts.
const FAINT: f32 = 1e-12;

/// A histogram of [`Transit`] whose weights fade with a time constant.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    bins: Box<[f32; BINS]>,
    /// Outside of these all bins are empty. A path uses few of them, and the others are not even looked at.
    used: Range<usize>,
    /// All weight, that of frames which never came included.
    total: f32,
    /// The transit just below the first bin: a bin holds its upper edge, not its lower one.
    origin: Option<Transit>,
    seconds: f32,
    faded_at: Instant,
}

impl Histogram {
    /// Empty; a weight has faded to 1/e after `seconds`.
    pub(crate) fn new(seconds: f32) -> Self {
        Self {
            bins: Box::new([0.0; BINS]),
            used: 0..0,
            total: 0.0,
            origin: None,
            seconds,
            faded_at: Instant::EPOCH,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.bins[self.used.clone()].fill(0.0);
        self.used = 0..0;
        self.total = 0.0;
        self.origin = None;
        self.faded_at = Instant::EPOCH;
    }

    /// What is left of a weight of one entered at `then`.
    pub(crate) fn remaining(&self, then: Instant, now: Instant) -> f32 {
        (-now.since(then).as_secs_f32() / self.seconds).exp()
    }

    /// Enters a transit seen at `now`.
    pub(crate) fn record(&mut self, now: Instant, transit: Transit, weight: f32) {
        self.fade(now);
        let bin = self.bin_for(transit);
        self.add(bin, weight);
        self.total += weight;
    }

    /// Enters a frame that no delay would have saved.
    pub(crate) fn record_lost(&mut self, now: Instant, weight: f32) {
        self.fade(now);
        self.total += weight;
    }

    fn add(&mut self, bin: usize, weight: f32) {
        self.bins[bin] += weight;
        let Range { start, end } = self.used;
        self.used = if self.used.is_empty() { bin..bin + 1 } else { start.min(bin)..end.max(bin + 1) };
    }

    fn scale(&mut self, share: f32) {
        self.total *= share;
        let used = &mut self.bins[self.used.clone()];
        used.iter_mut().for_each(|bin| *bin *= share);
        let faint = used.iter().take_while(|&&weight| weight < FAINT).count();
        let (below, used) = used.split_at_mut(faint);
        let faint_above = used.iter().rev().take_while(|&&weight| weight < FAINT).count();
        below.fill(0.0);
        let kept = used.len() - faint_above;
        used[kept..].fill(0.0);
        self.used.start += faint;
        self.used.end -= faint_above;
    }

    /// Takes all that is known down by this.
    pub(crate) fn move_by(&mut self, down: Duration) {
        self.origin = self.origin.map(|origin| origin.minus(down));
    }

    /// All weight there is.
    pub(crate) fn total(&self) -> f32 {
        self.total
    }

    /// Weight of the frames with a transit above `transit`, as if those of a bin were spread evenly over it: so a path
    /// that grows slower little by little is answered before the first frame is late.
    pub(crate) fn above(&self, transit: Transit) -> f32 {
        let Some((bin, share)) = self.place(transit) else { return 0.0 };
        let Range { start, end } = self.used;
        self.bins[(bin + 1).clamp(start, end)..end].iter().sum::<f32>() + share * self.bins[bin]
    }

    /// For many questions at once: sums up what lies above each bin.
    pub(crate) fn tail<'a>(&'a self, sums: &'a mut TailSums) -> Tail<'a> {
        let mut sum = 0.0;
        let used = self.used.clone();
        for (above, weight) in sums.0[used.clone()].iter_mut().zip(&self.bins[used]).rev() {
            sum += weight;
            *above = sum;
        }
        Tail { histogram: self, sums }
    }

    /// The bin that `transit` lies in, and the share of it above; `None` when all bins lie below.
    fn place(&self, transit: Transit) -> Option<(usize, f32)> {
        let offset = transit.0.saturating_sub(self.origin?.0);
        if offset <= 0 {
            return Some((0, 1.0));
        }
        let bin = usize::try_from((offset - 1) / BIN).ok().filter(|&bin| bin < BINS)?;
        let above = BIN - 1 - (offset - 1) % BIN;
        Some((bin, above as f32 / BIN as f32))
    }

    /// Weight of the frames that came with a transit of at most `transit`.
    pub(crate) fn up_to(&self, transit: Transit) -> f32 {
        let all: f32 = self.bins[self.used.clone()].iter().sum();
        (all - self.above(transit)).max(0.0)
    }

    fn fade(&mut self, now: Instant) {
        let remaining = self.remaining(self.faded_at, now);
        self.faded_at = self.faded_at.max(now);
        if remaining < 1.0 {
            self.scale(remaining);
        }
    }

    /// The bin of `transit`, after moving the origin so that drift between the clocks never leaves the bins.
    fn bin_for(&mut self, transit: Transit) -> usize {
        let Some(origin) = self.origin else { return self.rebase(transit, HOME) };
        let bin = (transit.0.saturating_sub(origin.0).saturating_sub(1)).div_euclid(BIN);
        if bin < 0 {
            return self.move_down(usize::try_from(bin.unsigned_abs()).unwrap_or(BINS), transit);
        }
        let Ok(bin) = usize::try_from(bin) else { return BINS - 1 };
        if bin < BINS { bin } else { self.move_up(bin, transit) }
    }

    /// Makes room below for a transit `short` bins under the first.
    fn move_down(&mut self, short: usize, transit: Transit) -> usize {
        let by = (short + HOME).min(BINS);
        let kept = BINS - by;
        let pushed_out: f32 = self.bins[kept..].iter().sum();
        self.bins.copy_within(..kept, by);
        self.bins[..by].fill(0.0);
        self.used = (self.used.start + by).min(BINS)..(self.used.end + by).min(BINS);
        self.add(BINS - 1, pushed_out);
        self.rebase(transit, HOME)
    }

    /// Makes room above by dropping bins that have run empty; a transit beyond even that is simply very late.
    fn move_up(&mut self, bin: usize, transit: Transit) -> usize {
        let empty = self.bins.iter().take_while(|&&weight| weight < 1e-6).count();
        let by = (bin - BINS + 1).min(empty.saturating_sub(HOME / 4));
        if empty == BINS {
            return self.rebase(transit, HOME);
        }
        self.bins.copy_within(by.., 0);
        self.bins[BINS - by..].fill(0.0);
        self.used = self.used.start.saturating_sub(by)..self.used.end.saturating_sub(by);
        if let Some(origin) = &mut self.origin {
            origin.0 = origin.0.saturating_add(by as i64 * BIN);
        }
        (bin - by).min(BINS - 1)
    }

    /// Makes `transit` the upper edge of `bin`.
    fn rebase(&mut self, transit: Transit, bin: usize) -> usize {
        self.origin = Some(Transit(transit.0.saturating_sub((bin as i64 + 1) * BIN)));
        bin
    }
}

/// The memory of a [`Tail`].
#[derive(Clone, Debug)]
pub(crate) struct TailSums(Box<[f32; BINS]>);

impl TailSums {
    pub(crate) fn new() -> Self {
        Self(Box::new([0.0; BINS]))
    }
}

/// What lies above any transit, in constant time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tail<'a> {
    histogram: &'a Histogram,
    sums: &'a TailSums,
}

impl Tail<'_> {
    /// As [`Histogram::above`].
    pub(crate) fn above(self, transit: Transit) -> f32 {
        let Some((bin, share)) = self.histogram.place(transit) else { return 0.0 };
        let Range { start, end } = self.histogram.used;
        let next = (bin + 1).max(start);
        let higher = if next < end { self.sums.0[next] } else { 0.0 };
        higher + share * self.histogram.bins[bin]
    }

    /// As [`Histogram::total`].
    pub(crate) fn total(self) -> f32 {
        self.histogram.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(transit: i64) -> Transit {
        Transit(transit * NANOS_PER_MILLI)
    }

    #[test]
    fn counts_what_is_above() {
        let mut histogram = Histogram::new(2.5);
        for transit in [0, 0, 10, 100] {
            histogram.record(Instant::EPOCH, millis(transit), 1.0);
        }
        histogram.record_lost(Instant::EPOCH, 1.0);
        assert_eq!(histogram.total(), 5.0);
        assert_eq!(histogram.above(millis(2)), 2.0);
        assert_eq!(histogram.up_to(millis(2)), 2.0);
        assert_eq!(
            histogram.above(millis(1)),
            2.0,
            "a path of one transit is punctual at it, and late just below"
        );
        assert_eq!(histogram.above(millis(0)), 2.0);
        assert_eq!(histogram.above(millis(-1)), 3.0);
        assert_eq!(histogram.above(millis(-1_000)), 4.0);
        assert_eq!(histogram.above(millis(5_000)), 0.0);
        let mut sums = TailSums::new();
        let tail = histogram.tail(&mut sums);
        for transit in -600..1_800 {
            assert!((tail.above(millis(transit)) - histogram.above(millis(transit))).abs() < 1e-6);
        }
    }

    #[test]
    fn forgets_with_its_time_constant() {
        let mut histogram = Histogram::new(2.0);
        histogram.record(Instant::EPOCH, millis(0), 1.0);
        histogram.record_lost(Instant::from_millis(2_000), 0.0);
        assert!((histogram.total() - (-1.0_f32).exp()).abs() < 1e-6);
    }

    #[test]
    fn follows_hours_of_drift_both_ways() {
        for drift in [-1, 1] {
            let mut histogram = Histogram::new(2.5);
            for packet in 0..200_000_i64 {
                let now = Instant::from_millis(packet as u64 * 20);
                histogram.record(now, Transit(packet * drift * 100_000), 1.0);
            }
            let newest = Transit(199_999 * drift * 100_000);
            // 2.5 s of packets are 125; they spread over 12 ms each way of the drift.
            assert!((histogram.total() - 125.0).abs() < 2.0);
            assert!(histogram.above(newest.plus_millis(30.0)) < 40.0);
            assert!(histogram.up_to(newest.plus_millis(-30.0)) < 40.0);
        }
    }

    #[test]
    fn what_is_not_looked_at_is_empty() {
        let mut histogram = Histogram::new(2.5);
        let mut sums = TailSums::new();
        for packet in 0..20_000_u64 {
            // Far apart now and then, with pauses in which all but nothing is left.
            let pause = if packet % 5_000 == 0 { 100_000 } else { 0 };
            let now = Instant::from_millis(packet * 20 + pause);
            let transit = (packet.wrapping_mul(6_364_136_223_846_793_005) >> 33) as i64;
            let reach = if packet % 1_000 < 3 { 4_000 } else { 60 };
            histogram.record(now, millis(transit % reach - reach / 2), 1.0);
            let Range { start, end } = histogram.used;
            let outside = histogram.bins[..start].iter().chain(&histogram.bins[end..]);
            assert_eq!(outside.copied().fold(0.0, f32::max), 0.0, "{packet}");
            let (all, total) = (histogram.above(millis(-10_000)), histogram.total());
            assert!((all - total).abs() < 1e-3 * total, "{packet}: {all} of {total}");
            assert_eq!(histogram.tail(&mut sums).above(millis(10_000)), 0.0);
        }
    }

    #[test]
    fn extreme_transits_stay_inside() {
        let mut histogram = Histogram::new(2.5);
        for transit in [0, i64::MAX, i64::MIN, 7, -5_000 * NANOS_PER_MILLI, 5_000 * NANOS_PER_MILLI] {
            histogram.record(Instant::EPOCH, Transit(transit), 1.0);
        }
        assert_eq!(histogram.total(), 6.0);
    }
}
