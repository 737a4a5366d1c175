//! Reads entries in order, holding no more than one of them and a read-ahead in memory.

use std::sync::Arc;

use super::error::JournalError;
use super::segment::{
    BadHeader, ENTRY_HEADER_LEN, EntryHeader, SEGMENT_HEADER_LEN, Sealer, read_segment_header, segment_path,
};
use crate::store::disk::Disk;

/// Bytes read at a time.
const READ_LEN: usize = 256 * 1024;

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub number: u64,
    /// What was appended.
    pub payload: Vec<u8>,
}

/// The entries from one number to another, as an iterator that ends after the first error.
pub struct Entries {
    disk: Arc<dyn Disk>,
    sealer: Sealer,
    segments: Vec<u64>,
    /// Index of the segment to be opened next.
    next_segment: usize,
    from: u64,
    /// Number of the next entry in the files.
    next: u64,
    through: u64,
    ahead: ReadAhead,
    failed: bool,
}

/// The part of a segment file that has been read and not yet used.
#[derive(Default)]
struct ReadAhead {
    path: String,
    /// Offset of the first byte of `bytes` in the file.
    offset: u64,
    bytes: Vec<u8>,
    used: usize,
}

impl Entries {
    pub(super) fn new(
        disk: Arc<dyn Disk>,
        sealer: Sealer,
        segments: Vec<u64>,
        from: u64,
        through: u64,
    ) -> Self {
        let next_segment = segments.partition_point(|first| *first <= from).saturating_sub(1);
        let next = segments.get(next_segment).copied().unwrap_or(1);
        let ahead = ReadAhead::default();
        Self {
            disk,
            sealer,
            segments,
            next_segment,
            from,
            next,
            through,
            ahead,
            failed: false,
        }
    }

    /// Number of the last entry that will come.
    pub fn through(&self) -> u64 {
        self.through
    }

    fn read_next(&mut self) -> Result<Option<Entry>, JournalError> {
        loop {
            if self.next > self.through || self.from > self.through {
                return Ok(None);
            }
            if !self.ahead.fill(&*self.disk, ENTRY_HEADER_LEN)? {
                self.open_segment()?;
                continue;
            }
            let entry = self.read_entry()?;
            if entry.number >= self.from {
                return Ok(Some(entry));
            }
        }
    }

    /// Begins the next file; the one before must have been read to its very end.
    fn open_segment(&mut self) -> Result<(), JournalError> {
        if !self.ahead.rest().is_empty() {
            return Err(self.damaged("an entry is cut short".to_owned()));
        }
        let Some(&first) = self.segments.get(self.next_segment) else {
            return Err(self.damaged(format!("entry {} is missing", self.next)));
        };
        if first != self.next {
            return Err(self.damaged(format!("entry {} is missing, {first} follows", self.next)));
        }
        self.ahead = ReadAhead {
            path: segment_path(first),
            ..ReadAhead::default()
        };
        self.ahead.fill(&*self.disk, SEGMENT_HEADER_LEN)?;
        match read_segment_header(self.ahead.rest(), first) {
            Ok(database) if database == self.sealer.database() => {}
            Ok(other) => return Err(self.damaged(format!("it belongs to another database, {other}"))),
            Err(BadHeader::Torn) => return Err(self.damaged("its header is altered".to_owned())),
            Err(BadHeader::Wrong(what)) => return Err(self.damaged(what)),
        }
        self.ahead.used = SEGMENT_HEADER_LEN;
        self.next_segment += 1;
        Ok(())
    }

    fn read_entry(&mut self) -> Result<Entry, JournalError> {
        let header = EntryHeader::read(self.ahead.rest()).filter(|header| header.number == self.next);
        let Some(header) = header else {
            return Err(self.damaged(format!("entry {} is altered or missing", self.next)));
        };
        self.ahead.fill(&*self.disk, ENTRY_HEADER_LEN + header.len)?;
        let payload = self.sealer.open(header, self.ahead.rest()).map(<[u8]>::to_vec);
        let Some(payload) = payload else {
            return Err(self.damaged(format!("entry {} is altered", self.next)));
        };
        self.ahead.used += ENTRY_HEADER_LEN + header.len;
        self.next += 1;
        Ok(Entry {
            number: header.number,
            payload,
        })
    }

    fn damaged(&self, what: String) -> JournalError {
        let offset = self.ahead.offset + self.ahead.used as u64;
        JournalError::Damaged {
            path: self.ahead.path.clone(),
            offset,
            what,
        }
    }
}

impl ReadAhead {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.used..]
    }

    /// Reads on until `len` unused bytes are there; false if the file ends before.
    fn fill(&mut self, disk: &dyn Disk, len: usize) -> Result<bool, JournalError> {
        if self.path.is_empty() {
            return Ok(false);
        }
        if self.rest().len() < len {
            self.bytes.drain(..self.used);
            self.offset += self.used as u64;
            self.used = 0;
            let missing = (len - self.bytes.len()).max(READ_LEN);
            let end = self.offset + self.bytes.len() as u64;
            self.bytes.extend(disk.read_range(&self.path, end, missing)?);
        }
        Ok(self.rest().len() >= len)
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let result = self.read_next();
        self.failed = result.is_err();
        result.transpose()
    }
}
