//! Members of scopes: each stands with the hash of its record, and their sum is the digest of scope and lane.

use super::records::damaged;
use crate::state::cell::RecordCell;
use crate::state::draft::{Draft, StateError};
use crate::state::key;
use otor_protocol::digest::{Digest, record_hash};
use otor_protocol::ids::{RecordId, ScopeId};
use otor_protocol::record::Record;
use std::sync::Arc;

/// A record belongs to a scope, as the state with this hash.
pub(super) fn join(draft: &mut Draft, scope: ScopeId, record: &Record, hash: u64) -> Result<(), StateError> {
    let before = draft.get(&key::member(scope, record.lane, record.id))?;
    set(draft, scope, record, (before, Some(hash)))
}

/// A record that has just come to be belongs to a scope.
pub(super) fn join_new(
    draft: &mut Draft,
    scope: ScopeId,
    record: &Record,
    hash: u64,
) -> Result<(), StateError> {
    let before = draft.get_new(&key::member(scope, record.lane, record.id))?;
    set(draft, scope, record, (before, Some(hash)))
}

/// A record no longer belongs to a scope.
pub(super) fn leave(draft: &mut Draft, scope: ScopeId, record: &Record) -> Result<(), StateError> {
    let before = draft.get(&key::member(scope, record.lane, record.id))?;
    set(draft, scope, record, (before, None))
}

fn set(
    draft: &mut Draft,
    scope: ScopeId,
    record: &Record,
    (before, hash): (Option<u64>, Option<u64>),
) -> Result<(), StateError> {
    let member = key::member(scope, record.lane, record.id);
    match hash {
        Some(hash) => draft.put(member, hash),
        None => draft.delete(member),
    }
    draft.change(key::digest(scope, record.lane), |digest: &mut Digest| {
        if let Some(before) = before {
            *digest -= before;
        }
        if let Some(hash) = hash {
            *digest += hash;
        }
    })
}

/// The record of a cell, if it is the one its memberships name: nothing may be built on an altered one, whose
/// alteration would then count as the truth.
pub(super) fn sound_record(
    draft: &Draft,
    id: RecordId,
    cell: &RecordCell,
) -> Result<Arc<Record>, StateError> {
    let record = draft.record(id, cell)?;
    let hash = record_hash(&cell.state);
    for scope in &cell.scopes {
        let named: Option<u64> = draft.get(&key::member(*scope, record.lane, id))?;
        if named != Some(hash) {
            return Err(damaged(&key::record(id)));
        }
    }
    Ok(record)
}
