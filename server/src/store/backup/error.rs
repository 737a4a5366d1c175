//! What can go wrong with a backup.

use crate::store::disk::DiskError;
use crate::store::journal::{DatabaseId, JournalError};

/// Why a backup was not made, or cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to back up.
    #[error("there is no journal to back up")]
    NoJournal,
    /// There is no backup.
    #[error("there is no backup in {folder}: no file {file}", file = super::MANIFEST_FILE)]
    NoBackup {
        /// Where it was looked for.
        folder: String,
    },
    /// The backup is of another server.
    #[error(
        "the backup there is of another database, {theirs}, not of this one, {ours}: give another folder"
    )]
    OtherDatabase {
        /// Name in the backup.
        theirs: DatabaseId,
        /// Name in the journal.
        ours: DatabaseId,
    },
    /// The backup holds what the journal does not hold any more, or otherwise.
    #[error(
        "{path} in the backup is no beginning of what the server has: since then the server came back from \
         another backup, or its journal is damaged (`otor verify` tells); give another folder for a new backup"
    )]
    Diverged {
        /// Segment file.
        path: String,
    },
    /// The backup is not what was written.
    #[error("the backup is damaged: {path} {what}")]
    Altered {
        /// File in it.
        path: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The journal is damaged.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}
