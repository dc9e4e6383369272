//! Plots as inline SVG that stretches with the page, with axes in HTML so that their letters do not.

use std::fmt::Write;
use std::ops::Range;

/// Width and height of the drawing in its own units; the page decides how large it is.
const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 100.0;

/// A drawing over time. Layers cover one another in the order in which they are added.
#[derive(Debug)]
pub(super) struct Plot {
    seconds: f64,
    range: Range<f64>,
    label: fn(f64) -> String,
    layers: String,
}

/// A rectangle over a stretch of time.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    /// In seconds.
    pub(super) time: Range<f64>,
    pub(super) value: Range<f64>,
}

impl Plot {
    /// Over `seconds` from zero, with values in at least `range`.
    pub(super) fn new(seconds: f64, range: Range<f64>) -> Self {
        Self { seconds: seconds.max(1e-3), range, label: number, layers: String::new() }
    }

    /// Values below zero are magnitudes too, in the other direction.
    pub(super) fn both_ways(mut self) -> Self {
        self.label = |value| number(value.abs());
        self
    }

    /// A line through (seconds, value).
    pub(super) fn line(&mut self, class: &str, points: impl Iterator<Item = (f64, f64)>) {
        let path = self.path(points);
        self.push(format_args!(r#"<path class="line {class}" d="{path}"/>"#));
    }

    /// The area between a line and the lower edge.
    pub(super) fn area(&mut self, class: &str, points: impl Iterator<Item = (f64, f64)>) {
        let points: Vec<_> = points.collect();
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
        let (first, last) = (self.x(first.0), self.x(last.0));
        let path = self.path(points.into_iter());
        self.push(format_args!(
            r#"<path class="area {class}" d="{path}L{last:.1} {HEIGHT}L{first:.1} {HEIGHT}Z"/>"#
        ));
    }

    /// Dots at (seconds, value); values outside the range are drawn at its edge.
    pub(super) fn dots(&mut self, class: &str, points: impl Iterator<Item = (f64, f64)>) {
        let mut path = String::new();
        for (time, value) in points {
            // A line of no length, whose round ends are the dot: it stays round when the drawing is stretched.
            let _infallible = write!(path, "M{:.1} {:.1}h0", self.x(time), self.y(value));
        }
        if !path.is_empty() {
            self.push(format_args!(r#"<path class="dots {class}" d="{path}"/>"#));
        }
    }

    /// Rectangles.
    pub(super) fn bars(&mut self, class: &str, bars: impl Iterator<Item = Bar>) {
        let mut path = String::new();
        for Bar { time, value } in bars.filter(|bar| !bar.value.is_empty()) {
            let (left, right) = (self.x(time.start), self.x(time.end));
            let (top, bottom) = (self.y(value.end), self.y(value.start));
            let _infallible = write!(path, "M{left:.1} {top:.1}H{right:.1}V{bottom:.1}H{left:.1}Z");
        }
        if !path.is_empty() {
            self.push(format_args!(r#"<path class="bars {class}" d="{path}"/>"#));
        }
    }

    /// The drawing with its axes; `label` is for those who do not see it, `unit` follows the last number of seconds.
    pub(super) fn html(&self, label: &str, unit: &str) -> String {
        let mut html = String::from(r#"<div class="frame">"#);
        let mut grid = String::new();
        for tick in ticks(&self.range, 4) {
            let y = self.y(tick);
            let _infallible = write!(grid, "M0 {y:.1}H{WIDTH}");
            let text = (self.label)(tick);
            let _infallible =
                write!(html, r#"<span class="y" style="top:{:.1}%">{text}</span>"#, y / HEIGHT * 100.0);
        }
        let _infallible = write!(
            html,
            r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{label}"><path class="grid" d="{grid}"/>{}</svg><i class="cursor"></i>"#,
            self.layers
        );
        let mut times = ticks(&(0.0..self.seconds), 6).peekable();
        while let Some(tick) = times.next() {
            let left = tick / self.seconds * 100.0;
            let unit = if times.peek().is_none() { unit } else { "" };
            let _infallible =
                write!(html, r#"<span class="x" style="left:{left:.2}%">{}{unit}</span>"#, number(tick));
        }
        html + "</div>"
    }

    fn path(&self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let mut path = String::new();
        for (time, value) in points {
            let command = if path.is_empty() { 'M' } else { 'L' };
            let _infallible = write!(path, "{command}{:.1} {:.1}", self.x(time), self.y(value));
        }
        path
    }

    fn push(&mut self, layer: std::fmt::Arguments<'_>) {
        let _infallible = self.layers.write_fmt(layer);
    }

    fn x(&self, time: f64) -> f64 {
        time / self.seconds * WIDTH
    }

    fn y(&self, value: f64) -> f64 {
        let value = value.clamp(self.range.start, self.range.end);
        (self.range.end - value) / (self.range.end - self.range.start) * HEIGHT
    }
}

/// Round numbers within `range`, about `count` of them.
fn ticks(range: &Range<f64>, count: u32) -> impl Iterator<Item = f64> + use<> {
    let rough = (range.end - range.start) / f64::from(count);
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|unit| unit * power).find(|&step| step >= rough);
    let step = step.unwrap_or(10.0 * power);
    let (first, last) = ((range.start / step).ceil() as i64, (range.end / step + 1e-9).floor() as i64);
    (first..=last).map(move |n| n as f64 * step)
}

fn number(value: f64) -> String {
    let digits = if value.fract().abs() < 1e-6 { 0 } else { 1 };
    format!("{value:.digits$}").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        assert_eq!(ticks(&(0.0..20.0), 6).collect::<Vec<_>>(), [0.0, 5.0, 10.0, 15.0, 20.0]);
        assert_eq!(ticks(&(-60.0..0.0), 4).collect::<Vec<_>>(), [-60.0, -40.0, -20.0, 0.0]);
        assert_eq!(ticks(&(-13.0..110.0), 4).collect::<Vec<_>>(), [0.0, 50.0, 100.0]);
    }

    #[test]
    fn values_outside_are_drawn_at_the_edge() {
        let mut plot = Plot::new(10.0, 0.0..50.0);
        plot.dots("late", [(5.0, 25.0), (10.0, 80.0)].into_iter());
        assert!(
            plot.html("delay", " s").contains(r#"<path class="dots late" d="M500.0 50.0h0M1000.0 0.0h0"/>"#)
        );
    }
}
