//! A block: rows that follow one another by key, packed into one value of the table.
//!
//! Packed: `PLAIN` or `ZSTD`, the checksum u32 and the length u16 of the rows, then the rows, compressed in the latter
//! case. A row: how many bytes of its key are those of the key before (u8), how many follow (u8), these; then twice
//! the length of its value (a LEB128 number) and the value, or that and one, and the checksum u32 of a value that lies
//! in pieces elsewhere. Integers are little-endian.

use super::damaged;
use super::steps::{ROWS_EACH, Steps};
use crate::store::engine::view::RowKey;
use crate::store::table::{MAX_VALUE_LEN, TableError};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::io;

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
const HEADER_LEN: usize = 7;

/// Rows of so many bytes make a block: more are packed better, and cost more to change one of them.
pub(super) const FULL_LEN: usize = 8 * 1024;

/// Most bytes of rows in a block.
const MOST_LEN: usize = u16::MAX as usize;

/// Largest value that stands in a block. With its key it has room in one that cannot be compressed.
pub(super) const MAX_INLINE_LEN: usize = MAX_VALUE_LEN - HEADER_LEN - super::super::view::MAX_KEY_LEN - 5;

/// zstd's fastest usual level: what follows costs twice the time for a tenth of the bytes.
const LEVEL: i32 = 1;

/// A value in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held<'a> {
    /// The value itself.
    Whole(&'a [u8]),
    /// One of this length and checksum, in pieces elsewhere.
    Apart { len: usize, checksum: u32 },
}

impl<'a> Held<'a> {
    /// How a block holds a value.
    pub(super) fn of(value: &'a [u8]) -> Self {
        match value.len() <= MAX_INLINE_LEN {
            true => Held::Whole(value),
            false => Held::Apart {
                len: value.len(),
                checksum: crc32fast::hash(value),
            },
        }
    }
}

/// A key with its value.
pub(super) type HeldRow<'a> = (RowKey, Held<'a>);

/// A block, unpacked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    rows: Vec<u8>,
    steps: Steps,
}

impl Block {
    /// Of these rows as they are written.
    fn of(rows: Vec<u8>) -> Result<Self, TableError> {
        let mut block = Block {
            rows,
            steps: Steps::default(),
        };
        let mut steps = Steps::default();
        let mut walk = block.rows();
        for count in 0.. {
            let row = block.rows.len() - walk.rest.len();
            if walk.next()?.is_none() {
                break;
            }
            if count % ROWS_EACH == 0 {
                steps.push(row, walk.key());
            }
        }
        block.steps = steps;
        Ok(block)
    }

    /// Memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.rows.len() + self.steps.bytes()
    }

    /// Its rows from the first on, keys ascending.
    pub(super) fn rows(&self) -> Rows<'_> {
        Rows {
            rest: &self.rows,
            key: Vec::new(),
        }
    }

    /// Its rows from one at or before a key on, not far from it.
    pub(super) fn rows_near(&self, key: &[u8]) -> Rows<'_> {
        match self.steps.before(key) {
            None => self.rows(),
            Some((row, key)) => Rows {
                rest: self.rows.get(row..).unwrap_or_default(),
                key: key.to_vec(),
            },
        }
    }

    /// The value under a key.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Held<'_>>, TableError> {
        let Some((row, step)) = self.steps.before(key) else {
            return Ok(None);
        };
        let mut rest = self.rows.get(row..).unwrap_or_default();
        let first = Row::parse(&mut rest).ok_or_else(not_written)?;
        if step == key {
            return Ok(Some(first.held));
        }
        // How many bytes of the row before, which stands before the key, are those of the key.
        let mut alike = step.iter().zip(key).take_while(|(a, b)| a == b).count();
        while !rest.is_empty() {
            let row = Row::parse(&mut rest).ok_or_else(not_written)?;
            match row.shared.cmp(&alike) {
                // It stands where the row before does, as far as the key goes.
                Ordering::Greater => continue,
                // It has gone past where the row before was still like the key.
                Ordering::Less => break,
                Ordering::Equal => {}
            }
            let wanted = key.get(alike..).unwrap_or_default();
            if row.own == wanted {
                return Ok(Some(row.held));
            }
            if row.own > wanted {
                break;
            }
            alike += row.own.iter().zip(wanted).take_while(|(a, b)| a == b).count();
        }
        Ok(None)
    }
}

/// Rows of a block, one after the other.
pub(super) struct Rows<'a> {
    rest: &'a [u8],
    key: Vec<u8>,
}

impl<'a> Rows<'a> {
    /// The key of the row that came last.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// The next row's value.
    pub(super) fn next(&mut self) -> Result<Option<Held<'a>>, TableError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let row = Row::parse(&mut self.rest).ok_or_else(not_written)?;
        if row.shared > self.key.len() {
            return Err(not_written());
        }
        self.key.truncate(row.shared);
        self.key.extend_from_slice(row.own);
        Ok(Some(row.held))
    }
}

/// A row as it stands in a block: how many bytes of its key are those of the key before, which follow, its value.
struct Row<'a> {
    shared: usize,
    own: &'a [u8],
    held: Held<'a>,
}

impl<'a> Row<'a> {
    fn parse(rest: &mut &'a [u8]) -> Option<Self> {
        let ([shared, own], behind) = rest.split_first_chunk::<2>()?;
        let (own, mut behind) = behind.split_at_checked(usize::from(*own))?;
        let told = number(&mut behind)?;
        let len = told / 2;
        let held;
        if told % 2 == 0 {
            let (value, after) = behind.split_at_checked(len)?;
            (held, *rest) = (Held::Whole(value), after);
        } else {
            let (checksum, after) = behind.split_first_chunk::<4>()?;
            let checksum = u32::from_le_bytes(*checksum);
            (held, *rest) = (Held::Apart { len, checksum }, after);
        }
        let shared = usize::from(*shared);
        Some(Row { shared, own, held })
    }
}

fn not_written() -> TableError {
    damaged("a block of rows is not what was written")
}

fn number(rest: &mut &[u8]) -> Option<usize> {
    let mut number = 0;
    for shift in (0..28).step_by(7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        number |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn put_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

thread_local! {
    /// Making one takes longer than unpacking a block with it.
    static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

/// A block as it lies in the table.
pub(super) fn unpack(packed: &[u8]) -> Result<Block, TableError> {
    let altered = || damaged("a block of rows is altered");
    let ([kind, a, b, c, d, low, high], body) =
        packed.split_first_chunk::<HEADER_LEN>().ok_or_else(altered)?;
    let len = usize::from(u16::from_le_bytes([*low, *high]));
    let rows = match *kind {
        PLAIN => body.to_vec(),
        ZSTD => decompressed(body, len).map_err(|_| altered())?,
        _ => return Err(altered()),
    };
    if rows.len() != len || crc32fast::hash(&rows) != u32::from_le_bytes([*a, *b, *c, *d]) {
        return Err(altered());
    }
    Block::of(rows)
}

fn decompressed(body: &[u8], len: usize) -> io::Result<Vec<u8>> {
    DECOMPRESSOR.with_borrow_mut(|kept| {
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            None => kept.insert(zstd::bulk::Decompressor::new()?),
        };
        decompressor.decompress(body, len)
    })
}

/// Packs blocks, one at a time.
pub(super) struct Packer {
    compressor: zstd::bulk::Compressor<'static>,
    rows: Vec<u8>,
}

impl Packer {
    pub(super) fn new() -> Result<Self, TableError> {
        let compressor = zstd::bulk::Compressor::new(LEVEL).map_err(cannot_compress)?;
        let rows = Vec::new();
        Ok(Self { compressor, rows })
    }

    /// These rows as blocks, each with the place of its first row among them.
    pub(super) fn pack(&mut self, rows: &[HeldRow<'_>]) -> Result<Vec<(usize, Vec<u8>)>, TableError> {
        let all = rows_len(rows);
        let each = all.div_ceil(all.div_ceil(FULL_LEN).max(1));
        let (mut blocks, mut first, mut len) = (Vec::new(), 0, 0);
        for (index, (key, held)) in rows.iter().enumerate() {
            let row_len = row_len(key, held);
            if len > 0 && len + row_len / 2 > each {
                self.pack_one(rows, first..index, &mut blocks)?;
                (first, len) = (index, 0);
            }
            len += row_len;
        }
        self.pack_one(rows, first..rows.len(), &mut blocks)?;
        Ok(blocks)
    }

    /// Packs rows into one block, or into two of half of them each if they do not fit.
    fn pack_one(
        &mut self,
        rows: &[HeldRow<'_>],
        range: std::ops::Range<usize>,
        blocks: &mut Vec<(usize, Vec<u8>)>,
    ) -> Result<(), TableError> {
        let Some(part) = rows.get(range.clone()).filter(|part| !part.is_empty()) else {
            return Ok(());
        };
        write_rows(&mut self.rows, part);
        let packed = self.packed()?;
        if packed.len() <= MAX_VALUE_LEN && self.rows.len() <= MOST_LEN {
            blocks.push((range.start, packed));
            return Ok(());
        }
        if part.len() == 1 {
            return Err(damaged("a row does not fit into a block"));
        }
        let middle = range.start + part.len() / 2;
        self.pack_one(rows, range.start..middle, blocks)?;
        self.pack_one(rows, middle..range.end, blocks)
    }

    fn packed(&mut self) -> Result<Vec<u8>, TableError> {
        let mut packed = vec![ZSTD];
        packed.extend_from_slice(&crc32fast::hash(&self.rows).to_le_bytes());
        packed.extend_from_slice(&(self.rows.len() as u16).to_le_bytes());
        let compressed = self.compressor.compress(&self.rows);
        let compressed = compressed.map_err(cannot_compress)?;
        let is_shorter = compressed.len() < self.rows.len();
        if !is_shorter {
            packed[0] = PLAIN;
        }
        packed.extend_from_slice(if is_shorter { &compressed } else { &self.rows });
        Ok(packed)
    }
}

fn cannot_compress(error: io::Error) -> TableError {
    TableError::Unusable {
        what: format!("cannot compress: {error}"),
    }
}

/// About as many bytes as rows take.
pub(super) fn rows_len(rows: &[HeldRow<'_>]) -> usize {
    rows.iter().map(|(key, held)| row_len(key, held)).sum()
}

/// About as many bytes as a row takes.
fn row_len(key: &[u8], held: &Held<'_>) -> usize {
    key.len() / 2
        + match held {
            Held::Whole(value) => value.len(),
            Held::Apart { .. } => 10,
        }
}

fn write_rows(out: &mut Vec<u8>, rows: &[HeldRow<'_>]) {
    out.clear();
    let mut before: &[u8] = &[];
    for (key, held) in rows {
        let shared = before.iter().zip(key).take_while(|(a, b)| a == b).count();
        // Keys have at most 240 bytes.
        out.extend_from_slice(&[shared as u8, (key.len() - shared) as u8]);
        out.extend_from_slice(&key[shared..]);
        match held {
            Held::Whole(value) => {
                put_number(out, value.len() * 2);
                out.extend_from_slice(value);
            }
            Held::Apart { len, checksum } => {
                put_number(out, len * 2 + 1);
                out.extend_from_slice(&checksum.to_le_bytes());
            }
        }
        before = key;
    }
}

#[cfg(test)]
mod tests;
