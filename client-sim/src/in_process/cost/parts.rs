//! The parts of an exchange, each ready to be done over and over: what benchmarks time and what instructions are
//! counted of.

use super::bench::Bench;
use super::{CostOptions, MORNING_MS, enrolled, field, rows};
use crate::measure::{Notes, Writer, notes};
use anyhow::{Context, ensure};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::digest::{IdRange, split};
use otor_protocol::ids::{Lane, ScopeId};
use otor_protocol::record::Record;
use otor_protocol::wire::{
    self, Content, Dictionaries, FrameReader, FrameType, FrameWriter, Hello, Packing, SHIPPED_DICTIONARY,
    ShippedDictionaries,
};
use otor_server::service::pull::{self, Pull, PullFilter};
use otor_server::state::cell::RecordCell;
use otor_server::state::{audit, key, read};
use std::hint::black_box;
use std::path::Path;

/// Ops of the frame, and records of the grid.
const OPS: usize = 31;
const RECORDS: usize = 300;

/// One part.
pub struct Part {
    /// What it is called.
    pub name: &'static str,
    run: Box<dyn FnMut() -> anyhow::Result<()>>,
}

impl Part {
    fn new(name: &'static str, run: impl FnMut() -> anyhow::Result<()> + 'static) -> Self {
        let run = Box::new(run);
        Part { name, run }
    }

    /// Does it once. Instructions are counted within this function.
    ///
    /// # Errors
    /// If it does not end well.
    #[inline(never)]
    pub fn run(&mut self) -> anyhow::Result<()> {
        (self.run)()
    }
}

/// How many parts there are.
pub const COUNT: usize = 9;

/// One of the parts, by its number, with no more prepared than it needs; in a folder in which nothing is yet.
///
/// # Errors
/// If it cannot be prepared, or there is none of this number.
pub fn one(folder: &Path, number: usize) -> anyhow::Result<Part> {
    let (mut parts, place) = match number {
        0..=4 => {
            let (content, states) = sample(folder)?;
            let mut parts = of_bytes(&content, content.encode())?;
            parts.push(merge(&states)?);
            (parts, number)
        }
        5 => (vec![commit(folder)?], 0),
        _ => (of_state(folder)?, number - 6),
    };
    ensure!(place < parts.len(), "there is no part {number}");
    Ok(parts.swap_remove(place))
}

fn of_bytes(content: &Content, bytes: Vec<u8>) -> anyhow::Result<Vec<Part>> {
    let dictionary = ShippedDictionaries.dictionary(SHIPPED_DICTIONARY);
    let mut packed = Vec::new();
    FrameWriter::new(Packing::Modelled, dictionary.clone()).write(&mut packed, FrameType::Ops, &bytes);
    let (encoded, decoded, unpacked) = (content.clone(), bytes.clone(), dictionary.clone());
    Ok(vec![
        Part::new("encode a frame of 31 ops", move || {
            black_box(encoded.encode());
            Ok(())
        }),
        Part::new("decode a frame of 31 ops", move || {
            black_box(Content::decode(&decoded)?);
            Ok(())
        }),
        Part::new("pack a frame of 31 ops", move || {
            let mut out = Vec::new();
            FrameWriter::new(Packing::Modelled, dictionary.clone()).write(&mut out, FrameType::Ops, &bytes);
            black_box(out);
            Ok(())
        }),
        Part::new("unpack a frame of 31 ops", move || {
            let mut reader = FrameReader::default();
            reader.push(&packed);
            let frame = reader.next_frame()?.context("a frame")?;
            let mut unpacker = wire::unpacker(Packing::Modelled, unpacked.clone());
            black_box(frame.unpacked(unpacker.as_mut())?);
            Ok(())
        }),
    ])
}

fn merge(states: &[Vec<u8>]) -> anyhow::Result<Part> {
    let records: Result<Vec<Record>, _> = states.iter().map(|state| Record::decode(state)).collect();
    let records = records?;
    ensure!(!records.is_empty(), "there is no record");
    Ok(Part::new("merge 100 records into themselves", move || {
        for record in records.iter().cycle().take(100) {
            let mut merged = record.clone();
            merged.merge(record.clone());
            black_box(merged);
        }
        Ok(())
    }))
}

/// The frame of a day, and the states of the records it makes.
fn sample(folder: &Path) -> anyhow::Result<(Content, Vec<Vec<u8>>)> {
    let (mut bench, hello, content) = desk(folder)?;
    bench.frame(MORNING_MS, &hello, content.clone())?;
    bench.persist()?;
    let view = bench.reader.snapshot();
    let prefix = key::records();
    let cells = read::under::<RecordCell>(&view, &prefix)?;
    let states = cells.into_iter().map(|(_, cell)| cell.state.into_vec());
    Ok((content, states.collect()))
}

/// A server with one enrolled phone, and the frame it would bring.
fn desk(folder: &Path) -> anyhow::Result<(Bench, Hello, Content)> {
    let mut bench = Bench::new(folder, MORNING_MS)?;
    let (areas, workers) = rows(1);
    bench.import(MORNING_MS, &areas, &workers)?;
    let parted = Notes::read(notes::OWN).part(1)?;
    let mut writer = Writer::new(&parted.days, &parted.learned, 1);
    let mut phone = enrolled(&mut bench, &field::worker_code(0), 1)?;
    let grid = field::grid_code(0).parse()?;
    phone.create_visits(&grid, OPS, &mut writer, MORNING_MS)?;
    let (hello, content) = phone.as_frame(MORNING_MS)?;
    Ok((bench, hello, content))
}

/// A frame decided, folded and journaled with an fdatasync; every hundredth time a checkpoint.
fn commit(folder: &Path) -> anyhow::Result<Part> {
    let (mut bench, hello, mut content) = desk(folder)?;
    let mut count = 0u64;
    Ok(Part::new("commit a frame of 31 ops", move || {
        bench.frame(MORNING_MS, &hello, content.clone())?;
        bench.persist()?;
        content.first_seq += OPS as u64;
        count += 1;
        if count.is_multiple_of(100) {
            bench.checkpoint()?;
        }
        Ok(())
    }))
}

/// What is read of a grid of 300 records.
fn of_state(folder: &Path) -> anyhow::Result<Vec<Part>> {
    let mut bench = Bench::new(folder, MORNING_MS)?;
    let options = CostOptions {
        down: RECORDS,
        ..CostOptions::standard(1, 1)
    };
    let mut phones = super::prepared(&mut bench, options)?;
    bench.checkpoint()?;
    let mut phone = phones.pop().context("a phone")?;
    let exchange = phone.begin(MORNING_MS)?;
    let mut taken = bench.take(MORNING_MS, &exchange.request())?;
    bench.persist()?;
    let reader = bench.reader.clone();
    let catalogue = Catalogue::built_in();
    let grid = read::area(&reader.snapshot(), &field::grid_code(0).parse()?)?;
    let scope = ScopeId::of_area(grid.context("the grid")?.handle);
    let compared = reader.clone();
    let sums = Part::new("compare: sums over a grid of 300 records", move || {
        let members = audit::members(&compared.snapshot(), (scope, Lane::Rest), None, RECORDS)?;
        black_box(split(IdRange::ALL, &members));
        Ok(())
    });
    let pulled = Part::new("pull 300 rows, page by page", move || {
        let pull = {
            let view = reader.snapshot();
            Pull::begin(&view, view.published(), PullFilter::default(), None)??
        };
        let mut after = Some(pull.start());
        while let Some(from) = after {
            let page = pull::page(&reader.snapshot(), &catalogue, &pull, from)?;
            after = page.next;
            black_box(page.rows);
        }
        Ok(())
    });
    let feed = Part::new("feed scan: 300 entries into a reply", move || {
        black_box(bench.reply(MORNING_MS, &mut taken, super::Stage::Feed)?);
        Ok(())
    });
    Ok(vec![feed, pulled, sums])
}
