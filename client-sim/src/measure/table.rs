//! What measuring tells, for people.

use super::result::{Measured, Measurement};
use comfy_table::{CellAlignment, Table, presets::UTF8_BORDERS_ONLY};
use std::fmt::Write;

/// The tables that `otor-sim measure` prints.
pub fn tables(measurement: &Measurement) -> String {
    let mut text = format!(
        "Notes: {} ({} lines are measured, {} others may be learned from; seed {})\n",
        measurement.notes, measurement.lines_measured, measurement.lines_learned, measurement.seed
    );
    let _ = writeln!(
        text,
        "\nBytes, HTTP heads included, on a connection that is open\n{}",
        bytes(measurement)
    );
    if measurement.exchanges.iter().any(|one| !one.links.is_empty()) {
        let _ = writeln!(
            text,
            "\nSeconds on each link, from the wish to synchronise until all had come (connections)\n{}",
            links(measurement)
        );
    }
    let _ = writeln!(text, "\nTargets\n{}", targets(measurement));
    text
}

fn new_table<'a>(header: impl IntoIterator<Item = &'a str>) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY);
    table.set_header(header);
    table
}

fn right_from(mut table: Table, first: usize) -> String {
    for index in first..table.column_count() {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

fn bytes(measurement: &Measurement) -> String {
    let mut table = new_table([
        "exchange",
        "dictionary",
        "ops",
        "items",
        "up",
        "down",
        "total",
        "zstd",
        "trips",
        "floor",
        "ratio",
        "text",
        "gzip JSON",
    ]);
    for one in &measurement.exchanges {
        table.add_row([
            one.name.to_owned(),
            one.dictionary.to_owned(),
            one.ops_up.to_string(),
            one.items_down.to_string(),
            one.bytes_up.to_string(),
            one.bytes_down.to_string(),
            one.total.to_string(),
            one.light_total.to_string(),
            one.round_trips.to_string(),
            one.floor.total().to_string(),
            one.ratio
                .map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}")),
            one.parts.text_alone.to_string(),
            one.gzip_json.to_string(),
        ]);
    }
    right_from(table, 2)
}

fn links(measurement: &Measurement) -> String {
    let names = measurement.exchanges.iter().map(|one| one.name);
    let mut table = new_table(["link"].into_iter().chain(names));
    let of = |one: &Measured, index: usize| {
        one.links.get(index).map_or_else(String::new, |on| {
            format!("{:.1} ({})", on.seconds, on.connections)
        })
    };
    let first = measurement.exchanges.first().map_or(&[][..], |one| &one.links);
    for (index, on) in first.iter().enumerate() {
        let cells = measurement.exchanges.iter().map(|one| of(one, index));
        table.add_row([on.link.to_owned()].into_iter().chain(cells).collect::<Vec<_>>());
    }
    right_from(table, 1)
}

fn targets(measurement: &Measurement) -> String {
    let mut table = new_table(["target", "measured", "at most", ""]);
    for target in &measurement.targets {
        table.add_row([
            target.what.clone(),
            target.value.to_string(),
            target.most.to_string(),
            if target.holds { "holds" } else { "MISSED" }.to_owned(),
        ]);
    }
    right_from(table, 1)
}
