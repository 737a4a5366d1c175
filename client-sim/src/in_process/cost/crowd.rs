//! A record that many have written on, none knowing of the others.

use super::bench::Bench;
use super::{CostOptions, MORNING_MS, enrolled, exchanged, field, settle};
use crate::measure::Writer;
use otor_protocol::ids::RecordId;
use otor_server::decide::admin::worker::{NewWorker, WorkerRow};

/// A household of the grid of this number that `writers` workers of the grid have edited at the same time: each had it as
/// it was created.
pub(super) fn household(
    bench: &mut Bench,
    options: CostOptions,
    number: usize,
    writer: &mut Writer,
) -> anyhow::Result<RecordId> {
    let place = field::grid_code(number);
    let names = (0..=options.writers).map(|one| format!("x{number}-{one}"));
    let names: Vec<String> = names.collect();
    let row = |code: &String| WorkerRow {
        row: 1,
        worker: NewWorker {
            code: code.clone(),
            name: code.clone(),
            areas: vec![place.clone()],
        },
    };
    let rows: Vec<WorkerRow> = names.iter().map(row).collect();
    bench.import(MORNING_MS, &[], &rows)?;
    let mut phones = Vec::with_capacity(names.len());
    for name in &names {
        phones.push(enrolled(bench, name, options.seed)?);
    }
    let grid = place.parse()?;
    let record = phones[0].create_household(&grid, writer, MORNING_MS)?;
    for phone in &mut phones {
        exchanged(bench, phone)?;
    }
    for phone in &mut phones[1..] {
        // A telephone number, and a note.
        phone.edit_often(record, 2, writer, MORNING_MS)?;
    }
    for phone in &mut phones[1..] {
        let (hello, contents) = phone.as_frames(MORNING_MS)?;
        for content in contents {
            bench.frame(MORNING_MS, &hello, content)?;
        }
    }
    settle(bench)?;
    Ok(record)
}
