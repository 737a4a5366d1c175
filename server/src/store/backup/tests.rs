//! Backups of a journal that goes on meanwhile, of altered copies and originals, and back.

use super::{BackupError, BackupReport, MANIFEST_FILE, back_up, check, restore};
use crate::store::disk::{CrashMode, Disk, DiskError, Side, SimulatedDisk};
use crate::store::journal::{DatabaseId, Entry, Journal, inspect, segment_path};
use std::sync::Arc;

const KEY: [u8; 32] = [3; 32];

struct Scene {
    simulated: SimulatedDisk,
    source: Arc<dyn Disk>,
    backup: SimulatedDisk,
    journal: Journal,
}

fn journal_on(disk: &Arc<dyn Disk>) -> Journal {
    Journal::open(disk.clone(), inspect(&**disk).unwrap(), DatabaseId([4; 16]), 400).unwrap()
}

impl Scene {
    fn new(entries: u64) -> Self {
        let simulated = SimulatedDisk::default();
        let source: Arc<dyn Disk> = Arc::new(simulated.clone());
        let mut scene = Scene {
            journal: journal_on(&source),
            simulated,
            source,
            backup: SimulatedDisk::default(),
        };
        scene.append(entries);
        scene
    }

    fn append(&mut self, count: u64) {
        for _ in 0..count {
            let payload = payload(self.journal.last() + 1);
            self.journal.append(&[payload]).unwrap();
            self.journal.sync().unwrap();
        }
    }

    fn back_up(&self) -> Result<BackupReport, BackupError> {
        back_up(self.source.clone(), &self.backup, KEY, false)
    }

    fn restored(&self) -> Result<Vec<Entry>, BackupError> {
        let target: Arc<dyn Disk> = Arc::new(SimulatedDisk::default());
        restore(Arc::new(self.backup.clone()), target.clone(), "backup")?;
        let journal = journal_on(&target);
        Ok(journal.read_from(1)?.map(Result::unwrap).collect())
    }

    fn assert_holds(&self, last: u64) {
        let entries = self.restored().unwrap();
        assert_eq!(entries.len() as u64, last);
        for (entry, number) in entries.iter().zip(1..) {
            assert_eq!((entry.number, &entry.payload), (number, &payload(number)));
        }
    }
}

fn payload(number: u64) -> Vec<u8> {
    format!("entry {number} {}", "-".repeat(number as usize % 50)).into_bytes()
}

#[test]
fn a_backup_comes_back_entry_by_entry_and_only_what_is_new_is_copied_again() {
    let mut scene = Scene::new(40);
    let first = scene.back_up().unwrap();
    assert!(first.segments > 4, "{first:?}");
    assert_eq!((first.entries, first.bytes_copied), (40, first.bytes));
    scene.assert_holds(40);
    let nothing = scene.back_up().unwrap();
    assert_eq!((nothing.segments_copied, nothing.bytes_copied), (0, 0));
    scene.append(25);
    let more = scene.back_up().unwrap();
    assert_eq!((more.entries_before, more.entries), (40, 65));
    assert_eq!(more.bytes, first.bytes + more.bytes_copied, "nothing twice");
    scene.assert_holds(65);
}

#[test]
fn what_a_server_is_writing_is_left_out_and_comes_the_next_time() {
    let mut scene = Scene::new(10);
    scene.append(1);
    let found = inspect(&*scene.source).unwrap();
    let last = found.extents(&*scene.source).unwrap().pop().unwrap();
    // Half of an entry over the zeros laid ahead, as a copy finds it that comes while it is written.
    let half = [90, 0, 0, 0, 1, 2, 3];
    let write = |bytes: &[u8]| {
        scene
            .simulated
            .damage(&last.path, last.len as usize, bytes)
            .unwrap()
    };
    write(&half);
    assert_eq!(
        scene.simulated.read(&last.path).unwrap()[last.len as usize..][..7],
        half
    );
    assert_eq!(scene.back_up().unwrap().entries, 11);
    scene.assert_holds(11);
    write(&[0; 7]);
    scene.append(9);
    scene.back_up().unwrap();
    scene.assert_holds(20);
}

impl Scene {
    fn journal_firsts(&self) -> Vec<u64> {
        let extents = inspect(&*self.source).unwrap().extents(&*self.source).unwrap();
        extents.iter().map(|extent| extent.first).collect()
    }
}

#[test]
fn no_power_cut_leaves_a_backup_that_is_ahead_of_its_journal() {
    let mut scene = Scene::new(5);
    // Written and not synced: the backup makes it durable before it copies it.
    scene.journal.append(&[payload(6)]).unwrap();
    assert_eq!(scene.back_up().unwrap().entries, 6);
    scene.simulated.crash(CrashMode::LoseUnsynced, 1);
    scene.journal = journal_on(&scene.source);
    assert_eq!(scene.journal.last(), 6);
    scene.append(1);
    scene.back_up().unwrap();
    scene.assert_holds(7);
}

#[test]
fn a_backup_that_breaks_off_anywhere_leaves_the_one_before_and_the_next_one_is_whole() {
    let operations = {
        let mut scene = Scene::new(20);
        scene.back_up().unwrap();
        scene.append(30);
        let before = scene.backup.fuse().operations();
        scene.back_up().unwrap();
        scene.backup.fuse().operations() - before
    };
    for (operation, side) in (0..operations).flat_map(|at| [(at, Side::Before), (at, Side::After)]) {
        let mut scene = Scene::new(20);
        scene.back_up().unwrap();
        scene.append(30);
        let fuse = scene.backup.fuse();
        fuse.arm(fuse.operations() + operation, side);
        scene.back_up().unwrap_err();
        scene.backup.crash(CrashMode::Reordered, operation);
        let held = check(Arc::new(scene.backup.clone()), "backup").unwrap().entries;
        assert!(held == 20 || held == 50, "{held}");
        scene.assert_holds(held);
        scene.back_up().unwrap();
        scene.assert_holds(50);
    }
}

#[test]
fn a_backup_with_any_byte_altered_is_refused_and_named() {
    let mut scene = Scene::new(12);
    scene.back_up().unwrap();
    scene.append(3);
    let paths: Vec<String> = scene.journal_firsts().into_iter().map(segment_path).collect();
    for path in paths.iter().map(String::as_str).chain([MANIFEST_FILE]) {
        for at in 0..scene.backup.len(path).unwrap_or(0) as usize {
            let byte = scene.backup.read(path).unwrap()[at];
            scene.backup.damage(path, at, &[byte ^ 1]).unwrap();
            match scene.restored() {
                Err(BackupError::Altered { path: named, .. }) => assert_eq!(named, path),
                other => panic!("{path} byte {at}: {other:?}"),
            }
            scene.backup.damage(path, at, &[byte]).unwrap();
        }
    }
    scene.backup.remove(&paths[0]).unwrap();
    assert!(matches!(
        scene.restored(),
        Err(BackupError::Altered {
            what: "is missing",
            ..
        })
    ));
}

#[test]
fn a_journal_that_is_damaged_is_not_backed_up() {
    let scene = Scene::new(30);
    let path = segment_path(1);
    let byte = scene.simulated.read(&path).unwrap()[70];
    scene.simulated.damage(&path, 70, &[byte ^ 1]).unwrap();
    assert!(matches!(scene.back_up(), Err(BackupError::Journal(_))));
    assert!(!scene.backup.exists(MANIFEST_FILE).unwrap());
}

#[test]
fn damage_since_a_segment_was_backed_up_is_found_by_looking_at_the_whole() {
    let scene = Scene::new(30);
    scene.back_up().unwrap();
    let path = segment_path(1);
    let byte = scene.simulated.read(&path).unwrap()[70];
    scene.simulated.damage(&path, 70, &[byte ^ 1]).unwrap();
    scene.back_up().unwrap();
    let whole = back_up(scene.source.clone(), &scene.backup, KEY, true);
    assert!(matches!(whole, Err(BackupError::Journal(_))), "{whole:?}");
    scene.assert_holds(30);
}

#[test]
fn a_journal_that_did_not_grow_from_what_was_backed_up_needs_another_folder() {
    let scene = Scene::new(12);
    scene.back_up().unwrap();
    let shorter = Scene {
        backup: scene.backup.clone(),
        ..Scene::new(5)
    };
    assert!(matches!(shorter.back_up(), Err(BackupError::Diverged { .. })));
    let mut other = Scene {
        backup: scene.backup.clone(),
        ..Scene::new(0)
    };
    for number in 1..=60u64 {
        let payload = format!("another {number}").into_bytes();
        other.journal.append(&[payload]).unwrap();
        other.journal.sync().unwrap();
    }
    assert!(matches!(other.back_up(), Err(BackupError::Diverged { .. })));
    scene.assert_holds(12);
}

#[test]
fn a_backup_of_another_database_is_not_written_over() {
    let scene = Scene::new(3);
    scene.back_up().unwrap();
    let source: Arc<dyn Disk> = Arc::new(SimulatedDisk::default());
    let found = inspect(&*source).unwrap();
    drop(Journal::open(source.clone(), found, DatabaseId([9; 16]), 400).unwrap());
    let refused = back_up(source, &scene.backup, KEY, false);
    assert!(matches!(refused, Err(BackupError::OtherDatabase { .. })));
}

#[test]
fn restoring_never_writes_over_a_segment() {
    let scene = Scene::new(3);
    scene.back_up().unwrap();
    let refused = restore(Arc::new(scene.backup.clone()), scene.source.clone(), "backup");
    assert!(matches!(
        refused,
        Err(BackupError::Disk(DiskError::Exists { .. }))
    ));
    assert!(matches!(
        restore(
            Arc::new(SimulatedDisk::default()),
            scene.source.clone(),
            "nowhere"
        ),
        Err(BackupError::NoBackup { .. })
    ));
}
