//! Values that are too large for a block, in pieces of their own.

use super::damaged;
use crate::store::table::{self, Table, TableError, Write};

/// Keys of pieces begin with this.
pub(super) const PIECE: u8 = 2;

const PIECE_LEN: usize = table::MAX_VALUE_LEN;

const _: () = assert!(super::super::view::MAX_KEY_LEN + 3 <= table::MAX_KEY_LEN);
const _: () = assert!(super::super::view::MAX_VALUE_LEN / PIECE_LEN < u16::MAX as usize);

/// How many pieces a value of this length has that stands in no block.
pub(super) fn count_of(len: usize) -> usize {
    len.div_ceil(PIECE_LEN)
}

/// The value in pieces under a key.
pub(super) fn join(
    table: &dyn Table,
    key: &[u8],
    (len, checksum): (usize, u32),
) -> Result<Vec<u8>, TableError> {
    if len > super::super::view::MAX_VALUE_LEN {
        return Err(damaged("a value is larger than any"));
    }
    let mut value = Vec::with_capacity(len);
    for index in 0..count_of(len) {
        let piece = table.get(&piece_key(key, index))?;
        value.extend(piece.ok_or_else(|| damaged("a piece of a large value is missing"))?);
    }
    if value.len() != len || crc32fast::hash(&value) != checksum {
        return Err(damaged("a large value does not match its checksum"));
    }
    Ok(value)
}

/// The writes that leave a value in pieces where there were `before`.
pub(super) fn writes_of<E>(
    key: &[u8],
    value: &[u8],
    before: usize,
    out: &mut impl FnMut(Write) -> Result<(), E>,
) -> Result<(), E> {
    for (index, piece) in value.chunks(PIECE_LEN).enumerate() {
        out((piece_key(key, index), Some(piece.to_vec())))?;
    }
    (count_of(value.len())..before).try_for_each(|index| out((piece_key(key, index), None)))
}

/// How many pieces the table holds.
pub(super) fn count(table: &dyn Table) -> Result<u64, TableError> {
    const PAGE_LEN: usize = 1_000;
    let (mut from, mut count) = (vec![PIECE], 0);
    loop {
        let page = table.range(&from, &[PIECE + 1], PAGE_LEN)?;
        count += page.len() as u64;
        match page.last() {
            Some((last, _)) if page.len() == PAGE_LEN => from = [last.as_slice(), &[0]].concat(),
            _ => return Ok(count),
        }
    }
}

fn piece_key(key: &[u8], index: usize) -> Vec<u8> {
    [&[PIECE], key, &(index as u16).to_be_bytes()].concat()
}
