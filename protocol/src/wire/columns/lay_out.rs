//! Writing a batch.

use super::FORM;
use super::cells::{self, FOLLOWED_MAX, Latest};
use super::keys::{Key, column_keys};
use super::shape::{self, Leaf, ROW};
use crate::limits::{BATCH_COLUMNS_MAX, BATCH_TEMPLATES_MAX};
use crate::wire::varint;
use std::collections::BTreeMap;

/// Values of one column.
enum Column<'a> {
    /// Numbers, each with the latest of the columns that may be followed.
    Numbers(usize, Vec<(i128, Latest)>),
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
    number_columns: usize,
    latest: Latest,
    rows: Vec<usize>,
}

/// Lays a head and rows out by column.
pub(in crate::wire) fn lay_out<'a>(head: &[u8], rows: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut sheet = Sheet::default();
    for row in rows {
        sheet.row(row);
    }
    sheet.written(head)
}

impl<'a> Sheet<'a> {
    fn row(&mut self, row: &'a [u8]) {
        let (template, leaves) = shape::parse(row);
        let (number, leaves) = match self.template(template) {
            Some(number) => (number, leaves),
            // Beyond the bounds there is always room for rows that are looked into no further.
            None => (self.whole_rows(), vec![Leaf::Bytes(row)]),
        };
        self.rows.push(number);
        for (at, leaf) in leaves.into_iter().enumerate() {
            let column = self.shapes[number].1[at];
            match (&mut self.columns[column], leaf) {
                (Column::Numbers(own, numbers), Leaf::Number(value)) => {
                    numbers.push((value, self.latest));
                    if let Some(latest) = self.latest.get_mut(*own) {
                        *latest = value;
                    }
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
    fn template(&mut self, template: Vec<u8>) -> Option<usize> {
        if let Some(number) = self.templates.get(&template) {
            return Some(*number);
        }
        let keys = column_keys(&template)?;
        // One of each is kept for rows that are looked into no further.
        let fits = self.shapes.len() + 1 < BATCH_TEMPLATES_MAX
            && self.columns.len() + keys.len() < BATCH_COLUMNS_MAX;
        fits.then(|| self.new_template(template, keys))
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
                self.number_columns += 1;
                Column::Numbers(self.number_columns - 1, Vec::new())
            }
            Some(&shape::TEXT) => Column::Texts(Vec::new()),
            _ => Column::Bytes(Vec::new()),
        };
        self.columns.push(column);
        self.keys.insert(key, self.columns.len() - 1);
        self.columns.len() - 1
    }

    fn written(self, head: &[u8]) -> Vec<u8> {
        let mut rest = Vec::new();
        let mut text = String::new();
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
                Column::Numbers(own, numbers) => {
                    let (rule, unit, told) = cells::shortest(own.min(FOLLOWED_MAX), &numbers);
                    varint::put(&mut rest, rule.number());
                    varint::put(&mut rest, unit);
                    told.into_iter().for_each(|number| varint::put(&mut rest, number));
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
        let mut out = vec![FORM];
        varint::put_len(&mut out, text.len());
        out.extend_from_slice(text.as_bytes());
        out.extend(rest);
        out
    }
}
