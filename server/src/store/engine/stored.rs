//! How the state lies in the table: rows in blocks, by neighbourhood, and values in pieces where they are larger than
//! a block takes.
//!
//! A block lies under `DATA key`, where `key` is that of its first row when it was made. Its rows are those from there
//! up to the next block's key. So a key's row is in the last block at or before it, or nowhere.
//!
//! - `block`: a block's bytes; `steps`: where some of its rows stand; `cache`: blocks read lately; `change`: bringing
//!   changes into blocks; `pieces`: large values; `meta`: what the table says of itself.

mod block;
mod cache;
mod change;
mod meta;
mod pieces;
mod steps;

pub(super) use meta::{FORMAT_VERSION, Meta};

use crate::store::table::{Row, Table, TableError, Write};
use block::{Block, Held, unpack};
use cache::{Cache, Found};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// Keys of blocks begin with this.
const DATA: u8 = 1;

/// Memory for blocks read lately, in bytes.
const CACHE_BYTES: usize = 24 * 1024 * 1024;

/// How long a reader waits for them. Whoever holds them may have had to give way to others; then the table is read, which
/// takes less.
const CACHE_WAIT: Duration = Duration::from_micros(20);

/// A table with the rows in it.
pub(super) struct Stored {
    table: Box<dyn Table>,
    cache: Mutex<Cache>,
}

impl Stored {
    /// The rows in a table.
    pub(super) fn new(table: Box<dyn Table>) -> Self {
        Self {
            table,
            cache: Mutex::new(Cache::new(CACHE_BYTES)),
        }
    }

    /// The table itself.
    pub(super) fn table(&self) -> &dyn Table {
        &*self.table
    }

    /// Does writes that a change was found to come to.
    pub(super) fn apply(&self, batch: &[Write]) -> Result<(), TableError> {
        let done = self.table.apply(batch);
        let keys = batch.iter().filter_map(|(key, _)| key.strip_prefix(&[DATA]));
        self.cache.lock().change(keys);
        done
    }

    /// Whether the table has no rows at all.
    pub(super) fn is_empty(&self) -> Result<bool, TableError> {
        Ok(self.table.range(&[], &[u8::MAX], 1)?.is_empty())
    }

    /// The value under a key.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        let Some(found) = self.find(key)? else {
            return Ok(None);
        };
        let held = found.block.get(key)?;
        held.map(|held| self.value(key, held)).transpose()
    }

    /// The first `limit` rows with `from <= key < to`.
    pub(super) fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, TableError> {
        let mut rows = Vec::new();
        let mut at = Some(from.to_vec());
        while let Some(from) = at.take().filter(|from| from.as_slice() < to) {
            let Some(found) = self.find(&from)? else {
                at = self.next_block(&from)?;
                continue;
            };
            let end = found.end.as_deref().filter(|end| *end < to).unwrap_or(to);
            let mut held_rows = found.block.rows_near(&from);
            while let Some(held) = held_rows.next()? {
                let key = held_rows.key();
                if key >= end || rows.len() == limit {
                    break;
                }
                if key >= from.as_slice() {
                    rows.push((key.to_vec(), self.value(key, held)?));
                }
            }
            if rows.len() < limit {
                at = found.end.map(|end| end.to_vec());
            }
        }
        Ok(rows)
    }

    /// How many pieces of large values the table holds.
    pub(super) fn count_pieces(&self) -> Result<u64, TableError> {
        pieces::count(self.table())
    }

    fn value(&self, key: &[u8], held: Held<'_>) -> Result<Vec<u8>, TableError> {
        match held {
            Held::Whole(value) => Ok(value.to_vec()),
            Held::Apart { len, checksum } => pieces::join(self.table(), key, (len, checksum)),
        }
    }

    /// The block in which a key's row has to be.
    fn find(&self, key: &[u8]) -> Result<Option<Found>, TableError> {
        let mut changes = None;
        if let Some(cache) = self.cache.try_lock_for(CACHE_WAIT) {
            if let Some(found) = cache.find(key) {
                return Ok(Some(found));
            }
            changes = Some(cache.changes());
        }
        let Some((place, found)) = self.read(key)? else {
            return Ok(None);
        };
        if let Some(changes) = changes
            && let Some(mut cache) = self.cache.try_lock_for(CACHE_WAIT)
        {
            cache.keep(place, found.clone(), changes);
        }
        Ok(Some(found))
    }

    /// The same from the table, with the block's key.
    fn read(&self, key: &[u8]) -> Result<Option<(Vec<u8>, Found)>, TableError> {
        let upto = [&[DATA], key, &[0]].concat();
        let Some((mut place, packed)) = self.table.last(&[DATA], &upto)? else {
            return Ok(None);
        };
        let block: Block = unpack(&packed)?;
        place.remove(0);
        let behind = [place.as_slice(), &[0]].concat();
        let end = self.next_block(&behind)?.map(Arc::from);
        let block = Arc::new(block);
        Ok(Some((place, Found { block, end })))
    }

    /// The key of the first block at `from` or behind it.
    fn next_block(&self, from: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        let next = self.table.range(&[&[DATA], from].concat(), &[DATA + 1], 1)?;
        Ok(next.into_iter().next().map(|(mut key, _)| {
            key.remove(0);
            key
        }))
    }
}

/// How many pieces a value of this length lies in.
pub(super) fn pieces_of(len: usize) -> usize {
    match len <= block::MAX_INLINE_LEN {
        true => 0,
        false => pieces::count_of(len),
    }
}

fn damaged(what: &str) -> TableError {
    TableError::Damaged {
        what: what.to_owned(),
    }
}
