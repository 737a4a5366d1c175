//! Typed reading and writing over a view of the state, with one's own writes visible.

use super::cell::{FORMAT_VERSION, RecordCell};
use super::key;
use crate::store::engine::{FoldError, RowKey, View, Writes};
use crate::store::table::TableError;
use bytes::Bytes;
use hashbrown::HashMap;
use otor_protocol::ids::RecordId;
use otor_protocol::record::Record;
use serde::{Serialize, de::DeserializeOwned};
use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// Most rows take no more, on an average over those of a frame.
const USUAL_ROW_BYTES: usize = 160;

/// Why the state could not be read: it stops the server.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The storage below failed.
    #[error(transparent)]
    View(#[from] TableError),
    /// A stored value does not decode.
    #[error("the stored value under key {key:02x?} is damaged")]
    Damaged {
        /// Its key.
        key: RowKey,
    },
}

/// A value as whoever read or wrote it has it. It becomes bytes once, when the draft is done: many rows are read and
/// written again for each op of a frame.
trait Kept: Any {
    fn encode_onto(&self, bytes: &mut Vec<u8>);
}

impl<T: Serialize + 'static> Kept for T {
    fn encode_onto(&self, bytes: &mut Vec<u8>) {
        otor_protocol::wire::encode_onto(bytes, self);
    }
}

/// What is read and written as values.
pub trait Cell: Serialize + DeserializeOwned + Clone + 'static {}

impl<T: Serialize + DeserializeOwned + Clone + 'static> Cell for T {}

/// A view with writes on top of it.
#[derive(Clone)]
pub struct Draft<'a> {
    view: &'a dyn View,
    writes: BTreeMap<RowKey, Option<Rc<dyn Kept>>>,
    /// What was read from the view.
    read: RefCell<HashMap<RowKey, Rc<dyn Kept>>>,
    /// The records in the cells that were asked for or written: each is decoded once.
    records: RefCell<HashMap<RecordId, Arc<Record>>>,
}

impl<'a> Draft<'a> {
    /// Begins with no writes.
    pub fn new(view: &'a dyn View) -> Self {
        Draft {
            view,
            writes: BTreeMap::new(),
            read: RefCell::default(),
            records: RefCell::default(),
        }
    }

    /// Reads a value, to be changed.
    ///
    /// # Errors
    /// [`StateError`] if storage fails or the value is damaged.
    pub fn get<T: Cell>(&self, key: &[u8]) -> Result<Option<T>, StateError> {
        Ok(self.look(key)?.map(Rc::unwrap_or_clone))
    }

    /// Reads a value, only to look at it.
    ///
    /// # Errors
    /// As [`Draft::get`].
    pub fn look<T: Cell>(&self, key: &[u8]) -> Result<Option<Rc<T>>, StateError> {
        if let Some(written) = self.writes.get(key) {
            return written.as_ref().map(|kept| value_of(key, kept)).transpose();
        }
        if let Some(kept) = self.read.borrow().get(key) {
            return value_of(key, kept).map(Some);
        }
        let Some(bytes) = self.view.get(key)? else {
            return Ok(None);
        };
        let value: Rc<T> = Rc::new(decode(key, &bytes)?);
        self.read
            .borrow_mut()
            .insert(RowKey::from_slice(key), value.clone());
        Ok(Some(value))
    }

    /// Reads a value that cannot have been there before the draft: its key names this very commit, or what comes to be
    /// in it. So it need not be looked for below.
    ///
    /// # Errors
    /// As [`Draft::get`].
    pub fn get_new<T: Cell>(&self, key: &[u8]) -> Result<Option<T>, StateError> {
        let written = self.writes.get(key).and_then(Option::as_ref);
        Ok(written
            .map(|kept| value_of(key, kept))
            .transpose()?
            .map(Rc::unwrap_or_clone))
    }

    /// The record in a cell that was read from here.
    ///
    /// # Errors
    /// [`StateError`] if the bytes are damaged.
    pub fn record(&self, id: RecordId, cell: &RecordCell) -> Result<Arc<Record>, StateError> {
        if let Some(record) = self.records.borrow().get(&id) {
            debug_assert_eq!(record.encode(), *cell.state, "a record and its cell differ");
            return Ok(record.clone());
        }
        let damaged = |_| StateError::Damaged { key: key::record(id) };
        let record = Arc::new(cell.record().map_err(damaged)?);
        self.records.borrow_mut().insert(id, record.clone());
        Ok(record)
    }

    /// Writes the cell of a record that is in it already.
    pub fn put_record(&mut self, cell: RecordCell, record: &Arc<Record>) {
        self.records.borrow_mut().insert(record.id, record.clone());
        self.put(key::record(record.id), cell);
    }

    /// Whether there is a value.
    ///
    /// # Errors
    /// As [`Draft::get`].
    pub fn has(&self, key: &[u8]) -> Result<bool, StateError> {
        Ok(match self.writes.get(key) {
            Some(written) => written.is_some(),
            None if self.read.borrow().contains_key(key) => true,
            None => self.view.get(key)?.is_some(),
        })
    }

    /// Writes a value.
    pub fn put<T: Cell>(&mut self, key: RowKey, value: T) {
        self.writes.insert(key, Some(Rc::new(value)));
    }

    /// Changes a value where it is; one that is not there begins as the default.
    ///
    /// # Errors
    /// As [`Draft::get`].
    pub fn change<T: Cell + Default>(
        &mut self,
        key: RowKey,
        change: impl FnOnce(&mut T),
    ) -> Result<(), StateError> {
        self.change_read(key, Self::get, change)
    }

    /// The same for a value as in [`Draft::get_new`].
    ///
    /// # Errors
    /// As [`Draft::get`].
    pub fn change_new<T: Cell + Default>(
        &mut self,
        key: RowKey,
        change: impl FnOnce(&mut T),
    ) -> Result<(), StateError> {
        self.change_read(key, Self::get_new, change)
    }

    fn change_read<T: Cell + Default>(
        &mut self,
        key: RowKey,
        read: fn(&Self, &[u8]) -> Result<Option<T>, StateError>,
        change: impl FnOnce(&mut T),
    ) -> Result<(), StateError> {
        if let Some(written) = self.written(&key) {
            change(written);
            return Ok(());
        }
        let mut value = read(self, &key)?.unwrap_or_default();
        change(&mut value);
        self.put(key, value);
        Ok(())
    }

    /// Changes a value where it is. False if it is not there.
    ///
    /// # Errors
    /// As [`Draft::get`].
    pub fn change_known<T: Cell>(
        &mut self,
        key: &[u8],
        change: impl FnOnce(&mut T),
    ) -> Result<bool, StateError> {
        if let Some(written) = self.written(key) {
            change(written);
            return Ok(true);
        }
        let Some(mut value) = self.get(key)? else {
            return Ok(false);
        };
        change(&mut value);
        self.put(RowKey::from_slice(key), value);
        Ok(true)
    }

    /// A value that was written, where nobody else looks at it.
    fn written<T: Cell>(&mut self, key: &[u8]) -> Option<&mut T> {
        let kept: &mut dyn Any = Rc::get_mut(self.writes.get_mut(key)?.as_mut()?)?;
        kept.downcast_mut()
    }

    /// Removes a value.
    pub fn delete(&mut self, key: RowKey) {
        self.writes.insert(key, None);
    }

    /// Whether no key begins with `prefix`, and none did before the draft.
    ///
    /// # Errors
    /// As [`Draft::get`].
    pub fn is_empty_under(&self, prefix: &[u8]) -> Result<bool, StateError> {
        let end = key::end_of(prefix);
        let mut written = self.writes.range(RowKey::from_slice(prefix)..end.clone());
        let is_written = written.any(|(_, value)| value.is_some());
        Ok(!is_written && self.view.range(prefix, &end, 1)?.is_empty())
    }

    /// All keys that begin with `prefix`, in order. For prefixes whose content is bounded.
    ///
    /// # Errors
    /// As [`Draft::get`].
    pub fn keys(&self, prefix: &[u8]) -> Result<Vec<RowKey>, StateError> {
        self.keys_between(prefix, &key::end_of(prefix))
    }

    /// All keys with `from <= key < to`, in order. For ranges whose content is bounded.
    ///
    /// # Errors
    /// As [`Draft::get`].
    pub fn keys_between(&self, from: &[u8], to: &[u8]) -> Result<Vec<RowKey>, StateError> {
        let stored = self.view.range(from, to, usize::MAX)?;
        let mut keys: BTreeMap<RowKey, bool> = stored.into_iter().map(|(key, _)| (key, true)).collect();
        for (key, value) in self
            .writes
            .range(RowKey::from_slice(from)..RowKey::from_slice(to))
        {
            keys.insert(key.clone(), value.is_some());
        }
        Ok(keys
            .into_iter()
            .filter(|(_, present)| *present)
            .map(|(key, _)| key)
            .collect())
    }

    /// The writes, in key order.
    pub fn into_writes(self) -> BTreeMap<RowKey, Option<Bytes>> {
        let mut all = Vec::with_capacity(self.writes.len() * USUAL_ROW_BYTES);
        let place = |(key, kept): (RowKey, Option<Rc<dyn Kept>>)| {
            let begin = all.len();
            let is_there = kept.map(|kept| encode_onto(&mut all, &key, &*kept));
            (key, is_there.map(|()| begin..all.len()))
        };
        let places: Vec<_> = self.writes.into_iter().map(place).collect();
        // Copied, in no more memory than they need: they are kept until the next checkpoint, all in one piece.
        let all = Bytes::copy_from_slice(&all);
        let row = |(key, place): (RowKey, Option<Range<usize>>)| (key, place.map(|place| all.slice(place)));
        places.into_iter().map(row).collect()
    }
}

/// What an entry does to the state: the new values by key, none where one is removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded(BTreeMap<RowKey, Option<Bytes>>);

impl From<Draft<'_>> for Folded {
    fn from(draft: Draft) -> Self {
        Folded(draft.into_writes())
    }
}

impl Folded {
    /// The same for the engine.
    ///
    /// # Errors
    /// [`FoldError`] for a key or a value that is too large.
    pub fn into_writes(self) -> Result<Writes, FoldError> {
        Writes::of_rows(self.0)
    }
}

fn value_of<T: Cell>(key: &[u8], kept: &Rc<dyn Kept>) -> Result<Rc<T>, StateError> {
    let value: Rc<dyn Any> = kept.clone();
    match value.downcast() {
        Ok(value) => Ok(value),
        Err(_) => {
            let mut bytes = Vec::new();
            encode_onto(&mut bytes, key, &**kept);
            decode(key, &bytes).map(Rc::new)
        }
    }
}

/// Whether the value under a key has a checksum. A record's row has: of what stands in it besides the record itself,
/// such as when it changed, nothing else tells that it was altered; and where it belongs nowhere, of the record neither.
fn is_summed(key: &[u8]) -> bool {
    key.first() == Some(&b'R')
}

/// Appends a value as the bytes stored under a key.
fn encode_onto(all: &mut Vec<u8>, key: &[u8], value: &dyn Kept) {
    let begin = all.len();
    all.push(FORMAT_VERSION);
    value.encode_onto(all);
    if is_summed(key) {
        let sum = crc32fast::hash(&all[begin..]);
        all.extend(sum.to_le_bytes());
    }
}

/// The bytes stored under a key as a value.
pub(super) fn decode<T: DeserializeOwned>(key: &[u8], bytes: &[u8]) -> Result<T, StateError> {
    let damaged = || StateError::Damaged {
        key: RowKey::from_slice(key),
    };
    let bytes = match is_summed(key) {
        false => bytes,
        true => {
            let (summed, sum) = bytes.split_last_chunk::<4>().ok_or_else(damaged)?;
            if crc32fast::hash(summed).to_le_bytes() != *sum {
                return Err(damaged());
            }
            summed
        }
    };
    let (version, body) = bytes.split_first().ok_or_else(damaged)?;
    if *version != FORMAT_VERSION {
        return Err(damaged());
    }
    otor_protocol::wire::decode(body).map_err(|_| damaged())
}

impl Draft<'_> {
    /// The writes, as the engine takes them.
    ///
    /// # Errors
    /// [`StateError`] if one of them is of a size that is never folded.
    pub fn into_written(self) -> Result<Writes, StateError> {
        self.add_to(Writes::default())
    }

    pub(super) fn add_to(self, mut writes: Writes) -> Result<Writes, StateError> {
        for (key, value) in self.into_writes() {
            let written = match value {
                Some(value) => writes.put(&key, value),
                None => writes.remove(&key),
            };
            // Such a row would not have been folded in the first place.
            written.map_err(|_: FoldError| StateError::Damaged { key })?;
        }
        Ok(writes)
    }
}
