//! The CHECKPOINT file: what the table must hold, told outside the table.
//!
//! A few lines of text, the last of them the checksum of those before. It is the only defence against a table
//! that opens empty or old without complaint.

use crate::store::disk::{Disk, DiskError, replace_file};
use crate::store::journal::DatabaseId;

use super::stored::{FORMAT_VERSION, Meta};

/// Name of the file in the data folder.
const MARK_FILE: &str = "CHECKPOINT";

/// Left behind when the table failed in use, so that the next start does not trust it however it looks then.
const SUSPECT_FILE: &str = "TABLE-SUSPECT";

/// What has been checkpointed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) database: DatabaseId,
    /// The table holds the entries up to this.
    pub(super) commit: u64,
    /// Highest entry that was ever checkpointed; above `commit` only while the table is being folded again.
    pub(super) highest: u64,
    pub(super) fold_version: u32,
}

/// What stands in the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkFile {
    Missing,
    Altered,
    Intact(Mark),
}

impl MarkFile {
    pub(super) fn read(disk: &dyn Disk) -> Result<Self, DiskError> {
        // A process killed right after the rename has left it undone on disk.
        disk.sync_dir("")?;
        if !disk.exists(MARK_FILE)? {
            return Ok(Self::Missing);
        }
        let bytes = disk.read(MARK_FILE)?;
        let mark = std::str::from_utf8(&bytes).ok().and_then(Mark::parse);
        Ok(mark.map_or(Self::Altered, Self::Intact))
    }

    pub(super) fn intact(self) -> Option<Mark> {
        match self {
            Self::Intact(mark) => Some(mark),
            Self::Missing | Self::Altered => None,
        }
    }
}

impl Mark {
    /// The same database, checkpointed at this commit.
    pub(super) fn at(self, commit: u64) -> Self {
        Self {
            commit,
            highest: self.highest.max(commit),
            ..self
        }
    }

    /// What the table says of itself when it is as this mark says.
    pub(super) fn meta(&self) -> Meta {
        let Self {
            database,
            commit,
            fold_version,
            ..
        } = *self;
        Meta {
            database,
            commit,
            fold_version,
            format_version: FORMAT_VERSION,
        }
    }

    /// Puts it into the folder, durably.
    pub(super) fn write(&self, disk: &dyn Disk) -> Result<(), DiskError> {
        replace_file(disk, MARK_FILE, self.text().as_bytes())
    }

    fn text(&self) -> String {
        let Self {
            database,
            commit,
            highest,
            fold_version,
        } = self;
        let lines = format!(
            "otor checkpoint {FORMAT_VERSION}\ndatabase {database}\ncommit {commit}\nhighest {highest}\n\
             fold {fold_version}\n"
        );
        let checksum = crc32fast::hash(lines.as_bytes());
        format!("{lines}crc32 {checksum:08x}\n")
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text
            .lines()
            .map(|line| line.rsplit_once(' ').map_or("", |(_, word)| word));
        words.next()?;
        let database = data_encoding::HEXLOWER.decode(words.next()?.as_bytes()).ok()?;
        let mark = Self {
            database: DatabaseId(database.try_into().ok()?),
            commit: words.next()?.parse().ok()?,
            highest: words.next()?.parse().ok()?,
            fold_version: words.next()?.parse().ok()?,
        };
        // Written again it must be the same, which covers the checksum, the version and every word.
        (mark.text() == text).then_some(mark)
    }
}

/// Leaves word that the table failed. Errors change nothing: the engine is stopping already.
pub(super) fn note_suspect_table(disk: &dyn Disk) {
    if let Err(error) = replace_file(
        disk,
        SUSPECT_FILE,
        b"The table failed in use; it will be folded again.\n",
    ) {
        tracing::warn!(%error, "could not leave word that the table is damaged");
    }
}

/// Whether the table failed when last in use.
pub(super) fn is_table_suspect(disk: &dyn Disk) -> Result<bool, DiskError> {
    disk.exists(SUSPECT_FILE)
}

/// Forgets that it failed, once it has been set aside.
pub(super) fn clear_suspicion(disk: &dyn Disk) -> Result<(), DiskError> {
    if disk.exists(SUSPECT_FILE)? {
        disk.remove(SUSPECT_FILE)?;
        disk.sync_dir("")?;
    }
    Ok(())
}
