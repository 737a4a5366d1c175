//! Tables, checkpoints and journals that are not what they should be.

use std::collections::BTreeMap;

use super::super::{DifferenceKind, Engine, EngineError, OpenReport, Progress, alter_table_row};
use super::ledger::{Machine, balance_key, commit_all, dump, entry, folded, options, some_entries};
use crate::store::disk::{Disk, Side, replace_file};
use crate::store::journal::{DatabaseId, JournalError};

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// A machine with a checkpoint at 12 and entries to 16; the entries, and the table as it was at 6.
fn running() -> (Machine, Engine, Vec<Vec<u8>>, Rows) {
    let machine = Machine::new();
    let entries = some_entries(16);
    let (mut engine, _) = machine.open().unwrap();
    commit_all(&mut engine, &entries[..6]);
    engine.checkpoint().unwrap();
    let old = machine.tables.content();
    commit_all(&mut engine, &entries[6..12]);
    engine.checkpoint().unwrap();
    commit_all(&mut engine, &entries[12..]);
    (machine, engine, entries, old)
}

/// The same, stopped.
fn stopped() -> (Machine, Vec<Vec<u8>>, Rows) {
    let (machine, _, entries, old) = running();
    (machine, entries, old)
}

fn rebuilds(machine: &Machine, entries: &[Vec<u8>], reason: &str) {
    let mut told = Vec::new();
    let (mut engine, report) = machine.open_telling(&mut |progress| told.push(progress)).unwrap();
    let rebuilt = report
        .rebuilt
        .unwrap_or_else(|| panic!("trusted, though {reason}"));
    assert!(rebuilt.reason.contains(reason), "{:?}", rebuilt.reason);
    assert_eq!(told.first(), Some(&Progress::Rebuilding(rebuilt)));
    let total = entries.len() as u64;
    assert_eq!(told.last(), Some(&Progress::Folding { done: total, total }));
    assert!(dump(&engine.reader().snapshot()) == folded(entries));
    let mut more = entries.to_vec();
    more.push(entry(9, 5_000));
    commit_all(&mut engine, &more[entries.len()..]);
    engine.checkpoint().unwrap();
    drop(engine);
    let (
        engine,
        OpenReport {
            rebuilt, checkpoint, ..
        },
    ) = machine.open().unwrap();
    assert_eq!((rebuilt, checkpoint), (None, total + 1), "once is enough");
    assert!(dump(&engine.reader().snapshot()) == folded(&more));
    drop(engine);
    assert!(machine.verify().unwrap().is_sound());
}

#[test]
fn a_lost_table_is_folded_again() {
    let (machine, entries, _) = stopped();
    machine.tables.put_back(Rows::new());
    rebuilds(&machine, &entries, "not there");
    assert_eq!(
        machine.tables.set_aside_count(),
        0,
        "there was nothing to set aside"
    );
}

#[test]
fn an_old_copy_of_the_table_is_folded_again() {
    let (machine, entries, old) = stopped();
    machine.tables.put_back(old);
    rebuilds(&machine, &entries, "commit 6");
    assert_eq!(machine.tables.set_aside_count(), 1);
}

#[test]
fn a_table_with_a_damaged_row_on_which_a_later_entry_builds_is_folded_again() {
    let (machine, entries, _) = stopped();
    let account = entries[15][0];
    alter_table_row(&machine.tables, &balance_key(account), Some(vec![0; 4])).unwrap();
    rebuilds(&machine, &entries, "damaged");
}

#[test]
fn a_table_of_another_database_is_folded_again() {
    let (machine, entries, _) = stopped();
    let other = Machine::new();
    let mut other_options = options();
    other_options.new_database = DatabaseId([9; 16]);
    let (disk, tables) = (other.disk.clone(), other.tables.clone());
    let fold = std::sync::Arc::new(other.fold);
    let (mut engine, _) = Engine::open(
        std::sync::Arc::new(disk),
        std::sync::Arc::new(tables),
        fold,
        other_options,
        &mut |_| {},
    )
    .unwrap();
    commit_all(&mut engine, &entries[..12]);
    engine.checkpoint().unwrap();
    machine.tables.put_back(other.tables.content());
    rebuilds(&machine, &entries, "another database");
}

#[test]
fn a_table_without_its_own_record_is_folded_again() {
    let (machine, entries, _) = stopped();
    let mut content = machine.tables.content();
    content.remove([0].as_slice()).unwrap();
    machine.tables.put_back(content.clone());
    rebuilds(&machine, &entries, "record is missing");
    let (machine, entries, _) = stopped();
    content.insert(vec![0], b"altered".to_vec());
    machine.tables.put_back(content);
    rebuilds(&machine, &entries, "altered");
}

#[test]
fn a_missing_or_altered_checkpoint_file_means_folding_again() {
    let (machine, entries, _) = stopped();
    machine.disk.remove("CHECKPOINT").unwrap();
    rebuilds(&machine, &entries, "missing");
    let len = machine.disk.len("CHECKPOINT").unwrap();
    for at in 0..len as usize {
        let (machine, entries, _) = stopped();
        let byte = machine.disk.read("CHECKPOINT").unwrap()[at];
        machine.disk.damage("CHECKPOINT", at, &[byte ^ 1]).unwrap();
        rebuilds(&machine, &entries, "altered");
    }
}

#[test]
fn an_old_checkpoint_file_means_folding_again() {
    let (machine, mut entries, _) = stopped();
    let old = machine.disk.read("CHECKPOINT").unwrap();
    let (mut engine, _) = machine.open().unwrap();
    entries.push(entry(1, 1));
    commit_all(&mut engine, &entries[16..]);
    engine.checkpoint().unwrap();
    drop(engine);
    replace_file(&machine.disk, "CHECKPOINT", &old).unwrap();
    rebuilds(&machine, &entries, "CHECKPOINT names 12");
}

/// A machine as `stopped`, killed in a checkpoint at 16 right after its redo file was complete; and the CHECKPOINT
/// file that names 6.
fn stopped_with_redo() -> (Machine, Vec<Vec<u8>>, Rows, Vec<u8>) {
    for at in 0.. {
        let (machine, engine, entries, old) = running();
        machine.fuse.restore();
        machine.fuse.arm(at, Side::After);
        engine.checkpoint().unwrap_err();
        machine.kill();
        if machine.disk.list("checkpoint").unwrap() == ["redo-00000000000000000016"] {
            machine.fuse.restore();
            let at_twelve = String::from_utf8(machine.disk.read("CHECKPOINT").unwrap()).unwrap();
            let lines: Vec<&str> = at_twelve.lines().collect();
            let at_six = format!("{}\n{}\ncommit 6\nhighest 6\n{}\n", lines[0], lines[1], lines[4]);
            let at_six = format!("{at_six}crc32 {:08x}\n", crc32fast::hash(at_six.as_bytes()));
            return (machine, entries, old, at_six.into_bytes());
        }
    }
    unreachable!("a checkpoint makes a redo file")
}

#[test]
fn an_interrupted_checkpoint_is_finished() {
    let (machine, entries, ..) = stopped_with_redo();
    let (engine, report) = machine.open().unwrap();
    assert_eq!(
        (report.finished_checkpoint, report.checkpoint, report.rebuilt),
        (true, 16, None)
    );
    assert!(dump(&engine.reader().snapshot()) == folded(&entries));
}

#[test]
fn a_redo_file_is_not_done_to_a_table_that_it_does_not_build_on() {
    let (machine, entries, old, old_checkpoint) = stopped_with_redo();
    machine.tables.put_back(old);
    replace_file(&machine.disk, "CHECKPOINT", &old_checkpoint).unwrap();
    rebuilds(&machine, &entries, "commit 6");
}

#[test]
fn a_journal_that_ends_before_an_interrupted_checkpoint_is_refused() {
    let (machine, ..) = stopped_with_redo();
    let last = machine.disk.list("journal").unwrap().pop().unwrap();
    machine.disk.remove(&format!("journal/{last}")).unwrap();
    let error = machine.open().err().unwrap();
    assert!(
        matches!(error, EngineError::JournalLost { highest: 16, .. }),
        "{error}"
    );
}

#[test]
fn a_journal_that_ends_before_the_checkpoint_is_refused() {
    let (machine, ..) = stopped();
    for name in machine.disk.list("journal").unwrap() {
        if name.trim_end_matches(".log").parse::<u64>().unwrap() > 6 {
            machine.disk.remove(&format!("journal/{name}")).unwrap();
        }
    }
    let error = machine.open().err().unwrap();
    assert!(
        matches!(error, EngineError::JournalLost { highest: 12, .. }),
        "{error}"
    );
    let error = machine.rebuild().err().unwrap();
    assert!(
        matches!(error, EngineError::JournalLost { highest: 12, .. }),
        "{error}"
    );
    machine.disk.remove("CHECKPOINT").unwrap();
    let error = machine.open().err().unwrap();
    assert!(
        matches!(error, EngineError::JournalLost { highest: 12, .. }),
        "the table tells it too: {error}"
    );
}

#[test]
fn a_rebuild_cut_short_does_not_forget_how_far_the_journal_reached() {
    let mut cut_short = 0;
    for at in 0.. {
        let (machine, ..) = stopped();
        machine.fuse.restore();
        machine.fuse.arm(at, Side::After);
        if machine.rebuild().is_ok() {
            break;
        }
        machine.kill();
        let mark = String::from_utf8(machine.disk.read("CHECKPOINT").unwrap()).unwrap();
        if mark.contains("commit 12\n") {
            continue;
        }
        cut_short += 1;
        let names = machine.disk.list("journal").unwrap();
        for name in names.iter().filter(|name| name.as_str() > "00000000000000000007") {
            machine.disk.remove(&format!("journal/{name}")).unwrap();
        }
        let error = machine.open().err().unwrap();
        assert!(
            matches!(error, EngineError::JournalLost { highest: 12.., .. }),
            "{error}"
        );
    }
    assert!(cut_short > 10);
}

#[test]
fn a_folder_without_its_journal_is_refused() {
    let (machine, ..) = stopped();
    for name in machine.disk.list("journal").unwrap() {
        machine.disk.remove(&format!("journal/{name}")).unwrap();
    }
    assert!(matches!(machine.open(), Err(EngineError::NoJournal { .. })));
    assert!(matches!(machine.rebuild(), Err(EngineError::NoJournal { .. })));
    machine.disk.remove("CHECKPOINT").unwrap();
    assert!(matches!(machine.open(), Err(EngineError::NoJournal { .. })));
    assert!(
        machine.disk.list("journal").unwrap().is_empty(),
        "no new journal has been begun"
    );
}

#[test]
fn a_damaged_journal_is_refused_and_named() {
    let (machine, ..) = stopped();
    let names = machine.disk.list("journal").unwrap();
    let path = format!("journal/{}", names[names.len() - 3]);
    machine.disk.damage(&path, 60, b"?").unwrap();
    machine.tables.put_back(Rows::new());
    let error = machine.open().err().unwrap();
    assert!(
        matches!(&error, EngineError::Journal(JournalError::Damaged { path: named, .. }) if *named == path)
    );
}

#[test]
fn what_never_became_a_redo_file_is_removed() {
    let (machine, entries, _) = stopped();
    let mut file = machine.disk.create("checkpoint/unfinished").unwrap();
    file.append(b"half of it").unwrap();
    let (engine, report) = machine.open().unwrap();
    assert_eq!((report.rebuilt, report.finished_checkpoint), (None, false));
    assert!(machine.disk.list("checkpoint").unwrap().is_empty());
    assert!(dump(&engine.reader().snapshot()) == folded(&entries));
}

#[test]
fn a_redo_file_that_cannot_be_read_means_folding_again() {
    let (machine, entries, _) = stopped();
    let mut file = machine
        .disk
        .create("checkpoint/redo-00000000000000000016")
        .unwrap();
    file.append(b"not what was written").unwrap();
    rebuilds(&machine, &entries, "redo file");
}

#[test]
fn a_table_that_fails_while_folding_is_folded_again_from_the_start() {
    let (machine, entries, _) = stopped();
    let mut content = machine.tables.content();
    // A block that is none, where folding the next entries reads it.
    let block = content.iter_mut().find(|(key, _)| key[0] == 1).unwrap();
    *block.1 = b"?".to_vec();
    machine.tables.put_back(content);
    rebuilds(&machine, &entries, "a block of rows is altered");
}

#[test]
fn verifying_names_what_differs_and_changes_nothing() {
    let (machine, entries, _) = stopped();
    let sound = machine.verify().unwrap();
    assert!(sound.is_sound(), "{sound:?}");
    assert_eq!((sound.journal_commit, sound.table_commit), (16, 12));
    assert_eq!(sound.rows, folded(&entries[..12]).len() as u64);
    alter_table_row(&machine.tables, &balance_key(1), None).unwrap();
    alter_table_row(&machine.tables, &balance_key(2), Some(b"changed".to_vec())).unwrap();
    alter_table_row(&machine.tables, b"zz", Some(b"new".to_vec())).unwrap();
    let mut content = machine.tables.content();
    content.insert(vec![2, b'q', 0, 0], b"stray".to_vec());
    machine.tables.put_back(content.clone());
    let report = machine.verify().unwrap();
    let named: Vec<_> = report
        .named
        .iter()
        .map(|found| (found.key.clone(), found.kind))
        .collect();
    let expected = [
        (balance_key(1), DifferenceKind::Missing),
        (balance_key(2), DifferenceKind::Different),
        (b"zz".as_slice().into(), DifferenceKind::Unexpected),
    ];
    assert_eq!(named, expected);
    assert_eq!(
        (report.differences, report.stray_pieces, report.is_sound()),
        (3, 1, false)
    );
    assert_eq!(machine.tables.content(), content);
}

#[test]
fn verifying_tells_of_a_table_that_cannot_be_compared() {
    let (machine, _, old) = stopped();
    machine.tables.put_back(old);
    let report = machine.verify().unwrap();
    assert!(
        report.unreadable.as_ref().unwrap().contains("commit 6"),
        "{report:?}"
    );
    assert!(!report.is_sound());
    assert_eq!(report.journal_commit, 16);
    assert!(matches!(
        Machine::new().verify(),
        Err(EngineError::NoJournal { .. })
    ));
}
