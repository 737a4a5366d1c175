//! Writing a batch.

use super::FORM;
use super::cells;
use super::keys::{Key, column_keys};
use super::numbers::{Numbers, shortest, tell};
use super::shape::{self, Leaf, Parsed, ROW};
use crate::limits::{BATCH_COLUMNS_MAX, BATCH_TEMPLATES_MAX};
use crate::wire::varint;
use std::collections::BTreeMap;

/// Most batches have no more bytes.
const USUAL_BYTES: usize = 4_096;

/// Values of one column.
enum Column<'a> {
    /// Which of those of numbers.
    Numbers(usize),
    Texts(Vec<&'a str>),
    Bytes(Vec<&'a [u8]>),
}

#[derive(Default)]
struct Sheet<'a> {
    templates: BTreeMap<Vec<u8>, usize>,
    /// For each template in its order: itself, and the columns of its values.
    shapes: Vec<(Vec<u8>, Vec<usize>)>,
    keys: BTreeMap<Key, usize>,
    columns: Vec<Column<'a>>,
    numbers: Vec<Numbers>,
    /// How many numbers there are in all.
    count: u32,
    rows: Vec<usize>,
}

/// Lays a head and rows out by column.
pub(in crate::wire) fn lay_out<'a>(head: &[u8], rows: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut sheet = Sheet::default();
    let mut parsed = Parsed::default();
    for row in rows {
        parsed.read(row);
        sheet.row(row, &parsed);
    }
    sheet.written(head)
}

impl<'a> Sheet<'a> {
    fn row(&mut self, row: &'a [u8], parsed: &Parsed<'a>) {
        let whole = [Leaf::Bytes(row)];
        let (number, leaves) = match self.template(&parsed.template) {
            Some(number) => (number, parsed.leaves.as_slice()),
            // Beyond the bounds there is always room for rows that are looked into no further.
            None => (self.whole_rows(), whole.as_slice()),
        };
        self.rows.push(number);
        for (at, leaf) in leaves.iter().enumerate() {
            let column = self.shapes[number].1[at];
            match (&mut self.columns[column], leaf) {
                (Column::Numbers(own), Leaf::Number(value)) => {
                    self.numbers[*own].push(*value, self.count);
                    self.count += 1;
                }
                (Column::Texts(texts), Leaf::Text(text)) => texts.push(text),
                (Column::Bytes(all), Leaf::Bytes(bytes)) => all.push(bytes),
                // A key ends with the sort of its values.
                _ => debug_assert!(false, "a value in a column of another sort"),
            }
        }
    }

    fn whole_rows(&mut self) -> usize {
        match self.templates.get([ROW].as_slice()) {
            Some(number) => *number,
            None => self.new_template(vec![ROW], vec![vec![ROW]]),
        }
    }

    /// The number of a template, new or not; none if it is beyond the bounds.
    fn template(&mut self, template: &[u8]) -> Option<usize> {
        if let Some(number) = self.templates.get(template) {
            return Some(*number);
        }
        let keys = column_keys(template)?;
        // One of each is kept for rows that are looked into no further.
        let fits = self.shapes.len() + 1 < BATCH_TEMPLATES_MAX
            && self.columns.len() + keys.len() < BATCH_COLUMNS_MAX;
        fits.then(|| self.new_template(template.to_vec(), keys))
    }

    fn new_template(&mut self, template: Vec<u8>, keys: Vec<Key>) -> usize {
        let columns = keys.into_iter().map(|key| self.column(key)).collect();
        let number = self.shapes.len();
        self.templates.insert(template.clone(), number);
        self.shapes.push((template, columns));
        number
    }

    fn column(&mut self, key: Key) -> usize {
        if let Some(column) = self.keys.get(&key) {
            return *column;
        }
        let column = match key.last() {
            Some(&shape::NUMBER) => {
                self.numbers.push(Numbers::default());
                Column::Numbers(self.numbers.len() - 1)
            }
            Some(&shape::TEXT) => Column::Texts(Vec::new()),
            _ => Column::Bytes(Vec::new()),
        };
        self.columns.push(column);
        self.keys.insert(key, self.columns.len() - 1);
        self.columns.len() - 1
    }

    fn written(self, head: &[u8]) -> Vec<u8> {
        let mut rest = Vec::with_capacity(USUAL_BYTES);
        let mut text = String::with_capacity(USUAL_BYTES);
        varint::put_len(&mut rest, head.len());
        rest.extend_from_slice(head);
        varint::put_len(&mut rest, self.shapes.len());
        for (template, _) in &self.shapes {
            varint::put_len(&mut rest, template.len());
            rest.extend_from_slice(template);
        }
        varint::put_len(&mut rest, self.rows.len());
        for number in self.rows {
            varint::put_len(&mut rest, number);
        }
        for column in self.columns {
            match column {
                Column::Numbers(own) => {
                    let earlier = &self.numbers[..own];
                    let own = &self.numbers[own];
                    let (rule, unit) = shortest(own, earlier);
                    varint::put(&mut rest, rule.number());
                    varint::put(&mut rest, unit.into());
                    tell(own, earlier, (rule, unit), |number| {
                        varint::put(&mut rest, number)
                    });
                }
                Column::Texts(texts) => cells::put_texts(&mut rest, &mut text, &texts),
                Column::Bytes(all) => {
                    for bytes in all {
                        varint::put_len(&mut rest, bytes.len());
                        rest.extend_from_slice(bytes);
                    }
                }
            }
        }
        let mut out = Vec::with_capacity(text.len() + rest.len() + 8);
        out.push(FORM);
        varint::put_len(&mut out, text.len());
        out.extend_from_slice(text.as_bytes());
        out.extend(rest);
        out
    }
}
