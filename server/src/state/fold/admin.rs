//! Folding of administrative acts: persons, phones.

use super::new_actor;
use super::records::refile;
use crate::state::cell::{ActorCell, ActorOwner, DeviceCell, InviteCell, PersonCell, Role, ServerCell};
use crate::state::draft::{Draft, StateError};
use crate::state::key;
use otor_protocol::ids::{ActorId, DeviceId, Lane, PersonId, Position};
use otor_protocol::keys::PublicKeys;
use otor_protocol::mutation::{self, Mutation};

/// Adds or changes persons. Where a worker's areas change, the records that concern them move between
/// their inbox and their grids' scopes; `position` is the first that they may take.
pub(super) fn persons(
    draft: &mut Draft,
    position: Position,
    at_ms: i64,
    persons: &[PersonCell],
) -> Result<(), StateError> {
    let Position { commit, mut index } = position;
    for person in persons {
        let before: Option<PersonCell> = draft.get(&key::person(person.id))?;
        put_person(draft, before.as_ref(), person)?;
        note_tenure(draft, commit, before.as_ref(), person);
        let moved = before.is_some_and(|before| before.areas() != person.areas())
            && !mutation::active(Mutation::RefilingOmitted);
        if moved {
            for concerned in draft.keys(&key::all_concerning(person.id))? {
                if let Some(record) = key::concerned_record(&concerned) {
                    index += refile(draft, Position { commit, index }, at_ms, record)?;
                }
            }
        }
    }
    Ok(())
}

/// Keeps which areas a worker answered for from this commit on, so that statistics can tell it for ever.
fn note_tenure(draft: &mut Draft, commit: u64, before: Option<&PersonCell>, person: &PersonCell) {
    let changed = before.map_or(&[][..], PersonCell::areas) != person.areas();
    if matches!(person.role, Role::Worker(_)) && (changed || before.is_none()) {
        draft.put(key::tenure(person.id, commit), person.areas().to_vec());
    }
}

fn put_person(draft: &mut Draft, before: Option<&PersonCell>, person: &PersonCell) -> Result<(), StateError> {
    let mut server: ServerCell = draft.get(&key::server())?.unwrap_or_default();
    server.next_person = server.next_person.max(person.id.0 + 1);
    if let Some(before) = before
        && let Role::Account(account) = &before.role
    {
        draft.delete(key::token(&account.token_hash));
    }
    if let Role::Account(account) = &person.role {
        server.next_actor = server.next_actor.max(account.actor.0 + 1);
        if !account.revoked {
            draft.put(key::token(&account.token_hash), person.id);
        }
        if draft.get::<ActorCell>(&key::actor(account.actor))?.is_none() {
            draft.put(
                key::actor(account.actor),
                new_actor(ActorOwner::Person(person.id)),
            );
        }
    }
    draft.put(key::server(), server);
    for area in before.map_or(&[][..], PersonCell::areas) {
        draft.delete(key::answering(area, person.id));
    }
    for area in person.areas() {
        draft.put(key::answering(area, person.id), ());
    }
    draft.put(key::person_code(&person.code), person.id);
    draft.put(key::person(person.id), person.clone());
    Ok(())
}

/// Notes an invitation.
pub(super) fn invite(draft: &mut Draft, code_hash: &[u8; 32], owner: PersonId, expires_ms: i64) {
    draft.put(
        key::invite(code_hash),
        InviteCell {
            owner,
            expires_ms,
            used_by: None,
        },
    );
}

/// Notes a new phone and its actors.
pub(super) fn enrol(
    draft: &mut Draft,
    at_ms: i64,
    code_hash: &[u8; 32],
    device: DeviceId,
    owner: PersonId,
    actors: [ActorId; 3],
    keys: PublicKeys,
) -> Result<(), StateError> {
    let mut server: ServerCell = draft.get(&key::server())?.unwrap_or_default();
    server.next_device = server.next_device.max(device.0 + 1);
    for (actor, lane) in actors.into_iter().zip(Lane::ALL) {
        server.next_actor = server.next_actor.max(actor.0 + 1);
        draft.put(key::actor(actor), new_actor(ActorOwner::Device(device, lane)));
    }
    draft.put(key::server(), server);
    if let Some(mut invite) = draft.get::<InviteCell>(&key::invite(code_hash))? {
        invite.used_by = Some(device);
        draft.put(key::invite(code_hash), invite);
    }
    let cell = DeviceCell {
        id: device,
        owner,
        actors,
        keys,
        enrolled_ms: at_ms,
        revoked_ms: None,
        copies: Vec::new(),
    };
    draft.put(key::device(device), cell);
    Ok(())
}

/// Notes that a phone is revoked.
pub(super) fn revoke(draft: &mut Draft, at_ms: i64, device: DeviceId) -> Result<(), StateError> {
    if let Some(mut cell) = draft.get::<DeviceCell>(&key::device(device))? {
        cell.revoked_ms = cell.revoked_ms.or(Some(at_ms));
        draft.put(key::device(device), cell);
    }
    Ok(())
}
