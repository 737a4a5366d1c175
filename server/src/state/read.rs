//! Typed reading of a view, for those who do not write.

use super::cell::{AreaCell, DeviceCell, PersonCell, RecordCell, ServerCell};
use super::draft::{StateError, decode};
use super::key;
use crate::store::engine::{RowKey, View};
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{DeviceId, Lane, PersonId, RecordId, ScopeId};
use otor_protocol::renumber::AliasRun;
use serde::de::DeserializeOwned;

/// Reads one value.
///
/// # Errors
/// [`StateError`] if storage fails or the value is damaged.
pub fn get<T: DeserializeOwned>(view: &dyn View, key: &[u8]) -> Result<Option<T>, StateError> {
    view.get(key)?.map(|bytes| decode(key, &bytes)).transpose()
}

/// A value as it was read.
///
/// # Errors
/// [`StateError`] if it is damaged.
pub fn value<T: DeserializeOwned>(key: &[u8], bytes: &[u8]) -> Result<T, StateError> {
    decode(key, bytes)
}

/// Reads up to `limit` values whose keys lie in `from..to`.
///
/// # Errors
/// As [`get`].
pub fn range<T: DeserializeOwned>(
    view: &dyn View,
    from: &[u8],
    to: &[u8],
    limit: usize,
) -> Result<Vec<(RowKey, T)>, StateError> {
    view.range(from, to, limit)?
        .into_iter()
        .map(|(key, bytes)| {
            let value = decode(&key, &bytes)?;
            Ok((key, value))
        })
        .collect()
}

/// Reads every value under a prefix.
///
/// # Errors
/// As [`get`].
pub fn under<T: DeserializeOwned>(view: &dyn View, prefix: &[u8]) -> Result<Vec<(RowKey, T)>, StateError> {
    range(view, prefix, &key::end_of(prefix), usize::MAX)
}

/// The server's counters; zeros before the history begins.
///
/// # Errors
/// As [`get`].
pub fn server(view: &dyn View) -> Result<ServerCell, StateError> {
    Ok(get(view, &key::server())?.unwrap_or_default())
}

/// The last commit of which a feed keeps nothing any more; 0 if it is whole.
///
/// # Errors
/// As [`get`].
pub fn horizon(view: &dyn View, scope: ScopeId, lane: Lane) -> Result<u64, StateError> {
    Ok(get(view, &key::horizon(scope, lane))?.unwrap_or_default())
}

/// A person by number.
///
/// # Errors
/// As [`get`].
pub fn person(view: &dyn View, id: PersonId) -> Result<Option<PersonCell>, StateError> {
    get(view, &key::person(id))
}

/// A person by code.
///
/// # Errors
/// As [`get`].
pub fn person_by_code(view: &dyn View, code: &str) -> Result<Option<PersonCell>, StateError> {
    match get::<PersonId>(view, &key::person_code(code))? {
        Some(id) => person(view, id),
        None => Ok(None),
    }
}

/// A phone.
///
/// # Errors
/// As [`get`].
pub fn device(view: &dyn View, id: DeviceId) -> Result<Option<DeviceCell>, StateError> {
    get(view, &key::device(id))
}

/// An area.
///
/// # Errors
/// As [`get`].
pub fn area(view: &dyn View, code: &AreaCode) -> Result<Option<AreaCell>, StateError> {
    get(view, &key::area(code))
}

/// A record.
///
/// # Errors
/// As [`get`].
pub fn record(view: &dyn View, id: RecordId) -> Result<Option<RecordCell>, StateError> {
    get(view, &key::record(id))
}

/// Names followed from one alias to the next at most; each leads to a later actor.
const ALIASES_MAX: usize = 16;

/// The records that were first written under the number of `id` and have another since: a copied phone gave them
/// numbers of their own. `id` itself may name a record as well.
///
/// # Errors
/// As [`get`].
pub fn renumbered(view: &dyn View, id: RecordId) -> Result<Vec<RecordId>, StateError> {
    let mut found = Vec::new();
    let mut followed = vec![id.0];
    for _ in 0..ALIASES_MAX {
        let mut next = Vec::new();
        for dot in followed {
            let runs = under::<AliasRun>(view, &key::aliases_of(dot.actor))?;
            next.extend(runs.iter().filter_map(|(_, run)| run.renamed(dot)));
        }
        if next.is_empty() {
            break;
        }
        for dot in &next {
            if record(view, RecordId(*dot))?.is_some() {
                found.push(RecordId(*dot));
            }
        }
        followed = next;
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
