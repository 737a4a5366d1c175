//! The engine on real files and sled while everything goes on at once: rows come at one end of a window and go at the
//! other, so that blocks are parted, emptied and removed, under readers who know which rows there are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::super::{Engine, EngineOptions, Fold, FoldError, Reader, View, Writes};
use crate::store::disk::RealDisk;
use crate::store::journal::DatabaseId;
use crate::store::table::SledTables;
use rand::{RngExt, SeedableRng, rngs::SmallRng};

/// Numbers whose rows are there at a time.
const WINDOW: u64 = 3_000;
const NUMBERS: u64 = 40_000;
const GROUP: u64 = 50;

/// Commit `n` sets the rows of `n` and removes those of `n - WINDOW`.
struct Window;

impl Fold for Window {
    fn apply(&self, _: &dyn View, commit: u64, _: &[u8], writes: &mut Writes) -> Result<(), FoldError> {
        writes.put(scattered(commit), value(commit))?;
        writes.put(in_line(commit), value(commit))?;
        if let Some(gone) = commit.checked_sub(WINDOW).filter(|gone| *gone > 0) {
            writes.remove(scattered(gone))?;
            writes.remove(in_line(gone))?;
        }
        Ok(())
    }
}

fn scattered(number: u64) -> Vec<u8> {
    [
        &b"a"[..],
        &number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes(),
    ]
    .concat()
}

fn in_line(number: u64) -> Vec<u8> {
    [&b"b"[..], &number.to_be_bytes()].concat()
}

/// Some in blocks, now and then one in pieces.
fn value(number: u64) -> Vec<u8> {
    let len = if number.is_multiple_of(97) {
        9_000
    } else {
        40 + number as usize % 500
    };
    number.to_le_bytes().into_iter().cycle().take(len).collect()
}

/// Reads what has to be there and what must not.
fn look(reader: &Reader, rng: &mut SmallRng) {
    let snapshot = reader.snapshot();
    let last = snapshot.published();
    let first = (last + 1).saturating_sub(WINDOW).max(1);
    for _ in 0..40 {
        let number = rng.random_range(1..=last + 10);
        let expected = (first..=last).contains(&number).then(|| value(number));
        assert!(
            snapshot.get(&scattered(number)).unwrap() == expected,
            "{number} of {last}"
        );
        assert!(
            snapshot.get(&in_line(number)).unwrap() == expected,
            "{number} of {last}"
        );
    }
    let from = rng.random_range(1..=last);
    let rows = snapshot.range(&in_line(from), &in_line(u64::MAX), 100).unwrap();
    let expected = (from.max(first)..=last)
        .take(100)
        .map(|n| (in_line(n).into(), value(n)));
    assert!(rows.into_iter().eq(expected), "from {from} of {last}");
}

#[test]
fn whoever_reads_while_a_window_moves_over_sled_finds_just_what_is_in_it() {
    let temporary = tempfile::tempdir().unwrap();
    let disk = Arc::new(RealDisk::open(temporary.path().join("data")).unwrap());
    let tables = Arc::new(SledTables::new(temporary.path().join("table"), 16 << 20));
    let options = EngineOptions::new(DatabaseId([5; 16]));
    let (mut engine, _) = Engine::open(disk, tables, Arc::new(Window), options, &mut |_| {}).unwrap();
    let (reader, checkpointer) = (engine.reader(), engine.checkpointer());
    let (done, looks, checkpoints) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                checkpointer.run_gently(&|_| std::thread::yield_now()).unwrap();
                checkpoints.fetch_add(1, Ordering::Relaxed);
            }
        });
        for seed in 0..2 {
            let (reader, done, looks) = (&reader, &done, &looks);
            scope.spawn(move || {
                let mut rng = SmallRng::seed_from_u64(seed);
                while !done.load(Ordering::Relaxed) {
                    if reader.published() > 0 {
                        look(reader, &mut rng);
                        looks.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        for _ in 0..NUMBERS / GROUP {
            for _ in 0..GROUP {
                engine.stage(Vec::new()).unwrap();
            }
            engine.persist().unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(looks.load(Ordering::Relaxed) > 100 && checkpoints.load(Ordering::Relaxed) > 10);
    engine.checkpoint().unwrap();
    look(&reader, &mut SmallRng::seed_from_u64(7));
}
