//! One decision: when frames became usable, and what each delay would cost.

use super::{Area, COLOURS, HEADING, INK, LABEL, Mark, Panel, SHAPES, TITLE, axes, write};
use crate::course::millis;
use crate::decision::witness::{Decision, PAST};
use anyhow::Result;
use core::time::Duration;
use moim_jitter::Expectation;
use plotters::prelude::*;

const SIZE: (u32, u32) = (900, 620);
const TITLE_ROOM: u32 = 48;
/// The heading and the legend of a panel.
const LEGEND_ROOM: u32 = 56;
const FRAMES_ROOM: u32 = 180;
/// What counts as just now, beside all of [`PAST`].
const NOW: Duration = Duration::from_millis(2_500);
/// Between two delays that may be chosen, in ms.
const STEP: f64 = 10.0;

const WAITING: RGBColor = COLOURS[1];
const LATE: RGBColor = COLOURS[0];
const PAST_FRAMES: RGBColor = COLOURS[5];
const CHOSEN: RGBColor = COLOURS[2];
/// Stands where the least cost is.
const MARK: Mark = Mark { colour: CHOSEN, shape: SHAPES[3] };

/// Draws `decision`.
///
/// # Errors
///
/// None that memory does not cause.
pub fn draw(decision: &Decision) -> Result<String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let at = decision.at.since_epoch().as_secs_f64();
        let title =
            format!("Why {:.0} ms? One decision, {at:.2} s into a call", millis(decision.chosen.delay));
        write(&area, &title, (16, 26), TITLE, INK)?;
        let (_, rest) = area.split_vertically(TITLE_ROOM);
        let (legend, rest) = rest.split_vertically(LEGEND_ROOM);
        frames_legend(&legend)?;
        let (panel, rest) = rest.split_vertically(FRAMES_ROOM);
        frames(&panel, decision)?;
        let (legend, panel) = rest.split_vertically(LEGEND_ROOM);
        costs_legend(&legend, &decision.chosen)?;
        costs(&panel, decision)?;
        area.present()?;
    }
    Ok(svg)
}

fn frames_legend(area: &Area<'_>) -> Result<()> {
    write(area, "When frames became usable, by themselves or by a copy", (30, 16), HEADING, INK)?;
    area.draw(&Rectangle::new([(40, 32), (58, 48)], PAST_FRAMES.mix(0.55).filled()))?;
    write(area, "of the last 25 s", (68, 40), LABEL, INK)?;
    area.draw(&Rectangle::new([(225, 32), (232, 48)], LATE.filled()))?;
    write(area, "of the last 2.5 s", (242, 40), LABEL, INK)?;
    area.draw(&PathElement::new([(415, 32), (415, 48)], CHOSEN.stroke_width(3)))?;
    write(area, "chosen: what is to the right of it comes too late", (425, 40), LABEL, INK)
}

fn costs_legend(area: &Area<'_>, chosen: &Expectation) -> Result<()> {
    write(area, "What each delay costs", (30, 16), HEADING, INK)?;
    dashes(area, [40, 58], 12, WAITING)?;
    write(area, "waiting", (78, 40), LABEL, INK)?;
    dashes(area, [170, 178], 3, LATE)?;
    dashes(area, [186, 194], 3, LATE)?;
    write(area, "frames too late", (207, 40), LABEL, INK)?;
    area.draw(&PathElement::new([(355, 40), (385, 40)], INK.stroke_width(3)))?;
    write(area, "both", (395, 40), LABEL, INK)?;
    MARK.on_area(area, (475, 40), 7.0)?;
    let Expectation { delay_cost, late_cost, .. } = chosen;
    let least = format!("the least: {delay_cost:.1} for waiting and {late_cost:.1} for late frames");
    write(area, &least, (490, 40), LABEL, INK)
}

fn dashes(area: &Area<'_>, begin: [i32; 2], length: i32, colour: RGBColor) -> Result<()> {
    for x in begin {
        area.draw(&PathElement::new([(x, 40), (x + length, 40)], colour.stroke_width(3)))?;
    }
    Ok(())
}

/// The delays that are drawn: all that frames or the decision need, and what the next ones would cost.
fn delays(decision: &Decision) -> (f64, f64) {
    let shares = decision.shares(PAST);
    let needed = decision.expectations.iter().zip(&shares).filter(|(_, share)| **share > 0.0);
    let farthest =
        needed.map(|(expected, _)| millis(expected.delay)).fold(millis(decision.chosen.delay), f64::max);
    let enough = (farthest + 2.5 * STEP).max(100.0);
    let mut delays = decision.expectations.iter().map(|expected| millis(expected.delay));
    // The axis ends where the lines do.
    let to = delays.clone().find(|&delay| delay >= enough).or(delays.next_back());
    (-STEP, to.unwrap_or(enough))
}

fn frames(area: &Area<'_>, decision: &Decision) -> Result<()> {
    let (from, to) = delays(decision);
    let series = [(PAST, 0.46, PAST_FRAMES.mix(0.55)), (NOW, 0.18, LATE.mix(1.0))];
    let series = series.map(|(last, half, colour)| (decision.shares(last), half, colour));
    let highest = series.iter().flat_map(|(shares, ..)| shares).fold(0.05, |most, share| share.max(most));
    // A frame in a hundred is dear: roots show it beside all the others.
    let height = |share: f64| (100.0 * share).sqrt();
    let y = 0.0..1.04 * height(highest);
    let (x, mut chart) = ((from..to, ""), ChartBuilder::on(area));
    let mut panel =
        axes(&mut chart, x, (y.clone(), "frames, % (√)"), &|root| format!("{:.0}", root * root))?;
    for (shares, half, colour) in &series {
        let bars = decision.expectations.iter().zip(shares).filter(|(_, share)| **share > 0.0);
        let bars = bars.map(|(expected, &share)| {
            // It plays what came since the delay before it.
            let middle = millis(expected.delay) - 0.5 * STEP;
            let corners = [(middle - half * STEP, 0.0), (middle + half * STEP, height(share))];
            Rectangle::new(corners, colour.filled())
        });
        panel.draw_series(bars)?;
    }
    chosen(&mut panel, decision, y.end)
}

fn costs(area: &Area<'_>, decision: &Decision) -> Result<()> {
    let (from, to) = delays(decision);
    let line = |cost: fn(&Expectation) -> f32| {
        let points =
            decision.expectations.iter().map(|expected| (millis(expected.delay), f64::from(cost(expected))));
        points.filter(|&(delay, _)| delay <= to).collect::<Vec<_>>()
    };
    let (delay, late, sum) =
        (line(|expected| expected.delay_cost), line(|expected| expected.late_cost), line(Expectation::cost));
    let least = f64::from(decision.chosen.cost());
    let top = 1.1 * sum.last().map_or(least, |last| last.1).max(2.5 * least);
    let x = (from..to, "delay over the fastest packets, ms");
    let y = (0.0..top, "points of R");
    let mut panel = axes(&mut ChartBuilder::on(area), x, y, &|cost| format!("{cost:.0}"))?;
    chosen(&mut panel, decision, top)?;
    for part in below(&delay, top) {
        panel.draw_series(DashedLineSeries::new(part, 12, 6, WAITING.stroke_width(3)))?;
    }
    for part in below(&late, top) {
        panel.draw_series(DashedLineSeries::new(part, 3, 5, LATE.stroke_width(3)))?;
    }
    for part in below(&sum, top) {
        panel.draw_series(LineSeries::new(part, INK.stroke_width(3)))?;
    }
    MARK.on_panel(&mut panel, &[(millis(decision.chosen.delay), least)], 7.0, 1.0)
}

/// A line through all of the panel, where the delay that was chosen is.
fn chosen(panel: &mut Panel<'_, '_>, decision: &Decision, top: f64) -> Result<()> {
    let delay = millis(decision.chosen.delay);
    panel.draw_series([PathElement::new([(delay, 0.0), (delay, top)], CHOSEN.stroke_width(3))])?;
    Ok(())
}

/// What of a line is not above `top`.
fn below(line: &[(f64, f64)], top: f64) -> Vec<Vec<(f64, f64)>> {
    let mut parts = vec![Vec::new()];
    for pair in line.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let crossing = (from.0 + (to.0 - from.0) * (top - from.1) / (to.1 - from.1), top);
        let (piece, ends) = match (from.1 <= top, to.1 <= top) {
            (true, true) => ([from, to], false),
            (true, false) => ([from, crossing], true),
            (false, true) => ([crossing, to], false),
            (false, false) => continue,
        };
        parts.last_mut().into_iter().for_each(|part| part.extend(piece));
        if ends {
            parts.push(Vec::new());
        }
    }
    parts.iter_mut().for_each(Vec::dedup);
    parts.retain(|part| part.len() > 1);
    parts
}
