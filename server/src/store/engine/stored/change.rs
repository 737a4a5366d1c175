//! Bringing changes into the blocks that they belong to.
//!
//! Readers go on while the writes are done, and find each row that does not change at any moment: where a block is parted,
//! each part is written after those behind it, because a row is looked for in the last block at or before its key. Rows
//! that change are found above the table.

use super::block::{Block, FULL_LEN, Held, HeldRow, Packer, Rows, rows_len};
use super::{DATA, Stored, pieces, pieces_of};
use crate::store::engine::layer::{Above, Change};
use crate::store::engine::view::RowKey;
use crate::store::table::{TableError, Write};
use std::iter::Peekable;

impl Stored {
    /// Hands `out` the writes that bring changes into the table, in the order in which they are to be done.
    pub(in super::super) fn writes_of<E: From<TableError>>(
        &self,
        changes: Above<'_>,
        mut out: impl FnMut(Write) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut packer = Packer::new()?;
        let mut changes = changes.peekable();
        while let Some((key, _)) = changes.peek() {
            let (place, found) = match self.read(key)? {
                Some((place, found)) => (Some(place), Some(found)),
                None => (None, None),
            };
            let end = match &found {
                Some(found) => found.end.as_deref().map(<[u8]>::to_vec),
                None => self.next_block(key)?,
            };
            let empty = Block::default();
            let block = found.as_ref().map_or(&empty, |found| &*found.block);
            let merged = merged(block, end.as_deref(), &mut changes, &mut out)?;
            blocks_of(&mut packer, place, &merged)?
                .into_iter()
                .try_for_each(&mut out)?;
        }
        Ok(())
    }
}

/// The rows of a block with the changes that belong to it.
#[derive(Default)]
struct Merged<'a> {
    rows: Vec<HeldRow<'a>>,
    /// How many of them were there before, as they are.
    unchanged: usize,
    /// There is a change that does not lie behind all rows that were there before.
    within: bool,
}

impl<'a> Merged<'a> {
    /// The rows that come to others which fill a block well enough, and would have to be parted from them: they go into
    /// blocks of their own, and the one before stays as it is.
    fn apart(&self) -> Option<&[HeldRow<'a>]> {
        let (before, behind) = self.rows.split_at(self.unchanged);
        let len = rows_len(before);
        let is_worth_it = !self.within && len * 2 >= FULL_LEN && len + rows_len(behind) > FULL_LEN;
        is_worth_it.then_some(behind)
    }
}

/// The rows of a block with the changes that belong to it, all of which it takes. Writes pieces.
fn merged<'a, 'l: 'a, E: From<TableError>>(
    block: &'a Block,
    end: Option<&[u8]>,
    changes: &mut Peekable<impl Iterator<Item = Change<'l>>>,
    out: &mut impl FnMut(Write) -> Result<(), E>,
) -> Result<Merged<'a>, E> {
    let (mut rows, mut merged) = (block.rows(), Merged::default());
    let mut old = next_row(&mut rows)?;
    loop {
        let change = changes.next_if(|(key, _)| {
            let is_here = end.is_none_or(|end| key.as_slice() < end);
            is_here && old.as_ref().is_none_or(|(old, _)| *key <= old)
        });
        match change {
            Some((key, value)) => {
                merged.within |= old.is_some();
                let before = old.take_if(|(old, _)| old == key);
                let pieces_before = before.as_ref().map_or(0, |(_, held)| pieces_in(*held));
                if before.is_some() {
                    old = next_row(&mut rows)?;
                }
                let apart = value.as_deref().filter(|value| pieces_of(value.len()) > 0);
                pieces::writes_of(key, apart.unwrap_or_default(), pieces_before, out)?;
                if let Some(value) = value {
                    merged.rows.push((key.clone(), Held::of(value)));
                }
            }
            None => match old.take() {
                Some(row) => {
                    merged.unchanged += 1;
                    merged.rows.push(row);
                    old = next_row(&mut rows)?;
                }
                None => return Ok(merged),
            },
        }
    }
}

fn next_row<'a>(rows: &mut Rows<'a>) -> Result<Option<HeldRow<'a>>, TableError> {
    let held = rows.next()?;
    Ok(held.map(|held| (RowKey::from_slice(rows.key()), held)))
}

fn pieces_in(held: Held<'_>) -> usize {
    match held {
        Held::Whole(_) => 0,
        Held::Apart { len, .. } => pieces::count_of(len),
    }
}

/// The writes of rows as blocks, the last first; the first under `place`, where a block was before.
fn blocks_of(
    packer: &mut Packer,
    place: Option<Vec<u8>>,
    merged: &Merged<'_>,
) -> Result<Vec<Write>, TableError> {
    let (rows, place) = match merged.apart() {
        Some(rows) => (rows, None),
        None => (merged.rows.as_slice(), place),
    };
    if let (Some(place), true) = (&place, rows.is_empty()) {
        return Ok(vec![(data_key(place), None)]);
    }
    let blocks = packer.pack(rows)?.into_iter().rev();
    let writes = blocks.map(|(first, packed)| {
        let key = match &place {
            Some(place) if first == 0 => place.as_slice(),
            _ => rows[first].0.as_slice(),
        };
        (data_key(key), Some(packed))
    });
    Ok(writes.collect())
}

fn data_key(key: &[u8]) -> Vec<u8> {
    [&[DATA], key].concat()
}
