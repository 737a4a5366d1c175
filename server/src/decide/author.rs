//! Who writes a frame, and with what authority.

use super::judge::Author;
use super::{Desk, Writer};
use crate::state::cell::{ActorCell, ActorOwner, DeviceCell, PersonCell, Role};
use crate::state::{StateError, read};
use otor_protocol::ids::{Level, PersonId};

/// Who writes with this actor, if it is the writer's at all.
pub(super) fn author(
    desk: &Desk,
    writer: &Writer,
    actor: &ActorCell,
) -> Result<Option<(Author, Option<DeviceCell>)>, StateError> {
    let (person, lane, device) = match (writer, actor.owner) {
        (Writer::Device { moment, .. }, ActorOwner::Device(owner, lane)) if moment.device == owner => {
            let Some(cell) = read::device(desk.view, owner)? else {
                return Ok(None);
            };
            (cell.owner, Some(lane), Some(cell))
        }
        (Writer::Person(person), ActorOwner::Person(owner)) if *person == owner => (owner, None, None),
        _ => return Ok(None),
    };
    let Some(cell) = read::person(desk.view, person)? else {
        return Ok(None);
    };
    let level = level_of(&cell);
    Ok(Some((
        Author {
            person: cell,
            level,
            lane,
            trusted: false,
        },
        device,
    )))
}

/// A person as the author of what is judged again on their phone's behalf.
pub(super) fn account_of(desk: &Desk, person: PersonId) -> Result<Option<Author>, StateError> {
    Ok(read::person(desk.view, person)?.map(|person| Author {
        level: level_of(&person),
        person,
        lane: None,
        trusted: false,
    }))
}

fn level_of(person: &PersonCell) -> Level {
    match &person.role {
        Role::Worker(_) => Level::WORKER,
        Role::Account(account) => account.level,
        Role::Rules => Level::RULES,
    }
}
