//! The mirror: confirmed records, the scopes they are held through, and where the feeds stand.

use crate::area::AreaCode;
use crate::digest::Digest;
use crate::ids::{Position, ScopeId};
use crate::record::Record;
use crate::wire::Cursor;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::collections::BTreeMap;

/// A scope the phone holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeState {
    /// Its area; none for the inbox.
    pub area: Option<AreaCode>,
    /// Where its feeds stand, by lane.
    pub cursors: [Cursor; 3],
    /// The digests the server told where the cursors stand, by lane.
    pub told: [Option<Digest>; 3],
    /// The server has taken it away; it goes when its ops are acknowledged.
    pub losing: bool,
    /// The commits as of which the latest states of first passes came, by lane: what an edit before that names, and is
    /// not held, had left before the pass came to it.
    #[serde(default)]
    pub passed: [u64; 3],
}

impl ScopeState {
    /// A scope of which nothing has come.
    pub fn start(area: Option<AreaCode>) -> Self {
        ScopeState {
            area,
            cursors: [Cursor::START; 3],
            told: [None; 3],
            losing: false,
            passed: [0; 3],
        }
    }
}

/// A confirmed record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The record.
    pub record: Record,
    /// Everything about it up to here is in it.
    pub as_of: Position,
    /// The scopes it is held through, each with the position it was told at.
    pub memberships: BTreeMap<ScopeId, Position>,
    /// It is as a former history of the server had it, until this one tells it.
    pub old: bool,
}

/// A held record as stored.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredHeld(ByteBuf, Position, Vec<(ScopeId, Position)>, bool);

impl Held {
    /// As stored. `state` is the record's canonical bytes.
    pub(super) fn to_stored(&self, state: Vec<u8>) -> StoredHeld {
        let memberships = self
            .memberships
            .iter()
            .map(|(scope, position)| (*scope, *position))
            .collect();
        StoredHeld(ByteBuf::from(state), self.as_of, memberships, self.old)
    }

    pub(super) fn from_stored(StoredHeld(record, as_of, memberships, old): StoredHeld) -> Option<Held> {
        let record = Record::decode(&record).ok()?;
        Some(Held {
            record,
            as_of,
            memberships: memberships.into_iter().collect(),
            old,
        })
    }

    /// Takes a record in place of what a former history of the server had.
    pub(super) fn renew(&mut self, record: &Record) {
        if self.old {
            self.record = record.clone();
            self.old = false;
        }
    }

    /// Notes that the record belongs to a scope, unless something later is known.
    pub(super) fn join(&mut self, scope: ScopeId, position: Position) {
        let told = self.memberships.entry(scope).or_insert(position);
        *told = position.max(*told);
    }

    /// Notes that the record left a scope, unless it came back later.
    pub(super) fn leave(&mut self, scope: ScopeId, position: Position) {
        if self.memberships.get(&scope).is_some_and(|told| *told < position) {
            self.memberships.remove(&scope);
        }
    }

    /// Notes that the record does not belong to a scope as of `position`, unless something later is known.
    pub(super) fn is_not_of(&mut self, scope: ScopeId, position: Position) {
        if self.memberships.get(&scope).is_some_and(|told| *told <= position) {
            self.memberships.remove(&scope);
        }
    }
}
