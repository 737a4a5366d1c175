//! After a backup was restored: a new history, phones admitted again by their certificates, erasures applied again.

use super::{Decided, Decision, Desk};
use crate::state::cell::{ActorCell, RecordCell};
use crate::state::entry::Act;
use crate::state::{StateError, key, read};
use otor_protocol::ids::RecordId;
use otor_protocol::keys::{Certificate, PublicKeys};
use otor_protocol::op::FieldId;

/// Begins a new history under a random name, unless another one than `former` has begun meanwhile.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn begin_anew(desk: &Desk, former: u64, incarnation: u64) -> Decision {
    let server = read::server(desk.view)?;
    let is_due = server.incarnation == former && incarnation != former;
    Ok(is_due.then(|| Act::NewHistory { incarnation }.into()))
}

/// Whether a certificate that this server signed names numbers that it has not issued: what issued them is lost.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn is_beyond(desk: &Desk, certificate: &Certificate) -> Result<bool, StateError> {
    let server = read::server(desk.view)?;
    Ok(certificate.device.0 >= server.next_device
        || certificate
            .actors
            .iter()
            .any(|actor| actor.0 >= server.next_actor))
}

/// Admits the phone, or the branch of one, that a certificate of this server names and its data does not know.
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
    let device = read::device(desk.view, certificate.device)?;
    let other = device.is_some_and(|cell| cell.keys != certificate.keys || cell.owner != certificate.owner);
    for actor in certificate.actors {
        if other || read::get::<ActorCell>(desk.view, &key::actor(actor))?.is_some() {
            return Ok((None, ()));
        }
    }
    let lost_owner = read::person(desk.view, certificate.owner)?.is_none();
    let act = Act::Readmit {
        device: certificate.device,
        owner: certificate.owner,
        owner_name: lost_owner.then(|| owner_name.to_owned()),
        actors: certificate.actors,
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
