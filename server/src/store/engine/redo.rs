//! The redo file: all writes of one checkpoint, durable before the table is touched.
//!
//! The table may be left between two states by a crash; doing the whole file again then completes it. It gets
//! its name only once it is complete, so a file of that name that cannot be read is damaged, not torn.
//!
//! Header: magic (8) | version u32 | database (16) | base u64 | commit u64 | crc32 u32. Then frames: length
//! u32 | crc32 u32 | writes, each `key length u16 | key | 0`, or `key length u16 | key | 1 | length u32 |
//! value`. A frame of length 0 ends the file. Integers are little-endian.

use super::checkpoint::Done;
use super::error::EngineError;
use super::layer::Above;
use super::mark::Mark;
use super::stored::Stored;
use crate::store::disk::{AppendFile, Disk, DiskError};
use crate::store::journal::DatabaseId;
use crate::store::table::{MAX_BATCH_LEN, TableError, Write};
use otor_protocol::mutation::{self, Mutation};

const FOLDER: &str = "checkpoint";
const UNFINISHED: &str = "checkpoint/unfinished";
const PREFIX: &str = "redo-";
const MAGIC: &[u8; 8] = b"OTORREDO";
const VERSION: u32 = 1;
const HEADER_LEN: usize = 48;

/// Bytes gathered before they are written.
const WRITE_LEN: usize = 256 * 1024;

/// How many such pieces are synced at once: many megabytes at one time would hold the journal up on the same disk.
const PIECES_A_SYNC: usize = 4;

/// A complete redo file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redo {
    path: String,
    pub(super) database: DatabaseId,
    /// The table must be as of this commit, or between it and `commit`.
    pub(super) base: u64,
    /// Doing the file brings the table to this commit.
    pub(super) commit: u64,
}

impl Redo {
    /// Writes what brings the table from `from` to `to`, which these changes do; `between` is called after each of its writes.
    pub(super) fn write(
        disk: &dyn Disk,
        stored: &Stored,
        changes: Above<'_>,
        (from, to): (Mark, Mark),
        between: &dyn Fn(Done),
    ) -> Result<Self, EngineError> {
        remove_if_there(disk, UNFINISHED)?;
        let path = format!("{FOLDER}/{PREFIX}{:020}", to.commit);
        let redo = Self {
            path,
            database: to.database,
            base: from.commit,
            commit: to.commit,
        };
        let mut writer = Writer::new(disk.create(UNFINISHED)?, redo.header());
        stored.writes_of(changes, |write| {
            writer.push(write)?;
            between(Done::Write);
            Ok::<(), EngineError>(())
        })?;
        // The table's own record comes in a batch of its own, after everything else.
        writer.end_frame()?;
        writer.push(to.meta().write())?;
        writer.finish()?;
        disk.rename(UNFINISHED, &redo.path)?;
        disk.sync_dir(FOLDER)?;
        Ok(redo)
    }

    /// The complete redo file in the folder, if there is one; the latest, if a crash has left several. Removes
    /// what was never finished.
    pub(super) fn find(disk: &dyn Disk) -> Result<Option<Self>, EngineError> {
        disk.sync_dir(FOLDER)?;
        remove_if_there(disk, UNFINISHED)?;
        let names = disk.list(FOLDER)?;
        let Some(name) = names.iter().rfind(|name| name.starts_with(PREFIX)) else {
            return Ok(None);
        };
        let path = format!("{FOLDER}/{name}");
        let header = disk.read_range(&path, 0, HEADER_LEN)?;
        Self::parse(&path, &header)
            .map(Some)
            .ok_or_else(|| altered(&path))
    }

    /// Removes all redo files. Without the table or the mark that they belong to they must not be found.
    pub(super) fn remove_all(disk: &dyn Disk) -> Result<(), DiskError> {
        let names = disk.list(FOLDER)?;
        for name in &names {
            disk.remove(&format!("{FOLDER}/{name}"))?;
        }
        disk.sync_dir(FOLDER)
    }

    /// Does every write in the table and flushes it; `between` is called after each batch.
    pub(super) fn apply(
        &self,
        disk: &dyn Disk,
        stored: &Stored,
        between: &dyn Fn(),
    ) -> Result<(), EngineError> {
        let mut offset = HEADER_LEN as u64;
        while let Some((batch, frame_len)) = self.read_frame(disk, offset)? {
            if !(mutation::active(Mutation::RedoNotApplied) && offset == HEADER_LEN as u64) {
                stored.apply(&batch)?;
            }
            offset += frame_len;
            between();
        }
        Ok(stored.table().flush()?)
    }

    fn read_frame(&self, disk: &dyn Disk, offset: u64) -> Result<Option<(Vec<Write>, u64)>, EngineError> {
        let head = disk.read_range(&self.path, offset, 8)?;
        let head: [u8; 8] = head.try_into().map_err(|_| altered(&self.path))?;
        let [a, b, c, d, e, f, g, h] = head;
        let (len, checksum) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        let body = disk.read_range(&self.path, offset + 8, len as usize)?;
        if body.len() != len as usize || crc32fast::hash(&body) != checksum {
            return Err(altered(&self.path));
        }
        if body.is_empty() {
            return Ok(None);
        }
        let batch = decode_batch(&body).ok_or_else(|| altered(&self.path))?;
        Ok(Some((batch, 8 + u64::from(len))))
    }

    fn header(&self) -> Vec<u8> {
        let mut header = Vec::with_capacity(HEADER_LEN);
        header.extend_from_slice(MAGIC);
        header.extend_from_slice(&VERSION.to_le_bytes());
        header.extend_from_slice(&self.database.0);
        header.extend_from_slice(&self.base.to_le_bytes());
        header.extend_from_slice(&self.commit.to_le_bytes());
        header.extend_from_slice(&crc32fast::hash(&header).to_le_bytes());
        header
    }

    fn parse(path: &str, header: &[u8]) -> Option<Self> {
        let (_, rest) = header.split_at_checked(12)?;
        let (database, rest) = rest.split_first_chunk::<16>()?;
        let (base, rest) = rest.split_first_chunk::<8>()?;
        let (commit, _) = rest.split_first_chunk::<8>()?;
        let redo = Self {
            path: path.to_owned(),
            database: DatabaseId(*database),
            base: u64::from_le_bytes(*base),
            commit: u64::from_le_bytes(*commit),
        };
        // Written again it must be the same, which covers magic, version and checksum.
        (redo.header() == header).then_some(redo)
    }
}

/// Gathers writes into frames of one batch each.
struct Writer {
    file: Box<dyn AppendFile>,
    out: Vec<u8>,
    frame: Vec<u8>,
    writes: usize,
    unsynced_pieces: usize,
}

impl Writer {
    fn new(file: Box<dyn AppendFile>, header: Vec<u8>) -> Self {
        Self {
            file,
            out: header,
            frame: Vec::new(),
            writes: 0,
            unsynced_pieces: 0,
        }
    }

    fn push(&mut self, (key, value): Write) -> Result<(), EngineError> {
        self.frame.extend_from_slice(&(key.len() as u16).to_le_bytes());
        self.frame.extend_from_slice(&key);
        self.frame.push(u8::from(value.is_some()));
        if let Some(value) = value {
            self.frame.extend_from_slice(&(value.len() as u32).to_le_bytes());
            self.frame.extend_from_slice(&value);
        }
        self.writes += 1;
        if self.writes == MAX_BATCH_LEN {
            self.end_frame()?;
        }
        Ok(())
    }

    fn end_frame(&mut self) -> Result<(), DiskError> {
        if self.frame.is_empty() {
            return Ok(());
        }
        self.out
            .extend_from_slice(&(self.frame.len() as u32).to_le_bytes());
        self.out
            .extend_from_slice(&crc32fast::hash(&self.frame).to_le_bytes());
        self.out.append(&mut self.frame);
        self.writes = 0;
        if self.out.len() >= WRITE_LEN {
            self.file.append(&self.out)?;
            self.out.clear();
            self.unsynced_pieces += 1;
        }
        if self.unsynced_pieces == PIECES_A_SYNC {
            self.file.sync()?;
            self.unsynced_pieces = 0;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), DiskError> {
        self.end_frame()?;
        self.out.extend_from_slice(&0u32.to_le_bytes());
        self.out.extend_from_slice(&crc32fast::hash(&[]).to_le_bytes());
        self.file.append(&self.out)?;
        self.file.sync()
    }
}

fn decode_batch(mut bytes: &[u8]) -> Option<Vec<Write>> {
    let mut batch = Vec::new();
    while !bytes.is_empty() {
        let key_len = take(&mut bytes, 2)?;
        let key_len = u16::from_le_bytes(key_len.try_into().ok()?);
        let key = take(&mut bytes, usize::from(key_len))?.to_vec();
        let value = match take(&mut bytes, 1)? {
            [0] => None,
            [1] => {
                let len = u32::from_le_bytes(take(&mut bytes, 4)?.try_into().ok()?);
                Some(take(&mut bytes, len as usize)?.to_vec())
            }
            _ => return None,
        };
        batch.push((key, value));
    }
    Some(batch)
}

fn take<'a>(bytes: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    Some(taken)
}

fn remove_if_there(disk: &dyn Disk, path: &str) -> Result<(), DiskError> {
    if disk.exists(path)? {
        disk.remove(path)
    } else {
        Ok(())
    }
}

fn altered(path: &str) -> EngineError {
    TableError::Damaged {
        what: format!("its redo file {path} is altered"),
    }
    .into()
}
