//! Changes held in memory over state that lies below them.

use std::collections::{BTreeMap, VecDeque, btree_map};
use std::iter::Peekable;
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;

use super::view::{Row, RowKey, key_after};
use crate::store::table::TableError;

/// What a row costs in memory beyond its bytes, about.
const ROW_OVERHEAD_BYTES: u64 = 96;

/// Most rows fetched from below at once.
const PAGE_LEN: usize = 1_000;

/// Rows whose memory is given back in one go.
const PORTION_LEN: usize = 4_000;

/// A key with its new value, or none where it is removed.
pub(super) type Change<'a> = (&'a RowKey, &'a Option<Bytes>);

/// New values by key; `None` where the key is removed. The values of one entry stand side by side in one piece of memory,
/// which is held until none of them is.
#[derive(Debug, Clone, Default)]
pub(super) struct Layer {
    rows: BTreeMap<RowKey, Option<Bytes>>,
    bytes: u64,
}

impl Layer {
    pub(super) fn of_rows(rows: BTreeMap<RowKey, Option<Bytes>>) -> Self {
        let bytes = rows
            .iter()
            .map(|(key, value)| row_bytes(key.len(), value.as_ref()));
        Self {
            bytes: bytes.sum(),
            rows,
        }
    }

    pub(super) fn insert(&mut self, key: impl Into<RowKey>, value: Option<Bytes>) {
        let key = key.into();
        let key_len = key.len();
        self.bytes += row_bytes(key_len, value.as_ref());
        if self.rows.insert(key, value).is_some() {
            // The value before stays where it is for as long as others stand beside it.
            self.bytes -= row_bytes(key_len, None);
        }
    }

    /// Lays another layer on top of this one.
    pub(super) fn absorb(&mut self, above: Self) {
        if self.rows.is_empty() {
            *self = above;
        } else {
            above
                .rows
                .into_iter()
                .for_each(|(key, value)| self.insert(key, value));
        }
    }

    /// Lays up to `rows` of another layer on top of this one; what is left of it is given back, to be kept above.
    pub(super) fn absorb_some(&mut self, mut above: Self, rows: usize) -> Self {
        if above.len() <= rows {
            self.absorb(above);
            return Self::default();
        }
        for (key, value) in std::iter::from_fn(|| above.rows.pop_first()).take(rows) {
            above.bytes -= row_bytes(key.len(), value.as_ref());
            self.insert(key, value);
        }
        above
    }

    /// The same with each value in memory of its own, to be held for long while others replace some of them.
    pub(super) fn apart(mut self) -> Self {
        for value in self.rows.values_mut().flatten() {
            *value = Bytes::copy_from_slice(value);
        }
        self
    }

    /// Gives its memory back in portions, with `between` called after each. What one thread gives back of what another has
    /// asked for, that other one takes in the next time it asks for any, all there is: a whole layer at once held the
    /// committer up for twenty milliseconds.
    pub(super) fn give_back(self, between: &dyn Fn()) {
        let mut rows = self.rows.into_iter();
        while rows.by_ref().take(PORTION_LEN).count() == PORTION_LEN {
            between();
        }
    }

    /// A copy of several as one, the topmost last.
    pub(super) fn merged<'a>(layers: impl IntoIterator<Item = &'a Arc<Self>>) -> Self {
        let mut merged = Self::default();
        for layer in layers {
            merged.absorb(Self::clone(layer));
        }
        merged
    }

    /// Memory held, about.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The keys set or removed.
    pub(super) fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.rows.keys().map(RowKey::as_slice)
    }

    pub(super) fn rows(&self) -> btree_map::Iter<'_, RowKey, Option<Bytes>> {
        self.rows.iter()
    }
}

fn row_bytes(key_len: usize, value: Option<&Bytes>) -> u64 {
    ROW_OVERHEAD_BYTES + (key_len + value.map_or(0, Bytes::len)) as u64
}

/// The value under a key in layers, topmost first, over something else.
pub(super) fn merged_get<'a>(
    layers: impl IntoIterator<Item = &'a Layer>,
    key: &[u8],
    below: impl FnOnce() -> Result<Option<Vec<u8>>, TableError>,
) -> Result<Option<Vec<u8>>, TableError> {
    match layers.into_iter().find_map(|layer| layer.rows.get(key)) {
        Some(value) => Ok(value.as_deref().map(<[u8]>::to_vec)),
        None => below(),
    }
}

/// The first `limit` rows with `from <= key < to` in layers, topmost first, over something else.
pub(super) fn merged_range(
    layers: &[&Layer],
    below: impl FnMut(&[u8], &[u8], usize) -> Result<Vec<Row>, TableError>,
    from: &[u8],
    to: &[u8],
    limit: usize,
) -> Result<Vec<Row>, TableError> {
    merged_range_of(layers, (below, |_, value| Ok(value)), from, to, limit)
}

/// The same over rows whose values are made only where nothing lies over them.
pub(super) fn merged_range_of<V>(
    layers: &[&Layer],
    (below, value): (
        impl FnMut(&[u8], &[u8], usize) -> Result<Vec<(RowKey, V)>, TableError>,
        impl Fn(&[u8], V) -> Result<Vec<u8>, TableError>,
    ),
    from: &[u8],
    to: &[u8],
    limit: usize,
) -> Result<Vec<Row>, TableError> {
    let mut rows = Vec::new();
    if from >= to {
        return Ok(rows);
    }
    let mut above = Above::new(layers, from, to);
    let mut below = Pages {
        fetch: below,
        rows: VecDeque::new(),
        from: Some(RowKey::from_slice(from)),
        to,
    };
    while rows.len() < limit {
        let lower = below.peek(limit - rows.len())?;
        let upper = above.peek();
        if lower.is_none() && upper.is_none() {
            break;
        }
        if let Some(lower) = lower
            && upper.is_none_or(|upper| lower < upper)
        {
            if let Some((key, kept)) = below.rows.pop_front() {
                let value = value(&key, kept)?;
                rows.push((key, value));
            }
            continue;
        }
        if lower == upper {
            below.rows.pop_front();
        }
        if let Some((key, Some(value))) = above.next() {
            rows.push((key.clone(), value.to_vec()));
        }
    }
    Ok(rows)
}

type LayerRange<'a> = Peekable<btree_map::Range<'a, RowKey, Option<Bytes>>>;

/// Layers merged in key order, the topmost winning.
pub(super) struct Above<'a> {
    ranges: Vec<LayerRange<'a>>,
}

impl<'a> Above<'a> {
    /// The rows with `from <= key < to` of layers, topmost first.
    fn new(layers: &[&'a Layer], from: &[u8], to: &[u8]) -> Self {
        let range = |layer: &&'a Layer| {
            layer
                .rows
                .range::<[u8], _>((Bound::Included(from), Bound::Excluded(to)))
                .peekable()
        };
        Self {
            ranges: layers.iter().map(range).collect(),
        }
    }

    /// All rows of layers, topmost first.
    pub(super) fn all(layers: impl Iterator<Item = &'a Layer>) -> Self {
        Self {
            ranges: layers
                .map(|layer| layer.rows.range::<RowKey, _>(..).peekable())
                .collect(),
        }
    }

    fn peek(&mut self) -> Option<&'a RowKey> {
        self.ranges
            .iter_mut()
            .filter_map(|range| range.peek().map(|(key, _)| *key))
            .min()
    }
}

impl<'a> Iterator for Above<'a> {
    type Item = Change<'a>;

    fn next(&mut self) -> Option<Change<'a>> {
        let key = self.peek()?;
        let mut top = None;
        for range in &mut self.ranges {
            let found = range.next_if(|(candidate, _)| *candidate == key);
            top = top.or(found);
        }
        top
    }
}

/// The rows below, fetched page by page.
struct Pages<'a, F, V> {
    fetch: F,
    rows: VecDeque<(RowKey, V)>,
    /// Where the next page begins; `None` once everything has been fetched.
    from: Option<RowKey>,
    to: &'a [u8],
}

impl<F, V> Pages<'_, F, V>
where
    F: FnMut(&[u8], &[u8], usize) -> Result<Vec<(RowKey, V)>, TableError>,
{
    /// The next key, fetching a page if none is at hand.
    fn peek(&mut self, wanted: usize) -> Result<Option<&RowKey>, TableError> {
        if self.rows.is_empty()
            && let Some(from) = self.from.take()
        {
            let page_len = wanted.min(PAGE_LEN);
            let page = (self.fetch)(&from, self.to, page_len)?;
            if page.len() == page_len {
                self.from = page.last().map(|(key, _)| key_after(key));
            }
            self.rows = page.into();
        }
        Ok(self.rows.front().map(|(key, _)| key))
    }
}
