//! The append-only log of entries: the one truth of the server.
//!
//! Entries are bytes, numbered densely from 1, in segment files named by their first entry. Each carries the
//! number of the last entry that was durable when it was written. That tells two cases apart which look alike
//! after a power cut: bad bytes that only unacknowledged entries follow are a torn tail and are cut off; bad
//! bytes that an entry follows which knew them durable are damage, and damage is never skipped.

mod error;
mod inspect;
mod read;
mod salvage;
mod segment;

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use error::JournalError;
pub use inspect::{Extent, Found, TornTail, inspect};
pub use read::{Entries, Entry};
pub use salvage::{Hole, Piece, database_of, salvage};
pub use segment::{DatabaseId, JOURNAL_FOLDER, MAX_ENTRY_LEN, segment_path};

use super::disk::{AppendFile, Disk, DiskError};
use segment::{Sealer, segment_header};

/// Size in bytes at which a segment file is closed and the next begun.
pub const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

/// How many zeros are laid at a time behind what was written last: a sync of what is written over them has no new length
/// and no new place to tell the file system.
const ROOM_BYTES: u64 = 1024 * 1024;

/// The log, open for appending. Fail-stop: after any failed write or sync every further call errors, because
/// nothing is known any more about what the file holds; only opening it again finds out.
pub struct Journal {
    disk: Arc<dyn Disk>,
    sealer: Sealer,
    segment_bytes: u64,
    segments: Vec<u64>,
    file: Box<dyn AppendFile>,
    file_len: u64,
    /// Zeros that lie behind it, about.
    room: u64,
    last: u64,
    durable: u64,
    stopped: Option<String>,
}

impl Journal {
    /// Opens the journal that [`inspect`] found: removes its torn tail if it has one, or begins a journal for
    /// the database `new_id` if there was none. `segment_bytes` is usually [`SEGMENT_BYTES`].
    pub fn open(
        disk: Arc<dyn Disk>,
        found: Found,
        new_id: DatabaseId,
        segment_bytes: u64,
    ) -> Result<Self, JournalError> {
        found.repair(&*disk)?;
        let id = found.database.unwrap_or(new_id);
        let sealer = Sealer::new(id);
        let mut segments = found.segments;
        let (file, file_len) = match segments.last() {
            Some(first) => (disk.open(&segment_path(*first))?, found.tail_len),
            None => {
                segments.push(1);
                create_segment(&*disk, id, 1)?
            }
        };
        let last = found.last;
        Ok(Self {
            disk,
            sealer,
            segment_bytes,
            segments,
            file,
            file_len,
            room: 0,
            last,
            durable: last,
            stopped: None,
        })
    }

    /// The database this journal belongs to.
    pub fn database(&self) -> DatabaseId {
        self.sealer.database()
    }

    /// Number of the last entry appended, 0 if there is none.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Number of the last entry that survives a power cut.
    pub fn durable(&self) -> u64 {
        self.durable
    }

    /// Writes entries at the end and returns the number of the first. They are not durable before
    /// [`Journal::sync`]. Refuses an entry above [`MAX_ENTRY_LEN`] without stopping.
    pub fn append<P: AsRef<[u8]>>(&mut self, payloads: &[P]) -> Result<u64, JournalError> {
        self.check_running()?;
        if let Some(large) = payloads
            .iter()
            .find(|payload| payload.as_ref().len() > MAX_ENTRY_LEN)
        {
            return Err(JournalError::TooLarge {
                len: large.as_ref().len(),
            });
        }
        let result = self.write(payloads);
        self.stop_on_error(result)
    }

    /// Makes everything appended durable and returns the number of the last entry.
    pub fn sync(&mut self) -> Result<u64, JournalError> {
        self.check_running()?;
        let result = self.file.sync();
        self.stop_on_error(result)?;
        self.durable = self.last;
        Ok(self.durable)
    }

    /// Cuts off the zeros laid ahead and makes everything durable: for an orderly end, after which the files hold entries
    /// and nothing else. More may be appended all the same.
    pub fn trim(&mut self) -> Result<(), JournalError> {
        self.check_running()?;
        self.room = 0;
        let result = self.file.trim();
        self.stop_on_error(result)?;
        self.durable = self.last;
        Ok(())
    }

    /// The durable entries from this number on, read as they are asked for.
    pub fn read_from(&self, number: u64) -> Result<Entries, JournalError> {
        self.check_running()?;
        Ok(Entries::new(
            self.disk.clone(),
            self.sealer.clone(),
            self.segments.clone(),
            number,
            self.durable,
        ))
    }

    fn write<P: AsRef<[u8]>>(&mut self, payloads: &[P]) -> Result<u64, DiskError> {
        if self.file_len >= self.segment_bytes && !payloads.is_empty() {
            self.begin_segment()?;
        }
        let first = self.last + 1;
        let mut bytes = Vec::new();
        for (number, payload) in (first..).zip(payloads) {
            self.sealer
                .seal(number, self.durable, payload.as_ref(), &mut bytes);
        }
        self.make_room_for(bytes.len() as u64);
        self.file.append(&bytes)?;
        self.file_len += bytes.len() as u64;
        self.room = self.room.saturating_sub(bytes.len() as u64);
        self.last += payloads.len() as u64;
        Ok(first)
    }

    /// No more is laid than the segment takes.
    fn make_room_for(&mut self, bytes: u64) {
        if self.room < bytes {
            let left = self.segment_bytes.saturating_sub(self.file_len);
            self.room = bytes.max(left.min(ROOM_BYTES));
            self.file.reserve(self.room);
        }
    }

    /// Every segment but the last is durable to its end, so that only the last can have a torn tail, or zeros there.
    fn begin_segment(&mut self) -> Result<(), DiskError> {
        self.file.trim()?;
        self.room = 0;
        self.durable = self.last;
        let first = self.last + 1;
        (self.file, self.file_len) = create_segment(&*self.disk, self.sealer.database(), first)?;
        self.segments.push(first);
        Ok(())
    }

    fn check_running(&self) -> Result<(), JournalError> {
        match &self.stopped {
            Some(cause) => Err(JournalError::Stopped { cause: cause.clone() }),
            None => Ok(()),
        }
    }

    fn stop_on_error<T>(&mut self, result: Result<T, DiskError>) -> Result<T, JournalError> {
        if let Err(error) = &result {
            self.stopped = Some(error.to_string());
        }
        Ok(result?)
    }
}

fn create_segment(
    disk: &dyn Disk,
    database: DatabaseId,
    first: u64,
) -> Result<(Box<dyn AppendFile>, u64), DiskError> {
    let header = segment_header(database, first);
    let mut file = disk.create(&segment_path(first))?;
    file.append(&header)?;
    file.sync()?;
    disk.sync_dir(JOURNAL_FOLDER)?;
    Ok((file, header.len() as u64))
}
