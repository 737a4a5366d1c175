//! What a move or a change of the tree means for phones: who still holds work that has not come, as far as the
//! server knows, and which records come and go.

use crate::state::cell::{ActorCell, DeviceCell};
use crate::state::{StateError, key, read, worker_scopes};
use crate::store::engine::View;
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{ActorId, DeviceId, Lane, PersonId, RecordId, ScopeId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What phones said when they were last met. Nothing is known of the time before `since_ms`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sightings {
    /// From when on phones are noted, milliseconds since the Unix epoch.
    pub since_ms: i64,
    /// The last sight of each.
    pub met: BTreeMap<DeviceId, Sighting>,
}

/// A phone as it was when it was last met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sighting {
    /// When, milliseconds since the Unix epoch.
    pub met_ms: i64,
    /// The last op that each of its actors had written by then.
    pub written: Vec<(ActorId, u64)>,
}

/// A phone, and the work that it may still hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneState {
    /// Its number.
    pub device: DeviceId,
    /// The code of its owner.
    pub worker: String,
    /// How many of the ops it had written when it was last met have not come; none if it has not been met.
    /// It may have written more since.
    pub unsent: Option<u64>,
    /// When it was last met, milliseconds since the Unix epoch.
    pub met_ms: Option<i64>,
    /// If it has not been met: since when nothing is known of it, milliseconds since the Unix epoch.
    pub unknown_since_ms: Option<i64>,
}

/// The answer to a move, or to the question what it would mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The commit; none if nothing was done.
    pub commit: Option<u64>,
    /// All areas that the worker answers for from then on, with those that they took over.
    pub areas: Vec<String>,
    /// How many records leave the worker's phones, once their work on them is acknowledged.
    pub leaving: u64,
    /// How many records come to them.
    pub entering: u64,
    /// The phones concerned.
    pub phones: Vec<PhoneState>,
}

/// How many ops a phone had written when it was last met that have not come since.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn unsent(view: &dyn View, sighting: &Sighting) -> Result<u64, StateError> {
    let mut unsent = 0;
    for (actor, written) in &sighting.written {
        let cell = read::get::<ActorCell>(view, &key::actor(*actor))?;
        unsent += written.saturating_sub(cell.map_or(0, |cell| cell.through));
    }
    Ok(unsent)
}

/// The phones that are not revoked of those owners, with the work that they may still hold.
pub(super) fn phones_of(
    view: &dyn View,
    sightings: &Sightings,
    owned_by: impl Fn(PersonId) -> bool,
) -> Result<Vec<PhoneState>, StateError> {
    let mut phones = Vec::new();
    for (_, device) in read::under::<DeviceCell>(view, &key::devices())? {
        if device.revoked_ms.is_some() || !owned_by(device.owner) {
            continue;
        }
        let sighting = sightings.met.get(&device.id);
        let owner = read::person(view, device.owner)?;
        phones.push(PhoneState {
            device: device.id,
            worker: owner.map_or_else(String::new, |owner| owner.code),
            unsent: sighting.map(|sighting| unsent(view, sighting)).transpose()?,
            met_ms: sighting.map(|sighting| sighting.met_ms),
            unknown_since_ms: sighting
                .is_none()
                .then(|| sightings.since_ms.max(device.enrolled_ms)),
        });
    }
    Ok(phones)
}

/// How many records leave and enter a worker's phones when their areas change. What they wrote, or were given,
/// stays or is there already, in their inbox.
pub(super) fn change_of_records(
    view: &dyn View,
    worker: PersonId,
    before: &[AreaCode],
    after: &[AreaCode],
) -> Result<(u64, u64), StateError> {
    let scopes = |areas: &[AreaCode]| -> Result<BTreeSet<ScopeId>, StateError> {
        let grants = worker_scopes(view, areas)?;
        Ok(grants.into_iter().map(|grant| grant.scope).collect())
    };
    let (old, new) = (scopes(before)?, scopes(after)?);
    let mine = |record: RecordId| -> Result<bool, StateError> {
        Ok(view.get(&key::concerns(worker, record))?.is_some())
    };
    let mut counts = [0; 2];
    for (count, scopes) in counts
        .iter_mut()
        .zip([old.difference(&new), new.difference(&old)])
    {
        for scope in scopes {
            for record in members(view, *scope)? {
                *count += u64::from(!mine(record)?);
            }
        }
    }
    let [leaving, entering] = counts;
    Ok((leaving, entering))
}

/// The records of a scope.
pub(super) fn members(view: &dyn View, scope: ScopeId) -> Result<Vec<RecordId>, StateError> {
    let mut records = Vec::new();
    for lane in Lane::ALL {
        let prefix = key::members(scope, lane);
        let rows = view.range(&prefix, &key::end_of(&prefix), usize::MAX)?;
        records.extend(rows.iter().filter_map(|(place, _)| key::member_record(place)));
    }
    Ok(records)
}
