//! What the caller tells opening, and what it hears of it.

use crate::store::journal::{DatabaseId, SEGMENT_BYTES, TornTail};

/// How to open an engine.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Random name for the database, if the folder is new.
    pub new_database: DatabaseId,
    /// Memory in bytes that folding may fill before it checkpoints.
    pub fold_bytes: u64,
    /// Size in bytes at which the journal begins a new file.
    pub segment_bytes: u64,
}

impl EngineOptions {
    /// The usual sizes.
    pub fn new(new_database: DatabaseId) -> Self {
        Self {
            new_database,
            fold_bytes: 64 * 1024 * 1024,
            segment_bytes: SEGMENT_BYTES,
        }
    }
}

/// What opening is doing, where it may take long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The table is not trusted and will be folded again.
    Rebuilding(Rebuilt),
    /// Entries are being folded.
    Folding {
        /// Entries folded.
        done: u64,
        /// Entries to fold in all.
        total: u64,
    },
}

/// A table folded again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// Why the old one is not trusted.
    pub reason: String,
    /// Where the old one is now, if there was one.
    pub set_aside: Option<String>,
}

/// What opening found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReport {
    /// Whether the folder was new.
    pub is_new: bool,
    /// Commit of the last entry.
    pub commit: u64,
    /// Commit up to which the table already held the state.
    pub checkpoint: u64,
    /// Whether a checkpoint interrupted by a crash was finished.
    pub finished_checkpoint: bool,
    /// Unacknowledged bytes cut from the journal's end.
    pub torn: Option<TornTail>,
    /// Set if the table was folded again.
    pub rebuilt: Option<Rebuilt>,
}
