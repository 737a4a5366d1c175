//! What a phone is told that comes from another history of the server, and how one that a backup does not know is
//! admitted again.

use super::Known;
use crate::decide::{Decided, Desk, history};
use crate::service::attempts::Attempts;
use crate::state::cell::{ActorCell, DeviceCell};
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::ids::{ActorId, Lane};
use otor_protocol::keys::{Certificate, PublicKeys, Secret};
use otor_protocol::wire::{Hello, KnownBranch, OtherHistory, Refusal, Request};

/// Most branches that are named.
const BRANCHES_MAX: usize = 256;

/// The certificates that a hello shows, each with what the owner is said to be called.
pub fn shown(hello: &Hello) -> Vec<(Certificate, String)> {
    let shown = hello.requests.iter().filter_map(|request| match request {
        Request::Readmit(certificate, name) => Some((Certificate::clone(certificate), name.clone())),
        _ => None,
    });
    shown.collect()
}

/// The certificate of this server by which a hello shows who its phone is. Nearly all show none, and finding the
/// server's public keys takes longer than checking a signature.
fn own_certificate(server: &Secret, hello: &Hello) -> Option<Certificate> {
    let mut shown: Vec<Certificate> = shown(hello)
        .into_iter()
        .map(|(certificate, _)| certificate)
        .filter(|certificate| certificate.device == hello.device)
        .collect();
    if shown.is_empty() {
        return None;
    }
    let keys = server.public();
    shown.retain(|certificate| certificate.is_of(&keys));
    shown.into_iter().next()
}

/// Whether a hello shows that it is not from the phone that has its number now.
pub(super) fn is_anothers_number(server: &Secret, device: &DeviceCell, hello: &Hello) -> bool {
    own_certificate(server, hello).is_some_and(|certificate| certificate.keys != device.keys)
}

/// A phone that the data does not know, or not by the number it has, by a certificate of this server that its hello
/// shows.
pub(super) fn known_by_certificate(
    view: &dyn View,
    server: &Secret,
    hello: &Hello,
) -> Result<Option<Known>, StateError> {
    let Some(certificate) = own_certificate(server, hello) else {
        return Ok(None);
    };
    let key = server.device_key(&certificate.keys, &certificate.keys);
    let unknown = DeviceCell {
        id: certificate.device,
        owner: certificate.owner,
        actors: certificate.actors,
        keys: certificate.keys,
        enrolled_ms: 0,
        revoked_ms: None,
        copies: Vec::new(),
    };
    let device = history::phone_with(view, certificate.device, &certificate.keys)?.unwrap_or(unknown);
    Ok(Some(Known { device, key }))
}

/// Decides a new history if a certificate shows that the end of the present one is lost.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn propose_history_for(
    desk: &Desk,
    server: &PublicKeys,
    certificate: &Certificate,
    incarnation: u64,
    attempts: &Attempts,
) -> Result<(Option<Decided>, ()), StateError> {
    if !certificate.is_of(server) || !history::is_beyond(desk, certificate)? {
        return Ok((None, ()));
    }
    let present = read::server(desk.view)?.incarnation;
    propose_history(desk, present, incarnation, attempts)
}

/// Decides a new history in place of `former`, of which the end is lost.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn propose_history(
    desk: &Desk,
    former: u64,
    incarnation: u64,
    attempts: &Attempts,
) -> Result<(Option<Decided>, ()), StateError> {
    let decided = history::begin_anew(desk, former, incarnation)?;
    if decided.is_some() {
        tracing::error!(
            incarnation,
            "a phone knows more than this data: a backup was restored. A new history begins, and phones bring what is \
             missing"
        );
        attempts.forget();
    }
    Ok((decided, ()))
}

/// Decides to admit a phone, or a branch of one, again.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn propose_readmission(
    desk: &Desk,
    server: &PublicKeys,
    (certificate, owner_name): &(Certificate, String),
) -> Result<(Option<Decided>, ()), StateError> {
    let (decided, ()) = history::readmit(desk, server, certificate, owner_name)?;
    if decided.is_some() {
        tracing::warn!(
            device = certificate.device.0,
            "a phone that the backup does not know was admitted again by its certificate"
        );
    }
    Ok((decided, ()))
}

/// What the server has of a phone that comes from another history.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn other_history(view: &dyn View, known: &Known) -> Result<Refusal, StateError> {
    let incarnation = read::server(view)?.incarnation;
    let mut branches = Vec::new();
    for actors in known.device.branches().take(BRANCHES_MAX) {
        branches.extend(branch(view, actors)?);
    }
    Ok(Refusal::OtherHistory(Box::new(OtherHistory {
        incarnation,
        branches,
    })))
}

fn branch(view: &dyn View, actors: [ActorId; 3]) -> Result<Option<KnownBranch>, StateError> {
    let mut lanes = [Default::default(); 3];
    for (lane, actor) in Lane::ALL.into_iter().zip(actors) {
        let Some(cell) = read::get::<ActorCell>(view, &key::actor(actor))? else {
            return Ok(None);
        };
        lanes[lane.index()] = (cell.through, cell.chain);
    }
    let first_actor = actors[0];
    Ok(Some(KnownBranch { first_actor, lanes }))
}
