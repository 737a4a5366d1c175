//! Finds out what a journal's files hold, without changing them.

use std::sync::Arc;

use super::error::JournalError;
use super::read::Entries;
use super::segment::{
    BadHeader, DatabaseId, ENTRY_HEADER_LEN, EntryHeader, JOURNAL_FOLDER, SEGMENT_HEADER_LEN, Sealer,
    read_segment_header, segment_first, segment_path, written_len,
};
use crate::store::disk::{Disk, DiskError};

/// What is on the disk of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Whose journal it is; `None` if there is none, or only a first file that never got its header.
    pub database: Option<DatabaseId>,
    /// Number of the last whole entry, 0 if there is none.
    pub last: u64,
    /// What a power cut left after it, to be removed on opening.
    pub torn: Option<TornTail>,
    /// First entries of the segments, in order.
    pub(super) segments: Vec<u64>,
    /// Length of the last segment up to the end of its last whole entry.
    pub(super) tail_len: u64,
    /// Whether anything lies behind that: the torn tail, or zeros laid there for entries that were never written.
    pub(super) has_more: bool,
    /// Where in it the entries begin of which none tells that those before were durable.
    pub(super) unproven: u64,
}

/// Bytes of unacknowledged entries at the journal's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// Segment file.
    pub path: String,
    /// Byte at which they begin; 0 if the whole file goes.
    pub offset: u64,
    /// How many bytes there are.
    pub len: u64,
}

/// A segment file as far as it holds whole entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// The file.
    pub path: String,
    /// Number of its first entry.
    pub first: u64,
    /// Bytes up to the end of its last whole entry.
    pub len: u64,
}

impl Found {
    /// The segment files, in order, each up to its last whole entry.
    ///
    /// # Errors
    /// [`DiskError`] if one cannot be looked at.
    pub fn extents(&self, disk: &dyn Disk) -> Result<Vec<Extent>, DiskError> {
        let extent = |first: &u64| {
            let path = segment_path(*first);
            let is_last = self.segments.last() == Some(first);
            let len = if is_last { self.tail_len } else { disk.len(&path)? };
            Ok(Extent {
                path,
                first: *first,
                len,
            })
        };
        self.segments.iter().map(extent).collect()
    }

    /// The entries from this number on, as they lie there now.
    pub fn entries(&self, disk: Arc<dyn Disk>, from: u64) -> Option<Entries> {
        let sealer = Sealer::new(self.database?);
        Some(Entries::new(disk, sealer, self.segments.clone(), from, self.last))
    }

    fn nothing() -> Self {
        Self {
            database: None,
            last: 0,
            torn: None,
            segments: Vec::new(),
            tail_len: 0,
            has_more: false,
            unproven: 0,
        }
    }

    /// Removes the torn tail, and the room behind it, and makes what stands before it durable.
    pub(super) fn repair(&self, disk: &dyn Disk) -> Result<(), DiskError> {
        self.remove_torn(disk)?;
        if let Some(&last) = self.segments.last() {
            // A process that was killed may have left entries written but not synced; one that stopped at a
            // failed sync, entries that no later sync would write any more. So they are written again.
            let path = segment_path(last);
            let len = (self.tail_len - self.unproven) as usize;
            let bytes = disk.read_range(&path, self.unproven, len)?;
            disk.overwrite(&path, self.unproven, &bytes)?;
        }
        disk.sync_dir(JOURNAL_FOLDER)
    }

    fn remove_torn(&self, disk: &dyn Disk) -> Result<(), DiskError> {
        if let Some(torn) = self.torn.as_ref().filter(|torn| torn.offset == 0) {
            disk.remove(&torn.path)?;
        }
        match self.segments.last() {
            Some(last) if self.has_more => disk.truncate(&segment_path(*last), self.tail_len),
            _ => Ok(()),
        }
    }
}

/// Reads the names of all segments and the whole of the last one. The entries before are checked as they are
/// read.
pub fn inspect(disk: &dyn Disk) -> Result<Found, JournalError> {
    let mut segments: Vec<u64> = disk
        .list(JOURNAL_FOLDER)?
        .iter()
        .filter_map(|name| segment_first(name))
        .collect();
    let (Some(&first), Some(&last)) = (segments.first(), segments.last()) else {
        return Ok(Found::nothing());
    };
    if first != 1 {
        return Err(damaged(
            1,
            0,
            "this file, the first of the journal, is not there".to_owned(),
        ));
    }
    let content = disk.read(&segment_path(last))?;
    match read_segment_header(&content, last) {
        Ok(database) => inspect_tail(&content, database, segments, false),
        Err(BadHeader::Wrong(what)) => Err(damaged(last, 0, what)),
        Err(BadHeader::Torn) => {
            segments.pop();
            let torn = TornTail {
                path: segment_path(last),
                offset: 0,
                len: content.len() as u64,
            };
            inspect_before_torn_file(disk, segments, last, torn, &content)
        }
    }
}

/// A segment that never got its header never got an entry either; everything before it was durable by then.
fn inspect_before_torn_file(
    disk: &dyn Disk,
    segments: Vec<u64>,
    removed: u64,
    torn: TornTail,
    torn_content: &[u8],
) -> Result<Found, JournalError> {
    if torn_content.len() > SEGMENT_HEADER_LEN {
        return Err(damaged(removed, 0, "its header is altered".to_owned()));
    }
    let Some(&last) = segments.last() else {
        return Ok(Found {
            torn: Some(torn),
            ..Found::nothing()
        });
    };
    let content = disk.read(&segment_path(last))?;
    let database = read_segment_header(&content, last).map_err(|bad| damaged(last, 0, describe(bad)))?;
    let found = inspect_tail(&content, database, segments, true)?;
    if found.last + 1 != removed {
        return Err(damaged(
            removed,
            0,
            format!("entry {} is followed by {removed}", found.last),
        ));
    }
    Ok(Found {
        torn: Some(torn),
        ..found
    })
}

fn inspect_tail(
    content: &[u8],
    database: DatabaseId,
    segments: Vec<u64>,
    must_be_whole: bool,
) -> Result<Found, JournalError> {
    let sealer = Sealer::new(database);
    // The caller has read this segment's name from the same list.
    let first = segments.last().copied().unwrap_or(1);
    let (mut offset, mut next, mut unproven) = (SEGMENT_HEADER_LEN, first, SEGMENT_HEADER_LEN);
    while let Some(header) = whole_entry(&sealer, &content[offset..], next) {
        if header.durable + 1 == next {
            unproven = offset;
        }
        offset += ENTRY_HEADER_LEN + header.len;
        next += 1;
    }
    let written = written_len(content);
    let rest = written.saturating_sub(offset);
    let mut torn = None;
    if rest > 0 || (must_be_whole && content.len() > offset) {
        if must_be_whole || known_durable(&sealer, &content[offset..], next) {
            return Err(damaged(
                first,
                offset as u64,
                format!("entry {next} is altered or missing"),
            ));
        }
        torn = Some(TornTail {
            path: segment_path(first),
            offset: offset as u64,
            len: rest as u64,
        });
    }
    let (tail_len, unproven) = (offset as u64, unproven as u64);
    Ok(Found {
        database: Some(database),
        last: next - 1,
        torn,
        segments,
        has_more: content.len() > offset,
        tail_len,
        unproven,
    })
}

/// The header of the entry with this number, if `bytes` begin with the whole of it.
fn whole_entry(sealer: &Sealer, bytes: &[u8], number: u64) -> Option<EntryHeader> {
    let header = EntryHeader::read(bytes).filter(|header| header.number == number)?;
    sealer.open(header, bytes).map(|_| header)
}

/// Whether anywhere in these bytes an entry stands that was written when `missing` was durable already.
fn known_durable(sealer: &Sealer, bytes: &[u8], missing: u64) -> bool {
    let highest = missing + (bytes.len() / ENTRY_HEADER_LEN) as u64 + 1;
    (1..bytes.len()).any(|at| {
        let bytes = &bytes[at..];
        EntryHeader::read(bytes).is_some_and(|header| {
            let plausible = header.number <= highest && header.durable >= missing;
            plausible && sealer.open(header, bytes).is_some()
        })
    })
}

fn describe(bad: BadHeader) -> String {
    match bad {
        BadHeader::Torn => "its header is altered".to_owned(),
        BadHeader::Wrong(what) => what,
    }
}

fn damaged(segment: u64, offset: u64, what: String) -> JournalError {
    JournalError::Damaged {
        path: segment_path(segment),
        offset,
        what,
    }
}
