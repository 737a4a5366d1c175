//! After a backup was restored: a new history, phones admitted again by their certificates, erasures applied again.

use super::{Decided, Decision, Desk};
use crate::state::cell::{ActorCell, ActorOwner, DeviceCell, RecordCell};
use crate::state::entry::Act;
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::ids::{ActorId, DeviceId, RecordId};
use otor_protocol::keys::{Certificate, PublicKeys};
use otor_protocol::op::FieldId;

/// Milliseconds in which a server gives out a number at the most, over an hour or longer.
const MS_A_NUMBER: i64 = 64;
/// How much further the numbers of a new history begin at the most: after two years.
const FURTHER_MAX: i64 = 1 << 30;

/// Begins a new history under a random name, unless another one than `former` has begun meanwhile.
///
/// One backup may be restored twice. What the history after the first restoring has issued is in no backup then, and
/// beyond what its own numbers began at: so numbers begin the further the later it is.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn begin_anew(desk: &Desk, former: u64, incarnation: u64) -> Decision {
    let server = read::server(desk.view)?;
    let is_due = server.incarnation == former && incarnation != former;
    let since_ms = desk.now_ms.saturating_sub(server.last_ms);
    // Within a number's range.
    let further = (since_ms / MS_A_NUMBER).clamp(0, FURTHER_MAX) as u32;
    let act = Act::NewHistory { incarnation, further };
    Ok(is_due.then(|| act.into()))
}

/// Whether a certificate that this server signed names numbers that it has not issued, or has given to somebody else
/// in its present history: what issued them is lost.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn is_beyond(desk: &Desk, certificate: &Certificate) -> Result<bool, StateError> {
    let server = read::server(desk.view)?;
    // What was given twice before this history began has had its consequences.
    let begins = server.lost_actors.last().map_or(0, |(_, end)| *end);
    let other = read::device(desk.view, certificate.device)?.filter(|cell| cell.keys != certificate.keys);
    if certificate.device.0 >= server.next_device || other.is_some_and(|cell| cell.actors[0].0 >= begins) {
        return Ok(true);
    }
    for actor in certificate.actors {
        let given_twice = actor.0 >= begins && is_anothers(desk.view, actor, &certificate.keys)?;
        if actor.0 >= server.next_actor || given_twice {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether an actor is known, and not as one of the phone's with these keys.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn is_anothers(view: &dyn View, actor: ActorId, keys: &PublicKeys) -> Result<bool, StateError> {
    let Some(cell) = read::get::<ActorCell>(view, &key::actor(actor))? else {
        return Ok(false);
    };
    let ActorOwner::Device(device, _) = cell.owner else {
        return Ok(true);
    };
    Ok(read::device(view, device)?.is_none_or(|cell| cell.keys != *keys))
}

/// The phone with these keys, known by this number or, where that was given to somebody else, by another.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn phone_with(
    view: &dyn View,
    device: DeviceId,
    keys: &PublicKeys,
) -> Result<Option<DeviceCell>, StateError> {
    match read::device(view, device)? {
        Some(other) if other.keys != *keys => {
            let all = read::under::<DeviceCell>(view, &key::devices())?;
            Ok(all
                .into_iter()
                .map(|(_, cell)| cell)
                .find(|cell| cell.keys == *keys))
        }
        own => Ok(own),
    }
}

/// Admits the phone, or the branch of one, that a certificate of this server names and its data does not know. Where
/// its numbers are somebody else's by now, it gets new ones.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn readmit(
    desk: &Desk,
    server: &PublicKeys,
    certificate: &Certificate,
    owner_name: &str,
) -> Result<(Option<Decided>, ()), StateError> {
    if !certificate.is_of(server) || is_beyond(desk, certificate)? {
        return Ok((None, ()));
    }
    let known = phone_with(desk.view, certificate.device, &certificate.keys)?;
    let mut is_free = true;
    for actor in certificate.actors {
        is_free &= read::get::<ActorCell>(desk.view, &key::actor(actor))?.is_none();
    }
    let other_owner = known.as_ref().is_some_and(|cell| cell.owner != certificate.owner);
    if other_owner || known.is_some() && !is_free {
        return Ok((None, ()));
    }
    let next = read::server(desk.view)?;
    let number_is_free = known.is_some() || read::device(desk.view, certificate.device)?.is_none();
    let lost_owner = read::person(desk.view, certificate.owner)?.is_none();
    let act = Act::Readmit {
        device: match &known {
            Some(cell) => cell.id,
            None if number_is_free => certificate.device,
            None => DeviceId(next.next_device),
        },
        owner: certificate.owner,
        owner_name: lost_owner.then(|| owner_name.to_owned()),
        actors: if is_free {
            certificate.actors
        } else {
            next.next_three()
        },
        keys: certificate.keys,
    };
    Ok((Some(act.into()), ()))
}

/// Applies again those erasures of which the data knows nothing.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn erase_again(
    desk: &Desk,
    erasures: &[(RecordId, Vec<FieldId>)],
) -> Result<(Option<Decided>, usize), StateError> {
    let mut missing = Vec::new();
    for (id, fields) in erasures {
        let noted = read::get::<Vec<FieldId>>(desk.view, &key::erased(*id))?.unwrap_or_default();
        let cell = read::get::<RecordCell>(desk.view, &key::record(*id))?;
        let erased = cell
            .and_then(|cell| cell.record().ok())
            .map(|record| record.erased);
        let is_known = |field: &FieldId| {
            noted.contains(field) || erased.as_ref().is_some_and(|erased| erased.contains(field))
        };
        if !fields.iter().all(is_known) {
            missing.push((*id, fields.clone()));
        }
    }
    let count = missing.len();
    Ok(((count > 0).then(|| Act::Erased(missing).into()), count))
}
