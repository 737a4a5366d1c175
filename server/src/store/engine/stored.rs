//! How the state lies in the table: key spaces, and values in pieces where they are larger than a table takes.
//!
//! A row `key → value` is a row `DATA key → head`. The head is `WHOLE value`, or `SPLIT length u32 crc32 u32`
//! and the first piece; then further pieces lie at `PIECE key index u16` (big-endian) from 0 on.

use super::layer::Layer;
use super::view::{MAX_KEY_LEN, MAX_VALUE_LEN};
use crate::store::journal::DatabaseId;
use crate::store::table::{self, Row, Table, TableError, Write};

const META: u8 = 0;
const DATA: u8 = 1;
const PIECE: u8 = 2;

const WHOLE: u8 = 0;
const SPLIT: u8 = 1;
const SPLIT_HEADER_LEN: usize = 9;

const FIRST_PIECE_LEN: usize = table::MAX_VALUE_LEN - SPLIT_HEADER_LEN;
const PIECE_LEN: usize = table::MAX_VALUE_LEN;

const _: () = assert!(MAX_KEY_LEN + 3 <= table::MAX_KEY_LEN);
const _: () = assert!(MAX_VALUE_LEN / PIECE_LEN < u16::MAX as usize);

/// Version of what this file describes, in the table and in the checkpoint.
pub(super) const FORMAT_VERSION: u32 = 1;

const META_LEN: usize = 32;

/// The table's own record of what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meta {
    pub(super) database: DatabaseId,
    /// Entries up to this are folded into it.
    pub(super) commit: u64,
    pub(super) fold_version: u32,
    pub(super) format_version: u32,
}

impl Meta {
    /// The write that leaves this in the table.
    pub(super) fn write(&self) -> Write {
        let mut value = Vec::with_capacity(META_LEN);
        value.extend_from_slice(&self.database.0);
        value.extend_from_slice(&self.commit.to_le_bytes());
        value.extend_from_slice(&self.fold_version.to_le_bytes());
        value.extend_from_slice(&self.format_version.to_le_bytes());
        (vec![META], Some(value))
    }

    /// What the table has, if anything.
    pub(super) fn read(table: &dyn Table) -> Result<Option<Self>, TableError> {
        let Some(value) = table.get(&[META])? else {
            return Ok(None);
        };
        let meta = Self::parse(&value).ok_or_else(|| damaged("its own record is altered"))?;
        Ok(Some(meta))
    }

    fn parse(value: &[u8]) -> Option<Self> {
        let (database, rest) = value.split_first_chunk::<16>()?;
        let (commit, rest) = rest.split_first_chunk::<8>()?;
        let (fold_version, rest) = rest.split_first_chunk::<4>()?;
        Some(Self {
            database: DatabaseId(*database),
            commit: u64::from_le_bytes(*commit),
            fold_version: u32::from_le_bytes(*fold_version),
            format_version: u32::from_le_bytes(rest.try_into().ok()?),
        })
    }
}

/// Whether a table has no rows at all.
pub(super) fn is_empty(table: &dyn Table) -> Result<bool, TableError> {
    Ok(table.range(&[], &[u8::MAX], 1)?.is_empty())
}

/// The value under a key.
pub(super) fn get(table: &dyn Table, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
    let head = table.get(&data_key(key))?;
    head.map(|head| join(table, key, &head)).transpose()
}

/// The first `limit` rows with `from <= key < to`.
pub(super) fn range(table: &dyn Table, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, TableError> {
    let heads = table.range(&data_key(from), &data_key(to), limit)?;
    let whole = |(key, head): Row| {
        let key = key[1..].to_vec();
        let value = join(table, &key, &head)?;
        Ok((key, value))
    };
    heads.into_iter().map(whole).collect()
}

/// How many rows the table holds for pieces of values.
pub(super) fn count_pieces(table: &dyn Table) -> Result<u64, TableError> {
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

/// How many rows for pieces a value of this length needs.
pub(super) fn pieces_of(value_len: usize) -> usize {
    if value_len < table::MAX_VALUE_LEN {
        return 0;
    }
    value_len.saturating_sub(FIRST_PIECE_LEN).div_ceil(PIECE_LEN)
}

/// Hands `out` the writes that bring a layer into the table, in key order. Reads the table to find pieces of
/// old values.
pub(super) fn writes_of<E: From<TableError>>(
    layer: &Layer,
    table: &dyn Table,
    mut out: impl FnMut(Write) -> Result<(), E>,
) -> Result<(), E> {
    for (key, value) in layer.rows() {
        let data_key = data_key(key);
        let old_pieces = table.get(&data_key)?.map_or(Ok(0), |head| piece_count(&head))?;
        let Some(value) = value else {
            out((data_key, None))?;
            remove_pieces(key, 0..old_pieces, &mut out)?;
            continue;
        };
        let (head, rest) = split(value);
        out((data_key, Some(head)))?;
        for (index, piece) in rest.chunks(PIECE_LEN).enumerate() {
            out((piece_key(key, index), Some(piece.to_vec())))?;
        }
        remove_pieces(key, pieces_of(value.len())..old_pieces, &mut out)?;
    }
    Ok(())
}

fn remove_pieces<E>(
    key: &[u8],
    indices: std::ops::Range<usize>,
    out: &mut impl FnMut(Write) -> Result<(), E>,
) -> Result<(), E> {
    indices
        .into_iter()
        .try_for_each(|index| out((piece_key(key, index), None)))
}

/// The head of a value, and what does not fit into it.
fn split(value: &[u8]) -> (Vec<u8>, &[u8]) {
    if value.len() < table::MAX_VALUE_LEN {
        return ([&[WHOLE], value].concat(), &[]);
    }
    let (first, rest) = value.split_at(FIRST_PIECE_LEN);
    let length = (value.len() as u32).to_le_bytes();
    let checksum = crc32fast::hash(value).to_le_bytes();
    ([&[SPLIT], &length[..], &checksum[..], first].concat(), rest)
}

fn join(table: &dyn Table, key: &[u8], head: &[u8]) -> Result<Vec<u8>, TableError> {
    let Some(SplitHead { len, checksum, first }) = split_head(head)? else {
        return Ok(head[1..].to_vec());
    };
    let mut value = Vec::with_capacity(len);
    value.extend_from_slice(first);
    for index in 0..pieces_of(len) {
        let piece = table.get(&piece_key(key, index))?;
        value.extend(piece.ok_or_else(|| damaged("a piece of a large value is missing"))?);
    }
    if value.len() != len || crc32fast::hash(&value) != checksum {
        return Err(damaged("a large value does not match its checksum"));
    }
    Ok(value)
}

fn piece_count(head: &[u8]) -> Result<usize, TableError> {
    Ok(split_head(head)?.map_or(0, |split| pieces_of(split.len)))
}

/// The head of a split value.
struct SplitHead<'a> {
    /// Length of the whole value in bytes.
    len: usize,
    checksum: u32,
    first: &'a [u8],
}

/// What the head of a value says of its pieces; `None` if the value is whole.
fn split_head(head: &[u8]) -> Result<Option<SplitHead<'_>>, TableError> {
    let parse = || {
        let (len, rest) = head.get(1..)?.split_first_chunk::<4>()?;
        let (checksum, first) = rest.split_first_chunk::<4>()?;
        let len = u32::from_le_bytes(*len) as usize;
        let checksum = u32::from_le_bytes(*checksum);
        (len <= MAX_VALUE_LEN).then_some(SplitHead { len, checksum, first })
    };
    match head.first() {
        Some(&WHOLE) => Ok(None),
        Some(&SPLIT) => parse()
            .map(Some)
            .ok_or_else(|| damaged("the head of a large value is altered")),
        _ => Err(damaged("a value is neither whole nor split")),
    }
}

fn data_key(key: &[u8]) -> Vec<u8> {
    [&[DATA], key].concat()
}

fn piece_key(key: &[u8], index: usize) -> Vec<u8> {
    [&[PIECE], key, &(index as u16).to_be_bytes()].concat()
}

fn damaged(what: &str) -> TableError {
    TableError::Damaged {
        what: what.to_owned(),
    }
}
