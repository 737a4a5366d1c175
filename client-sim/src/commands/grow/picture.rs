//! A picture of how a cost grows.

use crate::in_process::cost::growth::{Along, Point};
use anyhow::anyhow;
use plotters::prelude::*;
use std::path::Path;

const SIZE: (u32, u32) = (760, 420);

/// One line of a picture: what it is called, its colour, and what it shows.
type Line = (&'static str, RGBColor, fn(&Point) -> f64);

const LINES: [Line; 3] = [
    ("with table", RGBColor(0xb0, 0x3a, 0x2e), |point| {
        point.with_table_ms
    }),
    ("without table", RGBColor(0x1f, 0x61, 0x8d), |point| {
        point.without_table_ms
    }),
    ("nothing new", RGBColor(0x1e, 0x84, 0x49), |point| {
        point.nothing_new_ms
    }),
];

/// Places from one to another, evenly on a logarithmic axis.
fn steps(from: f64, to: f64) -> impl Iterator<Item = f64> {
    (0..=40).map(move |step| from * (to / from).powf(f64::from(step) / 40.0))
}

/// Draws points into an SVG file, each line with the one that is expected, dashed.
pub(super) fn draw(path: &Path, along: Along, points: &[Point]) -> anyhow::Result<()> {
    draw_on(path, along, points).map_err(|error| anyhow!("{}: {error}", path.display()))
}

fn draw_on(path: &Path, along: Along, points: &[Point]) -> Result<(), Box<dyn std::error::Error>> {
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let most_ms = points.iter().flat_map(|point| LINES.map(|(_, _, of)| of(point)));
    let most_ms = most_ms.fold(0.1, f64::max) * 1.5;
    let (first, last) = (points.first(), points.last());
    let from = first.map_or(1, |point| point.at.max(1)) as f64;
    let to = (last.map_or(10, |point| point.at) as f64).max(from * 2.0);
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d((from..to).log_scale(), (0.01..most_ms).log_scale())?;
    chart
        .configure_mesh()
        .x_desc(along.axis())
        .y_desc("ms of CPU an exchange")
        .x_label_formatter(&|at| format!("{at:.0}"))
        .y_label_formatter(&|ms| format!("{ms:.2}"))
        .draw()?;
    for (name, colour, of) in LINES {
        let places: Vec<(f64, f64)> = points
            .iter()
            .map(|point| (point.at.max(1) as f64, of(point).max(0.01)))
            .collect();
        chart
            .draw_series(LineSeries::new(places.iter().copied(), colour.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
        if let (Some(first), Some(last)) = (first, last) {
            let (first, last) = ((first.at, of(first)), (last.at, of(last)));
            let expected = steps(from, to).map(|at| {
                let ms = along.expected().at(at as usize, first, last);
                (at, ms.max(0.01))
            });
            let expected: Vec<(f64, f64)> = expected.collect();
            let style = colour.stroke_width(1);
            chart.draw_series(DashedLineSeries::new(expected, 4, 5, style))?;
        }
        chart.draw_series(places.iter().map(|place| Circle::new(*place, 3, colour.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .border_style(BLACK)
        .background_style(WHITE)
        .draw()?;
    root.present()?;
    Ok(())
}
