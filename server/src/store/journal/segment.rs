//! The bytes of a segment file: its header and its entries.
//!
//! Header: magic (8) | format version u32 | database (16) | first entry number u64 | crc32 of all that u32.
//! Entry: length u32 | crc32 u32 | number u64 | last durable number u64 | payload. Integers are little-endian.
//! An entry's checksum covers the database, both numbers and the payload; the database in it keeps a payload
//! sent from outside from containing what passes for an entry.

use crc32fast::Hasher;

/// Folder of the segment files.
pub const JOURNAL_FOLDER: &str = "journal";

/// Largest payload of an entry, in bytes.
pub const MAX_ENTRY_LEN: usize = 4 * 1024 * 1024;

const MAGIC: &[u8; 8] = b"OTORJRNL";
const FORMAT_VERSION: u32 = 1;
const SUFFIX: &str = ".log";
const NAME_DIGITS: usize = 20;

/// Length of a segment's header in bytes.
pub(super) const SEGMENT_HEADER_LEN: usize = 40;

/// Length of an entry without its payload in bytes.
pub(super) const ENTRY_HEADER_LEN: usize = 24;

/// Random name of one database, in its journal, its table and its checkpoint, so that no part of another
/// database can be taken for its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DatabaseId(pub [u8; 16]);

impl std::fmt::Debug for DatabaseId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, formatter)
    }
}

impl std::fmt::Display for DatabaseId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// Path of the segment that begins with this entry.
pub fn segment_path(first: u64) -> String {
    format!("{JOURNAL_FOLDER}/{first:0NAME_DIGITS$}{SUFFIX}")
}

/// First entry of the segment with this file name, if it is the name of a segment.
pub(super) fn segment_first(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(SUFFIX)?;
    if digits.len() != NAME_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// The header of a segment.
pub(super) fn segment_header(database: DatabaseId, first: u64) -> Vec<u8> {
    let mut header = Vec::with_capacity(SEGMENT_HEADER_LEN);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    header.extend_from_slice(&database.0);
    header.extend_from_slice(&first.to_le_bytes());
    header.extend_from_slice(&crc32fast::hash(&header).to_le_bytes());
    header
}

/// Why the beginning of a file is not the header of its segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadHeader {
    /// Incomplete or altered, as after a power cut while the file was made.
    Torn,
    /// Complete, but not what belongs there.
    Wrong(String),
}

/// Reads the header of the segment that begins with `first`.
pub(super) fn read_segment_header(bytes: &[u8], first: u64) -> Result<DatabaseId, BadHeader> {
    let (Some(magic), Some(version)) = (array::<8>(bytes, 0), array::<4>(bytes, 8)) else {
        return Err(BadHeader::Torn);
    };
    let (Some(database), Some(number)) = (array::<16>(bytes, 12), array::<8>(bytes, 28)) else {
        return Err(BadHeader::Torn);
    };
    let Some(checksum) = array::<4>(bytes, SEGMENT_HEADER_LEN - 4) else {
        return Err(BadHeader::Torn);
    };
    if &magic != MAGIC || crc32fast::hash(&bytes[..SEGMENT_HEADER_LEN - 4]) != u32::from_le_bytes(checksum) {
        return Err(BadHeader::Torn);
    }
    let (version, number) = (u32::from_le_bytes(version), u64::from_le_bytes(number));
    if version != FORMAT_VERSION {
        return Err(BadHeader::Wrong(format!(
            "format version {version}, this program reads {FORMAT_VERSION}"
        )));
    }
    if number != first {
        return Err(BadHeader::Wrong(format!(
            "it begins with entry {number}, by its name with {first}"
        )));
    }
    Ok(DatabaseId(database))
}

/// How far a segment was written over, at least: behind that are zeros, laid there for entries that were never written, or
/// the last of the last entry.
pub(super) fn written_len(content: &[u8]) -> usize {
    content
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1)
}

/// Writes and recognises the entries of one database.
#[derive(Clone)]
pub(super) struct Sealer {
    database: DatabaseId,
    checksum: Hasher,
}

/// The numbers before an entry's payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EntryHeader {
    /// Length of the payload in bytes.
    pub(super) len: usize,
    checksum: u32,
    /// Its number.
    pub(super) number: u64,
    /// Number of the last entry that was durable when it was written.
    pub(super) durable: u64,
}

impl EntryHeader {
    /// Reads an entry's header; `None` if it is cut short or cannot be one.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let header = Self {
            len: u32::from_le_bytes(array(bytes, 0)?) as usize,
            checksum: u32::from_le_bytes(array(bytes, 4)?),
            number: u64::from_le_bytes(array(bytes, 8)?),
            durable: u64::from_le_bytes(array(bytes, 16)?),
        };
        (header.len <= MAX_ENTRY_LEN && header.durable < header.number).then_some(header)
    }
}

impl Sealer {
    /// For the entries of this database.
    pub(super) fn new(database: DatabaseId) -> Self {
        let mut checksum = Hasher::new();
        checksum.update(&database.0);
        Self { database, checksum }
    }

    /// The database.
    pub(super) fn database(&self) -> DatabaseId {
        self.database
    }

    /// Appends the bytes of an entry to `out`.
    pub(super) fn seal(&self, number: u64, durable: u64, payload: &[u8], out: &mut Vec<u8>) {
        let checksum = self.checksum_of(number, durable, payload);
        out.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        out.extend_from_slice(&checksum.to_le_bytes());
        out.extend_from_slice(&number.to_le_bytes());
        out.extend_from_slice(&durable.to_le_bytes());
        out.extend_from_slice(payload);
    }

    /// The payload of the entry that `bytes` begin with, if it is whole and unaltered.
    pub(super) fn open<'a>(&self, header: EntryHeader, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let payload = bytes.get(ENTRY_HEADER_LEN..ENTRY_HEADER_LEN + header.len)?;
        (self.checksum_of(header.number, header.durable, payload) == header.checksum).then_some(payload)
    }

    fn checksum_of(&self, number: u64, durable: u64, payload: &[u8]) -> u32 {
        let mut checksum = self.checksum.clone();
        checksum.update(&number.to_le_bytes());
        checksum.update(&durable.to_le_bytes());
        checksum.update(payload);
        checksum.finalize()
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}
