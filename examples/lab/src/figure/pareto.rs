//! Delay against quality: one panel for each class of networks, one mark for each policy.

use super::{HEADING, INK, LABEL, Mark, PALE, TITLE, panel, write};
use crate::policy::Policy;
use crate::sweep::trial::Outcome;
use anyhow::Result;
use plotters::prelude::*;

/// Panels beside one another.
const COLUMNS: usize = 4;
const PANEL: (u32, u32) = (430, 340);
const TOP: u32 = 110;
const FOOT: u32 = 40;

/// Draws all of `outcomes`.
///
/// # Errors
///
/// None that memory does not cause.
pub fn draw(outcomes: &[Outcome]) -> Result<String> {
    let classes = in_order(outcomes.iter().map(|outcome| outcome.trial.network.class));
    let policies = in_order(outcomes.iter().map(|outcome| outcome.trial.policy));
    let columns = classes.len().clamp(1, COLUMNS);
    let rows = classes.len().div_ceil(columns).max(1);
    let size = (PANEL.0 * columns.max(2) as u32, TOP + PANEL.1 * rows as u32 + FOOT);
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&WHITE)?;
        write(&area, "Delay and quality by class of networks", (16, 26), TITLE, INK)?;
        legend(&area, &policies)?;
        let foot = "Large: mean of a policy in the class; small: single calls. Up and to the left is better.";
        write(&area, foot, (16, size.1 as i32 - 20), LABEL, PALE)?;
        let (_, panels) = area.split_vertically(TOP);
        let (panels, _) = panels.split_vertically(PANEL.1 * rows as u32);
        for (area, class) in panels.split_evenly((rows, columns)).iter().zip(&classes) {
            let of_class = outcomes.iter().filter(|outcome| outcome.trial.network.class == *class);
            class_panel(area, class, &of_class.collect::<Vec<_>>(), &policies)?;
        }
        area.present()?;
    }
    Ok(svg)
}

fn legend(area: &super::Area<'_>, policies: &[Policy]) -> Result<()> {
    let mut x = 30;
    for (number, policy) in policies.iter().enumerate() {
        let mark = Mark::of(number);
        mark.on_area(area, (x, 72), 9.0)?;
        write(area, &policy.to_string(), (x + 18, 72), HEADING, INK)?;
        x += 50 + 11 * policy.to_string().len() as i32;
    }
    Ok(())
}

fn class_panel(
    area: &super::Area<'_>,
    class: &str,
    outcomes: &[&Outcome],
    policies: &[Policy],
) -> Result<()> {
    let point = |outcome: &&Outcome| (outcome.score.delay_ms, 100.0 - outcome.score.damaged);
    let (right, bottom) = outcomes
        .iter()
        .map(point)
        .fold((0.0, 99.0), |(right, bottom), (delay, intact)| (delay.max(right), intact.min(bottom)));
    let right = ((right * 1.08 / 25.0).ceil() * 25.0).max(50.0);
    let bottom = ((bottom - 0.5) / 5.0).floor() * 5.0;
    let mut panel = panel(
        area,
        class,
        (0.0..right, "delay over the fastest packets, ms"),
        (bottom..100.0 + (100.0 - bottom) * 0.06, "speech heard intact, %"),
    )?;
    for (number, policy) in policies.iter().enumerate() {
        let mark = Mark::of(number);
        let calls: Vec<(f64, f64)> =
            outcomes.iter().filter(|outcome| outcome.trial.policy == *policy).map(point).collect();
        mark.on_panel(&mut panel, &calls, 4.0, 0.4)?;
        let many = calls.len().max(1) as f64;
        let mean = (
            calls.iter().map(|(delay, _)| delay).sum::<f64>() / many,
            calls.iter().map(|(_, intact)| intact).sum::<f64>() / many,
        );
        mark.on_panel(&mut panel, &[mean], 9.0, 1.0)?;
    }
    Ok(())
}

/// Each value once, where it stands first.
fn in_order<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    values.fold(Vec::new(), |mut seen, value| {
        if !seen.contains(&value) {
            seen.push(value);
        }
        seen
    })
}
