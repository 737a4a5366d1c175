//! A picture of what a server held over a long time.

use crate::storm::trials::sampled::Sample;
use anyhow::anyhow;
use plotters::prelude::*;
use std::path::Path;

const SIZE: (u32, u32) = (760, 640);
const COLOUR: RGBColor = RGBColor(0x1f, 0x61, 0x8d);
const MIB: f64 = 1024.0 * 1024.0;

/// What one part of the picture shows: its name, and its value.
type Part = (&'static str, fn(&Sample) -> f64);

const PARTS: [Part; 3] = [
    ("memory, MiB", |sample| sample.rss_bytes as f64 / MIB),
    ("files and connections open", |sample| sample.open_files as f64),
    ("disk, MiB", |sample| sample.stored.all_bytes as f64 / MIB),
];

/// Draws samples into an SVG file.
pub(super) fn draw(path: &Path, samples: &[Sample]) -> anyhow::Result<()> {
    draw_on(path, samples).map_err(|error| anyhow!("{}: {error}", path.display()))
}

fn draw_on(path: &Path, samples: &[Sample]) -> Result<(), Box<dyn std::error::Error>> {
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let to = samples.last().map_or(1.0, |last| last.at_s / 60.0);
    for (area, (name, of)) in root.split_evenly((PARTS.len(), 1)).iter().zip(PARTS) {
        let most = samples.iter().map(of).fold(1.0, f64::max) * 1.1;
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .x_label_area_size(36)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..to, 0.0..most)?;
        chart
            .configure_mesh()
            .x_desc("minutes")
            .y_desc(name)
            .y_label_formatter(&|value| format!("{value:.0}"))
            .draw()?;
        let places = samples.iter().map(|sample| (sample.at_s / 60.0, of(sample)));
        chart.draw_series(LineSeries::new(places, COLOUR.stroke_width(2)))?;
    }
    root.present()?;
    Ok(())
}
