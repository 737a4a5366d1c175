//! Typed reading and writing over a view of the state, with one's own writes visible.

use super::cell::FORMAT_VERSION;
use crate::store::engine::{FoldError, View, Writes};
use crate::store::table::TableError;
use serde::{Serialize, de::DeserializeOwned};
use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

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
        key: Vec<u8>,
    },
}

/// A value as whoever read or wrote it has it. It becomes bytes once, when the draft is done: many rows are read and
/// written again for each op of a frame.
trait Kept: Any {
    fn bytes(&self, key: &[u8]) -> Vec<u8>;

    fn as_any(&self) -> &dyn Any;
}

impl<T: Serialize + 'static> Kept for T {
    fn bytes(&self, key: &[u8]) -> Vec<u8> {
        encode(key, self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A view with writes on top of it.
#[derive(Clone)]
pub struct Draft<'a> {
    view: &'a dyn View,
    writes: BTreeMap<Vec<u8>, Option<Rc<dyn Kept>>>,
    /// What was read from the view.
    read: RefCell<HashMap<Vec<u8>, Rc<dyn Kept>>>,
}

impl<'a> Draft<'a> {
    /// Begins with no writes.
    pub fn new(view: &'a dyn View) -> Self {
        Draft {
            view,
            writes: BTreeMap::new(),
            read: RefCell::default(),
        }
    }

    /// Reads a value.
    ///
    /// # Errors
    /// [`StateError`] if storage fails or the value is damaged.
    pub fn get<T: Serialize + DeserializeOwned + Clone + 'static>(
        &self,
        key: &[u8],
    ) -> Result<Option<T>, StateError> {
        if let Some(written) = self.writes.get(key) {
            return written.as_ref().map(|kept| value_of(key, &**kept)).transpose();
        }
        if let Some(kept) = self.read.borrow().get(key) {
            return value_of(key, &**kept).map(Some);
        }
        let Some(bytes) = self.view.get(key)? else {
            return Ok(None);
        };
        let value: T = decode(key, &bytes)?;
        let kept: Rc<dyn Kept> = Rc::new(value.clone());
        self.read.borrow_mut().insert(key.to_vec(), kept);
        Ok(Some(value))
    }

    /// Reads a value that cannot have been there before the draft: its key names this very commit, or what comes to be
    /// in it. So it need not be looked for below.
    ///
    /// # Errors
    /// As [`Draft::get`].
    pub fn get_new<T: Serialize + DeserializeOwned + Clone + 'static>(
        &self,
        key: &[u8],
    ) -> Result<Option<T>, StateError> {
        let written = self.writes.get(key).and_then(Option::as_ref);
        written.map(|kept| value_of(key, &**kept)).transpose()
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
    pub fn put<T: Serialize + Clone + 'static>(&mut self, key: Vec<u8>, value: &T) {
        self.writes.insert(key, Some(Rc::new(value.clone())));
    }

    /// Removes a value.
    pub fn delete(&mut self, key: Vec<u8>) {
        self.writes.insert(key, None);
    }

    /// Whether no key begins with `prefix`, and none did before the draft.
    ///
    /// # Errors
    /// As [`Draft::get`].
    pub fn is_empty_under(&self, prefix: &[u8]) -> Result<bool, StateError> {
        let end = super::key::end_of(prefix);
        let mut written = self.writes.range(prefix.to_vec()..end.clone());
        let is_written = written.any(|(_, value)| value.is_some());
        Ok(!is_written && self.view.range(prefix, &end, 1)?.is_empty())
    }

    /// All keys that begin with `prefix`, in order. For prefixes whose content is bounded.
    ///
    /// # Errors
    /// As [`Draft::get`].
    pub fn keys(&self, prefix: &[u8]) -> Result<Vec<Vec<u8>>, StateError> {
        self.keys_between(prefix, &super::key::end_of(prefix))
    }

    /// All keys with `from <= key < to`, in order. For ranges whose content is bounded.
    ///
    /// # Errors
    /// As [`Draft::get`].
    pub fn keys_between(&self, from: &[u8], to: &[u8]) -> Result<Vec<Vec<u8>>, StateError> {
        let stored = self.view.range(from, to, usize::MAX)?;
        let mut keys: BTreeMap<Vec<u8>, bool> = stored.into_iter().map(|(key, _)| (key, true)).collect();
        for (key, value) in self.writes.range(from.to_vec()..to.to_vec()) {
            keys.insert(key.clone(), value.is_some());
        }
        Ok(keys
            .into_iter()
            .filter(|(_, present)| *present)
            .map(|(key, _)| key)
            .collect())
    }

    /// The writes, in key order.
    pub fn into_writes(self) -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
        let row = |(key, kept): (Vec<u8>, Option<Rc<dyn Kept>>)| {
            let bytes = kept.map(|kept| kept.bytes(&key));
            (key, bytes)
        };
        self.writes.into_iter().map(row).collect()
    }
}

/// What an entry does to the state: the new values by key, none where one is removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded(BTreeMap<Vec<u8>, Option<Vec<u8>>>);

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

fn value_of<T: DeserializeOwned + Clone + 'static>(key: &[u8], kept: &dyn Kept) -> Result<T, StateError> {
    match kept.as_any().downcast_ref::<T>() {
        Some(value) => Ok(value.clone()),
        None => decode(key, &kept.bytes(key)),
    }
}

/// Whether the value under a key has a checksum. A record's row has: of what stands in it besides the record itself,
/// such as when it changed, nothing else tells that it was altered; and where it belongs nowhere, of the record neither.
fn is_summed(key: &[u8]) -> bool {
    key.first() == Some(&b'R')
}

/// A value as the bytes stored under a key.
fn encode<T: Serialize>(key: &[u8], value: &T) -> Vec<u8> {
    let mut bytes = vec![FORMAT_VERSION];
    bytes.extend(otor_protocol::wire::encode(value));
    if is_summed(key) {
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    }
    bytes
}

/// The bytes stored under a key as a value.
pub(super) fn decode<T: DeserializeOwned>(key: &[u8], bytes: &[u8]) -> Result<T, StateError> {
    let damaged = || StateError::Damaged { key: key.to_vec() };
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
            let place = key.clone();
            let written = match value {
                Some(value) => writes.put(key, value),
                None => writes.remove(key),
            };
            // Such a row would not have been folded in the first place.
            written.map_err(|_: FoldError| StateError::Damaged { key: place })?;
        }
        Ok(writes)
    }
}
