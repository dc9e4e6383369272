//! Figures as SVG. Every series has a shape or a stroke of its own, so that colour is a help and no need.

pub mod course;
pub mod decision;
pub mod pareto;

use anyhow::Result;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::ops::Range;

/// Where figures are drawn.
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// A panel with its axes.
type Panel<'a, 'b> = ChartContext<'b, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

const FONT: &str = "sans-serif";
const TITLE: i32 = 26;
const HEADING: i32 = 20;
const LABEL: i32 = 16;

const INK: RGBColor = RGBColor(34, 34, 34);
const PALE: RGBColor = RGBColor(120, 120, 120);
const GRID: RGBColor = RGBColor(228, 228, 228);

/// M. Okabe and K. Ito, "Color universal design" (2008): told apart by those who see colours otherwise, too.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// How one of several series looks.
#[derive(Clone, Copy, Debug)]
struct Mark {
    colour: RGBColor,
    shape: Shape,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Disc,
    /// Corners around the origin, about one away from it.
    Corners(&'static [(f64, f64)]),
}

const SHAPES: [Shape; 6] = [
    Shape::Disc,
    // A square, a triangle, a diamond,
    Shape::Corners(&[(0.85, 0.85), (-0.85, 0.85), (-0.85, -0.85), (0.85, -0.85)]),
    Shape::Corners(&[(0.0, -1.1), (1.05, 0.8), (-1.05, 0.8)]),
    Shape::Corners(&[(0.0, -1.2), (1.0, 0.0), (0.0, 1.2), (-1.0, 0.0)]),
    // a cross, a triangle on its head.
    Shape::Corners(&[
        (0.35, 0.35),
        (0.35, 1.05),
        (-0.35, 1.05),
        (-0.35, 0.35),
        (-1.05, 0.35),
        (-1.05, -0.35),
        (-0.35, -0.35),
        (-0.35, -1.05),
        (0.35, -1.05),
        (0.35, -0.35),
        (1.05, -0.35),
        (1.05, 0.35),
    ]),
    Shape::Corners(&[(0.0, 1.1), (1.05, -0.8), (-1.05, -0.8)]),
];

impl Mark {
    /// The look of series `number`. There are 36 before looks repeat.
    fn of(number: usize) -> Self {
        let colour = COLOURS[number % COLOURS.len()];
        let shape = SHAPES[(number + number / COLOURS.len()) % SHAPES.len()];
        Self { colour, shape }
    }

    /// Puts the mark onto a panel, at each of `points`, `size` pixels from its middle to its end.
    fn on_panel(
        self,
        panel: &mut Panel<'_, '_>,
        points: &[(f64, f64)],
        size: f64,
        opacity: f64,
    ) -> Result<()> {
        let style = self.colour.mix(opacity).filled();
        let points = points.iter().map(|&at| EmptyElement::at(at));
        match self.shape {
            Shape::Disc => panel.draw_series(points.map(|at| at + Circle::new((0, 0), size, style)))?,
            Shape::Corners(corners) => {
                panel.draw_series(points.map(|at| at + Polygon::new(pixels(corners, size), style)))?
            }
        };
        Ok(())
    }

    /// Puts the mark into a legend.
    fn on_area(self, area: &Area<'_>, at: (i32, i32), size: f64) -> Result<()> {
        let (at, style) = (EmptyElement::at(at), self.colour.filled());
        match self.shape {
            Shape::Disc => area.draw(&(at + Circle::new((0, 0), size, style)))?,
            Shape::Corners(corners) => area.draw(&(at + Polygon::new(pixels(corners, size), style)))?,
        }
        Ok(())
    }
}

fn pixels(corners: &[(f64, f64)], size: f64) -> Vec<(i32, i32)> {
    corners.iter().map(|(x, y)| ((x * size).round() as i32, (y * size).round() as i32)).collect()
}

/// What stands somewhere.
fn write(area: &Area<'_>, text: &str, at: (i32, i32), size: i32, colour: RGBColor) -> Result<()> {
    let style = (FONT, size).into_font().color(&colour).pos(Pos::new(HPos::Left, VPos::Center));
    area.draw(&Text::new(text.to_owned(), at, style))?;
    Ok(())
}

/// Axes with a grid over `x` and `y`, under a heading.
fn panel<'a, 'b>(
    area: &'b Area<'a>,
    heading: &str,
    x: (Range<f64>, &str),
    y: (Range<f64>, &str),
) -> Result<Panel<'a, 'b>> {
    let mut chart = ChartBuilder::on(area);
    chart.caption(heading, (FONT, HEADING).into_font().color(&INK));
    axes(&mut chart, x, y, &|value| format!("{value:.0}"))
}

/// Axes with a grid over `x` and `y`, whose values upwards are called what `y_label` says.
fn axes<'a, 'b>(
    chart: &mut ChartBuilder<'b, '_, SVGBackend<'a>>,
    (x, x_name): (Range<f64>, &str),
    (y, y_name): (Range<f64>, &str),
    y_label: &dyn Fn(&f64) -> String,
) -> Result<Panel<'a, 'b>> {
    let mut panel = chart
        .margin(8)
        .margin_right(16)
        .x_label_area_size(44)
        .y_label_area_size(58)
        .build_cartesian_2d(x, y)?;
    panel
        .configure_mesh()
        .axis_style(INK)
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .x_desc(x_name)
        .y_desc(y_name)
        .x_labels(7)
        .y_labels(6)
        .label_style((FONT, LABEL).into_font().color(&INK))
        .axis_desc_style((FONT, LABEL).into_font().color(&INK))
        .x_label_formatter(&|value| format!("{value:.0}"))
        .y_label_formatter(&y_label)
        .draw()?;
    Ok(panel)
}
