//! The file that says what a backup holds: lines of text, the last of them the checksum of those before.

use super::error::BackupError;
use crate::store::disk::{Disk, replace_file};
use crate::store::journal::{DatabaseId, segment_path};
use data_encoding::HEXLOWER;

/// Name of the file in a backup's folder.
pub const MANIFEST_FILE: &str = "BACKUP";

const FIRST_LINE: &str = "otor backup 1";

/// SHA-256 of a file's content.
pub type FileHash = [u8; 32];

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Whose journal it is.
    pub database: DatabaseId,
    /// Number of the last entry.
    pub entries: u64,
    /// Hash of the server's key.
    pub key: FileHash,
    /// The segments, in order.
    pub segments: Vec<SegmentCopy>,
}

/// A segment as far as it was copied; what stands after that in the file is no part of the backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentCopy {
    /// Number of its first entry.
    pub first: u64,
    /// Its length in bytes.
    pub len: u64,
    /// Hash of these bytes.
    pub hash: FileHash,
}

impl SegmentCopy {
    /// Its file.
    pub fn path(&self) -> String {
        segment_path(self.first)
    }
}

impl Manifest {
    /// Reads the manifest of a backup; none if there is none.
    ///
    /// # Errors
    /// [`BackupError`] if it cannot be read, or is altered.
    pub fn read(disk: &dyn Disk) -> Result<Option<Self>, BackupError> {
        if !disk.exists(MANIFEST_FILE)? {
            return Ok(None);
        }
        let bytes = disk.read(MANIFEST_FILE)?;
        let manifest = std::str::from_utf8(&bytes).ok().and_then(Self::parse);
        manifest.map(Some).ok_or_else(|| BackupError::Altered {
            path: MANIFEST_FILE.to_owned(),
            what: "is altered",
        })
    }

    pub(super) fn write(&self, disk: &dyn Disk) -> Result<(), BackupError> {
        Ok(replace_file(disk, MANIFEST_FILE, self.text().as_bytes())?)
    }

    pub(super) fn segment(&self, first: u64) -> Option<&SegmentCopy> {
        self.segments.iter().find(|segment| segment.first == first)
    }

    /// Bytes of all segments.
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.len).sum()
    }

    fn text(&self) -> String {
        let Self {
            database,
            entries,
            key,
            segments,
        } = self;
        let key = HEXLOWER.encode(key);
        let mut text = format!("{FIRST_LINE}\ndatabase {database}\nentries {entries}\nkey {key}\n");
        for SegmentCopy { first, len, hash } in segments {
            let hash = HEXLOWER.encode(hash);
            text.push_str(&format!("segment {first} {len} {hash}\n"));
        }
        let checksum = crc32fast::hash(text.as_bytes());
        text + &format!("crc32 {checksum:08x}\n")
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().skip(1);
        let mut word = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let database = DatabaseId(
            HEXLOWER
                .decode(word("database")?.as_bytes())
                .ok()?
                .try_into()
                .ok()?,
        );
        let entries = word("entries")?.parse().ok()?;
        let key = hash_of(word("key")?)?;
        let segments = lines.take_while(|line| line.starts_with("segment ")).map(|line| {
            let mut words = line.split(' ').skip(1);
            Some(SegmentCopy {
                first: words.next()?.parse().ok()?,
                len: words.next()?.parse().ok()?,
                hash: hash_of(words.next()?)?,
            })
        });
        let manifest = Self {
            database,
            entries,
            key,
            segments: segments.collect::<Option<_>>()?,
        };
        // Written again it must be the same, which covers the checksum, the version and every word.
        (manifest.text() == text).then_some(manifest)
    }
}

fn hash_of(digits: &str) -> Option<FileHash> {
    HEXLOWER.decode(digits.as_bytes()).ok()?.try_into().ok()
}
