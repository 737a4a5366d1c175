//! What the layers above give and get: a view of the state, and the fold that changes it.

use std::collections::BTreeMap;

use super::layer::{Layer, merged_get, merged_range};
use crate::store::journal::MAX_ENTRY_LEN;
use crate::store::table::TableError;
use bytes::Bytes;
use smallvec::SmallVec;

/// A key as it is held in memory: one of up to 32 bytes, as nearly all are, has no memory of its own. What is looked for
/// among very many keys is found by what lies side by side, and a row costs one piece of memory in place of two.
pub type RowKey = SmallVec<[u8; 32]>;

/// A key with its value.
pub type Row = (RowKey, Vec<u8>);

/// Largest key in bytes.
pub const MAX_KEY_LEN: usize = 240;

/// Largest value in bytes. Values above a few KiB cost more than their length; keep them rare.
pub const MAX_VALUE_LEN: usize = 1024 * 1024;

const _: () = assert!(MAX_VALUE_LEN <= MAX_ENTRY_LEN);

/// Why a view could not be read.
pub type ViewError = TableError;

/// Ordered state to read: keys and values are bytes, keys ascend bytewise.
pub trait View {
    /// The value under a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, ViewError>;

    /// The first `limit` rows with `from <= key < to`, ascending.
    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, ViewError>;
}

impl<V: View + ?Sized> View for &V {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, ViewError> {
        (**self).get(key)
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, ViewError> {
        (**self).range(from, to, limit)
    }
}

/// The end of the range of all keys with a prefix: `range(prefix, &key_after_prefix(prefix), limit)`. An empty
/// prefix gives the end of all keys.
pub fn key_after_prefix(prefix: &[u8]) -> RowKey {
    let mut end = RowKey::from_slice(prefix);
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return end;
        }
    }
    RowKey::from_elem(u8::MAX, MAX_KEY_LEN + 1)
}

/// The first key after this one: from there a range goes on that was read up to it.
pub fn key_after(key: &[u8]) -> RowKey {
    let mut after = RowKey::from_slice(key);
    after.push(0);
    after
}

/// What an entry does to the state. Pure: the same entries in the same order must give the same state, byte
/// for byte, at any time and in any process; so it reads no clock, draws nothing at random and keeps nothing.
pub trait Fold: Send + Sync {
    /// Version of the state's layout. A table folded by another version is set aside and folded again.
    fn version(&self) -> u32 {
        1
    }

    /// Reads from `view`, the state after all earlier entries, and puts changes into `writes`, which become
    /// part of the state together or, on error, not at all. An entry once persisted must never be refused.
    fn apply(
        &self,
        view: &dyn View,
        commit: u64,
        payload: &[u8],
        writes: &mut Writes,
    ) -> Result<(), FoldError>;
}

/// Why a fold refuses an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// The state could not be read; nothing is wrong with the entry.
    #[error(transparent)]
    Read(#[from] TableError),
    /// A key is empty or above [`MAX_KEY_LEN`].
    #[error("a key of {len} bytes is outside 1 to {MAX_KEY_LEN}")]
    KeyLength {
        /// Its length in bytes.
        len: usize,
    },
    /// A value is above [`MAX_VALUE_LEN`].
    #[error("a value of {len} bytes is larger than {MAX_VALUE_LEN}")]
    ValueTooLarge {
        /// Its length in bytes.
        len: usize,
    },
    /// A stored value that the entry builds on is damaged.
    #[error("the stored value under key {key:02x?} is damaged")]
    Damaged {
        /// Its key.
        key: RowKey,
    },
    /// The entry means nothing to the fold.
    #[error("{0}")]
    Invalid(String),
}

impl FoldError {
    /// For a reason of the fold's own.
    pub fn new(reason: impl Into<String>) -> Self {
        Self::Invalid(reason.into())
    }
}

/// The changes of one entry.
#[derive(Debug, Clone, Default)]
pub struct Writes {
    layer: Layer,
}

impl Writes {
    /// Sets the value under a key.
    pub fn put(&mut self, key: impl AsRef<[u8]>, value: impl Into<Vec<u8>>) -> Result<(), FoldError> {
        let value = value.into();
        check_value(&value)?;
        self.insert(key.as_ref(), Some(value.into()))
    }

    /// Removes a key, if it is there.
    pub fn remove(&mut self, key: impl AsRef<[u8]>) -> Result<(), FoldError> {
        self.insert(key.as_ref(), None)
    }

    /// These rows, all at once: a key with its new value, or none where it is removed.
    pub fn of_rows(rows: BTreeMap<RowKey, Option<Bytes>>) -> Result<Self, FoldError> {
        for (key, value) in &rows {
            check_key(key)?;
            check_value(value.as_deref().unwrap_or_default())?;
        }
        Ok(Writes {
            layer: Layer::of_rows(rows),
        })
    }

    /// The state as these writes leave it, for a fold that reads again what it has written.
    pub fn over<'a>(&'a self, view: &'a dyn View) -> Over<'a> {
        Over { writes: self, view }
    }

    /// Keys written so far.
    pub fn len(&self) -> usize {
        self.layer.len()
    }

    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The changes in key order: a key with its new value, or `None` where it is removed.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.layer
            .rows()
            .map(|(key, value)| (key.as_slice(), value.as_deref()))
    }

    pub(super) fn layer(&self) -> &Layer {
        &self.layer
    }

    pub(super) fn into_layer(self) -> Layer {
        self.layer
    }

    fn insert(&mut self, key: &[u8], value: Option<Bytes>) -> Result<(), FoldError> {
        check_key(key)?;
        self.layer.insert(key, value);
        Ok(())
    }
}

fn check_key(key: &[u8]) -> Result<(), FoldError> {
    match key.is_empty() || key.len() > MAX_KEY_LEN {
        true => Err(FoldError::KeyLength { len: key.len() }),
        false => Ok(()),
    }
}

fn check_value(value: &[u8]) -> Result<(), FoldError> {
    match value.len() > MAX_VALUE_LEN {
        true => Err(FoldError::ValueTooLarge { len: value.len() }),
        false => Ok(()),
    }
}

/// The changes that an entry makes.
pub(super) fn fold_entry(
    fold: &dyn Fold,
    view: &dyn View,
    commit: u64,
    payload: &[u8],
) -> Result<Layer, FoldError> {
    let mut writes = Writes::default();
    fold.apply(view, commit, payload, &mut writes)?;
    Ok(writes.layer)
}

/// A view with some writes on top.
#[derive(Clone, Copy)]
pub struct Over<'a> {
    writes: &'a Writes,
    view: &'a dyn View,
}

impl View for Over<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TableError> {
        merged_get([&self.writes.layer], key, || self.view.get(key))
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Row>, TableError> {
        let below = |from: &[u8], to: &[u8], limit| self.view.range(from, to, limit);
        merged_range(&[&self.writes.layer], below, from, to, limit)
    }
}
