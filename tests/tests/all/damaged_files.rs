//! Flipped bytes, zeroed ranges and cut files at many places of a store: what is only folded is folded again, what is
//! lost of the journal is named and costs nothing else. `OTOR_DAMAGES` asks for more places.

use otor_server::store::disk::{DiskError, RealDisk};
use otor_server::store::journal::{Piece, database_of, salvage};
use otor_tests::ledger::{self, payload};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fs;
use std::path::{Path, PathBuf};

const PLACES: u64 = 80;
const ENTRIES: u64 = 600;

/// A store with several segments, checkpointed at 500.
fn filled(folder: &Path) {
    let (mut engine, _) = ledger::open(folder, None).expect("a new store");
    for number in 1..=ENTRIES {
        engine.stage(payload(number)).expect("an entry");
        engine.persist().expect("a disk without faults");
        if [100, 250, 500].contains(&number) {
            engine.checkpoint().expect("a disk without faults");
        }
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, found);
        } else if fs::metadata(&path).expect("a file").len() > 0 {
            found.push(path);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    let mut all = Vec::new();
    files(from, &mut all);
    for path in all {
        let target = to.join(path.strip_prefix(from).expect("a path below"));
        fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
        fs::copy(path, target).expect("a file");
    }
}

/// Damages a file somewhere; how many bytes were touched, at least.
fn damage(path: &Path, rng: &mut ChaCha8Rng) -> String {
    let mut bytes = fs::read(path).expect("a file");
    // Past its last byte that is not zero a table's file holds nothing.
    let used = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(1, |last| last + 1);
    let at = rng.random_range(0..used);
    let what = match rng.random_range(0..3) {
        0 => {
            bytes[at] ^= 1 << rng.random_range(0..8);
            format!("byte {at} flipped")
        }
        1 => {
            let end = (at + rng.random_range(1..6_000)).min(bytes.len());
            bytes[at..end].fill(0);
            format!("{at}..{end} zeroed")
        }
        _ => {
            bytes.truncate(at);
            format!("cut at {at}")
        }
    };
    fs::write(path, bytes).expect("a file");
    format!("{}: {what}", path.display())
}

/// The entries that are whole in a damaged journal, and those that are named as lost.
fn salvaged(folder: &Path) -> (Vec<u64>, Vec<(u64, Option<u64>)>) {
    let disk = RealDisk::open(folder.join("data")).expect("a folder that nobody uses");
    let database = database_of(&disk).expect("files").expect("a header");
    let (mut whole, mut lost) = (Vec::new(), Vec::new());
    let taken = salvage::<DiskError>(&disk, database, &mut |piece| {
        match piece {
            Piece::Entry(entry) => {
                assert_eq!(entry.payload, payload(entry.number));
                whole.push(entry.number);
            }
            Piece::Hole(hole) => lost.push((hole.first, hole.last)),
        }
        Ok(())
    });
    taken.expect("files that can be read");
    (whole, lost)
}

#[test]
fn damage_at_many_places_is_found_named_and_costs_no_more_than_it_touched() {
    let given = std::env::var("OTOR_DAMAGES")
        .ok()
        .and_then(|text| text.parse().ok());
    let places: u64 = given.unwrap_or(PLACES);
    let original = tempfile::tempdir().expect("a folder");
    filled(original.path());
    let mut all = Vec::new();
    files(&original.path().join("data"), &mut all);
    assert!(all.len() > 5, "{all:?}");
    let (mut in_journal, mut in_table, mut found_in_use) = (0, 0, 0);
    for seed in 0..places {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let folder = tempfile::tempdir().expect("a folder");
        copy(original.path(), folder.path());
        let chosen = &all[rng.random_range(0..all.len())];
        let path = folder
            .path()
            .join(chosen.strip_prefix(original.path()).expect("a path below"));
        let what = damage(&path, &mut rng);
        let is_journal = path.parent().is_some_and(|parent| parent.ends_with("journal"));
        let look = || {
            ledger::open(folder.path(), None).and_then(|(engine, report)| ledger::look(&engine, &report, 0))
        };
        let looked = look().or_else(|error| {
            // A value is looked at when somebody wants it; then the server stops, and mends that when it is started.
            let said = format!("{error:#}");
            let is_found_in_use = !is_journal && said.contains("the table is damaged");
            found_in_use += u64::from(is_found_in_use);
            if is_found_in_use { look() } else { Err(error) }
        });
        match looked {
            Ok(looked) if !is_journal => assert_eq!(looked.last, ENTRIES, "{what}"),
            // What nothing proves to have been durable counts as never finished; that is told.
            Ok(looked) => assert!(looked.last == ENTRIES || looked.torn, "{what}: {looked:?}"),
            Err(error) => {
                let said = format!("{error:#}");
                assert!(is_journal, "{what}: {said}");
                let named = path.file_name().expect("a name").to_string_lossy();
                assert!(
                    said.contains(&*named) || said.contains("has been lost or cut"),
                    "{what}: {said}"
                );
                let (whole, lost) = salvaged(folder.path());
                let missing: Vec<u64> = (1..=ENTRIES).filter(|number| !whole.contains(number)).collect();
                assert!(whole.len() + missing.len() == ENTRIES as usize);
                for number in &missing {
                    let is_named = lost
                        .iter()
                        .any(|(first, last)| (*first..=last.unwrap_or(u64::MAX)).contains(number));
                    assert!(is_named, "{what}: entry {number} is missing and not named");
                }
                let touched = missing
                    .last()
                    .zip(missing.first())
                    .map_or(0, |(last, first)| last - first + 1);
                assert_eq!(
                    touched,
                    missing.len() as u64,
                    "{what}: only a stretch was touched"
                );
            }
        }
        in_journal += u64::from(is_journal);
        in_table += u64::from(!is_journal);
    }
    assert!(
        in_journal > places / 8 && in_table > places / 8 && found_in_use > 0,
        "{in_journal} and {in_table}, of which {found_in_use} were found in use"
    );
}
