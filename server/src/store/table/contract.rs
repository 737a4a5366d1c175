//! What every table must do, run on the one in memory and the one on sled.

use super::{
    MAX_BATCH_LEN, MAX_KEY_LEN, MAX_VALUE_LEN, MemoryTables, Row, SledTables, Table, TableError,
    TableFactory, Write,
};

fn on_each_table(test: impl Fn(&dyn TableFactory)) {
    test(&MemoryTables::default());
    let folder = tempfile::tempdir().unwrap();
    test(&SledTables::new(folder.path().join("table"), 16 << 20));
}

fn put(key: &str, value: &str) -> Write {
    (key.into(), Some(value.into()))
}

fn remove(key: &str) -> Write {
    (key.into(), None)
}

fn row(key: &str, value: &str) -> Row {
    (key.into(), value.into())
}

fn all(table: &dyn Table) -> Vec<Row> {
    table.range(&[], &[0xff], usize::MAX).unwrap()
}

#[test]
fn a_batch_is_read_back() {
    on_each_table(|tables| {
        let table = tables.open().unwrap();
        table
            .apply(&[put("b", "2"), put("a", "1"), put("c", "")])
            .unwrap();
        assert_eq!(table.get(b"a").unwrap(), Some(b"1".to_vec()));
        assert_eq!(table.get(b"c").unwrap(), Some(Vec::new()));
        assert_eq!(table.get(b"d").unwrap(), None);
        table
            .apply(&[put("a", "new"), remove("b"), remove("never there")])
            .unwrap();
        assert_eq!(all(&*table), [row("a", "new"), row("c", "")]);
    });
}

#[test]
fn the_last_write_of_a_key_in_a_batch_stands() {
    on_each_table(|tables| {
        let table = tables.open().unwrap();
        table
            .apply(&[
                put("a", "1"),
                remove("a"),
                put("b", "1"),
                put("b", "2"),
                put("c", "1"),
                remove("c"),
            ])
            .unwrap();
        assert_eq!(all(&*table), [row("b", "2")]);
    });
}

#[test]
fn a_range_is_half_open_ascending_and_limited() {
    on_each_table(|tables| {
        let table = tables.open().unwrap();
        table
            .apply(&["a", "aa", "b", "c", "d"].map(|key| put(key, key)))
            .unwrap();
        let keys = |from: &str, to: &str, limit| -> Vec<String> {
            let rows = table.range(from.as_bytes(), to.as_bytes(), limit).unwrap();
            rows.into_iter()
                .map(|(key, _)| String::from_utf8(key).unwrap())
                .collect()
        };
        assert_eq!(keys("a", "c", 10), ["a", "aa", "b"]);
        assert_eq!(keys("a", "c", 2), ["a", "aa"]);
        assert_eq!(keys("ab", "z", 2), ["b", "c"]);
        assert!(keys("a", "z", 0).is_empty());
        assert!(keys("c", "c", 10).is_empty());
        assert!(keys("d", "a", 10).is_empty());
        let last = |from: &str, to: &str| table.last(from.as_bytes(), to.as_bytes()).unwrap();
        assert_eq!(last("a", "c"), Some(row("b", "b")));
        assert_eq!(last("ab", "z"), Some(row("d", "d")));
        assert_eq!(last("ab", "b"), None);
        assert_eq!(last("d", "a"), None);
    });
}

#[test]
fn the_last_row_of_a_range_is_found_among_many() {
    on_each_table(|tables| {
        let table = tables.open().unwrap();
        let place = |n: usize| format!("{:04}", n * 7_919 % 10_000);
        for n in (0..2_000).step_by(MAX_BATCH_LEN) {
            let batch: Vec<Write> = (n..n + MAX_BATCH_LEN)
                .map(|n| put(&place(n), &"v".repeat(n % 700)))
                .collect();
            table.apply(&batch).unwrap();
        }
        let all = all(&*table);
        for n in 0..10_000 {
            let to = format!("{n:04}");
            let expected = all.iter().rfind(|(key, _)| key.as_slice() < to.as_bytes());
            assert_eq!(table.last(b"0", to.as_bytes()).unwrap().as_ref(), expected);
        }
    });
}

#[test]
fn batches_keys_and_values_beyond_the_limits_are_refused_whole() {
    on_each_table(|tables| {
        let table = tables.open().unwrap();
        let long: Vec<Write> = (0..=MAX_BATCH_LEN).map(|n| put(&n.to_string(), "")).collect();
        assert!(matches!(table.apply(&long), Err(TableError::BatchTooLong { .. })));
        let value = vec![0; MAX_VALUE_LEN + 1];
        let refused = table.apply(&[put("a", "1"), (b"b".to_vec(), Some(value))]);
        assert!(matches!(refused, Err(TableError::ValueTooLarge { .. })));
        let key = vec![b'k'; MAX_KEY_LEN + 1];
        let refused = table.apply(&[put("a", "1"), (key, None)]);
        assert!(matches!(refused, Err(TableError::KeyTooLarge { .. })));
        assert!(all(&*table).is_empty());
        table.apply(&long[..MAX_BATCH_LEN]).unwrap();
        table
            .apply(&[(vec![b'k'; MAX_KEY_LEN], Some(vec![1; MAX_VALUE_LEN]))])
            .unwrap();
        assert_eq!(all(&*table).len(), MAX_BATCH_LEN + 1);
    });
}

#[test]
fn what_is_flushed_is_there_when_opened_again() {
    on_each_table(|tables| {
        assert!(!tables.is_present().unwrap());
        let table = tables.open().unwrap();
        for n in 0..50 {
            let batch: Vec<Write> = (0..100)
                .map(|m| put(&format!("{n:02}/{m:02}"), &"v".repeat(m)))
                .collect();
            table.apply(&batch).unwrap();
        }
        table.apply(&[remove("07/13")]).unwrap();
        table.flush().unwrap();
        let before = all(&*table);
        assert_eq!(before.len(), 4_999);
        drop(table);
        assert!(tables.is_present().unwrap());
        assert_eq!(all(&*tables.open().unwrap()), before);
    });
}

#[test]
fn a_table_set_aside_leaves_an_empty_place() {
    on_each_table(|tables| {
        assert_eq!(tables.set_aside().unwrap(), None);
        for n in 1..=2 {
            let table = tables.open().unwrap();
            table.apply(&[put("a", "1")]).unwrap();
            table.flush().unwrap();
            drop(table);
            let name = tables.set_aside().unwrap().unwrap();
            assert!(name.ends_with(&format!("damaged-{n}")), "{name}");
            assert!(!tables.is_present().unwrap());
            assert!(all(&*tables.open().unwrap()).is_empty());
        }
    });
}
