//! What a replica asks of a phone's storage, and the keys under which it keeps its parts.

use super::dictionary::Fetching;
use super::mirror::{Held, ScopeState, StoredHeld};
use super::outbox::OwnOp;
use super::{FormerBranch, Identity, Meta, Replica};
use crate::ids::{ActorId, Dot, Lane, RecordId, ScopeId};
use crate::wire;
use serde::{Serialize, de::DeserializeOwned};
use serde_bytes::ByteBuf;
use std::collections::BTreeMap;

/// A key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// An ordered map that survives. Batches are atomic and keep their order; they may be lost from the end until
/// [`Storage::sync`] returns.
pub trait Storage {
    /// What may go wrong.
    type Error: std::error::Error;

    /// All rows, in key order.
    ///
    /// # Errors
    /// If the storage cannot be read.
    fn load(&self) -> Result<Vec<Row>, Self::Error>;

    /// Applies a batch, whole or not at all.
    ///
    /// # Errors
    /// If it was not applied.
    fn apply(&mut self, batch: &Batch) -> Result<(), Self::Error>;

    /// Makes everything applied so far survive a crash.
    ///
    /// # Errors
    /// If that is not sure.
    fn sync(&mut self) -> Result<(), Self::Error>;
}

/// Writes that belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Batch {
    /// Sets a value. Own ops get a checksum: what is damaged must not be sent as the worker's.
    pub(crate) fn put<T: Serialize>(&mut self, key: Vec<u8>, value: &T) {
        if key.first() == Some(&OWN_OPS) {
            return self.put_checked(key, value);
        }
        self.writes.push((key, Some(wire::encode(value))));
    }

    /// Sets a value with a checksum, where what is damaged can be had again.
    pub(crate) fn put_checked<T: Serialize>(&mut self, key: Vec<u8>, value: &T) {
        let mut bytes = wire::encode(value);
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        self.writes.push((key, Some(bytes)));
    }

    /// Sets a value as it is.
    pub(super) fn put_raw(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.writes.push((key, Some(value)));
    }

    /// Removes a value.
    pub(crate) fn delete(&mut self, key: Vec<u8>) {
        self.writes.push((key, None));
    }

    /// The writes, in order; later ones win.
    pub fn writes(&self) -> &[(Vec<u8>, Option<Vec<u8>>)] {
        &self.writes
    }
}

/// Key of the identity.
pub(super) const IDENTITY: &[u8] = b"i";
/// Key of the small facts.
pub(super) const META: &[u8] = b"m";
/// Key of the learned dictionary in use.
pub(super) const DICTIONARY: &[u8] = b"d";
/// Key of the one on its way.
pub(super) const FETCHING: &[u8] = b"e";

/// First byte of the keys of own ops.
const OWN_OPS: u8 = b'o';

/// Key of an own op.
pub(super) fn own_op(lane: Lane, seq: u64) -> Vec<u8> {
    let mut key = vec![OWN_OPS, lane.into()];
    key.extend(seq.to_be_bytes());
    key
}

/// Key of an own op of a former branch.
pub(super) fn former_op(lane: Lane, dot: Dot) -> Vec<u8> {
    let mut key = vec![b'p', lane.into()];
    key.extend(dot.actor.0.to_be_bytes());
    key.extend(dot.seq.to_be_bytes());
    key
}

/// Key of a former branch, by its place.
pub(super) fn former(index: usize) -> Vec<u8> {
    // Far fewer than 2^32 branches are ever given to one phone.
    let mut key = vec![b'f'];
    key.extend((index as u32).to_be_bytes());
    key
}

/// Key of a damaged op of an actor that this phone wrote with before: only kept.
pub(super) fn damaged_op(lane: Lane, dot: Dot) -> Vec<u8> {
    let mut key = vec![b'x', lane.into()];
    key.extend(dot.actor.0.to_be_bytes());
    key.extend(dot.seq.to_be_bytes());
    key
}

/// First byte of the keys of records whose ops are lost.
const LOST_RECORDS: u8 = b'y';

/// Key of a record whose first op is lost, as a former history of the server had it: only kept.
pub(super) fn lost_record(record: RecordId) -> Vec<u8> {
    let mut key = held(record);
    key[0] = LOST_RECORDS;
    key
}

/// Whether a key is that of a record whose first op is lost.
pub(super) fn is_lost_record(key: &[u8]) -> bool {
    key.first() == Some(&LOST_RECORDS)
}

/// Key of a mirrored record.
pub(super) fn held(record: RecordId) -> Vec<u8> {
    let mut key = vec![b'r'];
    key.extend(record.0.actor.0.to_be_bytes());
    key.extend(record.0.seq.to_be_bytes());
    key
}

/// Key of a scope.
pub(super) fn scope(scope: ScopeId) -> Vec<u8> {
    let mut key = vec![b's'];
    key.extend(scope.0.to_be_bytes());
    key
}

impl<S: Storage> Replica<S> {
    /// Makes everything applied so far durable.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub fn sync_storage(&mut self) -> Result<(), S::Error> {
        self.storage.sync()
    }

    /// Gives the storage back, as when the app is closed.
    pub fn into_storage(self) -> S {
        self.storage
    }

    /// The storage, for the device that owns it.
    pub fn storage_mut(&mut self) -> &mut S {
        &mut self.storage
    }
}

/// Everything stored, sorted out.
#[derive(Default)]
pub(super) struct Stored {
    pub identity: Option<Identity>,
    pub meta: Meta,
    pub ops: BTreeMap<(Lane, u64), OwnOp>,
    pub former: Vec<FormerBranch>,
    pub former_ops: BTreeMap<Dot, (Lane, OwnOp)>,
    pub scopes: BTreeMap<ScopeId, ScopeState>,
    pub mirror: BTreeMap<RecordId, Held>,
    /// Keys of mirrored records that are damaged: the server has them.
    pub damaged: Vec<Vec<u8>>,
    pub dictionary: Option<(u32, ByteBuf)>,
    pub fetching: Option<Fetching>,
    /// Own ops that are damaged, with their bytes.
    pub damaged_ops: Vec<(Lane, u64, Vec<u8>)>,
}

impl Stored {
    /// Sorts rows out; the key of the first that is damaged otherwise.
    pub fn read(rows: Vec<(Vec<u8>, Vec<u8>)>) -> Result<Stored, Vec<u8>> {
        let mut stored = Stored::default();
        for (key, value) in rows {
            let read = stored.read_row(&key, &value);
            match key.first() {
                Some(b'r') if read.is_none() => stored.damaged.push(key),
                Some(&OWN_OPS) if read.is_none() => {
                    let (lane, seq) = place_of_op(&key).ok_or(key)?;
                    stored.damaged_ops.push((lane, seq, value));
                }
                _ => read.ok_or(key)?,
            }
        }
        Ok(stored)
    }

    fn read_row(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        let (space, rest) = key.split_first()?;
        match space {
            b'i' => self.identity = Some(decode(value)?),
            b'm' => self.meta = decode(value)?,
            // A damaged dictionary is fetched again.
            b'd' => self.dictionary = decode(value),
            b'e' => self.fetching = decode(value),
            &OWN_OPS => {
                let own = checked::<OwnOp>(value).filter(OwnOp::is_sound)?;
                self.ops.insert(place_of_op(key)?, own);
            }
            b'x' | &LOST_RECORDS => {}
            // In key order: oldest first.
            b'f' => self.former.push(decode(value)?),
            b'p' => {
                let (lane, dot) = rest.split_first()?;
                let lane = Lane::try_from(*lane).ok()?;
                let actor = u32::from_be_bytes(dot.get(..4)?.try_into().ok()?);
                let seq = u64::from_be_bytes(dot.get(4..)?.try_into().ok()?);
                let dot = Dot::new(ActorId(actor), seq);
                self.former_ops.insert(dot, (lane, decode(value)?));
            }
            b'r' => {
                let actor = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?);
                let seq = u64::from_be_bytes(rest.get(4..)?.try_into().ok()?);
                let id = RecordId(Dot::new(ActorId(actor), seq));
                self.mirror
                    .insert(id, Held::from_stored(checked::<StoredHeld>(value)?)?);
            }
            b's' => {
                let scope = u32::from_be_bytes(rest.try_into().ok()?);
                self.scopes.insert(ScopeId(scope), decode(value)?);
            }
            _ => return None,
        }
        Some(())
    }
}

/// The place in the key of an own op.
fn place_of_op(key: &[u8]) -> Option<(Lane, u64)> {
    let (lane, seq) = key.get(1..)?.split_first()?;
    let lane = Lane::try_from(*lane).ok()?;
    Some((lane, u64::from_be_bytes(seq.try_into().ok()?)))
}

/// A value stored with a checksum.
fn checked<T: DeserializeOwned>(value: &[u8]) -> Option<T> {
    let (value, checksum) = value.split_last_chunk::<4>()?;
    let whole = crc32fast::hash(value) == u32::from_le_bytes(*checksum);
    whole.then(|| decode(value))?
}

fn decode<T: DeserializeOwned>(value: &[u8]) -> Option<T> {
    wire::decode(value).ok()
}
