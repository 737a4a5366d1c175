//! Values apart from their keys: moved, given back, counted again, damaged.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use proptest::prelude::*;

use super::super::{MAX_BATCH_LEN, Table, TableFactory, Write};
use super::place::Place;
use super::usage::Usage;
use super::{SledTable, SledTables};

const FILE_LEN: u64 = 4 * 1024;

fn tables_in(folder: &Path) -> SledTables {
    SledTables::new(folder.join("table"), 16 << 20).with_files_of(FILE_LEN)
}

fn values(folder: &Path) -> PathBuf {
    folder.join("table/values")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(values(folder)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| !path.ends_with("USAGE"));
    paths.sort();
    paths
}

fn key(number: u16) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

/// Values above and below what stands in sled itself.
fn value(number: u16, round: u16) -> Vec<u8> {
    let len = usize::from(number.wrapping_mul(37).wrapping_add(round) % 500);
    [number, round]
        .map(u16::to_be_bytes)
        .concat()
        .into_iter()
        .cycle()
        .take(len)
        .collect()
}

fn all(table: &dyn Table) -> BTreeMap<Vec<u8>, Vec<u8>> {
    table
        .range(&[], &[0xff; 9], usize::MAX)
        .unwrap()
        .into_iter()
        .collect()
}

/// Three hundred values, flushed and closed.
fn filled(folder: &Path) -> SledTables {
    let tables = tables_in(folder);
    let table = tables.open_sled().unwrap();
    put_all(&table, 0..300, 0);
    table.flush().unwrap();
    tables
}

fn put_all(table: &dyn Table, numbers: std::ops::Range<u16>, round: u16) {
    let writes: Vec<Write> = numbers
        .map(|number| (key(number), Some(value(number, round))))
        .collect();
    writes
        .chunks(MAX_BATCH_LEN)
        .for_each(|batch| table.apply(batch).unwrap());
}

/// What is counted along the way has to be what counting anew finds; and no checkpoint that is done again brings what was
/// moved, so that has to be durable whenever sled may keep where it is.
fn assert_counted(table: &SledTable) {
    let mut counted = Usage::default();
    table
        .index
        .for_each(|found| {
            if let Some(Place::Apart(spot)) = Place::decode(found) {
                counted.came(spot);
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    let writing = table.writing.lock();
    let kept: Vec<_> = writing
        .usage
        .files()
        .map(|file| (file, writing.usage.of(file)))
        .collect();
    let anew: Vec<_> = counted.files().map(|file| (file, counted.of(file))).collect();
    assert_eq!(kept, anew);
    assert_eq!(writing.usage.total(), counted.total());
    assert_eq!(writing.moved.unsynced_len, 0);
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (entry, target) = (
            entry.as_ref().unwrap().path(),
            to.join(entry.unwrap().file_name()),
        );
        match entry.is_dir() {
            true => copy_folder(&entry, &target),
            false => drop(fs::copy(&entry, target).unwrap()),
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Apply(Vec<(u16, Option<u16>)>),
    Flush,
    /// Closed and opened; without what is written down of the usage, if so.
    Reopen {
        forgets: bool,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let write = (0u16..150, prop::option::weighted(0.8, 0u16..1_000));
    let step = prop_oneof![
        8 => prop::collection::vec(write, 1..MAX_BATCH_LEN).prop_map(Step::Apply),
        2 => Just(Step::Flush),
        1 => any::<bool>().prop_map(|forgets| Step::Reopen { forgets }),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_moved_all_is_there_and_counted(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let tables = tables_in(folder.path());
        let (mut table, mut expected) = (tables.open_sled().unwrap(), BTreeMap::new());
        for step in steps {
            match step {
                Step::Apply(writes) => {
                    let write = |(number, round): (u16, Option<u16>)| {
                        (key(number), round.map(|round| value(number, round)))
                    };
                    let batch: Vec<Write> = writes.into_iter().map(write).collect();
                    table.apply(&batch).unwrap();
                    for (key, value) in batch {
                        match value {
                            Some(value) => expected.insert(key, value),
                            None => expected.remove(&key),
                        };
                    }
                }
                Step::Flush => table.flush().unwrap(),
                Step::Reopen { forgets } => {
                    table.flush().unwrap();
                    drop(table);
                    if forgets {
                        fs::remove_file(values(folder.path()).join("USAGE")).unwrap();
                    }
                    table = tables.open_sled().unwrap();
                }
            }
            prop_assert_eq!(&all(&table), &expected);
            assert_counted(&table);
        }
    }
}

#[test]
fn what_is_overwritten_again_and_again_takes_no_more_room() {
    let folder = tempfile::tempdir().unwrap();
    let table = tables_in(folder.path()).open_sled().unwrap();
    let mut most = 0;
    for round in 0..200 {
        put_all(&table, 0..400, round);
        table.flush().unwrap();
        let taken: u64 = files(folder.path())
            .iter()
            .map(|path| fs::metadata(path).unwrap().len())
            .sum();
        most = most.max(taken);
    }
    let used = table.writing.lock().usage.total();
    assert!(used > 80_000, "{used}");
    assert!(most < used * 3 / 2, "{most} bytes for {used}");
    assert_counted(&table);
}

#[test]
fn small_files_of_many_starts_become_few() {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables_in(folder.path());
    for start in 0..100 {
        let table = tables.open_sled().unwrap();
        put_all(&table, start..start + 1, 400);
        table.flush().unwrap();
    }
    let count = files(folder.path()).len();
    assert!(count < 16, "{count} files");
    assert_eq!(all(&tables.open_sled().unwrap()).len(), 100);
}

#[test]
fn who_reads_finds_everything_while_files_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let table = tables_in(folder.path()).open_sled().unwrap();
    put_all(&table, 0..300, 0);
    let (is_done, looks) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    let is_of_a_round =
                        |number: u16, found: &[u8]| (0..200).any(|round| value(number, round) == found);
                    let rows = table.range(&key(0), &key(300), usize::MAX).unwrap();
                    assert_eq!(rows.len(), 300);
                    let number = (looks.fetch_add(1, Ordering::Relaxed) % 300) as u16;
                    assert!(is_of_a_round(number, &table.get(&key(number)).unwrap().unwrap()));
                    assert_eq!(table.next_key(&key(number), &[0xff]).unwrap(), Some(key(number)));
                    let last = table.last(&key(0), &key(number + 1)).unwrap().unwrap();
                    assert!(last.0 == key(number) && is_of_a_round(number, &last.1));
                }
            });
        }
        for round in 1..200 {
            put_all(&table, 0..300, round);
            table.flush().unwrap();
        }
        is_done.store(true, Ordering::Relaxed);
    });
    assert!(looks.load(Ordering::Relaxed) > 10);
    assert!(
        !values(folder.path()).join("0000000001").exists(),
        "files have gone"
    );
}

#[test]
fn the_files_of_a_process_that_was_killed_open_with_all_that_was_flushed() {
    let folder = tempfile::tempdir().unwrap();
    let table = tables_in(folder.path()).open_sled().unwrap();
    for round in 0..30 {
        put_all(&table, 0..300, round);
    }
    table.flush().unwrap();
    let flushed = all(&table);
    put_all(&table, 300..400, 0);
    let left = tempfile::tempdir().unwrap();
    copy_folder(&folder.path().join("table"), &left.path().join("table"));
    assert!(!values(left.path()).join("USAGE").exists(), "it is not exact");
    // What a power cut leaves of a file that was being written.
    let last = files(left.path()).pop().unwrap();
    let len = fs::metadata(&last).unwrap().len();
    fs::OpenOptions::new()
        .write(true)
        .open(&last)
        .unwrap()
        .set_len(len - 3)
        .unwrap();
    let tables = tables_in(left.path());
    let table = tables.open_sled().unwrap();
    for number in 0..300 {
        assert_eq!(
            table.get(&key(number)).unwrap().as_ref(),
            flushed.get(&key(number))
        );
    }
    // As the checkpoint does that is done again.
    put_all(&table, 300..400, 0);
    for round in 30..60 {
        put_all(&table, 0..300, round);
    }
    table.flush().unwrap();
    drop(table);
    assert_eq!(all(&tables.open_sled().unwrap()).len(), 400);
}

#[test]
fn an_altered_value_is_noticed_and_never_moved() {
    let folder = tempfile::tempdir().unwrap();
    let tables = filled(folder.path());
    let altered = &files(folder.path())[0];
    let mut bytes = fs::read(altered).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(altered, bytes).unwrap();
    let table = tables.open_sled().unwrap();
    let altered = (0..300).find(|number| table.get(&key(*number)).is_err());
    let altered = altered.expect("one that cannot be read");
    let error = table.get(&key(altered)).unwrap_err();
    assert!(error.is_damage(), "{error}");
    table.get(&key(0)).expect_err("nothing is read after that");
    drop(table);
    let table = tables.open_sled().unwrap();
    for round in 1..50 {
        put_all(&table, 200..300, round);
    }
    assert!(table.get(&key(altered)).unwrap_err().is_damage(), "still");
}

#[test]
fn a_file_of_values_that_is_missing_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let tables = filled(folder.path());
    fs::remove_file(&files(folder.path())[1]).unwrap();
    let error = tables.open().err().unwrap();
    assert!(error.is_damage(), "{error}");
}

#[test]
fn what_is_written_down_of_the_usage_is_not_trusted_if_it_is_altered() {
    let folder = tempfile::tempdir().unwrap();
    let tables = filled(folder.path());
    let usage = values(folder.path()).join("USAGE");
    let text = fs::read_to_string(&usage).unwrap();
    fs::write(&usage, text.replacen("file 1 ", "file 1 1", 1)).unwrap();
    assert_counted(&tables.open_sled().unwrap());
    fs::write(&usage, [0xff; 9]).unwrap();
    assert_counted(&tables.open_sled().unwrap());
}

#[test]
fn a_table_of_before_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables_in(folder.path());
    let table = tables.open_sled().unwrap();
    table.index.put(&[0], Some(&[77; 32])).unwrap();
    table.index.flush().unwrap();
    drop(table);
    let error = tables.open().err().unwrap();
    assert!(error.is_damage(), "{error}");
}
