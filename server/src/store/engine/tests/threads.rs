//! Readers and checkpoints beside a committer that goes on.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::super::{Done, Engine, Reader, Snapshot, View};
use super::ledger::{LEDGER, Machine, balance_key, commit_all, dump, entry, folded, options, some_entries};
use crate::store::table::{MemoryTables, Row, Table, TableError, TableFactory, Write};

/// Each entry adds one to one balance and one row to one list.
fn assert_is_of_its_commit(snapshot: &Snapshot<'_>) {
    let balance = |account| {
        let bytes = snapshot.get(&balance_key(account)).unwrap();
        bytes.map_or(0, |bytes| u64::from_le_bytes(bytes.try_into().unwrap()))
    };
    assert_eq!((0..5).map(balance).sum::<u64>(), snapshot.published());
    assert_eq!(
        snapshot.range(b"l", b"m", usize::MAX).unwrap().len() as u64,
        snapshot.published()
    );
    snapshot.range(b"x", b"y", usize::MAX).unwrap();
}

#[test]
fn every_snapshot_is_the_state_of_its_commit_whatever_goes_on_beside_it() {
    const MOST_ENTRIES: usize = 4_000;
    let machine = Machine::new();
    let (mut engine, _) = machine.open().unwrap();
    let (reader, checkpointer) = (engine.reader(), engine.checkpointer());
    let (done, reads, checkpoints) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let mut entries = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                checkpointer.run().unwrap();
                checkpoints.fetch_add(1, Ordering::Relaxed);
            }
        });
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                assert_is_of_its_commit(&reader.snapshot());
                reads.fetch_add(1, Ordering::Relaxed);
            }
        });
        let enough = || reads.load(Ordering::Relaxed) > 50 && checkpoints.load(Ordering::Relaxed) > 50;
        while entries.len() < 100 || (entries.len() < MOST_ENTRIES && !enough()) {
            let (account, blob_len) = (entries.len() % 5, entries.len() % 3 * 3_000);
            entries.push(entry(account as u8, blob_len as u32));
            commit_all(&mut engine, &entries[entries.len() - 1..]);
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(dump(&engine.reader().snapshot()) == folded(&entries));
    drop((engine, reader, checkpointer));
    assert!(machine.verify().unwrap().is_sound());
}

#[test]
fn commits_go_on_between_the_batches_of_a_checkpoint() {
    const MANY_BLOCKS: usize = 600;
    let machine = Machine::new();
    let (engine, _) = machine.open().unwrap();
    let (reader, checkpointer) = (engine.reader(), engine.checkpointer());
    let (engine, entries) = (RefCell::new(engine), RefCell::new(Vec::new()));
    let commit = |blob_len| {
        let mut entries = entries.borrow_mut();
        let account = entries.len() % 5;
        entries.push(entry(account as u8, blob_len));
        commit_all(&mut engine.borrow_mut(), &entries[entries.len() - 1..]);
        assert_is_of_its_commit(&reader.snapshot());
    };
    (0..MANY_BLOCKS).for_each(|_| commit(3_000));
    let checkpointed = checkpointer
        .run_gently(&|done| {
            if done == Done::Batch {
                commit(10);
            }
        })
        .unwrap();
    assert_eq!(checkpointed, MANY_BLOCKS as u64);
    assert!(reader.published() > checkpointed + 1, "it takes several batches");
    assert!(dump(&reader.snapshot()) == folded(&entries.borrow()));
    drop((engine, reader, checkpointer));
    assert!(machine.verify().unwrap().is_sound());
}

type Hook = Arc<Mutex<Option<Reader>>>;

/// A table that reads a snapshot before and after every write made to it, as whoever reads sled may.
struct Watched {
    table: Box<dyn Table>,
    hook: Hook,
    looks: Arc<AtomicU64>,
}

impl Watched {
    fn look(&self) {
        if let Some(reader) = &*self.hook.lock().unwrap() {
            assert_is_of_its_commit(&reader.snapshot());
            self.looks.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Table for Watched {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        self.table.get(key)
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, TableError> {
        self.table.range(from, to, limit)
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Row>, TableError> {
        self.table.last(from, to)
    }

    fn apply(&self, batch: &[Write]) -> Result<(), TableError> {
        for write in batch {
            self.look();
            self.table.apply(std::slice::from_ref(write))?;
        }
        self.look();
        Ok(())
    }

    fn flush(&self) -> Result<(), TableError> {
        self.look();
        self.table.flush()
    }
}

#[derive(Default)]
struct WatchedTables {
    tables: MemoryTables,
    hook: Hook,
    looks: Arc<AtomicU64>,
}

impl TableFactory for WatchedTables {
    fn open(&self) -> Result<Box<dyn Table>, TableError> {
        let table = self.tables.open()?;
        Ok(Box::new(Watched {
            table,
            hook: self.hook.clone(),
            looks: self.looks.clone(),
        }))
    }

    fn is_present(&self) -> Result<bool, TableError> {
        self.tables.is_present()
    }

    fn set_aside(&self) -> Result<Option<String>, TableError> {
        self.tables.set_aside()
    }
}

#[test]
fn a_reader_never_sees_a_checkpoint_half_done() {
    never_seen_half_done(&some_entries(400));
}

#[test]
fn nor_a_large_value_with_some_of_its_pieces_changed() {
    let entries: Vec<_> = (0..200)
        .map(|at| entry(at % 5, 100_000 + u32::from(at)))
        .collect();
    never_seen_half_done(&entries);
}

fn never_seen_half_done(entries: &[Vec<u8>]) {
    let tables = WatchedTables::default();
    let (hook, looks) = (tables.hook.clone(), tables.looks.clone());
    let disk = Arc::new(Machine::new().disk);
    let (mut engine, _) =
        Engine::open(disk, Arc::new(tables), Arc::new(LEDGER), options(), &mut |_| {}).unwrap();
    *hook.lock().unwrap() = Some(engine.reader());
    for part in entries.chunks(40) {
        commit_all(&mut engine, part);
        engine.checkpoint().unwrap();
    }
    // The reader keeps the table, and through the hook the table keeps the reader.
    *hook.lock().unwrap() = None;
    assert!(looks.load(Ordering::Relaxed) > 10);
    assert!(dump(&engine.reader().snapshot()) == folded(entries));
}

#[test]
fn commits_go_on_beside_whoever_reads_and_the_table_waits_for_that() {
    let tables = WatchedTables::default();
    let (hook, looks) = (tables.hook.clone(), tables.looks.clone());
    let disk = Arc::new(Machine::new().disk);
    let (mut engine, _) =
        Engine::open(disk, Arc::new(tables), Arc::new(LEDGER), options(), &mut |_| {}).unwrap();
    let entries = some_entries(200);
    let (reader, checkpointer) = (engine.reader(), engine.checkpointer());
    *hook.lock().unwrap() = Some(engine.reader());
    commit_all(&mut engine, &entries[..100]);
    let snapshot = reader.snapshot();
    std::thread::scope(|scope| {
        let checkpoint = scope.spawn(|| checkpointer.run().unwrap());
        while engine.dirty_bytes() > 0 {
            std::thread::yield_now();
        }
        for entry in &entries[100..] {
            commit_all(&mut engine, std::slice::from_ref(entry));
            assert_is_of_its_commit(&reader.snapshot());
            assert_is_of_its_commit(&snapshot);
        }
        assert_eq!(snapshot.published(), 100);
        assert!(
            engine.held_bytes() > engine.dirty_bytes(),
            "what is to be checkpointed is held"
        );
        assert_eq!(looks.load(Ordering::Relaxed), 0, "the table is as it was");
        drop(snapshot);
        assert_eq!(checkpoint.join().unwrap(), 100);
    });
    assert!(looks.load(Ordering::Relaxed) > 0);
    assert_eq!(engine.held_bytes(), engine.dirty_bytes());
    *hook.lock().unwrap() = None;
    assert!(dump(&reader.snapshot()) == folded(&entries));
}
