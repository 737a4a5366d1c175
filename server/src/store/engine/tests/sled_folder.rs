//! The engine on real files and sled: stopped at once, damaged, put back, and opened again.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::{Engine, EngineError, EngineOptions, OpenReport, verify};
use super::ledger::{LEDGER, commit_all, dump, folded, some_entries};
use crate::store::disk::{DiskError, RealDisk};
use crate::store::journal::DatabaseId;
use crate::store::table::SledTables;

struct Folder {
    temporary: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        Self {
            temporary: tempfile::tempdir().unwrap(),
        }
    }

    fn root(&self) -> PathBuf {
        self.temporary.path().join("data")
    }

    fn sled(&self) -> PathBuf {
        self.root().join("table")
    }

    fn tables(&self) -> Arc<SledTables> {
        Arc::new(SledTables::new(self.sled(), 16 << 20))
    }

    fn open(&self) -> Result<(Engine, OpenReport), EngineError> {
        let disk = Arc::new(RealDisk::open(self.root())?);
        let options = EngineOptions {
            segment_bytes: 2_000,
            fold_bytes: 40_000,
            ..EngineOptions::new(DatabaseId([5; 16]))
        };
        Engine::open(disk, self.tables(), Arc::new(LEDGER), options, &mut |_| {})
    }

    fn verify(&self) -> bool {
        let disk = Arc::new(RealDisk::open(self.root()).unwrap());
        verify(disk, &*self.tables(), &LEDGER, &mut |_| {})
            .unwrap()
            .is_sound()
    }

    /// 300 entries, checkpointed at 240, and closed.
    fn filled() -> (Self, Vec<Vec<u8>>) {
        let folder = Self::new();
        let entries = some_entries(300);
        let (mut engine, _) = folder.open().unwrap();
        commit_all(&mut engine, &entries[..120]);
        engine.checkpoint().unwrap();
        commit_all(&mut engine, &entries[120..240]);
        engine.checkpoint().unwrap();
        commit_all(&mut engine, &entries[240..]);
        (folder, entries)
    }

    fn rebuilds(&self, entries: &[Vec<u8>]) -> String {
        let (engine, report) = self.open().unwrap();
        let rebuilt = report.rebuilt.expect("the table must not be trusted");
        assert!(dump(&engine.reader().snapshot()) == folded(entries));
        engine.checkpoint().unwrap();
        drop(engine);
        let (engine, report) = self.open().unwrap();
        assert_eq!((report.rebuilt, report.checkpoint), (None, entries.len() as u64));
        assert!(dump(&engine.reader().snapshot()) == folded(entries));
        drop(engine);
        assert!(self.verify());
        if let Some(aside) = rebuilt.set_aside {
            assert!(Path::new(&aside).exists(), "set aside, not deleted");
        }
        rebuilt.reason
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_folder_opens_again_as_it_was_left() {
    let (folder, entries) = Folder::filled();
    let (engine, report) = folder.open().unwrap();
    assert_eq!(
        (report.commit, report.checkpoint, report.rebuilt),
        (300, 240, None)
    );
    assert!(dump(&engine.reader().snapshot()) == folded(&entries));
    drop(engine);
    assert!(folder.verify());
}

#[test]
fn the_files_of_a_running_engine_open_elsewhere_with_everything_persisted() {
    let (folder, entries) = Folder::filled();
    let (mut engine, _) = folder.open().unwrap();
    engine.checkpoint().unwrap();
    let more = some_entries(330);
    commit_all(&mut engine, &more[300..]);
    // What a kill leaves: the files as they are, while the process still holds them.
    let left = Folder::new();
    copy_folder(&folder.root(), &left.root());
    let (engine, report) = left.open().unwrap();
    assert_eq!(report.commit, 330);
    assert_eq!(more[..300], entries);
    assert!(dump(&engine.reader().snapshot()) == folded(&more));
}

#[test]
fn a_second_engine_on_the_folder_is_refused() {
    let (folder, _) = Folder::filled();
    let first = folder.open().unwrap();
    let refused = folder.open().err().unwrap();
    assert!(
        matches!(refused, EngineError::Disk(DiskError::Locked { .. })),
        "{refused}"
    );
    drop(first);
    folder.open().unwrap();
}

#[test]
fn a_removed_sled_folder_is_folded_again() {
    let (folder, entries) = Folder::filled();
    fs::remove_dir_all(folder.sled()).unwrap();
    assert!(folder.rebuilds(&entries).contains("not there"));
    assert!(
        !folder.root().join("table.damaged-1").exists(),
        "there was nothing to set aside"
    );
}

#[test]
fn a_sled_file_cut_to_nothing_is_folded_again() {
    let (folder, entries) = Folder::filled();
    fs::write(folder.sled().join("db"), b"").unwrap();
    folder.rebuilds(&entries);
}

#[test]
fn a_sled_file_cut_in_the_middle_is_trusted_only_if_it_is_whole_all_the_same() {
    let (folder, entries) = Folder::filled();
    let db = folder.sled().join("db");
    let len = fs::metadata(&db).unwrap().len();
    fs::OpenOptions::new()
        .write(true)
        .open(&db)
        .unwrap()
        .set_len(len / 2)
        .unwrap();
    let (engine, _) = folder.open().unwrap();
    assert!(dump(&engine.reader().snapshot()) == folded(&entries));
}

#[test]
fn a_sled_file_of_garbage_is_folded_again() {
    let (folder, entries) = Folder::filled();
    let db = folder.sled().join("db");
    let len = fs::metadata(&db).unwrap().len();
    let garbage: Vec<u8> = (0..len)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 7) as u8)
        .collect();
    fs::write(&db, garbage).unwrap();
    folder.rebuilds(&entries);
}

#[test]
fn an_old_copy_of_the_sled_folder_is_folded_again() {
    let (folder, entries) = Folder::filled();
    let copy = folder.temporary.path().join("copy");
    copy_folder(&folder.sled(), &copy);
    let (engine, _) = folder.open().unwrap();
    engine.checkpoint().unwrap();
    drop(engine);
    fs::remove_dir_all(folder.sled()).unwrap();
    copy_folder(&copy, &folder.sled());
    assert!(folder.rebuilds(&entries).contains("commit 240"));
}

#[test]
fn a_sled_snapshot_of_garbage_loses_nothing() {
    let (folder, entries) = Folder::filled();
    drop(folder.open().unwrap());
    let snapshots: Vec<PathBuf> = fs::read_dir(folder.sled())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let snapshots = snapshots
        .into_iter()
        .filter(|path| path.display().to_string().contains("snap."));
    let mut damaged = 0;
    for path in snapshots {
        fs::write(&path, vec![0x5a; 300]).unwrap();
        damaged += 1;
    }
    assert!(damaged > 0);
    let (engine, _) = folder.open().unwrap();
    assert!(dump(&engine.reader().snapshot()) == folded(&entries));
}
