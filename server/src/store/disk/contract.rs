//! What every disk must do, run on the real and on the simulated one.

use super::{Disk, DiskError, RealDisk, SimulatedDisk, replace_file};

fn on_each_disk(test: impl Fn(&dyn Disk)) {
    test(&SimulatedDisk::default());
    let folder = tempfile::tempdir().unwrap();
    test(&RealDisk::open(folder.path().join("data")).unwrap());
}

fn write(disk: &dyn Disk, path: &str, content: &[u8]) {
    let mut file = disk.create(path).unwrap();
    file.append(content).unwrap();
    file.sync().unwrap();
}

/// Files of the root that are not the disk's own.
fn listed(disk: &dyn Disk) -> Vec<String> {
    disk.list("")
        .unwrap()
        .into_iter()
        .filter(|name| name != super::LOCK_FILE)
        .collect()
}

#[test]
fn what_is_appended_is_read_back_in_order() {
    on_each_disk(|disk| {
        let mut file = disk.create("log").unwrap();
        file.append(b"one ").unwrap();
        file.append(b"two").unwrap();
        assert_eq!(disk.read("log").unwrap(), b"one two");
        drop(file);
        disk.open("log").unwrap().append(b" three").unwrap();
        assert_eq!(disk.read("log").unwrap(), b"one two three");
        assert_eq!(disk.len("log").unwrap(), 13);
    });
}

#[test]
fn what_is_appended_is_written_over_zeros_laid_ahead_which_are_cut_off_at_the_end() {
    on_each_disk(|disk| {
        let mut file = disk.create("log").unwrap();
        file.append(b"one").unwrap();
        file.reserve(8);
        assert_eq!(disk.read("log").unwrap(), b"one\0\0\0\0\0\0\0\0");
        file.append(b" two").unwrap();
        file.reserve(2);
        assert_eq!(
            disk.read("log").unwrap(),
            b"one two\0\0\0\0",
            "there is room already"
        );
        file.append(b" and three").unwrap();
        assert_eq!(disk.read("log").unwrap(), b"one two and three");
        file.reserve(5);
        file.append(b".").unwrap();
        file.trim().unwrap();
        assert_eq!(disk.read("log").unwrap(), b"one two and three.");
        file.append(b" End").unwrap();
        file.trim().unwrap();
        assert_eq!(disk.read("log").unwrap(), b"one two and three. End");
        file.reserve(3);
        drop(file);
        disk.truncate("log", 7).unwrap();
        disk.open("log").unwrap().append(b"!").unwrap();
        assert_eq!(disk.read("log").unwrap(), b"one two!");
    });
}

#[test]
fn a_range_ends_with_the_file() {
    on_each_disk(|disk| {
        write(disk, "folder/file", b"0123456789");
        assert_eq!(disk.read_range("folder/file", 2, 3).unwrap(), b"234");
        assert_eq!(disk.read_range("folder/file", 8, 30).unwrap(), b"89");
        assert_eq!(disk.read_range("folder/file", 10, 1).unwrap(), b"");
        assert_eq!(disk.read_range("folder/file", 99, 1).unwrap(), b"");
    });
}

#[test]
fn a_file_is_created_once_and_opened_only_if_there() {
    on_each_disk(|disk| {
        write(disk, "a", b"kept");
        assert!(matches!(disk.create("a"), Err(DiskError::Exists { .. })));
        assert!(matches!(disk.open("b"), Err(DiskError::NotFound { .. })));
        assert!(matches!(disk.read("b"), Err(DiskError::NotFound { .. })));
        assert!(matches!(disk.len("b"), Err(DiskError::NotFound { .. })));
        assert!(matches!(disk.remove("b"), Err(DiskError::NotFound { .. })));
        assert_eq!(disk.read("a").unwrap(), b"kept");
    });
}

#[test]
fn a_folder_lists_its_own_files_in_order() {
    on_each_disk(|disk| {
        for path in ["f/2", "f/10", "f/1", "g/3", "top"] {
            write(disk, path, b"");
        }
        assert_eq!(disk.list("f").unwrap(), ["1", "10", "2"]);
        assert_eq!(listed(disk), ["top"]);
        assert!(disk.list("nowhere").unwrap().is_empty());
        disk.sync_dir("f").unwrap();
        disk.sync_dir("nowhere").unwrap();
    });
}

#[test]
fn renaming_replaces_and_removing_removes() {
    on_each_disk(|disk| {
        write(disk, "old", b"old");
        write(disk, "new", b"new");
        disk.rename("new", "old").unwrap();
        assert_eq!(disk.read("old").unwrap(), b"new");
        assert!(!disk.exists("new").unwrap());
        disk.remove("old").unwrap();
        assert!(!disk.exists("old").unwrap());
        assert!(matches!(
            disk.rename("old", "new"),
            Err(DiskError::NotFound { .. })
        ));
    });
}

#[test]
fn a_cut_file_goes_on_at_its_new_end() {
    on_each_disk(|disk| {
        write(disk, "log", b"0123456789");
        disk.truncate("log", 4).unwrap();
        disk.open("log").unwrap().append(b"x").unwrap();
        assert_eq!(disk.read("log").unwrap(), b"0123x");
    });
}

#[test]
fn overwriting_changes_bytes_in_place() {
    on_each_disk(|disk| {
        write(disk, "log", b"0123456789");
        disk.overwrite("log", 3, b"abc").unwrap();
        assert_eq!(disk.read("log").unwrap(), b"012abc6789");
    });
}

#[test]
fn a_replaced_file_is_whole_and_leaves_nothing_beside_it() {
    on_each_disk(|disk| {
        write(disk, "mark.tmp", b"left by a crash");
        replace_file(disk, "mark", b"first").unwrap();
        replace_file(disk, "mark", b"second").unwrap();
        assert_eq!(disk.read("mark").unwrap(), b"second");
        assert_eq!(listed(disk), ["mark"]);
    });
}

#[test]
fn free_space_is_told() {
    on_each_disk(|disk| assert!(disk.free_bytes().unwrap() > 0));
}

#[test]
fn a_second_server_on_the_folder_is_refused_until_the_first_ends() {
    let folder = tempfile::tempdir().unwrap();
    let first = RealDisk::open(folder.path()).unwrap();
    let refused = RealDisk::open(folder.path()).unwrap_err();
    assert!(matches!(refused, DiskError::Locked { .. }));
    assert!(
        refused
            .to_string()
            .contains("another server is using the data folder")
    );
    drop(first);
    RealDisk::open(folder.path()).unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"in the way").unwrap();
    let refused = RealDisk::open(file.join("data")).unwrap_err();
    assert!(refused.to_string().contains("file/data"), "{refused}");
}
