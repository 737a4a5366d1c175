//! Files of a data folder and of a backup: journal segments, checkpoint files, redo files, entries, manifests.

use super::try_hard;
use otor_server::state::entry::{Act, AreaAct, Entry};
use otor_server::store::backup::{MANIFEST_FILE, Manifest, back_up};
use otor_server::store::disk::{Disk, Fuse, Side, SimulatedDisk};
use otor_server::store::engine::{Engine, EngineOptions, verify};
use otor_server::store::journal::{DatabaseId, inspect};
use otor_server::store::table::MemoryTables;
use otor_tests::ledger::{Ledger, payload};
use std::sync::Arc;

/// A store that was killed in the middle of a checkpoint, so that it has every kind of file.
fn killed() -> SimulatedDisk {
    for operation in 0.. {
        let (disk, tables) = (
            SimulatedDisk::new(Fuse::default()),
            MemoryTables::new(Fuse::default()),
        );
        let mut engine = open(&disk, tables).unwrap();
        for number in 1..=8 {
            engine.stage(payload(number)).unwrap();
            engine.persist().unwrap();
        }
        engine.checkpoint().unwrap();
        engine.stage(payload(9)).unwrap();
        engine.persist().unwrap();
        let fuse = disk.fuse();
        fuse.arm(fuse.operations() + operation, Side::After);
        assert!(
            engine.checkpoint().is_err(),
            "a checkpoint has a moment with a redo file"
        );
        disk.kill();
        let names = disk.list("checkpoint").unwrap();
        if names.iter().any(|name| name.starts_with("redo-")) {
            return disk;
        }
    }
    unreachable!("the loop has no end")
}

fn open(disk: &SimulatedDisk, tables: MemoryTables) -> Option<Engine> {
    let options = EngineOptions {
        segment_bytes: 2_000,
        ..EngineOptions::new(DatabaseId([6; 16]))
    };
    let disk = Arc::new(disk.clone());
    let opened = Engine::open(disk, Arc::new(tables), Arc::new(Ledger), options, &mut |_| {});
    opened.ok().map(|(engine, _)| engine)
}

/// Opens and looks at a store in which this file has these bytes.
fn with_file(original: &SimulatedDisk, path: &str, bytes: &[u8]) {
    let disk = original.duplicate(Fuse::default());
    disk.remove(path).unwrap();
    disk.create(path).unwrap().append(bytes).unwrap();
    let _ = verify(
        Arc::new(disk.clone()),
        &MemoryTables::default(),
        &Ledger,
        &mut |_| {},
    );
    if let Some(engine) = open(&disk, MemoryTables::default()) {
        // What opens can be read to its end, and is a beginning of what was written.
        for entry in engine.entries_from(1).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.payload, payload(entry.number));
        }
    }
}

fn try_file(name: &str, path: &str) {
    let disk = killed();
    let content = disk.read(path).unwrap();
    try_hard(name, &[content], |bytes| with_file(&disk, path, bytes));
}

#[test]
fn the_last_segment_of_a_journal() {
    let disk = killed();
    let names = disk.list("journal").unwrap();
    try_file("segments", &format!("journal/{}", names[names.len() - 1]));
}

#[test]
fn an_earlier_segment_of_a_journal() {
    let disk = killed();
    let names = disk.list("journal").unwrap();
    assert!(names.len() > 1);
    let path = format!("journal/{}", names[0]);
    let content = disk.read(&path).unwrap();
    try_hard("segments", &[content], |bytes| {
        let disk = disk.duplicate(Fuse::default());
        disk.remove(&path).unwrap();
        disk.create(&path).unwrap().append(bytes).unwrap();
        if let Ok(found) = inspect(&disk) {
            for entry in found.entries(Arc::new(disk.clone()), 1).into_iter().flatten() {
                let Ok(entry) = entry else { break };
                assert_eq!(entry.payload, payload(entry.number));
            }
        }
    });
}

#[test]
fn checkpoint_files() {
    try_file("checkpoints", "CHECKPOINT");
}

#[test]
fn redo_files() {
    let names = killed().list("checkpoint").unwrap();
    let redo = names.iter().find(|name| name.starts_with("redo-")).unwrap();
    try_file("redo", &format!("checkpoint/{redo}"));
}

#[test]
fn manifests_of_backups() {
    let (source, backup) = (killed(), SimulatedDisk::default());
    back_up(Arc::new(source), &backup, [1; 32], true).unwrap();
    let content = backup.read(MANIFEST_FILE).unwrap();
    try_hard("manifests", &[content], |bytes| {
        let disk = SimulatedDisk::default();
        disk.create(MANIFEST_FILE).unwrap().append(bytes).unwrap();
        let _ = Manifest::read(&disk);
    });
}

#[test]
fn entries_of_a_journal() {
    let entry = |act| {
        Entry {
            at_ms: 1,
            act,
            answer: None,
            derived: Vec::new(),
            by: None,
        }
        .encode()
    };
    let area = AreaAct {
        handle: 1,
        code: "150821100201001".parse().unwrap(),
        name: "一格".into(),
    };
    let seeds = [
        entry(Act::Genesis { incarnation: 7 }),
        entry(Act::Areas(vec![area])),
        entry(Act::Clocks(Vec::new())),
    ];
    try_hard("entries", &seeds, |bytes| {
        let _ = Entry::decode(bytes);
    });
}
