//! The journal in ordinary use, and against damage.

use std::sync::Arc;

use super::segment::segment_path;
use super::{DatabaseId, Entry, Found, Journal, JournalError, MAX_ENTRY_LEN, SEGMENT_BYTES, inspect};
use crate::store::disk::{CrashMode, Disk, Fuse, RealDisk, SimulatedDisk};

const DATABASE: DatabaseId = DatabaseId([7; 16]);

fn open_with(disk: &Arc<dyn Disk>, segment_bytes: u64) -> Result<Journal, JournalError> {
    Journal::open(disk.clone(), inspect(&**disk)?, DATABASE, segment_bytes)
}

fn open(disk: &Arc<dyn Disk>) -> Result<Journal, JournalError> {
    open_with(disk, 200)
}

fn simulated() -> (SimulatedDisk, Arc<dyn Disk>) {
    let disk = SimulatedDisk::default();
    (disk.clone(), Arc::new(disk))
}

/// Payloads of different lengths, each telling its number.
fn payload(number: u64) -> Vec<u8> {
    format!("entry {number} {}", "-".repeat(number as usize % 60)).into_bytes()
}

fn append_through(journal: &mut Journal, last: u64) {
    while journal.last() < last {
        let number = journal.last() + 1;
        assert_eq!(journal.append(&[payload(number)]).unwrap(), number);
        assert_eq!(journal.sync().unwrap(), number);
    }
}

fn numbers(journal: &Journal, from: u64) -> Result<Vec<u64>, JournalError> {
    let checked = |entry: Result<Entry, JournalError>| {
        let entry = entry?;
        assert_eq!(entry.payload, payload(entry.number));
        Ok(entry.number)
    };
    journal.read_from(from)?.map(checked).collect()
}

#[test]
fn entries_are_read_back_from_any_number_across_segments() {
    let folder = tempfile::tempdir().unwrap();
    let real: Arc<dyn Disk> = Arc::new(RealDisk::open(folder.path()).unwrap());
    for disk in [simulated().1, real] {
        append_through(&mut open(&disk).unwrap(), 40);
        assert!(disk.list("journal").unwrap().len() > 5);
        let journal = open(&disk).unwrap();
        assert_eq!((journal.last(), journal.durable()), (40, 40));
        for from in 1..=41 {
            assert_eq!(numbers(&journal, from).unwrap(), (from..=40).collect::<Vec<_>>());
        }
    }
}

#[test]
fn an_empty_journal_keeps_its_name() {
    let (_, disk) = simulated();
    drop(open(&disk).unwrap());
    let found = inspect(&*disk).unwrap();
    assert_eq!(
        (found.database, found.last, found.torn),
        (Some(DATABASE), 0, None)
    );
    let again = Journal::open(disk.clone(), inspect(&*disk).unwrap(), DatabaseId([8; 16]), 200).unwrap();
    assert_eq!(again.database(), DATABASE);
    assert!(numbers(&again, 1).unwrap().is_empty());
}

#[test]
fn a_group_is_numbered_in_order_and_durable_together() {
    let (_, disk) = simulated();
    let mut journal = open_with(&disk, SEGMENT_BYTES).unwrap();
    assert_eq!(journal.append(&[payload(1), payload(2), payload(3)]).unwrap(), 1);
    assert_eq!((journal.last(), journal.durable()), (3, 0));
    assert!(
        numbers(&journal, 1).unwrap().is_empty(),
        "only durable entries are read"
    );
    assert_eq!(journal.sync().unwrap(), 3);
    assert_eq!(numbers(&journal, 1).unwrap(), [1, 2, 3]);
}

#[test]
fn an_entry_beyond_the_limit_is_refused_and_the_journal_goes_on() {
    let (_, disk) = simulated();
    let mut journal = open(&disk).unwrap();
    let refused = journal.append(&[vec![0; MAX_ENTRY_LEN + 1]]).unwrap_err();
    assert!(matches!(refused, JournalError::TooLarge { .. }));
    let largest = vec![1; MAX_ENTRY_LEN];
    journal.append(&[&largest, &Vec::new()]).unwrap();
    journal.sync().unwrap();
    let entries: Vec<Entry> = journal.read_from(1).unwrap().map(Result::unwrap).collect();
    assert_eq!(entries[0].payload, largest);
    assert!(entries[1].payload.is_empty());
}

#[test]
fn after_a_failed_append_or_sync_nothing_works_until_opened_again() {
    for failing_sync in [true, false] {
        let (simulated, disk) = simulated();
        let mut journal = open(&disk).unwrap();
        append_through(&mut journal, 3);
        if failing_sync {
            simulated.fail_syncs(1);
            journal.append(&[payload(4)]).unwrap();
            journal.sync().unwrap_err();
        } else {
            simulated.set_free_bytes(Some(10));
            journal.append(&[vec![4; 300]]).unwrap_err();
            simulated.set_free_bytes(None);
        }
        assert!(matches!(journal.sync(), Err(JournalError::Stopped { .. })));
        assert!(matches!(
            journal.append(&[payload(5)]),
            Err(JournalError::Stopped { .. })
        ));
        assert!(matches!(journal.read_from(1), Err(JournalError::Stopped { .. })));
        drop(journal);
        let mut journal = open(&disk).unwrap();
        assert!(journal.last() >= 3);
        append_through(&mut journal, 6);
        assert_eq!(numbers(&journal, 1).unwrap(), (1..=6).collect::<Vec<_>>());
    }
}

#[test]
fn what_opening_finds_after_a_failed_sync_survives_a_power_cut_from_then_on() {
    let (simulated, disk) = simulated();
    let mut journal = open(&disk).unwrap();
    append_through(&mut journal, 3);
    simulated.fail_syncs(1);
    journal.append(&[payload(4)]).unwrap();
    journal.sync().unwrap_err();
    simulated.kill();
    assert_eq!(
        open(&disk).unwrap().last(),
        4,
        "the entry is in the operating system's memory"
    );
    simulated.crash(CrashMode::LoseUnsynced, 0);
    assert_eq!(open(&disk).unwrap().last(), 4);
}

#[test]
fn a_torn_tail_is_cut_at_any_byte() {
    let (_, disk) = simulated();
    append_through(&mut open_with(&disk, SEGMENT_BYTES).unwrap(), 3);
    let two_len = {
        let (_, disk) = simulated();
        append_through(&mut open_with(&disk, SEGMENT_BYTES).unwrap(), 2);
        disk.read(&segment_path(1)).unwrap().len()
    };
    let whole = disk.read(&segment_path(1)).unwrap();
    for cut in two_len..whole.len() {
        let (_, torn) = simulated();
        torn.create(&segment_path(1))
            .unwrap()
            .append(&whole[..cut])
            .unwrap();
        let mut journal = open_with(&torn, SEGMENT_BYTES).unwrap();
        assert_eq!(journal.last(), 2, "cut at {cut}");
        append_through(&mut journal, 4);
        drop(journal);
        assert_eq!(numbers(&open(&torn).unwrap(), 1).unwrap(), [1, 2, 3, 4]);
    }
}

#[test]
fn a_segment_torn_at_its_creation_is_removed() {
    for len in 0..40 {
        let (_, disk) = simulated();
        append_through(&mut open(&disk).unwrap(), 10);
        let last = inspect(&*disk).unwrap().last;
        let header = vec![0; len];
        disk.create(&segment_path(last + 1))
            .unwrap()
            .append(&header)
            .unwrap();
        let found = inspect(&*disk).unwrap();
        assert_eq!(found.torn.unwrap().offset, 0);
        let mut journal = open(&disk).unwrap();
        append_through(&mut journal, 12);
        assert_eq!(numbers(&journal, 1).unwrap(), (1..=12).collect::<Vec<_>>());
    }
}

/// The error of opening and reading a journal, if there is one.
fn failure(disk: &Arc<dyn Disk>) -> Option<JournalError> {
    open(disk).and_then(|journal| numbers(&journal, 1)).err()
}

#[test]
fn every_changed_byte_before_the_last_group_is_damage() {
    let (_, whole) = simulated();
    let mut journal = open(&whole).unwrap();
    append_through(&mut journal, 9);
    journal.trim().unwrap();
    let names = whole.list("journal").unwrap();
    assert!(names.len() >= 2);
    let last_group = 24 + payload(9).len();
    for name in &names {
        let path = format!("journal/{name}");
        let content = whole.read(&path).unwrap();
        let is_last = Some(name) == names.last();
        let proven = if is_last {
            content.len() - last_group
        } else {
            content.len()
        };
        for (at, byte) in content.iter().enumerate().take(proven) {
            let (simulated, disk) = simulated();
            append_through(&mut open(&disk).unwrap(), 9);
            simulated.damage(&path, at, &[byte ^ 0x40]).unwrap();
            let error = failure(&disk).unwrap_or_else(|| panic!("{path} byte {at} was changed unnoticed"));
            let JournalError::Damaged { path: named, .. } = &error else {
                panic!("{error}")
            };
            assert_eq!(named, &path);
        }
    }
}

#[test]
fn missing_segments_are_damage() {
    let (_, whole) = simulated();
    append_through(&mut open(&whole).unwrap(), 20);
    let names = whole.list("journal").unwrap();
    for name in &names[..names.len() - 1] {
        let (_, disk) = simulated();
        append_through(&mut open(&disk).unwrap(), 20);
        disk.remove(&format!("journal/{name}")).unwrap();
        assert!(
            matches!(failure(&disk), Some(JournalError::Damaged { .. })),
            "{name}"
        );
    }
}

#[test]
fn a_segment_cut_short_before_the_last_is_damage() {
    let (_, disk) = simulated();
    append_through(&mut open(&disk).unwrap(), 20);
    let len = disk.len(&segment_path(1)).unwrap();
    disk.truncate(&segment_path(1), len - 5).unwrap();
    assert!(matches!(failure(&disk), Some(JournalError::Damaged { .. })));
}

#[test]
fn a_segment_of_another_database_is_damage() {
    let (_, other) = simulated();
    let found = inspect(&*other).unwrap();
    append_through(
        &mut Journal::open(other.clone(), found, DatabaseId([8; 16]), 200).unwrap(),
        20,
    );
    let (_, disk) = simulated();
    append_through(&mut open(&disk).unwrap(), 20);
    let name = disk.list("journal").unwrap()[1].clone();
    let path = format!("journal/{name}");
    disk.remove(&path).unwrap();
    disk.create(&path)
        .unwrap()
        .append(&other.read(&path).unwrap())
        .unwrap();
    let error = failure(&disk).unwrap();
    assert!(error.to_string().contains("another database"), "{error}");
}

#[test]
fn a_payload_that_looks_like_an_entry_proves_nothing() {
    let (simulated, disk) = simulated();
    let mut journal = open_with(&disk, SEGMENT_BYTES).unwrap();
    append_through(&mut journal, 2);
    // An entry sealed without knowing the database, claiming that entry 3 was durable.
    let mut forged = Vec::new();
    super::segment::Sealer::new(DatabaseId([0; 16])).seal(4, 3, b"forged", &mut forged);
    journal.append(&[forged]).unwrap();
    journal.trim().unwrap();
    drop(journal);
    let start = disk.len(&segment_path(1)).unwrap() as usize - 24 - 24 - 6;
    simulated.damage(&segment_path(1), start, &[0xff; 24]).unwrap();
    assert_eq!(open(&disk).unwrap().last(), 2, "a torn tail, not damage");
}

#[test]
fn nothing_is_found_in_an_empty_folder() {
    let (_, disk) = simulated();
    let Found {
        database, last, torn, ..
    } = inspect(&*disk).unwrap();
    assert_eq!((database, last, torn), (None, 0, None));
}

#[test]
fn zeros_laid_ahead_are_neither_torn_nor_left_at_an_orderly_end() {
    let (simulated, disk) = simulated();
    let mut journal = open_with(&disk, SEGMENT_BYTES).unwrap();
    append_through(&mut journal, 3);
    let path = segment_path(1);
    let with_zeros = disk.len(&path).unwrap();
    assert!(with_zeros > 1024 * 1024);
    simulated.kill();
    drop(journal);
    let found = inspect(&*disk).unwrap();
    assert_eq!((found.last, &found.torn), (3, &None));
    assert_eq!(disk.len(&path).unwrap(), with_zeros, "to look changes nothing");
    let mut journal = open_with(&disk, SEGMENT_BYTES).unwrap();
    let written = disk.len(&path).unwrap();
    assert_eq!(written, found.tail_len);
    append_through(&mut journal, 6);
    assert_eq!(numbers(&journal, 1).unwrap(), (1..=6).collect::<Vec<_>>());
    journal.trim().unwrap();
    let extents = inspect(&*disk).unwrap().extents(&*disk).unwrap();
    assert_eq!(disk.len(&path).unwrap(), extents[0].len);
}

#[test]
fn a_segment_that_another_follows_ends_with_its_last_entry() {
    let (simulated, disk) = simulated();
    let mut journal = open_with(&disk, 400).unwrap();
    append_through(&mut journal, 40);
    simulated.kill();
    drop(journal);
    let names = disk.list(super::JOURNAL_FOLDER).unwrap();
    assert!(names.len() > 3);
    for name in &names[..names.len() - 1] {
        let content = disk.read(&format!("{}/{name}", super::JOURNAL_FOLDER)).unwrap();
        assert_ne!(content.last(), Some(&0), "{name}");
    }
    // Zeros there are none that were laid ahead.
    let damaged = simulated.duplicate(Fuse::default());
    let path = format!("{}/{}", super::JOURNAL_FOLDER, names[1]);
    damaged.open(&path).unwrap().append(&[0; 9]).unwrap();
    let disk: Arc<dyn Disk> = Arc::new(damaged);
    let journal = open_with(&disk, 400).unwrap();
    assert!(matches!(numbers(&journal, 1), Err(JournalError::Damaged { .. })));
}

#[test]
fn an_entry_that_ends_in_zeros_proves_as_much_as_any_other() {
    let (simulated, disk) = simulated();
    let mut journal = open_with(&disk, SEGMENT_BYTES).unwrap();
    for first in 1..=3 {
        journal.append(&[[first, 0, 0, 0, 0, 0]]).unwrap();
        journal.sync().unwrap();
    }
    simulated.kill();
    drop(journal);
    let len = 24 + 6;
    let second = 40 + len;
    assert_eq!(disk.read(&segment_path(1)).unwrap()[second + 24], 2);
    simulated.damage(&segment_path(1), second + 24, &[9]).unwrap();
    let found = inspect(&*disk);
    assert!(matches!(found, Err(JournalError::Damaged { .. })), "{found:?}");
}
