//! The list of phones, each with how far its actors are acknowledged.

use super::presence::Presence;
use super::time::rfc3339;
use crate::decide::admin::met::unsent;
use crate::decide::admin::sees_worker;
use crate::state::cell::{ActorCell, DeviceCell, LostCell, PersonCell};
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::ids::{ActorId, Lane};
use serde::{Deserialize, Serialize};

/// A phone in a list. Times are RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceEntry {
    /// Its number.
    pub id: u32,
    /// The code of the worker it belongs to.
    pub worker: String,
    /// When it was enrolled.
    pub enrolled_at: String,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
    /// When it was last heard of, since the server started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<String>,
    /// How many of the ops that it had written then have not come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsent: Option<u64>,
    /// How often it found that it does not hold what the server holds, since the server started; what differed was
    /// sent again.
    #[serde(default, skip_serializing_if = "is_none")]
    pub differences: u64,
    /// Its actors, by lane.
    pub actors: Vec<ActorEntry>,
    /// Copies of it that were found: clones, or the phone itself after it was restored from a backup.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<CopyEntry>,
}

/// A copy of a phone, which goes on with actors of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyEntry {
    /// When it was found.
    pub found_at: String,
    /// Its actors, by lane.
    pub actors: Vec<ActorEntry>,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

/// One actor of a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorEntry {
    /// Its number.
    pub actor: u32,
    /// Its lane: 0 is the most urgent.
    pub lane: u8,
    /// Every op up to this seq is on the server's disk, but for those lost.
    pub acked: u64,
    /// Seqs that the phone has lost before they were sent, each range with its first and last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<[u64; 2]>,
}

/// The phones of the workers whom the account sees.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn list(
    view: &dyn View,
    account: &PersonCell,
    presence: &Presence,
) -> Result<Vec<DeviceEntry>, StateError> {
    let mut entries = Vec::new();
    for (_, device) in read::under::<DeviceCell>(view, &key::devices())? {
        let owner = read::person(view, device.owner)?;
        if let Some(owner) = owner.filter(|owner| sees_worker(account, owner)) {
            let sighting = presence.last(device.id);
            let copies = device.copies.iter().map(|copy| {
                Ok(CopyEntry {
                    found_at: rfc3339(copy.found_ms),
                    actors: actors(view, copy.actors)?,
                })
            });
            entries.push(DeviceEntry {
                copies: copies.collect::<Result<_, StateError>>()?,
                id: device.id.0,
                worker: owner.code,
                enrolled_at: rfc3339(device.enrolled_ms),
                revoked_at: device.revoked_ms.map(rfc3339),
                last_seen: sighting.as_ref().map(|sighting| rfc3339(sighting.met_ms)),
                unsent: sighting.map(|sighting| unsent(view, &sighting)).transpose()?,
                differences: presence.differences_of(device.id),
                actors: actors(view, device.actors)?,
            });
        }
    }
    Ok(entries)
}

fn actors(view: &dyn View, ids: [ActorId; 3]) -> Result<Vec<ActorEntry>, StateError> {
    let mut entries = Vec::new();
    for (actor, lane) in ids.into_iter().zip(Lane::ALL) {
        let cell = read::get::<ActorCell>(view, &key::actor(actor))?;
        entries.push(ActorEntry {
            actor: actor.0,
            lane: lane.into(),
            acked: cell.map_or(0, |cell| cell.through),
            lost: lost(view, actor)?,
        });
    }
    Ok(entries)
}

fn lost(view: &dyn View, actor: ActorId) -> Result<Vec<[u64; 2]>, StateError> {
    let ranges = read::under::<LostCell>(view, &key::all_lost(actor))?;
    let named = ranges
        .iter()
        .filter_map(|(place, cell)| Some([key::lost_first(place)?, cell.last]));
    Ok(named.collect())
}
