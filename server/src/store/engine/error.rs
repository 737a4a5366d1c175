//! What can go wrong with the engine.

use super::view::FoldError;
use crate::store::disk::DiskError;
use crate::store::journal::{DatabaseId, JournalError};
use crate::store::table::TableError;

/// Why an engine operation failed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// An earlier error stopped the engine; the folder must be opened again.
    #[error("the store has stopped after an error: {cause}")]
    Stopped {
        /// The error it stopped at.
        cause: String,
    },
    /// The fold refuses an entry.
    #[error("entry {commit} cannot be folded: {source}")]
    Fold {
        /// The entry.
        commit: u64,
        /// The fold's reason.
        source: FoldError,
    },
    /// Durable entries are gone. Starting without them would forget acknowledged work and issue their numbers
    /// again.
    #[error(
        "the journal has been lost or cut: it ends at entry {last}, but entry {highest} was durable; \
         restore the journal from a copy"
    )]
    JournalLost {
        /// Last entry there is, 0 if there is none.
        last: u64,
        /// Highest entry known to have been durable.
        highest: u64,
    },
    /// There is a checkpoint or a table, but no journal at all.
    #[error("the journal is not there, but {witness} is; restore the journal from a copy")]
    NoJournal {
        /// What shows that there was a journal.
        witness: &'static str,
    },
    /// Files of two databases lie in one folder.
    #[error("the journal belongs to database {journal}, the CHECKPOINT file to {checkpoint}")]
    MixedDatabases {
        /// Name in the journal.
        journal: DatabaseId,
        /// Name in the checkpoint.
        checkpoint: DatabaseId,
    },
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The table failed.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl EngineError {
    /// What is wrong with the table, if that is the error and folding it again helps.
    pub(super) fn table_damage(&self) -> Option<String> {
        match self {
            Self::Table(TableError::Damaged { what })
            | Self::Fold {
                source: FoldError::Read(TableError::Damaged { what }),
                ..
            } => Some(what.clone()),
            Self::Fold {
                source: source @ FoldError::Damaged { .. },
                ..
            } => Some(source.to_string()),
            _ => None,
        }
    }
}
