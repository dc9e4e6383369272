//! One call over time, one panel for each policy: what came, what was aimed at, and what was played.

use super::{Area, COLOURS, HEADING, INK, LABEL, PALE, Panel, TITLE, panel, write};
use crate::course::{Came, Course, Event, Played};
use crate::sweep::experiment::Followed;
use anyhow::Result;
use moim_media::Instant;
use moim_playout::{Inserted, Produced};
use plotters::prelude::*;

const WIDTH: u32 = 1_500;
const PANEL: u32 = 330;
const TOP: u32 = 100;
/// Room under the zero for what the sound is made of, as a share of the height.
const STRIP: f64 = 0.09;

/// Draws what each policy made of the call.
///
/// # Errors
///
/// None that memory does not cause.
pub fn draw(followed: &Followed) -> Result<String> {
    let height = TOP + PANEL * followed.calls.len() as u32;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        area.fill(&WHITE)?;
        let network = followed.network;
        let title = format!("{}, seed {}: {}", network.name, followed.seed, network.about);
        write(&area, &title, (16, 26), TITLE, INK)?;
        legend(&area)?;
        let (_, panels) = area.split_vertically(TOP);
        let courses = || followed.calls.iter().map(|(_, heard)| &heard.course);
        let highest = courses().map(highest).fold(40.0, f64::max);
        let ranges = (0.0..courses().map(end).fold(1.0, f64::max), -STRIP * highest..highest);
        let panels = panels.split_evenly((followed.calls.len().max(1), 1));
        for (area, (outcome, heard)) in panels.iter().zip(&followed.calls) {
            let score = &outcome.score;
            let heading = format!(
                "{}: {:.0} ms in the mean, {:.1} % of the speech heard intact",
                outcome.trial.policy,
                score.delay_ms,
                100.0 - score.damaged
            );
            let (x, y) = ranges.clone();
            let mut panel = panel(area, &heading, (x, "time, s"), (y, "over the fastest packet, ms"))?;
            arrivals(&mut panel, &heard.course)?;
            lines(&mut panel, &heard.course, highest)?;
            strip(&mut panel, &heard.course, STRIP * highest)?;
        }
        area.present()?;
    }
    Ok(svg)
}

/// How the strip shows what is not plainly decoded, and how high: also without colour.
const STRIPS: [(Produced, &str, RGBColor, f64); 3] = [
    (Produced::Concealed, "concealed", COLOURS[1], 1.0),
    (Produced::Repaired, "repaired", COLOURS[2], 0.55),
    (Produced::Silence, "silence", PALE, 0.2),
];

fn legend(area: &Area<'_>) -> Result<()> {
    let y = 66;
    let mut x = 30;
    let mut entry = |text: &str, draw: &dyn Fn(i32) -> Result<()>| -> Result<()> {
        draw(x)?;
        write(area, text, (x + 40, y), HEADING, INK)?;
        x += 70 + 10 * text.len() as i32;
        Ok(())
    };
    entry("packet", &|x| Ok(area.draw(&Circle::new((x + 18, y), 3, PALE.filled()))?))?;
    entry("packet, too late", &|x| {
        Ok(area.draw(&Cross::new((x + 18, y), 5, COLOURS[1].stroke_width(2)))?)
    })?;
    entry("played", &|x| {
        Ok(area.draw(&PathElement::new([(x, y), (x + 32, y)], COLOURS[0].stroke_width(3)))?)
    })?;
    entry("target", &|x| {
        let dashes =
            [0, 12, 24].map(|from| PathElement::new([(x + from, y), (x + from + 7, y)], INK.stroke_width(2)));
        dashes.iter().try_for_each(|dash| area.draw(dash))?;
        Ok(())
    })?;
    for (_, name, colour, height) in STRIPS {
        let half = (10.0 * height).round() as i32;
        entry(name, &|x| {
            Ok(area.draw(&Rectangle::new([(x + 8, y - half), (x + 28, y + half)], colour.filled()))?)
        })?;
    }
    write(area, "strip below zero: what is heard", (x, y), LABEL, PALE)
}

fn arrivals(panel: &mut Panel<'_, '_>, course: &Course) -> Result<()> {
    let (late, others): (Vec<&Came>, Vec<&Came>) =
        came(course).partition(|came| came.inserted == Ok(Inserted::Late));
    let at = |came: &Came| (seconds(came.at), course.transit_ms(came));
    panel.draw_series(others.into_iter().map(|came| Circle::new(at(came), 2, PALE.mix(0.8).filled())))?;
    panel.draw_series(late.into_iter().map(|came| Cross::new(at(came), 4, COLOURS[1].stroke_width(2))))?;
    Ok(())
}

fn lines(panel: &mut Panel<'_, '_>, course: &Course, highest: f64) -> Result<()> {
    for stretch in stretches(course, |played| Some(course.target_ms(played)?.min(highest))) {
        panel.draw_series(DashedLineSeries::new(stretch, 7, 5, INK.stroke_width(2)))?;
    }
    for stretch in stretches(course, |played| Some(course.played_ms(played)?.min(highest))) {
        panel.draw_series(LineSeries::new(stretch, COLOURS[0].stroke_width(3)))?;
    }
    Ok(())
}

fn strip(panel: &mut Panel<'_, '_>, course: &Course, height: f64) -> Result<()> {
    for (kind, _, colour, share) in STRIPS {
        let (middle, half) = (-0.5 * height, 0.45 * height * share);
        let steps = played(course).filter(|played| played.produced == kind);
        let boxes = steps.map(|played| {
            let at = seconds(played.at);
            Rectangle::new([(at, middle - half), (at + 0.01, middle + half)], colour.filled())
        });
        panel.draw_series(boxes)?;
    }
    Ok(())
}

fn came(course: &Course) -> impl Iterator<Item = &Came> {
    course.events().iter().filter_map(|event| match event {
        Event::Came(came) => Some(came),
        Event::Played(_) => None,
    })
}

/// What was played while packets came.
fn played(course: &Course) -> impl Iterator<Item = &Played> {
    let end = end(course);
    let all = course.events().iter().filter_map(|event| match event {
        Event::Played(played) => Some(played),
        Event::Came(_) => None,
    });
    all.filter(move |played| seconds(played.at) <= end)
}

/// The points of a line, apart where there is none; of equals in a row only the ends.
fn stretches(course: &Course, value: impl Fn(&Played) -> Option<f64>) -> Vec<Vec<(f64, f64)>> {
    let mut stretches: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for played in played(course) {
        let Some(value) = value(played) else {
            stretches.push(Vec::new());
            continue;
        };
        let Some(stretch) = stretches.last_mut() else { continue };
        if let [.., before, last] = &mut stretch[..]
            && before.1 == last.1
            && last.1 == value
        {
            last.0 = seconds(played.at);
        } else {
            stretch.push((seconds(played.at), value));
        }
    }
    stretches.retain(|stretch| stretch.len() > 1);
    stretches
}

/// Of packets and of what was made of them: an outage, in which the played line climbs on and on, does not count.
fn highest(course: &Course) -> f64 {
    let decoded = played(course).filter(|played| played.produced == Produced::Decoded);
    let decoded = decoded.filter_map(|played| course.played_ms(played));
    1.08 * came(course).map(|came| course.transit_ms(came)).chain(decoded).fold(0.0, f64::max)
}

/// When the last packet came.
fn end(course: &Course) -> f64 {
    came(course).last().map_or(0.0, |came| seconds(came.at))
}

fn seconds(at: Instant) -> f64 {
    at.since_epoch().as_secs_f64()
}
