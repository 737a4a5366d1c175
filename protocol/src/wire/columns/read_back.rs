//! Reading a batch back, within bounds that hold whatever the bytes say.

use super::cells::{self, Latest, Place, Rule};
use super::keys::{Key, column_keys};
use super::shape::{self, Token};
use super::{Batch, FORM};
use crate::limits::{BATCH_COLUMNS_MAX, BATCH_ROWS_MAX, BATCH_TEMPLATES_MAX, FRAME_BYTES_MAX};
use crate::wire::varint;
use std::collections::BTreeMap;

/// Longest text or *bin*.
const SIZED_MAX: usize = 0xffff;

/// A column being given out, value by value.
enum Column<'a> {
    Numbers {
        own: usize,
        rule: Rule,
        unit: i128,
        place: Place,
        told: std::vec::IntoIter<u128>,
    },
    Texts(std::vec::IntoIter<String>),
    Bytes(std::vec::IntoIter<&'a [u8]>),
}

/// Reads a batch; none if the bytes are none, or what they say is beyond the bounds.
pub(in crate::wire) fn read_back(bytes: &[u8]) -> Option<Batch> {
    let mut rest = bytes.strip_prefix(&[FORM])?;
    let text = std::str::from_utf8(varint::take_bytes(&mut rest)?).ok()?;
    let head = varint::take_bytes(&mut rest)?.to_vec();
    let mut keys = Vec::new();
    let shapes = shapes(&mut rest, &mut keys)?;
    let count = varint::take_len(&mut rest, BATCH_ROWS_MAX)?;
    let mut numbers = Vec::with_capacity(count);
    let mut counts = vec![0; keys.len()];
    // Every value takes a byte somewhere.
    let mut values_left = bytes.len();
    for _ in 0..count {
        let number = varint::take_len(&mut rest, shapes.len().checked_sub(1)?)?;
        let places = &shapes[number].1;
        values_left = values_left.checked_sub(places.len())?;
        places.iter().for_each(|column| counts[*column] += 1);
        numbers.push(number);
    }
    let mut reader = Reader {
        columns: columns(&mut rest, text, &keys, &counts)?,
        latest: Latest::default(),
        bytes_left: FRAME_BYTES_MAX,
    };
    if !rest.is_empty() {
        return None;
    }
    let rows = numbers
        .into_iter()
        .map(|number| reader.row(shapes[number].0, &shapes[number].1))
        .collect::<Option<Vec<Vec<u8>>>>()?;
    Some(Batch { head, rows })
}

type Shape<'a> = (&'a [u8], Vec<usize>);

/// The templates, each with the columns of its values; the columns' keys go to `keys`.
fn shapes<'a>(rest: &mut &'a [u8], keys: &mut Vec<Key>) -> Option<Vec<Shape<'a>>> {
    let count = varint::take_len(rest, BATCH_TEMPLATES_MAX)?;
    let mut known = BTreeMap::new();
    let mut shapes = Vec::new();
    for _ in 0..count {
        let template = varint::take_bytes(rest)?;
        let mut places = Vec::new();
        for key in column_keys(template)? {
            let next = keys.len();
            let column = *known.entry(key.clone()).or_insert(next);
            if column == next {
                keys.push(key);
            }
            places.push(column);
        }
        if keys.len() > BATCH_COLUMNS_MAX {
            return None;
        }
        shapes.push((template, places));
    }
    Some(shapes)
}

fn columns<'a>(rest: &mut &'a [u8], text: &str, keys: &[Key], counts: &[usize]) -> Option<Vec<Column<'a>>> {
    let mut texts = text.split('\0');
    let mut text_bytes_left = FRAME_BYTES_MAX;
    let mut number_columns = 0;
    let mut columns = Vec::with_capacity(keys.len());
    for (key, &count) in keys.iter().zip(counts) {
        columns.push(match key.last() {
            Some(&shape::NUMBER) => {
                number_columns += 1;
                let rule = Rule::read(varint::take(rest)?)?;
                let unit = varint::take(rest)?;
                if unit == 0 || unit > cells::UNIT_MAX {
                    return None;
                }
                let told: Option<Vec<u128>> = (0..count).map(|_| varint::take(rest)).collect();
                Column::Numbers {
                    own: number_columns - 1,
                    rule,
                    unit: unit as i128,
                    place: Place::default(),
                    told: told?.into_iter(),
                }
            }
            Some(&shape::TEXT) => {
                let values = cells::take_texts(rest, &mut texts, count, &mut text_bytes_left)?;
                Column::Texts(values.into_iter())
            }
            _ => {
                let all: Option<Vec<&[u8]>> = (0..count).map(|_| varint::take_bytes(rest)).collect();
                Column::Bytes(all?.into_iter())
            }
        });
    }
    // Every text is ended, and nothing is left over.
    (texts.next() == Some("") && texts.next().is_none()).then_some(columns)
}

struct Reader<'a> {
    columns: Vec<Column<'a>>,
    latest: Latest,
    bytes_left: usize,
}

impl Reader<'_> {
    fn row(&mut self, mut template: &[u8], places: &[usize]) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(2 * template.len());
        let mut open = Vec::new();
        let mut places = places.iter();
        while !template.is_empty() {
            match shape::token(&mut template)? {
                Token::Literal(bytes) => out.extend_from_slice(bytes),
                Token::Open => open.push(out.len()),
                Token::Close => {
                    close_bin(&mut out, open.pop()?)?;
                }
                token => self.value(*places.next()?, token == Token::Row, &mut out)?,
            }
            if out.len() > self.bytes_left {
                return None;
            }
        }
        self.bytes_left -= out.len();
        Some(out)
    }

    /// The next value of a column.
    fn value(&mut self, column: usize, bare: bool, out: &mut Vec<u8>) -> Option<()> {
        match &mut self.columns[column] {
            Column::Numbers {
                own,
                rule,
                unit,
                place,
                told,
            } => {
                let number = place.read(*rule, *unit, &self.latest, told.next()?)?;
                if let Some(latest) = self.latest.get_mut(*own) {
                    *latest = number;
                }
                shape::put_number(out, number);
            }
            Column::Texts(texts) => {
                let text = texts.next()?;
                if text.len() > SIZED_MAX {
                    return None;
                }
                shape::put_text(out, &text);
            }
            Column::Bytes(all) => {
                let bytes = all.next()?;
                if bare {
                    out.extend_from_slice(bytes);
                } else {
                    put_bin(out, bytes)?;
                }
            }
        }
        Some(())
    }
}

/// Makes all from `start` on a *bin*.
fn close_bin(out: &mut Vec<u8>, start: usize) -> Option<()> {
    let end = out.len();
    if end - start > SIZED_MAX {
        return None;
    }
    shape::put_bin_head(out, end - start);
    let head = out.len() - end;
    out[start..].rotate_right(head);
    Some(())
}

fn put_bin(out: &mut Vec<u8>, content: &[u8]) -> Option<()> {
    if content.len() > SIZED_MAX {
        return None;
    }
    shape::put_bin_head(out, content.len());
    out.extend_from_slice(content);
    Some(())
}
