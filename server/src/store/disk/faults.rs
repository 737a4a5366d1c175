//! What the simulated disk loses, and when.

use super::{AppendFile, CrashMode, Disk, DiskError, Fuse, Side, SimulatedDisk};

const MODES: [CrashMode; 3] = [CrashMode::LoseUnsynced, CrashMode::Torn, CrashMode::Reordered];

fn synced_file(disk: &SimulatedDisk, path: &str, content: &[u8]) -> Box<dyn AppendFile> {
    let mut file = disk.create(path).unwrap();
    file.append(content).unwrap();
    file.sync().unwrap();
    disk.sync_dir(super::folder_of(path)).unwrap();
    file
}

#[test]
fn what_is_synced_survives_every_power_cut() {
    for (mode, seed) in MODES
        .into_iter()
        .flat_map(|mode| (0..50).map(move |seed| (mode, seed)))
    {
        let disk = SimulatedDisk::default();
        let mut file = synced_file(&disk, "f/log", b"synced");
        file.append(&[b'x'; 3_000]).unwrap();
        disk.crash(mode, seed);
        let content = disk.read("f/log").unwrap();
        assert!(content.starts_with(b"synced"), "{mode:?} {seed}");
        let tail = &content[6..];
        match mode {
            CrashMode::LoseUnsynced => assert!(tail.is_empty()),
            CrashMode::Torn => assert!(tail.iter().all(|byte| *byte == b'x')),
            CrashMode::Reordered => assert!(tail.iter().all(|byte| [0, b'x'].contains(byte))),
        }
    }
}

#[test]
fn power_cuts_tear_and_reorder() {
    let tails = |mode| -> Vec<Vec<u8>> {
        let tail = |seed| {
            let disk = SimulatedDisk::default();
            synced_file(&disk, "log", b"").append(&[b'x'; 3_000]).unwrap();
            disk.crash(mode, seed);
            disk.read("log").unwrap()
        };
        (0..50).map(tail).collect()
    };
    assert!(
        tails(CrashMode::Torn)
            .iter()
            .any(|tail| !tail.is_empty() && tail.len() < 3_000)
    );
    let holed = |tail: &Vec<u8>| tail.contains(&0) && tail.ends_with(b"x");
    assert!(tails(CrashMode::Reordered).iter().any(holed));
}

#[test]
fn a_name_is_durable_only_with_its_folder() {
    let disk = SimulatedDisk::default();
    synced_file(&disk, "f/known", b"");
    disk.create("f/new").unwrap().sync().unwrap();
    disk.rename("f/known", "f/renamed").unwrap();
    disk.crash(CrashMode::LoseUnsynced, 0);
    assert_eq!(disk.list("f").unwrap(), ["known"]);
    disk.rename("f/known", "f/renamed").unwrap();
    disk.sync_dir("f").unwrap();
    disk.crash(CrashMode::LoseUnsynced, 0);
    assert_eq!(disk.list("f").unwrap(), ["renamed"]);
}

#[test]
fn a_kill_keeps_what_was_written_but_does_not_sync_it() {
    let disk = SimulatedDisk::default();
    let mut file = synced_file(&disk, "log", b"synced");
    file.append(b" written").unwrap();
    disk.kill();
    assert!(
        matches!(file.append(b"!"), Err(DiskError::Down)),
        "files do not outlive the process"
    );
    assert_eq!(disk.read("log").unwrap(), b"synced written");
    disk.crash(CrashMode::LoseUnsynced, 0);
    assert_eq!(disk.read("log").unwrap(), b"synced");
}

#[test]
fn a_failed_sync_forgets_what_it_was_to_sync() {
    let disk = SimulatedDisk::default();
    let mut file = synced_file(&disk, "log", b"synced");
    file.append(b" unlucky").unwrap();
    disk.fail_syncs(1);
    file.sync().unwrap_err();
    file.sync().unwrap();
    assert_eq!(
        disk.read("log").unwrap(),
        b"synced unlucky",
        "it looks as if it were there"
    );
    disk.crash(CrashMode::LoseUnsynced, 0);
    assert_eq!(disk.read("log").unwrap(), b"synced");
}

#[test]
fn what_is_written_over_after_a_failed_sync_is_durable() {
    let disk = SimulatedDisk::default();
    let mut file = synced_file(&disk, "log", b"synced");
    file.append(b" unlucky").unwrap();
    disk.fail_syncs(1);
    file.sync().unwrap_err();
    disk.overwrite("log", 6, b" unlucky").unwrap();
    disk.crash(CrashMode::LoseUnsynced, 0);
    assert_eq!(disk.read("log").unwrap(), b"synced unlucky");
}

#[test]
fn a_full_disk_takes_what_still_fits() {
    let disk = SimulatedDisk::default();
    let mut file = disk.create("log").unwrap();
    disk.set_free_bytes(Some(3));
    assert!(matches!(file.append(b"12345"), Err(DiskError::Full { .. })));
    assert_eq!(disk.read("log").unwrap(), b"123");
    assert_eq!(disk.free_bytes().unwrap(), 0);
    disk.set_free_bytes(None);
    file.append(b"45").unwrap();
}

#[test]
fn reads_fail_while_told_to() {
    let disk = SimulatedDisk::default();
    synced_file(&disk, "log", b"content");
    disk.set_failing_reads(true);
    assert!(matches!(disk.read("log"), Err(DiskError::Io { .. })));
    assert!(matches!(disk.read_range("log", 0, 1), Err(DiskError::Io { .. })));
    disk.set_failing_reads(false);
    assert_eq!(disk.read("log").unwrap(), b"content");
}

#[test]
fn a_fuse_stops_everything_before_or_after_its_operation() {
    for (side, there) in [(Side::Before, false), (Side::After, true)] {
        let fuse = Fuse::default();
        let disk = SimulatedDisk::new(fuse.clone());
        disk.create("first").unwrap();
        fuse.arm(1, side);
        assert!(matches!(disk.create("second"), Err(DiskError::Down)));
        assert!(
            matches!(disk.exists("first"), Err(DiskError::Down)),
            "nothing works any more"
        );
        disk.kill();
        assert_eq!(disk.exists("second").unwrap(), there, "{side:?}");
    }
}
