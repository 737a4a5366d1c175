//! What an exchange costs the server, stage by stage, without HTTP; and the limits of the machine beside it.
//!
//! - `bench`: the server's parts on a real folder; `stages`: processor time by stage; `bulk`: what else is in the
//!   database; `crowd`: many who write on one record; `city`: a whole city for a storm; [`growth`]: how the cost grows with each of these; [`league`]: a month of statistics; [`limits`]: what the machine could do at best; [`parts`]: one part at a time,
//!   for benchmarks.

mod bench;
mod bulk;
pub(crate) mod city;
mod crowd;
pub mod growth;
pub mod league;
pub mod limits;
pub mod parts;
mod stages;

pub(crate) use bulk::other_grid;
pub use limits::Limits;
pub use stages::Stage;

use crate::measure::{Notes, Writer, notes};
use crate::storm::Stored;
use crate::storm::field;
use crate::storm::phone::{Applicant, Phone};
use anyhow::ensure;
use bench::Bench;
use otor_protocol::wire::Packing;
use otor_server::commit::CHECKPOINT_BYTES;
use otor_server::decide::admin::area::AreaRow;
use otor_server::decide::admin::worker::{NewWorker, WorkerRow};
use serde::Serialize;
use stages::Stages;
use std::path::Path;

/// Exchanges that share one fdatasync.
const GROUP: usize = 16;
/// 2026-03-02, a Monday, 08:00 in China.
const MORNING_MS: i64 = 1_772_409_600_000;
/// Another seed for phones of colleagues who wrote before.
const HELD: u64 = 0x1ead;

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct CostOptions {
    /// Exchanges.
    pub phones: usize,
    /// Ops up in each.
    pub ops: usize,
    /// Records down in each.
    pub down: usize,
    /// Records that each grid held before, which every phone has.
    pub held: usize,
    /// Records of other grids in the database.
    pub others: usize,
    /// Workers besides, each with a phone that does nothing.
    pub idle: usize,
    /// Workers of each grid who have edited the one household that all ops edit; none: the ops are a usual day.
    pub writers: usize,
    /// How phones pack.
    pub packing: Packing,
    /// Seed of all that is drawn.
    pub seed: u64,
}

impl CostOptions {
    /// So many standard exchanges, on a database with nothing else in it.
    pub fn standard(phones: usize, seed: u64) -> Self {
        CostOptions {
            phones,
            ops: 31,
            down: 34,
            held: 0,
            others: 0,
            idle: 0,
            writers: 0,
            packing: Packing::Modelled,
            seed,
        }
    }
}

/// What exchanges cost, in milliseconds of processor time each.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    /// Exchanges measured.
    pub exchanges: usize,
    /// Milliseconds by stage.
    pub stages: Vec<(Stage, f64)>,
    /// All but the checkpoint.
    pub without_table_ms: f64,
    /// The checkpoint among it.
    pub with_table_ms: f64,
    /// An exchange with nothing new.
    pub nothing_new_ms: f64,
    /// Bytes of disk for each new record, after the checkpoint.
    pub disk_bytes_per_record: f64,
    /// Of these, in the journal.
    pub journal_bytes_per_record: f64,
    /// Bytes of a request.
    pub bytes_up: f64,
    /// Bytes of a reply.
    pub bytes_down: f64,
}

impl Cost {
    /// The cost in lines for people.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} exchanges: {:.0} bytes up, {:.0} down",
            self.exchanges, self.bytes_up, self.bytes_down
        )];
        let stages = self.stages.iter();
        lines.extend(
            stages.map(|(stage, ms)| format!("{:<16}{ms:.3} ms", format!("{stage:?}").to_lowercase())),
        );
        lines.push(format!("without table   {:.3} ms", self.without_table_ms));
        lines.push(format!("with table      {:.3} ms", self.with_table_ms));
        lines.push(format!("nothing new     {:.3} ms", self.nothing_new_ms));
        lines.push(format!(
            "disk            {:.0} bytes for each new record, {:.0} of them journal",
            self.disk_bytes_per_record, self.journal_bytes_per_record
        ));
        lines
    }
}

/// Measures the standard exchange and the one with nothing new, on an empty folder.
///
/// # Errors
/// If an exchange does not end well.
pub fn measure(data: &Path, options: CostOptions, tell: &mut dyn FnMut(&str)) -> anyhow::Result<Cost> {
    let mut bench = Bench::new(data, MORNING_MS)?;
    tell("enrolling");
    let mut phones = prepared(&mut bench, options)?;
    bench.checkpoint()?;
    let before = Stored::of(data);
    bench.stages = Stages::default();
    tell("exchanging");
    let (mut bytes_up, mut bytes_down) = (0, 0);
    for group in phones.chunks_mut(GROUP) {
        let mut under_way = Vec::new();
        for phone in group.iter_mut() {
            let exchange = phone.begin(MORNING_MS)?;
            let request = exchange.request();
            bytes_up += request.len();
            under_way.push((exchange, bench.take(MORNING_MS, &request)?));
        }
        bench.persist()?;
        for (phone, (exchange, mut taken)) in group.iter_mut().zip(under_way) {
            bench.reply(MORNING_MS, &mut taken, Stage::Feed)?;
            let reply = bench.reply(MORNING_MS, &mut taken, Stage::Reply)?;
            bytes_down += reply.len();
            let items = phone.take(exchange, &reply)? as usize;
            ensure!(items == options.down && phone.unsent() == 0, "{items} came down");
        }
    }
    tell("checkpointing");
    bench.checkpoint()?;
    let after = Stored::of(data);
    let standard = std::mem::take(&mut bench.stages);
    for phone in &mut phones {
        let items = exchanged(&mut bench, phone)?;
        ensure!(items == 0, "{items} came down");
    }
    let count = options.phones;
    let records = count as f64 * crate::storm::phone::records_of(options.ops) as f64;
    let stages = [
        Stage::Decode,
        Stage::Verify,
        Stage::Decide,
        Stage::Fold,
        Stage::Journal,
        Stage::Reply,
    ];
    let sum = |told: &Stages| {
        stages
            .iter()
            .map(|stage| told.ms_each(*stage, count))
            .sum::<f64>()
    };
    let all = stages.into_iter().chain([Stage::Feed, Stage::Checkpoint]);
    let without_table_ms = sum(&standard);
    Ok(Cost {
        exchanges: count,
        stages: all.map(|stage| (stage, standard.ms_each(stage, count))).collect(),
        without_table_ms,
        with_table_ms: without_table_ms + standard.ms_each(Stage::Checkpoint, count),
        nothing_new_ms: sum(&bench.stages),
        disk_bytes_per_record: (after.all_bytes - before.all_bytes) as f64 / records,
        journal_bytes_per_record: (after.journal_bytes - before.journal_bytes) as f64 / records,
        bytes_up: bytes_up as f64 / count as f64,
        bytes_down: bytes_down as f64 / count as f64,
    })
}

/// Phones at the end of their feeds, with a day's work written and a colleague's waiting for them.
fn prepared(bench: &mut Bench, options: CostOptions) -> anyhow::Result<Vec<Phone>> {
    let parted = Notes::read(notes::OWN).part(options.seed)?;
    let mut writer = Writer::new(&parted.days, &parted.learned, options.seed);
    let (areas, workers) = rows(options.phones);
    bench.import(MORNING_MS, &areas, &workers)?;
    bulk::others(bench, options.others, MORNING_MS, |_| {})?;
    bulk::idle_phones(bench, options, MORNING_MS)?;
    hand_over(bench, options, options.held, options.seed ^ HELD, &mut writer)?;
    let mut phones = Vec::with_capacity(options.phones);
    for number in 0..options.phones {
        let grid = field::grid_code(number).parse()?;
        let shared = match options.writers {
            0 => None,
            _ => Some(crowd::household(bench, options, number, &mut writer)?),
        };
        let mut phone = enrolled(bench, &field::worker_code(number), options.seed)?;
        exchanged(bench, &mut phone)?;
        phone.know_link(options.packing)?;
        match shared {
            Some(record) => phone.edit_often(record, options.ops, &mut writer, MORNING_MS)?,
            None => phone.work(&grid, options.ops, &mut writer, MORNING_MS)?,
        }
        phones.push(phone);
    }
    hand_over(bench, options, options.down, options.seed, &mut writer)?;
    Ok(phones)
}

/// A colleague for each village, with a phone of this seed, has written so many records in each of its grids. Their
/// frames go straight into the commit path: a phone that brings thousands makes its requests of all that is left each
/// time.
fn hand_over(
    bench: &mut Bench,
    options: CostOptions,
    records: usize,
    seed: u64,
    writer: &mut Writer,
) -> anyhow::Result<()> {
    let villages = if records == 0 {
        0
    } else {
        field::villages(options.phones)
    };
    for village in 0..villages {
        let mut colleague = enrolled(bench, &field::colleague_code(village), seed)?;
        let first = village * field::GRIDS_PER_VILLAGE;
        for number in first..(first + field::GRIDS_PER_VILLAGE).min(options.phones) {
            let grid = field::grid_code(number).parse()?;
            colleague.create_records(&grid, records, writer, MORNING_MS)?;
        }
        let (hello, contents) = colleague.as_frames(MORNING_MS)?;
        for content in contents {
            bench.frame(MORNING_MS, &hello, content)?;
        }
        settle(bench)?;
    }
    Ok(())
}

/// Makes what is staged durable, and now and then checkpoints.
fn settle(bench: &mut Bench) -> anyhow::Result<()> {
    bench.persist()?;
    if bench.engine.dirty_bytes() > CHECKPOINT_BYTES {
        bench.checkpoint()?;
    }
    Ok(())
}

/// One exchange of a phone, whatever it is about; how much came down.
fn exchanged(bench: &mut Bench, phone: &mut Phone) -> anyhow::Result<u32> {
    let exchange = phone.begin(MORNING_MS)?;
    let mut taken = bench.take(MORNING_MS, &exchange.request())?;
    settle(bench)?;
    let reply = bench.reply(MORNING_MS, &mut taken, Stage::Reply)?;
    phone.take(exchange, &reply)
}

fn enrolled(bench: &mut Bench, worker: &str, seed: u64) -> anyhow::Result<Phone> {
    let applicant = Applicant::new(worker, seed);
    let code = format!("cost-{worker}-{seed}");
    bench.invite(MORNING_MS, worker, &code)?;
    let answer = bench.enrol(MORNING_MS, &applicant.request(&code))?;
    bench.persist()?;
    applicant.enrolled(&answer, MORNING_MS)
}

fn rows(phones: usize) -> (Vec<AreaRow>, Vec<WorkerRow>) {
    let villages = field::villages(phones);
    let places = (0..villages).map(field::village_code);
    let areas = places
        .chain((0..phones).map(field::grid_code))
        .map(|code| AreaRow {
            row: 1,
            name: code.clone(),
            code,
            level: String::new(),
        });
    let colleagues =
        (0..villages).map(|village| (field::colleague_code(village), field::village_code(village)));
    let workers = (0..phones).map(|phone| (field::worker_code(phone), field::grid_code(phone)));
    let workers = workers.chain(colleagues).map(|(code, place)| WorkerRow {
        row: 1,
        worker: NewWorker {
            name: code.clone(),
            code,
            areas: vec![place],
        },
    });
    (areas.collect(), workers.collect())
}
