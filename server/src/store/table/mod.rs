//! An ordered map on disk, below the engine.
//!
//! A table promises less than the journal: what [`Table::flush`] has confirmed should survive, but it may turn
//! out lost, old or damaged, and the engine then folds it again.

mod error;
mod memory;
mod sled;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod sled_tests;

pub use error::TableError;
pub use memory::{MemoryTable, MemoryTables};
pub use sled::{SledTable, SledTables};

/// Largest value in bytes. A block of rows that packs to more is parted, and a larger row lies in pieces.
pub const MAX_VALUE_LEN: usize = 4 * 1024;

/// Largest key in bytes. sled moves a page above 128 KiB to a file of its own that nothing syncs; its index pages have up
/// to 320 keys.
pub const MAX_KEY_LEN: usize = 256;

/// Most writes in one batch. Between two of them the disk is left to others.
pub const MAX_BATCH_LEN: usize = 100;

/// One change: the key, and its new value or `None` to remove it.
pub type Write = (Vec<u8>, Option<Vec<u8>>);

/// A key with its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// An ordered map of bytes.
pub trait Table: Send + Sync {
    /// The value under a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError>;

    /// The first `limit` rows with `from <= key < to`, ascending.
    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, TableError>;

    /// The first key with `from <= key < to`.
    fn next_key(&self, from: &[u8], to: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        let first = self.range(from, to, 1)?;
        Ok(first.into_iter().next().map(|(key, _)| key))
    }

    /// The last row with `from <= key < to`.
    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Row>, TableError>;

    /// Does all writes of a batch, one after the other in the order given; whoever reads may see some of them done.
    /// Refuses a batch above [`MAX_BATCH_LEN`], a key above [`MAX_KEY_LEN`] or a value above [`MAX_VALUE_LEN`] whole.
    fn apply(&self, batch: &[Write]) -> Result<(), TableError>;

    /// Makes everything applied survive a power cut. Without it a crash may leave any part of it.
    fn flush(&self) -> Result<(), TableError>;
}

/// The place where one table lies, while it is not open.
pub trait TableFactory: Send + Sync {
    /// Opens the table, making an empty one if there is none.
    fn open(&self) -> Result<Box<dyn Table>, TableError>;

    /// Whether there is a table.
    fn is_present(&self) -> Result<bool, TableError>;

    /// Moves the table's files out of the way under another name, without deleting anything; `None` if there
    /// is no table. No handle on it may be open.
    fn set_aside(&self) -> Result<Option<String>, TableError>;
}

/// Refuses a batch that no table takes.
fn check_batch(batch: &[Write]) -> Result<(), TableError> {
    if batch.len() > MAX_BATCH_LEN {
        return Err(TableError::BatchTooLong { len: batch.len() });
    }
    for (key, value) in batch {
        if key.len() > MAX_KEY_LEN {
            return Err(TableError::KeyTooLarge { len: key.len() });
        }
        if let Some(value) = value.as_ref().filter(|value| value.len() > MAX_VALUE_LEN) {
            return Err(TableError::ValueTooLarge { len: value.len() });
        }
    }
    Ok(())
}
