//! What can go wrong with the journal.

use super::MAX_ENTRY_LEN;
use crate::store::disk::DiskError;

/// Why a journal operation failed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// An entry is larger than any may be.
    #[error("an entry of {len} bytes is larger than the journal takes ({MAX_ENTRY_LEN} bytes)")]
    TooLarge {
        /// Its length in bytes.
        len: usize,
    },
    /// Something durable is not there any more as it was written. Nothing is skipped or repaired: restore the
    /// file from a copy.
    #[error(
        "the journal is damaged: {path} at byte {offset}: {what}; restore it from a backup, or see `otor salvage --help`"
    )]
    Damaged {
        /// Segment file.
        path: String,
        /// Byte in it where the damage begins.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
    /// The disk below failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// An earlier write failed; the journal must be opened again.
    #[error("the journal has stopped after an error: {cause}")]
    Stopped {
        /// The error it stopped at.
        cause: String,
    },
}
