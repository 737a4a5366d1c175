//! Bringing changes into the blocks that they belong to.
//!
//! Readers go on while the writes are done. Where a block is parted, the later parts are written before the first one
//! is cut down, so that each row that does not change is found at any moment; those that change are found above the
//! table.

use super::block::{Block, Held, HeldRow, Packer, Rows};
use super::{DATA, Stored, pieces, pieces_of};
use crate::store::engine::layer::Layer;
use crate::store::table::{TableError, Write};
use std::iter::Peekable;

type Change<'a> = (&'a Vec<u8>, &'a Option<Vec<u8>>);

impl Stored {
    /// Hands `out` the writes that bring a layer into the table.
    pub(in super::super) fn writes_of<E: From<TableError>>(
        &self,
        layer: &Layer,
        mut out: impl FnMut(Write) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut packer = Packer::new()?;
        let mut changes = layer.rows().peekable();
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
            let rows = merged(block, end.as_deref(), &mut changes, &mut out)?;
            write_blocks(&mut packer, place, &rows, &mut out)?;
        }
        Ok(())
    }
}

/// The rows of a block with the changes that belong to it, all of which it takes. Writes pieces.
fn merged<'a, 'l: 'a, E: From<TableError>>(
    block: &'a Block,
    end: Option<&[u8]>,
    changes: &mut Peekable<impl Iterator<Item = Change<'l>>>,
    out: &mut impl FnMut(Write) -> Result<(), E>,
) -> Result<Vec<HeldRow<'a>>, E> {
    let (mut rows, mut merged) = (block.rows(), Vec::new());
    let mut old = next_row(&mut rows)?;
    loop {
        let change = changes.next_if(|(key, _)| {
            let is_here = end.is_none_or(|end| key.as_slice() < end);
            is_here && old.as_ref().is_none_or(|(old, _)| *key <= old)
        });
        match change {
            Some((key, value)) => {
                let before = old.take_if(|(old, _)| old == key);
                let pieces_before = before.as_ref().map_or(0, |(_, held)| pieces_in(*held));
                if before.is_some() {
                    old = next_row(&mut rows)?;
                }
                let apart = value.as_deref().filter(|value| pieces_of(value.len()) > 0);
                pieces::writes_of(key, apart.unwrap_or_default(), pieces_before, out)?;
                if let Some(value) = value {
                    merged.push((key.clone(), Held::of(value)));
                }
            }
            None => match old.take() {
                Some(row) => {
                    merged.push(row);
                    old = next_row(&mut rows)?;
                }
                None => return Ok(merged),
            },
        }
    }
}

fn next_row<'a>(rows: &mut Rows<'a>) -> Result<Option<HeldRow<'a>>, TableError> {
    let held = rows.next()?;
    Ok(held.map(|held| (rows.key().to_vec(), held)))
}

fn pieces_in(held: Held<'_>) -> usize {
    match held {
        Held::Whole(_) => 0,
        Held::Apart { len, .. } => pieces::count_of(len),
    }
}

/// Writes rows as blocks, the first under `place`, where a block was before.
fn write_blocks<E: From<TableError>>(
    packer: &mut Packer,
    place: Option<Vec<u8>>,
    rows: &[HeldRow<'_>],
    out: &mut impl FnMut(Write) -> Result<(), E>,
) -> Result<(), E> {
    if let (Some(place), true) = (&place, rows.is_empty()) {
        return out((data_key(place), None));
    }
    for (first, packed) in packer.pack(rows)?.into_iter().rev() {
        let key = match &place {
            Some(place) if first == 0 => place,
            _ => &rows[first].0,
        };
        out((data_key(key), Some(packed)))?;
    }
    Ok(())
}

fn data_key(key: &[u8]) -> Vec<u8> {
    [&[DATA], key].concat()
}
