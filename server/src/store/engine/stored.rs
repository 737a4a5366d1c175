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

use super::view::{Row, RowKey};
use crate::store::table::{Table, TableError, Write};
use block::{Held, unpack};
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

/// How often a block is looked for that is parted again and again meanwhile.
const LOOKS_MAX: u32 = 10_000;

/// What the value of a row is made of. One in pieces is put together only where it is wanted: while a checkpoint changes
/// them they are those of two values, and the row is found above the table.
pub(super) enum Kept {
    /// The value itself.
    Whole(Vec<u8>),
    /// Pieces of a value of this length and checksum.
    Apart { len: usize, checksum: u32 },
}

impl From<Held<'_>> for Kept {
    fn from(held: Held<'_>) -> Self {
        match held {
            Held::Whole(value) => Kept::Whole(value.to_vec()),
            Held::Apart { len, checksum } => Kept::Apart { len, checksum },
        }
    }
}

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
        held.map(|held| self.value(key, held.into())).transpose()
    }

    /// The first `limit` rows with `from <= key < to`, while nothing is changed.
    pub(super) fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, TableError> {
        let rows = self.range_kept(from, to, limit)?.into_iter();
        rows.map(|(key, kept)| {
            let value = self.value(&key, kept)?;
            Ok((key, value))
        })
        .collect()
    }

    /// The same, whatever is changed meanwhile: with what the values are made of.
    pub(super) fn range_kept(
        &self,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<(RowKey, Kept)>, TableError> {
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
                    rows.push((RowKey::from_slice(key), held.into()));
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

    /// The value of a row.
    pub(super) fn value(&self, key: &[u8], kept: Kept) -> Result<Vec<u8>, TableError> {
        match kept {
            Kept::Whole(value) => Ok(value),
            Kept::Apart { len, checksum } => pieces::join(self.table(), key, (len, checksum)),
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
        for _ in 0..LOOKS_MAX {
            let Some((mut place, packed)) = self.table.last(&[DATA], &upto)? else {
                return Ok(None);
            };
            place.remove(0);
            let behind = [place.as_slice(), &[0]].concat();
            let end: Option<Arc<[u8]>> = self.next_block(&behind)?.map(Arc::from);
            // It was parted while it was looked for: what was cut off was there before, and is looked for again.
            if end.as_deref().is_some_and(|end| end <= key) {
                continue;
            }
            let block = Arc::new(unpack(&packed)?);
            return Ok(Some((place, Found { block, end })));
        }
        Err(damaged("a block is found from one side and not from the other"))
    }

    /// The key of the first block at `from` or behind it.
    fn next_block(&self, from: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        let next = self.table.next_key(&[&[DATA], from].concat(), &[DATA + 1])?;
        Ok(next.map(|mut key| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::engine::layer::{Above, Layer};
    use crate::store::table::{MemoryTables, Row, TableFactory};
    use std::sync::atomic::{AtomicBool, Ordering};

    /// A table that is looked through while a block is parted: whoever looks for the last block has been where the new one
    /// is to be before it was there, and comes to the old one after it was cut down.
    struct BeingParted {
        table: Box<dyn Table>,
        is_late: AtomicBool,
    }

    impl Table for BeingParted {
        fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
            self.table.get(key)
        }

        fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, TableError> {
            self.table.range(from, to, limit)
        }

        fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Row>, TableError> {
            let last = self.table.last(from, to)?;
            let before = match &last {
                Some((new, _)) if self.is_late.swap(false, Ordering::Relaxed) => {
                    self.table.last(from, new)?
                }
                _ => None,
            };
            Ok(before.or(last))
        }

        fn apply(&self, batch: &[Write]) -> Result<(), TableError> {
            self.table.apply(batch)
        }

        fn flush(&self) -> Result<(), TableError> {
            self.table.flush()
        }
    }

    fn key(number: u16) -> RowKey {
        number.to_be_bytes().as_slice().into()
    }

    fn value(number: u16) -> Vec<u8> {
        key(number).repeat(10)
    }

    /// The writes that bring rows with these numbers in.
    fn writes_of(stored: &Stored, numbers: impl Iterator<Item = u16>) -> Vec<Write> {
        let mut layer = Layer::default();
        numbers.for_each(|number| layer.insert(key(number), Some(value(number).into())));
        let mut writes = Vec::new();
        let push = |write| {
            writes.push(write);
            Ok::<(), TableError>(())
        };
        stored.writes_of(Above::all([&layer].into_iter()), push).unwrap();
        writes
    }

    #[test]
    fn what_comes_behind_all_others_leaves_them_where_they_are() {
        let stored = Stored::new(MemoryTables::default().open().unwrap());
        stored.apply(&writes_of(&stored, 0..250)).unwrap();
        let last = stored.table().last(&[DATA], &[DATA + 1]).unwrap().unwrap().0;
        let found = |numbers: std::ops::Range<u16>| {
            numbers.for_each(|number| {
                assert_eq!(stored.get(&key(number)).unwrap(), Some(value(number)), "{number}");
            });
        };
        found(0..250);
        let few = writes_of(&stored, 250..260);
        assert!(
            few.iter().map(|write| &write.0).eq([&last]),
            "they have room in the last block"
        );
        stored.apply(&few).unwrap();
        found(0..260);
        let many = writes_of(&stored, 260..4_000);
        assert!(
            many.iter().all(|(key, _)| *key > last),
            "the last block stays as it is"
        );
        stored.apply(&many).unwrap();
        found(0..4_000);
        let between = writes_of(&stored, [259, 4_000].into_iter());
        assert!(
            between.iter().any(|(key, _)| *key <= last),
            "what changes is written again"
        );
    }

    #[test]
    fn a_row_is_found_while_its_block_is_parted() {
        let stored = Stored::new(MemoryTables::default().open().unwrap());
        let writes = writes_of(&stored, 0..2_000);
        assert!(writes.len() > 3, "several blocks");
        stored.apply(&writes).unwrap();
        for number in (0..2_000).rev().step_by(7) {
            let late = Stored::new(Box::new(BeingParted {
                table: copy_of(stored.table()),
                is_late: AtomicBool::new(true),
            }));
            assert_eq!(late.get(&key(number)).unwrap(), Some(value(number)), "{number}");
        }
    }

    #[test]
    fn what_does_not_change_is_found_between_any_two_writes() {
        let everywhere: Vec<u16> = (0..4_000).step_by(2).collect();
        let at_the_ends: Vec<u16> = (0..150).chain(3_850..4_000).collect();
        for old in [everywhere, at_the_ends] {
            let stored = Stored::new(MemoryTables::default().open().unwrap());
            let writes = writes_of(&stored, old.iter().copied());
            stored.apply(&writes).unwrap();
            let writes = writes_of(&stored, (0..4_000).filter(|number| !old.contains(number)));
            assert!(writes.len() > 6, "blocks are parted");
            assert!(!writes.is_sorted(), "the last part comes first");
            for done in 0..=writes.len() {
                let table = copy_of(stored.table());
                table.apply(&writes[..done]).unwrap();
                let between = Stored::new(table);
                let is_found = |number: u16| between.get(&key(number)).unwrap() == Some(value(number));
                let lost: Vec<_> = old.iter().filter(|number| !is_found(**number)).collect();
                assert!(lost.is_empty(), "after {done} writes: {lost:?}");
            }
        }
    }

    fn copy_of(table: &dyn Table) -> Box<dyn Table> {
        let copy = MemoryTables::default().open().unwrap();
        for (key, value) in table.range(&[], &[u8::MAX], usize::MAX).unwrap() {
            copy.apply(&[(key, Some(value))]).unwrap();
        }
        copy
    }
}
