//! Staging, persisting, reading and checkpointing where nothing goes wrong.

use super::super::{EngineError, MAX_KEY_LEN, MAX_VALUE_LEN, Progress, View, Writes};
use super::ledger::{
    LEDGER, Ledger, Machine, balance_key, commit_all, dump, entry, folded, folded_by, some_entries,
};
use crate::store::journal::{JournalError, MAX_ENTRY_LEN};

#[test]
fn what_is_staged_is_seen_by_the_committer_alone_until_it_is_persisted() {
    let (mut engine, report) = Machine::new().open().unwrap();
    assert!(report.is_new);
    let reader = engine.reader();
    assert_eq!(engine.next_commit(), 1);
    assert_eq!(engine.stage(entry(1, 0)).unwrap(), 1);
    assert_eq!(engine.stage(entry(1, 0)).unwrap(), 2);
    assert_eq!((engine.published(), engine.staged_commit()), (0, 2));
    let two = Some(2u64.to_le_bytes().to_vec());
    assert_eq!(engine.pending_view().get(&balance_key(1)).unwrap(), two);
    assert!(dump(&reader.snapshot()).is_empty());
    assert_eq!(engine.persist().unwrap(), 2);
    assert_eq!(reader.snapshot().get(&balance_key(1)).unwrap(), two);
    assert_eq!((reader.published(), reader.snapshot().published()), (2, 2));
    assert_eq!(engine.persist().unwrap(), 2, "nothing staged, nothing changes");
}

#[test]
fn the_state_is_the_same_whether_it_lies_in_memory_or_in_the_table() {
    let machine = Machine::new();
    let (mut engine, _) = machine.open().unwrap();
    let entries = some_entries(60);
    for (index, entry) in entries.iter().enumerate() {
        engine.stage(entry.clone()).unwrap();
        engine.persist().unwrap();
        if index % 7 == 6 {
            assert!(engine.dirty_bytes() > 0);
            assert_eq!(engine.checkpoint().unwrap(), index as u64 + 1);
            assert_eq!(engine.dirty_bytes(), 0);
        }
        let expected = folded(&entries[..=index]);
        assert!(dump(&engine.reader().snapshot()) == expected, "after {index}");
        assert!(dump(engine.pending_view()) == expected, "after {index}");
    }
}

#[test]
fn opening_folds_only_what_the_table_does_not_hold() {
    let machine = Machine::new();
    let entries = some_entries(20);
    let (mut engine, _) = machine.open().unwrap();
    commit_all(&mut engine, &entries[..12]);
    engine.checkpoint().unwrap();
    commit_all(&mut engine, &entries[12..]);
    drop(engine);
    let mut told = Vec::new();
    let (engine, report) = machine.open_telling(&mut |progress| told.push(progress)).unwrap();
    assert_eq!((report.commit, report.checkpoint, report.is_new), (20, 12, false));
    assert_eq!(
        (report.rebuilt, report.torn, report.finished_checkpoint),
        (None, None, false)
    );
    assert_eq!(told, [Progress::Folding { done: 8, total: 8 }]);
    assert!(dump(&engine.reader().snapshot()) == folded(&entries));
}

#[test]
fn an_entry_that_the_fold_refuses_leaves_no_trace() {
    let machine = Machine::new();
    let (mut engine, _) = machine.open().unwrap();
    engine.stage(entry(1, 0)).unwrap();
    let before = dump(engine.pending_view());
    let refused = engine.stage(b"nonsense".to_vec()).unwrap_err();
    assert!(
        matches!(refused, EngineError::Fold { commit: 2, .. }),
        "{refused}"
    );
    let refused = engine.stage(entry(1, MAX_VALUE_LEN as u32 + 1)).unwrap_err();
    assert!(refused.to_string().contains("larger than"), "{refused}");
    let refused = engine.stage(vec![0; MAX_ENTRY_LEN + 1]).unwrap_err();
    assert!(matches!(
        refused,
        EngineError::Journal(JournalError::TooLarge { .. })
    ));
    assert_eq!(dump(engine.pending_view()), before);
    assert_eq!(engine.stage(entry(2, 0)).unwrap(), 2);
    assert_eq!(engine.persist().unwrap(), 2);
    drop(engine);
    assert_eq!(machine.open().unwrap().1.commit, 2);
}

#[test]
fn keys_are_within_their_limits() {
    let mut writes = Writes::default();
    writes.put(vec![0xff; MAX_KEY_LEN], b"".as_slice()).unwrap();
    writes
        .put(vec![0xff; MAX_KEY_LEN + 1], b"".as_slice())
        .unwrap_err();
    writes.remove(Vec::new()).unwrap_err();
    assert_eq!(writes.len(), 1);
}

#[test]
fn another_version_of_the_fold_folds_everything_again() {
    let machine = Machine::new();
    let entries = some_entries(10);
    let (mut engine, _) = machine.open().unwrap();
    commit_all(&mut engine, &entries);
    engine.checkpoint().unwrap();
    drop(engine);
    let newer = Machine {
        fold: Ledger {
            version: LEDGER.version + 1,
        },
        ..machine
    };
    let (engine, report) = newer.open().unwrap();
    assert!(report.rebuilt.unwrap().reason.contains("another version"));
    assert!(dump(&engine.reader().snapshot()) == folded_by(newer.fold, &entries));
    engine.checkpoint().unwrap();
    drop(engine);
    assert_eq!(newer.open().unwrap().1.rebuilt, None);
}

#[test]
fn the_durable_entries_can_be_read_back() {
    let (mut engine, _) = Machine::new().open().unwrap();
    let entries = some_entries(9);
    commit_all(&mut engine, &entries);
    engine.stage(entry(0, 0)).unwrap();
    let read: Vec<_> = engine.entries_from(4).unwrap().map(Result::unwrap).collect();
    assert_eq!(
        read.iter().map(|entry| entry.number).collect::<Vec<_>>(),
        (4..=9).collect::<Vec<_>>()
    );
    assert_eq!(read[0].payload, entries[3]);
}

#[test]
fn a_rebuild_on_demand_gives_the_same_state() {
    let machine = Machine::new();
    let entries = some_entries(30);
    let (mut engine, _) = machine.open().unwrap();
    commit_all(&mut engine, &entries);
    engine.checkpoint().unwrap();
    drop(engine);
    let (engine, report) = machine.rebuild().unwrap();
    assert_eq!(machine.tables.set_aside_count(), 1);
    assert!(report.rebuilt.unwrap().reason.contains("asked for"));
    assert!(dump(&engine.reader().snapshot()) == folded(&entries));
    drop(engine);
    let (_, report) = machine.open().unwrap();
    assert!(report.checkpoint > 0, "folding has checkpointed as it went");
    assert_eq!(report.rebuilt, None);
}
