//! Compares the table of a stopped server with a fresh fold of its journal.

use std::sync::Arc;

use super::error::EngineError;
use super::layer::{Layer, merged_get, merged_range};
use super::mark::MarkFile;
use super::redo::Redo;
use super::report::Progress;
use super::stored::{Meta, Stored, pieces_of};
use super::view::{Fold, Row, RowKey, View, fold_entry, key_after, key_after_prefix};
use crate::store::disk::Disk;
use crate::store::journal::inspect;
use crate::store::table::{TableError, TableFactory};

/// Most differences named in a report; all are counted.
const NAMED_DIFFERENCES: usize = 20;

/// Rows compared at a time.
const PAGE_LEN: usize = 1_000;

/// How a row of the table differs from the fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceKind {
    /// The fold has it, the table has not.
    Missing,
    /// The table has it, the fold has not.
    Unexpected,
    /// Both have it, with different values.
    Different,
}

/// One row that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its key.
    pub key: RowKey,
    /// How it differs.
    pub kind: DifferenceKind,
}

/// What a comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Commit of the journal's last entry; all up to it have been read and are whole.
    pub journal_commit: u64,
    /// Commit the table is as of, and at which it was compared.
    pub table_commit: u64,
    /// Rows of the fold.
    pub rows: u64,
    /// Rows that differ.
    pub differences: u64,
    /// The first of them, in key order.
    pub named: Vec<Difference>,
    /// Rows with pieces of large values that no value needs, or the lack of such.
    pub stray_pieces: u64,
    /// Why the table could not be compared at all.
    pub unreadable: Option<String>,
}

impl VerifyReport {
    /// Whether the table is what the journal says.
    pub fn is_sound(&self) -> bool {
        self.differences == 0 && self.stray_pieces == 0 && self.unreadable.is_none()
    }
}

/// Folds the journal of a stopped server in memory and compares the result with its table, row by row. Changes
/// nothing but what opening would finish anyhow (an interrupted checkpoint). Needs memory for the whole state.
pub fn verify(
    disk: Arc<dyn Disk>,
    tables: &dyn TableFactory,
    fold: &dyn Fold,
    progress: &mut dyn FnMut(Progress),
) -> Result<VerifyReport, EngineError> {
    let found = inspect(&*disk)?;
    let mut report = VerifyReport {
        journal_commit: found.last,
        ..VerifyReport::default()
    };
    let Some(entries) = found.entries(disk.clone(), 1) else {
        return Err(EngineError::NoJournal {
            witness: "a data folder",
        });
    };
    let table = match open_table(&*disk, tables) {
        Ok((table, commit)) => {
            report.table_commit = commit;
            Some(table)
        }
        Err(error) => {
            let what = error.table_damage();
            report.unreadable = Some(what.ok_or(error)?);
            None
        }
    };
    let mut state = Scratch::default();
    for entry in entries {
        let entry = entry?;
        if table.is_some() && entry.number <= report.table_commit {
            state.fold(fold, entry.number, &entry.payload)?;
        }
        if entry.number % PAGE_LEN as u64 == 0 || entry.number == found.last {
            progress(Progress::Folding {
                done: entry.number,
                total: found.last,
            });
        }
    }
    if let Some(table) = table {
        let compared = compare(&state.0, &table, &mut report);
        report.unreadable = compared.err().map(|error| error.to_string());
    }
    Ok(report)
}

/// Opens the table as it stands, with an interrupted checkpoint finished.
fn open_table(disk: &dyn Disk, tables: &dyn TableFactory) -> Result<(Stored, u64), EngineError> {
    let Some(mark) = MarkFile::read(disk)?.intact() else {
        return Err(damaged("the CHECKPOINT file is missing or altered"));
    };
    let redo = Redo::find(disk)?;
    let stored = Stored::new(tables.open()?);
    let pending = redo.filter(|redo| redo.commit > mark.commit && redo.base == mark.commit);
    let mark = pending.as_ref().map_or(mark, |redo| mark.at(redo.commit));
    if let Some(redo) = pending {
        redo.apply(disk, &stored, &|| {})?;
    }
    let meta = Meta::read(stored.table())?;
    if meta != Some(mark.meta()) {
        let commit = meta.map_or_else(|| "nothing".to_owned(), |meta| format!("commit {}", meta.commit));
        return Err(damaged(&format!(
            "it holds {commit}, but CHECKPOINT names {}",
            mark.commit
        )));
    }
    Ok((stored, mark.commit))
}

/// The whole state in memory.
#[derive(Default)]
struct Scratch(Layer);

impl Scratch {
    fn fold(&mut self, fold: &dyn Fold, commit: u64, payload: &[u8]) -> Result<(), EngineError> {
        let changes = fold_entry(fold, self, commit, payload);
        let changes = changes.map_err(|source| EngineError::Fold { commit, source })?;
        self.0.absorb(changes.apart());
        Ok(())
    }
}

impl View for Scratch {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        merged_get([&self.0], key, || Ok(None))
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, TableError> {
        merged_range(&[&self.0], |_, _, _| Ok(Vec::new()), from, to, limit)
    }
}

fn compare(state: &Layer, table: &Stored, report: &mut VerifyReport) -> Result<(), TableError> {
    let mut expected = state
        .rows()
        .filter_map(|(key, value)| Some((key.as_slice(), value.as_ref()?)))
        .peekable();
    let end = key_after_prefix(&[]);
    let (mut from, mut pieces) = (RowKey::new(), 0);
    loop {
        let page = table.range(&from, &end, PAGE_LEN)?;
        for (key, value) in &page {
            let key = key.as_slice();
            while let Some((key, value)) = expected.next_if(|(expected, _)| *expected < key) {
                report.count(value, &mut pieces);
                report.differ(key, DifferenceKind::Missing);
            }
            match expected.next_if(|(expected, _)| *expected == key) {
                None => report.differ(key, DifferenceKind::Unexpected),
                Some((_, wanted)) => {
                    report.count(wanted, &mut pieces);
                    if wanted != value {
                        report.differ(key, DifferenceKind::Different);
                    }
                }
            }
        }
        match page.last() {
            Some((last, _)) if page.len() == PAGE_LEN => from = key_after(last),
            _ => break,
        }
    }
    for (key, value) in expected {
        report.count(value, &mut pieces);
        report.differ(key, DifferenceKind::Missing);
    }
    report.stray_pieces = table.count_pieces()?.abs_diff(pieces);
    Ok(())
}

impl VerifyReport {
    fn count(&mut self, value: &[u8], pieces: &mut u64) {
        self.rows += 1;
        *pieces += pieces_of(value.len()) as u64;
    }

    fn differ(&mut self, key: &[u8], kind: DifferenceKind) {
        self.differences += 1;
        if self.named.len() < NAMED_DIFFERENCES {
            self.named.push(Difference {
                key: key.into(),
                kind,
            });
        }
    }
}

fn damaged(what: &str) -> EngineError {
    TableError::Damaged {
        what: what.to_owned(),
    }
    .into()
}
