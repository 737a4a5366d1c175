//! Folding of what follows the restoring of a backup: a new history, phones admitted again, erasures applied again.

use super::members::sound_record;
use super::new_actor;
use super::records::spread;
use crate::state::cell::{
    ActorCell, ActorOwner, CopyCell, DeviceCell, PersonCell, RecordCell, Role, ServerCell,
};
use crate::state::draft::{Draft, StateError};
use crate::state::key;
use otor_protocol::ids::{ActorId, DeviceId, Lane, PersonId, Position, RecordId};
use otor_protocol::keys::PublicKeys;
use otor_protocol::mutation::{self, Mutation};
use otor_protocol::op::FieldId;
use otor_protocol::record::Record;
use otor_protocol::wire::News;
use serde_bytes::ByteBuf;
use std::sync::Arc;

/// More phones, persons and areas than the lost end of a history can have issued numbers for.
const JUMP: u32 = 1 << 18;
/// The same for actors, of which a phone has three.
const JUMP_ACTORS: u32 = 1 << 20;

/// Begins a new history. Its numbers are past all that the lost end of the former one may have issued, and `further`
/// than that, and the server and its administrators write as other actors than before.
pub(super) fn begin_anew(
    draft: &mut Draft,
    at_ms: i64,
    incarnation: u64,
    further: u32,
) -> Result<(), StateError> {
    let mut server: ServerCell = draft.get(&key::server())?.unwrap_or_default();
    let first = server.next_actor;
    let jump = if mutation::active(Mutation::ActorReissued) {
        0
    } else {
        JUMP_ACTORS.saturating_add(further)
    };
    server.next_actor = first.saturating_add(jump);
    server.lost_actors.push((first, server.next_actor));
    let others = JUMP.saturating_add(further);
    server.next_device = server.next_device.saturating_add(others);
    server.next_person = server.next_person.saturating_add(others);
    server.next_area = server.next_area.saturating_add(others);
    server.former.push(server.incarnation);
    server.incarnation = incarnation;
    server.restored_ms = at_ms;
    server.rules_actor = issue(draft, &mut server, PersonId::SERVER);
    for place in draft.keys(&key::persons())? {
        let Some(mut person) = draft.get::<PersonCell>(&place)? else {
            continue;
        };
        if let Role::Account(account) = &mut person.role {
            account.actor = issue(draft, &mut server, person.id);
            draft.put(place, person);
        }
    }
    draft.put(key::server(), server);
    Ok(())
}

fn issue(draft: &mut Draft, server: &mut ServerCell, person: PersonId) -> ActorId {
    let actor = ActorId(server.next_actor);
    server.next_actor += 1;
    draft.put(key::actor(actor), new_actor(ActorOwner::Person(person)));
    actor
}

/// Admits a phone, or a branch of one, again. An owner who was lost too comes back as a worker without areas.
pub(super) fn readmit(
    draft: &mut Draft,
    at_ms: i64,
    device: DeviceId,
    (owner, owner_name): (PersonId, Option<&str>),
    actors: [ActorId; 3],
    keys: PublicKeys,
) -> Result<(), StateError> {
    if let Some(name) = owner_name {
        let person = PersonCell {
            id: owner,
            code: format!("lost-{}", owner.0),
            name: name.to_owned(),
            role: Role::Worker(Vec::new()),
        };
        draft.put(key::person_code(&person.code), person.id);
        draft.put(key::person(owner), person);
    }
    let cell = match draft.get::<DeviceCell>(&key::device(device))? {
        None => DeviceCell {
            id: device,
            owner,
            actors,
            keys,
            enrolled_ms: at_ms,
            revoked_ms: None,
            copies: Vec::new(),
        },
        Some(mut cell) => {
            let found_ms = at_ms;
            cell.copies.push(CopyCell { actors, found_ms });
            cell
        }
    };
    draft.put(key::device(device), cell);
    // Where its own numbers were somebody else's it got new ones.
    let mut server: ServerCell = draft.get(&key::server())?.unwrap_or_default();
    let [.., last] = actors;
    if server.next_device <= device.0 || server.next_actor <= last.0 {
        server.next_device = server.next_device.max(device.0 + 1);
        server.next_actor = server.next_actor.max(last.0 + 1);
        draft.put(key::server(), server);
    }
    for (actor, lane) in actors.into_iter().zip(Lane::ALL) {
        if draft.get::<ActorCell>(&key::actor(actor))?.is_none() {
            draft.put(key::actor(actor), new_actor(ActorOwner::Device(device, lane)));
        }
    }
    Ok(())
}

/// Erases again what was erased before the backup was restored: in the records that are there, and in those that
/// phones bring again.
pub(super) fn erase(
    draft: &mut Draft,
    commit: u64,
    at_ms: i64,
    erasures: &[(RecordId, Vec<FieldId>)],
) -> Result<(), StateError> {
    for ((id, fields), index) in erasures.iter().zip(0u32..) {
        draft.put(key::erased(*id), fields.clone());
        let Some(mut cell) = draft.get::<RecordCell>(&key::record(*id))? else {
            continue;
        };
        cell.changed_ms = at_ms;
        let before = sound_record(draft, *id, &cell)?;
        let mut record = Record::clone(&before);
        record.erase(fields);
        let record = Arc::new(record);
        let state = ByteBuf::from(record.encode());
        let position = Position { commit, index };
        spread(
            draft,
            position,
            cell,
            &before,
            &record,
            Some(News::Enter { state }),
        )?;
    }
    Ok(())
}

/// Takes out of a new record what is known to be erased in it; whether there was anything.
pub(super) fn erased_in(draft: &Draft, record: &mut Record) -> Result<bool, StateError> {
    let fields = draft.look::<Vec<FieldId>>(&key::erased(record.id))?;
    if let Some(fields) = &fields {
        record.erase(fields);
    }
    Ok(fields.is_some())
}
