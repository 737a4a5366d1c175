//! Values larger than a table takes.

use super::super::{MAX_VALUE_LEN, View};
use super::ledger::{Machine, blob_key, dump, entry, folded};
use crate::store::table::{self, MemoryTables};

fn rows(tables: &MemoryTables, space: u8) -> usize {
    tables.content().keys().filter(|key| key[0] == space).count()
}

#[test]
fn values_of_every_length_around_a_piece_come_back_from_the_table() {
    let machine = Machine::new();
    let (mut engine, _) = machine.open().unwrap();
    let piece = table::MAX_VALUE_LEN as u32;
    let around = |len: u32| len - 11..len + 3;
    let mut lens: Vec<u32> = vec![1, 2, MAX_VALUE_LEN as u32 - 1, MAX_VALUE_LEN as u32];
    lens.extend(
        around(piece - 252)
            .chain(around(piece))
            .chain(around(2 * piece))
            .chain(around(3 * piece)),
    );
    let mut entries = Vec::new();
    for len in lens {
        entries.push(entry(1, len));
        engine.stage(entry(1, len)).unwrap();
        engine.persist().unwrap();
        engine.checkpoint().unwrap();
        assert_eq!(
            engine
                .reader()
                .snapshot()
                .get(&blob_key(1))
                .unwrap()
                .unwrap()
                .len(),
            len as usize
        );
        assert!(
            machine
                .tables
                .content()
                .values()
                .all(|value| value.len() <= table::MAX_VALUE_LEN)
        );
    }
    assert!(dump(&engine.reader().snapshot()) == folded(&entries));
}

#[test]
fn a_value_that_shrinks_or_goes_leaves_no_pieces() {
    let machine = Machine::new();
    let (mut engine, _) = machine.open().unwrap();
    let mut pieces = Vec::new();
    for len in [40_000, 20_000, 100, 40_000, 0] {
        engine.stage(entry(1, len)).unwrap();
        engine.persist().unwrap();
        engine.checkpoint().unwrap();
        pieces.push(rows(&machine.tables, 2));
    }
    assert_eq!(pieces, [10, 5, 0, 10, 0]);
    drop(engine);
    assert!(machine.verify().unwrap().is_sound());
}

#[test]
fn a_missing_or_altered_piece_is_noticed() {
    for altered in [None, Some(b"altered".to_vec())] {
        let machine = Machine::new();
        let (mut engine, _) = machine.open().unwrap();
        engine.stage(entry(1, 40_000)).unwrap();
        engine.persist().unwrap();
        engine.checkpoint().unwrap();
        let mut content = machine.tables.content();
        let key = content.keys().rfind(|key| key[0] == 2).unwrap().clone();
        match altered {
            Some(value) => content.insert(key, value),
            None => content.remove(&key),
        };
        machine.tables.put_back(content);
        let error = engine.reader().snapshot().get(&blob_key(1)).unwrap_err();
        assert!(error.is_damage(), "{error}");
        engine.stage(entry(2, 0)).unwrap_err();
        drop(engine);
        let (engine, report) = machine.open().unwrap();
        assert!(report.rebuilt.unwrap().reason.contains("when last in use"));
        assert_eq!(
            engine
                .reader()
                .snapshot()
                .get(&blob_key(1))
                .unwrap()
                .unwrap()
                .len(),
            40_000
        );
        drop(engine);
        assert_eq!(machine.open().unwrap().1.rebuilt, None);
    }
}
