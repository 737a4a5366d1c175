//! What can go wrong with a table, told apart by what helps.

use super::{MAX_BATCH_LEN, MAX_KEY_LEN, MAX_VALUE_LEN};

/// Why a table operation failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// The caller's batch is too long.
    #[error("a batch of {len} writes is longer than a table takes ({MAX_BATCH_LEN})")]
    BatchTooLong {
        /// Its number of writes.
        len: usize,
    },
    /// The caller's key is too large.
    #[error("a key of {len} bytes is larger than a table takes ({MAX_KEY_LEN})")]
    KeyTooLarge {
        /// Its length in bytes.
        len: usize,
    },
    /// The caller's value is too large.
    #[error("a value of {len} bytes is larger than a table takes ({MAX_VALUE_LEN})")]
    ValueTooLarge {
        /// Its length in bytes.
        len: usize,
    },
    /// The content cannot be trusted; folding it again from the journal helps.
    #[error("the table is damaged: {what}")]
    Damaged {
        /// What was found.
        what: String,
    },
    /// The surroundings fail (a full disk, permissions, another user of the files); folding does not help.
    #[error("the table cannot be used: {what}")]
    Unusable {
        /// What was found.
        what: String,
    },
}

impl TableError {
    /// Whether the table's content is at fault, so that setting it aside and folding it again helps.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }
}
