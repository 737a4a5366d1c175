//! A toy fold, a simulated machine, and the scenario that the crash tests run on it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::{
    Engine, EngineError, EngineOptions, Fold, FoldError, OpenReport, Progress, Row, RowKey, VerifyReport,
    View, Writes, key_after_prefix, verify,
};
use crate::store::disk::{CrashMode, Fuse, SimulatedDisk};
use crate::store::journal::DatabaseId;
use crate::store::table::MemoryTables;

/// Counts entries by account, keeps a list of them, and holds and drops large values. An entry is
/// `account u8 | length u32 | …`: the account's balance grows by one, its list gets the commit, and its blob is
/// set to so many bytes or, for length 0, removed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ledger {
    pub(super) version: u32,
}

pub(super) const LEDGER: Ledger = Ledger { version: 1 };

pub(super) fn balance_key(account: u8) -> RowKey {
    key(&[b'b', account])
}

pub(super) fn blob_key(account: u8) -> RowKey {
    key(&[b'x', account])
}

fn key(bytes: &[u8]) -> RowKey {
    RowKey::from_slice(bytes)
}

pub(super) fn entry(account: u8, blob_len: u32) -> Vec<u8> {
    [&[account][..], &blob_len.to_le_bytes()].concat()
}

fn blob(account: u8, commit: u64, len: u32) -> Vec<u8> {
    (0..len as usize)
        .map(|at| (at as u64 * 7 + commit + u64::from(account)) as u8)
        .collect()
}

impl Fold for Ledger {
    fn version(&self) -> u32 {
        self.version
    }

    fn apply(
        &self,
        view: &dyn View,
        commit: u64,
        payload: &[u8],
        writes: &mut Writes,
    ) -> Result<(), FoldError> {
        let [account, a, b, c, d] = *payload else {
            return Err(FoldError::new("not an entry"));
        };
        let len = u32::from_le_bytes([a, b, c, d]);
        let old = view.get(&balance_key(account))?.unwrap_or_else(|| vec![0; 8]);
        let damaged = |_| FoldError::Damaged {
            key: balance_key(account),
        };
        let balance = u64::from_le_bytes(old.try_into().map_err(damaged)?) + 1;
        writes.put(balance_key(account), balance.to_le_bytes())?;
        writes.put(
            [&[b'l', account][..], &commit.to_be_bytes()].concat(),
            balance.to_le_bytes(),
        )?;
        if len == 0 {
            writes.remove(blob_key(account))?;
        } else {
            writes.put(blob_key(account), blob(account, commit, len))?;
        }
        // Reads what is below and what it wrote itself: the number of the account's list rows so far.
        let list =
            writes
                .over(view)
                .range(&[b'l', account], &key_after_prefix(&[b'l', account]), usize::MAX)?;
        writes.put([b'n', account], (list.len() as u64).to_le_bytes())?;
        // Another version folds another state.
        writes.put(b"v", self.version.to_le_bytes())
    }
}

/// The whole state of a view.
pub(super) fn dump(view: &dyn View) -> BTreeMap<RowKey, Vec<u8>> {
    view.range(&[], &key_after_prefix(&[]), usize::MAX)
        .unwrap()
        .into_iter()
        .collect()
}

/// The state after the first so many entries, folded from scratch in a plain map.
pub(super) fn folded(entries: &[Vec<u8>]) -> BTreeMap<RowKey, Vec<u8>> {
    folded_by(LEDGER, entries)
}

/// The same by another version of the fold.
pub(super) fn folded_by(fold: Ledger, entries: &[Vec<u8>]) -> BTreeMap<RowKey, Vec<u8>> {
    let mut state = Plain(BTreeMap::new());
    for (commit, payload) in (1..).zip(entries) {
        let mut writes = Writes::default();
        fold.apply(&state, commit, payload, &mut writes).unwrap();
        for (key, value) in writes.iter() {
            match value {
                Some(value) => state.0.insert(key.into(), value.to_vec()),
                None => state.0.remove(key),
            };
        }
    }
    state.0
}

struct Plain(BTreeMap<RowKey, Vec<u8>>);

impl View for Plain {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, super::super::ViewError> {
        Ok(self.0.get(key).cloned())
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, super::super::ViewError> {
        let rows = self.0.range(key(from)..key(to)).take(limit);
        Ok(rows.map(|(key, value)| (key.clone(), value.clone())).collect())
    }
}

/// A simulated machine: a disk and a table on one fuse.
#[derive(Clone)]
pub(super) struct Machine {
    pub(super) fuse: Fuse,
    pub(super) disk: SimulatedDisk,
    pub(super) tables: MemoryTables,
    pub(super) fold: Ledger,
}

impl Machine {
    pub(super) fn new() -> Self {
        let fuse = Fuse::default();
        let (disk, tables) = (SimulatedDisk::new(fuse.clone()), MemoryTables::new(fuse.clone()));
        Self {
            fuse,
            disk,
            tables,
            fold: LEDGER,
        }
    }

    pub(super) fn open(&self) -> Result<(Engine, OpenReport), EngineError> {
        self.open_telling(&mut |_| {})
    }

    pub(super) fn open_telling(
        &self,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Engine, OpenReport), EngineError> {
        let (disk, tables, fold) = self.parts();
        Engine::open(disk, tables, fold, options(), progress)
    }

    pub(super) fn rebuild(&self) -> Result<(Engine, OpenReport), EngineError> {
        let (disk, tables, fold) = self.parts();
        Engine::rebuild(disk, tables, fold, options(), &mut |_| {})
    }

    pub(super) fn verify(&self) -> Result<VerifyReport, EngineError> {
        verify(Arc::new(self.disk.clone()), &self.tables, &self.fold, &mut |_| {})
    }

    pub(super) fn crash(&self, mode: CrashMode, seed: u64) {
        self.disk.crash(mode, seed);
        self.tables.crash(mode, seed);
    }

    pub(super) fn kill(&self) {
        self.disk.kill();
        self.tables.kill();
    }

    fn parts(&self) -> (Arc<SimulatedDisk>, Arc<MemoryTables>, Arc<Ledger>) {
        (
            Arc::new(self.disk.clone()),
            Arc::new(self.tables.clone()),
            Arc::new(self.fold),
        )
    }
}

/// Small sizes, so that segments are many and folding checkpoints as it goes.
pub(super) fn options() -> EngineOptions {
    EngineOptions {
        new_database: DatabaseId([3; 16]),
        fold_bytes: 6_000,
        segment_bytes: 150,
    }
}

/// Stages and persists entries in groups of up to three.
pub(super) fn commit_all(engine: &mut Engine, entries: &[Vec<u8>]) {
    for group in entries.chunks(3) {
        group.iter().for_each(|entry| {
            engine.stage(entry.clone()).unwrap();
        });
        engine.persist().unwrap();
    }
}

/// Entries over a few accounts, with blobs that grow beyond a table's values, shrink and go.
pub(super) fn some_entries(count: usize) -> Vec<Vec<u8>> {
    let lens = [0, 10, 9_000, 200, 4_096, 4_095, 0, 13_000, 4_100];
    (0..count)
        .map(|at| entry((at % 4) as u8, lens[at % lens.len()]))
        .collect()
}
