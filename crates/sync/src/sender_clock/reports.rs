//! What sender reports agree on.

use crate::ClockTime;

/// Reports remembered: one and a half minutes of them at the usual five seconds.
const MOST: usize = 16;
/// How far from what the others say a report may be, in nanoseconds: much more than the haste of a sender, less than
/// what is noticed. Agreeing is a matter of that and of [`ELAPSED`].
const TOLERANCE: i64 = 50_000_000;
/// How much more or less of media time may pass between two reports than passes between their arrivals.
const ELAPSED: i64 = 5_000_000_000;
/// Media time over which reports must extend before a drift can be told from their haste.
const SPAN: i64 = 10_000_000_000;
/// The largest drift believed; crystals stay below 100 ppm.
const MOST_DRIFT: f64 = 1e-3;

/// One report: three names of one moment, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Report {
    pub(super) now: i64,
    pub(super) ntp: ClockTime,
    pub(super) media: i64,
}

/// The reports believed, and the line through them.
#[derive(Clone, Debug, Default)]
pub(super) struct Reports {
    /// A ring of the last ones.
    kept: [Option<Report>; MOST],
    next: usize,
    newest: Option<Report>,
    line: Option<Line>,
    /// The last report that disagreed with these.
    stray: Option<Report>,
}

/// Wall clock less media time: `offset` at the media time `at`, and growing by `drift`.
#[derive(Clone, Copy, Debug)]
struct Line {
    at: i64,
    offset: i64,
    drift: Option<f64>,
}

impl Report {
    fn offset(&self) -> i64 {
        self.ntp.as_nanos().saturating_sub(self.media)
    }

    /// Whether this report may follow `before` in one stream, by the clocks of both sides.
    fn follows(&self, before: &Self, expected: i64) -> bool {
        let media = self.media.saturating_sub(before.media);
        let elapsed = self.now.saturating_sub(before.now);
        near(self.offset(), expected, TOLERANCE) && near(media, elapsed, ELAPSED)
    }
}

impl Reports {
    pub(super) fn insert(&mut self, report: Report) {
        let (Some(newest), Some(line)) = (self.newest, self.line) else { return self.begin(report) };
        if report.follows(&newest, line.offset(report.media)) {
            self.stray = None;
            // One that was overtaken says nothing new.
            if report.media > newest.media {
                self.keep(report);
            }
            return;
        }
        let second = self.stray.replace(report);
        let confirmed =
            second.filter(|second| report.media > second.media && report.follows(second, second.offset()));
        if let Some(second) = confirmed {
            self.clear();
            self.keep(second);
            self.keep(report);
        } else if self.kept.iter().flatten().count() == 1 && report.media > newest.media {
            // One report against another: neither is believed, and the next may confirm the second.
            self.clear();
            self.stray = Some(report);
        }
    }

    pub(super) fn captured(&self, media: i64) -> Option<ClockTime> {
        let line = self.line?;
        Some(ClockTime::from_nanos(media.saturating_add(line.offset(media))))
    }

    pub(super) fn drift(&self) -> Option<f64> {
        self.line?.drift
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Believes the first report at once, so that a call begins in step, but not one after a contradiction.
    fn begin(&mut self, report: Report) {
        let Some(stray) = self.stray else { return self.keep(report) };
        self.stray = Some(report);
        if report.media > stray.media && report.follows(&stray, stray.offset()) {
            self.stray = None;
            self.keep(stray);
            self.keep(report);
        }
    }

    fn keep(&mut self, report: Report) {
        self.kept[self.next] = Some(report);
        self.next = (self.next + 1) % MOST;
        self.newest = Some(report);
        self.line = Some(Line::through(&self.kept, report));
    }
}

impl Line {
    /// The line that outliers bend least: the median of the slopes between all pairs (Theil 1950, Sen 1968), and the
    /// median of what remains.
    fn through(kept: &[Option<Report>; MOST], newest: Report) -> Self {
        let from = newest.media;
        let mut points = [(0.0, 0.0); MOST];
        let mut count = 0;
        for report in kept.iter().flatten() {
            let offset = report.offset().saturating_sub(newest.offset());
            points[count] = (report.media.saturating_sub(from) as f64, offset as f64);
            count += 1;
        }
        let points = &mut points[..count];
        points.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let span = points.first().map_or(0.0, |first| -first.0);
        let drift = (span >= SPAN as f64).then(|| median_slope(points, span / 3.0)).flatten();
        let slope = drift.unwrap_or(0.0);
        let mut remains = [0.0; MOST];
        remains.iter_mut().zip(&*points).for_each(|(remain, point)| *remain = point.1 - slope * point.0);
        let offset = newest.offset().saturating_add(median(&mut remains[..count]) as i64);
        Self { at: from, offset, drift }
    }

    fn offset(&self, media: i64) -> i64 {
        let grown = self.drift.unwrap_or(0.0) * media.saturating_sub(self.at) as f64;
        self.offset.saturating_add(grown as i64)
    }
}

/// Of the slopes between points at least `apart`, which ascend.
fn median_slope(points: &[(f64, f64)], apart: f64) -> Option<f64> {
    let mut slopes = [0.0; MOST * (MOST - 1) / 2];
    let mut count = 0;
    for (n, a) in points.iter().enumerate() {
        for b in points.iter().skip(n + 1).filter(|b| b.0 - a.0 >= apart) {
            slopes[count] = (b.1 - a.1) / (b.0 - a.0);
            count += 1;
        }
    }
    (count > 0).then(|| median(&mut slopes[..count]).clamp(-MOST_DRIFT, MOST_DRIFT))
}

/// Of at least one value.
fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

fn near(a: i64, b: i64, within: i64) -> bool {
    a.saturating_sub(b).saturating_abs() <= within
}
