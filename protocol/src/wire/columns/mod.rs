//! Batches by column: a head and rows of MessagePack become one text, templates of their shapes, and a column for
//! each place in them. Any rows come back byte for byte.
//!
//! ```text
//! form 1 | text length | text | head length | head | templates | rows: a template each | columns
//! ```
//!
//! The text comes first, so that a carrier can pack it by other means than the numbers.

mod cells;
mod keys;
mod lay_out;
mod numbers;
mod read_back;
mod shape;
#[cfg(test)]
mod tests;

pub(super) use lay_out::lay_out;
pub(super) use read_back::read_back;

use crate::wire::varint;
use std::ops::Range;

/// The first byte of a batch.
const FORM: u8 = 1;
/// See [`FORM`].
pub(super) const BATCH_FORM: u8 = FORM;

/// In templates and keys, what begins a *bin* that is looked into.
pub(super) const OPENED: u8 = shape::OPEN;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnSort {
    Numbers,
    Texts,
    Bytes,
}

/// The columns of a template's values, by their keys; none if it is not well formed.
pub(super) fn column_sorts(template: &[u8]) -> Option<Vec<(Vec<u8>, ColumnSort)>> {
    let keys = keys::column_keys(template)?.into_iter();
    let sorted = keys.map(|key| {
        let sort = match key.last() {
            Some(&shape::NUMBER) => ColumnSort::Numbers,
            Some(&shape::TEXT) => ColumnSort::Texts,
            _ => ColumnSort::Bytes,
        };
        (key, sort)
    });
    Some(sorted.collect())
}

/// What a batch says: the head of a message and its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// The message's own fields.
    pub head: Vec<u8>,
    /// The encoded rows.
    pub rows: Vec<Vec<u8>>,
}

/// Where the text of a batch stands in a payload that begins with one; none if it does not.
pub(super) fn text_range(payload: &[u8]) -> Option<Range<usize>> {
    let mut rest = payload.strip_prefix(&[FORM])?;
    let len = usize::try_from(varint::take(&mut rest)?).ok()?;
    let start = payload.len() - rest.len();
    (len <= rest.len()).then_some(start..start + len)
}

/// How long the text is that stands after `rest`, the beginning of a batch; none if it is no beginning of one.
pub(super) fn text_promised(rest: &[u8]) -> Option<(usize, usize)> {
    let mut after = rest.strip_prefix(&[FORM])?;
    let len = usize::try_from(varint::take(&mut after)?).ok()?;
    Some((rest.len() - after.len(), len))
}
