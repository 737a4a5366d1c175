//! Reads what is whole in a damaged journal, and says what is not.
//!
//! Whatever stands between two whole entries is a hole. An entry is recognised wherever it stands by its checksum,
//! which covers the database's name, so that nothing that came from outside passes for one.

use super::read::Entry;
use super::segment::{
    DatabaseId, ENTRY_HEADER_LEN, EntryHeader, JOURNAL_FOLDER, SEGMENT_HEADER_LEN, Sealer,
    read_segment_header, segment_first, segment_path, written_len,
};
use crate::store::disk::{Disk, DiskError};

/// A part of a damaged journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A whole entry.
    Entry(Entry),
    /// Entries that are lost.
    Hole(Hole),
}

/// Entries that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// Segment file.
    pub path: String,
    /// Byte at which it begins.
    pub offset: u64,
    /// Bytes without a whole entry.
    pub len: u64,
    /// The first entry lost.
    pub first: u64,
    /// The last; none at the journal's end, where nothing tells how many there were, if any.
    pub last: Option<u64>,
    /// What stands where the first one's content should, if its length can still be read. Do not rely on it.
    pub remains: Vec<u8>,
}

/// The database whose journal lies here, by the first segment header that can be read.
///
/// # Errors
/// [`DiskError`] if a file cannot be read.
pub fn database_of(disk: &dyn Disk) -> Result<Option<DatabaseId>, DiskError> {
    for first in segments(disk)? {
        let header = disk.read_range(&segment_path(first), 0, SEGMENT_HEADER_LEN)?;
        if let Ok(database) = read_segment_header(&header, first) {
            return Ok(Some(database));
        }
    }
    Ok(None)
}

fn segments(disk: &dyn Disk) -> Result<Vec<u64>, DiskError> {
    let names = disk.list(JOURNAL_FOLDER)?;
    Ok(names.iter().filter_map(|name| segment_first(name)).collect())
}

/// Goes through a journal from entry 1 to its end, a segment in memory at a time, and hands every piece to `take`.
///
/// # Errors
/// What `take` says, or that a file cannot be read.
pub fn salvage<E: From<DiskError>>(
    disk: &dyn Disk,
    database: DatabaseId,
    take: &mut dyn FnMut(Piece) -> Result<(), E>,
) -> Result<(), E> {
    let sealer = Sealer::new(database);
    let mut next = 1;
    let mut open: Option<Hole> = None;
    let segments = segments(disk)?;
    for &first in &segments {
        let path = segment_path(first);
        let content = disk.read(&path)?;
        if first > next && open.is_none() {
            open = Some(hole(&path, 0, next, &[]));
        }
        let is_headed = read_segment_header(&content, first) == Ok(database);
        let mut offset = if is_headed { SEGMENT_HEADER_LEN } else { 0 };
        // Zeros behind the last of all may have been laid there for what was never written.
        let end = match is_headed && segments.last() == Some(&first) {
            true => written_len(&content),
            false => content.len(),
        };
        while offset < end {
            let Some((header, payload)) = whole(&sealer, &content[offset..], next) else {
                let begun = open.get_or_insert_with(|| hole(&path, offset, next, &content[offset..]));
                begun.len += 1;
                offset += 1;
                continue;
            };
            // A header that is altered is no lost entry.
            if let Some(mut lost) = open.take().filter(|_| header.number > next) {
                lost.last = Some(header.number - 1);
                take(Piece::Hole(lost))?;
            }
            take(Piece::Entry(Entry {
                number: header.number,
                payload: payload.to_vec(),
            }))?;
            next = header.number + 1;
            offset += ENTRY_HEADER_LEN + header.len;
        }
    }
    match open {
        Some(lost) => take(Piece::Hole(lost)),
        None => Ok(()),
    }
}

fn hole(path: &str, offset: usize, first: u64, bytes: &[u8]) -> Hole {
    let len = EntryHeader::read(bytes).filter(|header| header.number == first);
    let remains = len.and_then(|header| bytes.get(ENTRY_HEADER_LEN..ENTRY_HEADER_LEN + header.len));
    Hole {
        path: path.to_owned(),
        offset: offset as u64,
        len: 0,
        first,
        last: None,
        remains: remains.unwrap_or_default().to_vec(),
    }
}

/// The entry that bytes begin with, if it is one from `next` on.
fn whole<'a>(sealer: &Sealer, bytes: &'a [u8], next: u64) -> Option<(EntryHeader, &'a [u8])> {
    let header = EntryHeader::read(bytes).filter(|header| header.number >= next)?;
    Some((header, sealer.open(header, bytes)?))
}

#[cfg(test)]
mod tests {
    use super::super::{Journal, inspect};
    use super::*;
    use crate::store::disk::SimulatedDisk;
    use std::sync::Arc;

    const DATABASE: DatabaseId = DatabaseId([7; 16]);

    fn payload(number: u64) -> Vec<u8> {
        format!("entry {number} {}", "-".repeat(number as usize % 60)).into_bytes()
    }

    fn journal(entries: u64) -> SimulatedDisk {
        let simulated = SimulatedDisk::default();
        let disk: Arc<dyn Disk> = Arc::new(simulated.clone());
        let mut journal = Journal::open(disk.clone(), inspect(&*disk).unwrap(), DATABASE, 300).unwrap();
        for number in 1..=entries {
            journal.append(&[payload(number)]).unwrap();
            journal.sync().unwrap();
        }
        simulated
    }

    /// The numbers that are whole, and those named as lost.
    fn salvaged(disk: &SimulatedDisk) -> (Vec<u64>, Vec<Hole>) {
        let database = database_of(disk).unwrap().unwrap();
        let (mut numbers, mut holes) = (Vec::new(), Vec::new());
        salvage::<DiskError>(disk, database, &mut |piece| {
            match piece {
                Piece::Entry(entry) => {
                    assert_eq!(entry.payload, payload(entry.number));
                    numbers.push(entry.number);
                }
                Piece::Hole(hole) => holes.push(hole),
            }
            Ok(())
        })
        .unwrap();
        (numbers, holes)
    }

    #[test]
    fn a_whole_journal_has_no_holes() {
        assert_eq!(salvaged(&journal(30)), ((1..=30).collect(), Vec::new()));
    }

    #[test]
    fn any_altered_byte_costs_at_most_its_own_entry_which_is_named() {
        let whole = journal(12);
        for name in whole.list("journal").unwrap() {
            let path = format!("journal/{name}");
            for at in 0..whole.len(&path).unwrap() as usize {
                let disk = whole.duplicate(crate::store::disk::Fuse::default());
                let byte = disk.read(&path).unwrap()[at];
                disk.damage(&path, at, &[byte ^ 0x10]).unwrap();
                let (numbers, holes) = salvaged(&disk);
                let missing: Vec<u64> = (1..=12).filter(|number| !numbers.contains(number)).collect();
                assert!(missing.len() <= 1, "{path} byte {at}: {missing:?}");
                for number in missing {
                    let is_last = number == 12;
                    let named = holes.iter().any(|hole| {
                        hole.first == number && hole.path == path && (is_last || hole.last == Some(number))
                    });
                    assert!(named, "{path} byte {at}: {holes:?}");
                }
            }
        }
    }

    #[test]
    fn zeroed_ranges_cut_files_and_missing_files_cost_what_stood_there() {
        let whole = journal(40);
        let names = whole.list("journal").unwrap();
        let duplicate = || whole.duplicate(crate::store::disk::Fuse::default());
        let firsts: Vec<u64> = names.iter().filter_map(|name| segment_first(name)).collect();
        let path = segment_path(firsts[1]);
        let zeroed = duplicate();
        let len = zeroed.len(&path).unwrap() as usize;
        zeroed.damage(&path, 0, &vec![0; len]).unwrap();
        let cut = duplicate();
        cut.truncate(&path, 60).unwrap();
        let removed = duplicate();
        removed.remove(&path).unwrap();
        for disk in [zeroed, cut, removed] {
            let (numbers, holes) = salvaged(&disk);
            let expected: Vec<u64> = (1..=40).filter(|n| !(firsts[1]..firsts[2]).contains(n)).collect();
            assert_eq!(numbers, expected);
            assert_eq!(holes.len(), 1, "{holes:?}");
            assert_eq!((holes[0].first, holes[0].last), (firsts[1], Some(firsts[2] - 1)));
        }
    }
}
