//! The fences around sled: what it leaves behind, what it panics at, what it keeps in files of its own.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::{MAX_BATCH_LEN, MAX_KEY_LEN, MAX_VALUE_LEN, SledTables, TableError, TableFactory, Write};

fn tables_in(folder: &Path) -> SledTables {
    SledTables::new(folder.join("table"), 16 << 20)
}

/// Fills a table with several hundred KiB and closes it.
fn filled(tables: &SledTables) {
    let table = tables.open().unwrap();
    for n in 0..20u8 {
        let batch: Vec<Write> = (0..100u8).map(|m| (vec![n, m], Some(vec![m; 400]))).collect();
        table.apply(&batch).unwrap();
    }
    table.flush().unwrap();
}

#[test]
fn a_snapshot_that_was_never_finished_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables_in(folder.path());
    filled(&tables);
    let leftover = folder.path().join("table/snap.00000000FFFFFFFF.generating");
    fs::write(&leftover, b"half a snapshot").unwrap();
    let table = tables.open().unwrap();
    assert_eq!(table.range(&[], &[0xff], usize::MAX).unwrap().len(), 2_000);
    assert!(!leftover.exists());
}

#[test]
fn a_page_in_a_file_of_its_own_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables_in(folder.path());
    filled(&tables);
    fs::write(folder.path().join("table/blobs/42"), b"a page").unwrap();
    let error = tables.open().err().unwrap();
    assert!(error.is_damage(), "{error}");
}

#[test]
fn a_file_full_of_garbage_opens_without_the_data_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables_in(folder.path());
    filled(&tables);
    let db = folder.path().join("table/db");
    let garbage: Vec<u8> = (0..fs::metadata(&db).unwrap().len())
        .map(|n| (n * 31 % 251) as u8)
        .collect();
    fs::write(&db, garbage).unwrap();
    let read = tables
        .open()
        .and_then(|table| table.range(&[], &[0xff], usize::MAX));
    match read {
        Ok(rows) => assert!(rows.is_empty()),
        Err(error) => assert!(error.is_damage(), "{error}"),
    }
}

#[test]
fn a_table_in_use_cannot_be_opened_and_is_not_taken_for_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables_in(folder.path());
    let _in_use = tables.open().unwrap();
    let error = tables.open().err().unwrap();
    assert!(matches!(error, TableError::Unusable { .. }), "{error}");
}

#[test]
fn after_an_error_nothing_works_until_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables_in(folder.path());
    let table = tables.open().unwrap();
    table.apply(&[(b"a".to_vec(), Some(b"1".to_vec()))]).unwrap();
    fs::write(folder.path().join("table/blobs/42"), b"a page").unwrap();
    table.flush().unwrap_err();
    table.get(b"a").unwrap_err();
    table.apply(&[]).unwrap_err();
    drop(table);
    fs::remove_file(folder.path().join("table/blobs/42")).unwrap();
    assert_eq!(tables.open().unwrap().get(b"a").unwrap(), Some(b"1".to_vec()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Only the largest keys and values, in whatever order, with removals that merge pages.
    #[test]
    fn no_use_within_the_limits_makes_sled_put_pages_into_files(
        batches in prop::collection::vec(prop::collection::vec((0u16..600, any::<bool>()), 1..MAX_BATCH_LEN), 1..40),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let tables = tables_in(folder.path());
        let table = tables.open().unwrap();
        let mut expected = std::collections::BTreeMap::new();
        for batch in &batches {
            let write = |(number, put): &(u16, bool)| -> Write {
                let mut key = vec![b'k'; MAX_KEY_LEN];
                key[..2].copy_from_slice(&number.to_be_bytes());
                (key, put.then(|| vec![*number as u8; MAX_VALUE_LEN]))
            };
            let batch: Vec<Write> = batch.iter().map(write).collect();
            for (key, value) in &batch {
                match value {
                    Some(value) => expected.insert(key.clone(), value.clone()),
                    None => expected.remove(key),
                };
            }
            table.apply(&batch).unwrap();
        }
        table.flush().unwrap();
        drop(table);
        let table = tables.open().unwrap();
        let rows = table.range(&[], &[0xff; 300], usize::MAX).unwrap();
        prop_assert!(rows == expected.into_iter().collect::<Vec<_>>());
    }
}
