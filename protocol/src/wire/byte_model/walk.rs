//! Goes through a payload and says for each byte what its place is like: in a batch by the column and what stood there
//! before; where it is no batch, or none that makes sense, by the bytes before.

use super::Model;
use super::number::{Before, Symbol};
use crate::limits::{BATCH_COLUMNS_MAX, BATCH_ROWS_MAX, BATCH_TEMPLATES_MAX};
use crate::wire::columns::{BATCH_FORM, ColumnSort, OPENED, column_sorts};
use crate::wire::estimates::{ESTIMATES, mix};
use crate::wire::range_coder::{BIT_TOTAL, Line};
use crate::wire::varint;
use std::collections::BTreeMap;

/// Sorts of places.
const PLAIN: usize = 0;
const SIZE: usize = 1;
const HEAD: usize = 2;
const TEMPLATE: usize = 3;
const ROW: usize = 4;
const RULE: usize = 5;
const NUMBER: usize = 6;
const LONG: usize = 7;
const TEXTS: usize = 8;
const BYTES: usize = 9;

/// Tells a payload, or reads one of `len` bytes.
pub(in crate::wire) fn tell(model: &mut Model, line: &mut Line, own: Option<&[u8]>, len: usize) -> Vec<u8> {
    let mut walk = Walk {
        model,
        line,
        own,
        len,
        out: Vec::with_capacity(len.min(4_096)),
    };
    // Whatever is not told as a batch is told plainly.
    let _ = walk.batch();
    while walk.plain().is_some() {}
    walk.out
}

/// A column's key as a number: of what stands in an opened *bin*, the part within it, so that an op is told alike
/// wherever it stands.
fn number_of(key: &[u8]) -> u32 {
    let within = key.rsplit(|byte| *byte == OPENED).next().unwrap_or(key);
    within
        .iter()
        .fold(0, |number, byte| mix(number, u32::from(*byte) + 1))
}

/// The columns, and for each template those of its values.
type Layout = (Vec<(u32, ColumnSort)>, Vec<Vec<usize>>);

struct Walk<'w, 'l> {
    model: &'w mut Model,
    line: &'w mut Line<'l>,
    own: Option<&'w [u8]>,
    len: usize,
    out: Vec<u8>,
}

impl Walk<'_, '_> {
    /// The next byte; none at the end.
    fn byte(&mut self, sort: usize, alike: [u32; ESTIMATES]) -> Option<u8> {
        if self.out.len() == self.len {
            return None;
        }
        let own = self.own.map_or(0, |own| own[self.out.len()]);
        let alike = alike.map(|number| mix(number, sort as u32));
        let byte = self.model.places.byte(self.line, sort, alike, own);
        self.out.push(byte);
        Some(byte)
    }

    /// The byte so many before.
    fn back(&self, count: usize) -> u32 {
        let at = self.out.len().checked_sub(count);
        at.map_or(0, |at| u32::from(self.out[at]))
    }

    fn plain(&mut self) -> Option<u8> {
        let (one, two) = (self.back(1), self.back(1) << 8 | self.back(2));
        self.byte(PLAIN, [mix(1, one), mix(2, two), mix(3, two << 8 | self.back(3))])
    }

    /// A number as varint, in a place that `key` names, after others in the same.
    fn number(&mut self, sort: usize, key: u32, before: Before) -> Option<u64> {
        if self.out.len() == self.len {
            return None;
        }
        let own = self.own.map(|own| {
            let number = varint::take(&mut &own[self.out.len()..]);
            number.and_then(|number| u64::try_from(number).ok())
        });
        let last = *self.model.large(key);
        let symbol = own.map_or(0, |own| Symbol::of(own, last));
        let alike = before.alike(key).map(|number| mix(number, sort as u32));
        let symbol = self.model.places.byte(self.line, sort, alike, symbol);
        let number = match Symbol::read(symbol)? {
            Symbol::Itself(number) => number,
            Symbol::Again => last,
            Symbol::Long(bits) => {
                let number = self.long(
                    key,
                    (symbol, before.symbol),
                    bits,
                    last,
                    own.flatten().unwrap_or(0),
                );
                *self.model.large(key) = number;
                number
            }
        };
        let start = self.out.len();
        varint::put(&mut self.out, number.into());
        if self.out.len() > self.len {
            self.out.truncate(start);
            return None;
        }
        Some(number)
    }

    /// The bits of a large number after its first: as long as they are those of the last one, by fours and by what
    /// came; the rest as they are, but for the last of all, which tells of most columns only whether they rise.
    fn long(&mut self, key: u32, (symbol, before): (u8, u32), bits: u32, last: u64, own: u64) -> u64 {
        let (symbol, mut left, mut number) = (u32::from(symbol), bits - 1, 1);
        let mut like = u64::BITS - last.leading_zeros() == bits;
        let mut fours = 0;
        while left >= 4 && (fours == 0 || like) {
            left -= 4;
            let expected = if like { 1 + (last >> left & 15) as u32 } else { 0 };
            let place = mix(key, symbol + 1_000 + 256 * fours);
            let alike = [place, mix(place, before + 1), mix(expected + 256 * fours, 77)];
            let alike = alike.map(|number| mix(number, LONG as u32));
            let four = self
                .model
                .places
                .half(self.line, LONG, alike, (own >> left & 15) as u8);
            number = number << 4 | u64::from(four);
            like = expected == 1 + u32::from(four);
            fours += 1;
        }
        while left > 0 {
            left -= 1;
            let own = own >> left & 1 == 1;
            let one = match left {
                0 => {
                    let last = mix(mix(key, before + 500), symbol);
                    let alike = [mix(key, 3), mix(key, symbol + 400), last];
                    let alike = alike.map(|number| mix(number, LONG as u32));
                    self.model.places.bit(self.line, LONG, alike, own)
                }
                _ => self.line.bit(BIT_TOTAL / 2, own),
            };
            number = number << 1 | u64::from(one);
        }
        number
    }

    fn size(&mut self, key: u32) -> Option<usize> {
        self.number(SIZE, key, Before::one(self.back(1)))?.try_into().ok()
    }

    fn batch(&mut self) -> Option<()> {
        let first = self.byte(PLAIN, [0, 0, 0])?;
        if first != BATCH_FORM {
            return None;
        }
        self.size(1)?;
        let head = self.size(2)?;
        for at in 0..head as u32 {
            let before = self.back(1);
            self.byte(HEAD, [at, mix(at, before), mix(before, self.back(2))])?;
        }
        let (sorts, shapes) = self.templates()?;
        let counts = self.rows(&shapes, sorts.len())?;
        for ((key, sort), count) in sorts.into_iter().zip(counts) {
            match sort {
                ColumnSort::Numbers => {
                    let rule = self.number(RULE, key, Before::one(0))?;
                    self.number(RULE, mix(key, 1), Before::one(rule as u32))?;
                    self.numbers(NUMBER, key, count)?;
                }
                ColumnSort::Texts => self.texts(key, count)?,
                ColumnSort::Bytes => self.bytes(key, count)?,
            }
        }
        Some(())
    }

    /// The columns, each with a number for its key, and for each template the columns of its values.
    fn templates(&mut self) -> Option<Layout> {
        let count = self.size(3)?;
        let mut known: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        let (mut sorts, mut shapes) = (Vec::new(), Vec::new());
        for _ in 0..count.min(BATCH_TEMPLATES_MAX + 1) {
            let len = self.size(4)?;
            let start = self.out.len();
            let mut all = 0;
            for _ in 0..len {
                let before = self.back(1);
                let byte = self.byte(TEMPLATE, [before, mix(before, self.back(2)), mix(all, 1)])?;
                all = match byte {
                    OPENED => 0,
                    _ => mix(all, u32::from(byte) + 2),
                };
            }
            let mut places = Vec::new();
            for (key, sort) in column_sorts(&self.out[start..])? {
                let number = number_of(&key);
                let next = known.len();
                let column = *known.entry(key).or_insert(next);
                if column == next {
                    sorts.push((number, sort));
                }
                places.push(column);
            }
            shapes.push(places);
            if sorts.len() > BATCH_COLUMNS_MAX || shapes.len() > BATCH_TEMPLATES_MAX {
                return None;
            }
        }
        Some((sorts, shapes))
    }

    /// How many values each column has.
    fn rows(&mut self, shapes: &[Vec<usize>], columns: usize) -> Option<Vec<usize>> {
        let count = self.size(5)?;
        if count > BATCH_ROWS_MAX {
            return None;
        }
        let mut counts = vec![0; columns];
        let mut values_left = self.len;
        let (mut last, mut before) = (0, 0);
        for _ in 0..count {
            let number = self.number(ROW, last, Before::one(last << 8 | before))?;
            let places = shapes.get(usize::try_from(number).ok()?)?;
            values_left = values_left.checked_sub(places.len())?;
            places.iter().for_each(|column| counts[*column] += 1);
            (last, before) = (number as u32, last);
        }
        Some(counts)
    }

    fn numbers(&mut self, sort: usize, key: u32, count: usize) -> Option<()> {
        let mut before = Before::default();
        for _ in 0..count {
            before = Before::number(self.number(sort, key, before)?);
        }
        Some(())
    }

    fn texts(&mut self, key: u32, count: usize) -> Option<()> {
        match self.number(RULE, key, Before::one(0))? {
            1 => self.numbers(TEXTS, key, count),
            2 => {
                self.number(RULE, mix(key, 2), Before::one(0))?;
                self.numbers(TEXTS, mix(key, 3), count)
            }
            _ => Some(()),
        }
    }

    fn bytes(&mut self, key: u32, count: usize) -> Option<()> {
        let mut last = 0..0;
        for _ in 0..count {
            let len = usize::try_from(self.number(BYTES, key, Before::one(last.len() as u32))?).ok()?;
            let start = self.out.len();
            for at in 0..len {
                let above = last
                    .clone()
                    .nth(at)
                    .map_or(256, |place| u32::from(self.out[place]));
                let place = mix(key, at.min(31) as u32 + 1);
                self.byte(BYTES, [place, mix(place, above), mix(key, self.back(1) + 100)])?;
            }
            last = start..self.out.len();
        }
        Some(())
    }
}
