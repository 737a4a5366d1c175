//! What else is in the database: records of other grids by the million, and phones that do nothing.

use super::bench::Bench;
use super::{CostOptions, enrolled};
use crate::measure::{Notes, Writer, notes};
use crate::storm::field;
use otor_protocol::wire::{Content, Hello};
use otor_server::commit::CHECKPOINT_BYTES;
use otor_server::decide::admin::area::AreaRow;
use otor_server::decide::admin::worker::{NewWorker, WorkerRow};

/// Records of one other grid.
const RECORDS_PER_GRID: usize = 2_000;
/// Villages of others begin here, where no phone's are.
const OTHER_VILLAGES: usize = 10_000;
/// Ops of one frame.
const FRAME_OPS: usize = 64;
/// Frames that share one fdatasync.
const FRAMES_AT_ONCE: usize = 32;

/// Writes so many records in grids of others: the frames of their phones, straight into the commit path. `tell` hears
/// how many there are so far.
pub(super) fn others(
    bench: &mut Bench,
    records: usize,
    now_ms: i64,
    tell: impl Fn(usize),
) -> anyhow::Result<()> {
    let parted = Notes::read(notes::OWN).part(3)?;
    let mut writer = Writer::new(&parted.days, &parted.learned, 3);
    for number in 0..records.div_ceil(RECORDS_PER_GRID) {
        tell(number * RECORDS_PER_GRID);
        let (worker, grid) = (format!("o{number}"), other_grid(number));
        add_worker(bench, &worker, &grid, now_ms)?;
        let mut phone = enrolled(bench, &worker, 3)?;
        let place = grid.parse()?;
        // Visits alone: one lane. Their frames are repeated under further numbers.
        phone.create_visits(&place, FRAME_OPS, &mut writer, now_ms)?;
        let (hello, content) = phone.as_frame(now_ms)?;
        let most = RECORDS_PER_GRID.min(records - number * RECORDS_PER_GRID);
        repeat(bench, &hello, &content, most, now_ms)?;
    }
    Ok(())
}

fn repeat(
    bench: &mut Bench,
    hello: &Hello,
    content: &Content,
    records: usize,
    now_ms: i64,
) -> anyhow::Result<()> {
    let each = content.ops.len();
    for (frame, first) in (0..records).step_by(each).enumerate() {
        let mut content = content.clone();
        content.first_seq = first as u64 + 1;
        content.ops.truncate(records - first);
        bench.frame(now_ms, hello, content)?;
        if frame % FRAMES_AT_ONCE == FRAMES_AT_ONCE - 1 {
            bench.persist()?;
        }
    }
    bench.persist()?;
    if bench.engine.dirty_bytes() > CHECKPOINT_BYTES {
        bench.checkpoint()?;
    }
    Ok(())
}

/// Enrols workers with phones that do nothing.
pub(super) fn idle_phones(bench: &mut Bench, options: CostOptions, now_ms: i64) -> anyhow::Result<()> {
    for number in 0..options.idle {
        let worker = format!("i{number}");
        add_worker(bench, &worker, &other_grid(number), now_ms)?;
        enrolled(bench, &worker, options.seed)?;
    }
    Ok(())
}

/// Code of a grid of others.
pub(crate) fn other_grid(number: usize) -> String {
    field::grid_code(OTHER_VILLAGES * field::GRIDS_PER_VILLAGE + number)
}

fn add_worker(bench: &mut Bench, code: &str, grid: &str, now_ms: i64) -> anyhow::Result<()> {
    let area = AreaRow {
        row: 1,
        code: grid.to_owned(),
        name: grid.to_owned(),
        level: String::new(),
    };
    let worker = WorkerRow {
        row: 1,
        worker: NewWorker {
            code: code.to_owned(),
            name: code.to_owned(),
            areas: vec![grid.to_owned()],
        },
    };
    bench.import(now_ms, &[area], &[worker])
}
