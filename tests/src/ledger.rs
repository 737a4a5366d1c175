//! A store of the server filled with entries that tell by themselves whether they are whole, and the look at one
//! that was killed or had its power cut.

use crate::tampered::{TamperedDisk, Tampering};
use anyhow::{Context, ensure};
use otor_server::store::disk::{Disk, RealDisk};
use otor_server::store::engine::{
    Engine, EngineOptions, Fold, FoldError, OpenReport, RowKey, View, Writes, key_after_prefix,
};
use otor_server::store::journal::DatabaseId;
use otor_server::store::table::SledTables;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Entries whose rows stay in the state; those before are removed again.
const ROWS: u64 = 200;

/// Files of values as short as this, so that some are given back all the time.
const FILE_LEN: u64 = 16 * 1024;

/// Keeps the last entries, each under its number, and counts all.
#[derive(Clone, Copy, Debug)]
pub struct Ledger;

impl Fold for Ledger {
    fn apply(
        &self,
        view: &dyn View,
        commit: u64,
        payload: &[u8],
        writes: &mut Writes,
    ) -> Result<(), FoldError> {
        let counted = view.get(b"count")?.map_or(0, |count| number(&count));
        writes.put(b"count", (counted + 1).to_le_bytes())?;
        writes.put(commit.to_be_bytes(), payload)?;
        match commit.checked_sub(ROWS) {
            Some(old) => writes.remove(old.to_be_bytes()),
            None => Ok(()),
        }
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_le_bytes)
}

/// The content of an entry: of some hundred bytes, different for each number.
pub fn payload(number: u64) -> Vec<u8> {
    let len = 8 + number.wrapping_mul(7919) % 1_200;
    (0..len)
        .map(|at| (number.wrapping_mul(31) + at * at) as u8)
        .collect()
}

/// Opens the store in a folder, on a disk that may be tampered with.
///
/// # Errors
/// If it cannot be opened.
pub fn open(folder: &Path, tampering: Option<Tampering>) -> anyhow::Result<(Engine, OpenReport)> {
    let real = RealDisk::open(folder.join("data"))?;
    let disk: Arc<dyn Disk> = match tampering {
        None => Arc::new(real),
        Some(tampering) => Arc::new(TamperedDisk::new(real, tampering)),
    };
    let tables = SledTables::new(folder.join("data/sled"), 8 << 20).with_files_of(FILE_LEN);
    let options = EngineOptions {
        segment_bytes: 100_000,
        fold_bytes: 1 << 20,
        ..EngineOptions::new(DatabaseId([6; 16]))
    };
    Ok(Engine::open(
        disk,
        Arc::new(tables),
        Arc::new(Ledger),
        options,
        &mut |_| {},
    )?)
}

/// What was found in a store.
#[derive(Clone, Copy, Debug)]
pub struct Looked {
    /// The last entry.
    pub last: u64,
    /// Whether the table was folded again.
    pub rebuilt: bool,
    /// Whether a checkpoint was finished that had been interrupted.
    pub finished: bool,
    /// Whether an entry was torn.
    pub torn: bool,
}

/// Looks at everything in an opened store: all entries up to `acknowledged` at least, each what was written, and a
/// state that is their fold.
///
/// # Errors
/// What is missing or altered.
pub fn look(engine: &Engine, report: &OpenReport, acknowledged: u64) -> anyhow::Result<Looked> {
    let last = engine.published();
    ensure!(
        last >= acknowledged,
        "LOST: {acknowledged} entries were acknowledged, {last} are there"
    );
    let mut expected = 1;
    for entry in engine.entries_from(1)? {
        let entry = entry.context("an entry cannot be read")?;
        ensure!(entry.number == expected, "entry {expected} is missing");
        ensure!(entry.payload == payload(expected), "entry {expected} is altered");
        expected += 1;
    }
    ensure!(expected == last + 1, "the journal ends before entry {last}");
    let rows = engine
        .reader()
        .snapshot()
        .range(&[], &key_after_prefix(&[]), usize::MAX)?;
    let mut state: BTreeMap<RowKey, Vec<u8>> = (last.saturating_sub(ROWS - 1).max(1)..=last)
        .map(|number| (number.to_be_bytes().as_slice().into(), payload(number)))
        .collect();
    if last > 0 {
        state.insert(b"count".as_slice().into(), last.to_le_bytes().to_vec());
    }
    ensure!(
        rows.into_iter().eq(state),
        "the state is not the fold of the {last} entries"
    );
    Ok(Looked {
        last,
        rebuilt: report.rebuilt.is_some(),
        finished: report.finished_checkpoint,
        torn: report.torn.is_some(),
    })
}
