//! Who a record belongs to: its grid, and the inboxes of its author and assignee where they do not answer
//! for that grid (those who do have it through the grid already, once).

use super::cell::{AreaCell, PersonCell};
use super::draft::{Draft, StateError};
use super::{key, read};
use crate::store::engine::View;
use otor_protocol::area::{AreaCode, GRID_DIGITS};
use otor_protocol::catalogue::{PARTICIPANTS, TASK_ASSIGNEE};
use otor_protocol::ids::{PersonId, ScopeId};
use otor_protocol::limits;
use otor_protocol::record::Record;
use otor_protocol::value::Value;
use otor_protocol::wire::ScopeGrant;

/// The persons a record concerns: its author, its assignee, its participants.
pub(super) fn concerned(record: &Record) -> Vec<PersonId> {
    let mut persons = vec![record.creation.author];
    if let Some(Value::Person(assignee)) = record.register(TASK_ASSIGNEE)
        && !persons.contains(assignee)
    {
        persons.push(*assignee);
    }
    for member in record.members(PARTICIPANTS).into_keys() {
        if let Value::Person(participant) = member
            && !persons.contains(&participant)
        {
            persons.push(participant);
        }
    }
    persons
}

/// The scopes a record belongs to, sorted.
pub(super) fn audience(draft: &Draft, record: &Record) -> Result<Vec<ScopeId>, StateError> {
    let place = record.area.val.scope_area();
    let mut scopes = Vec::new();
    if let Some(area) = draft.look::<AreaCell>(&key::area(&place))? {
        scopes.push(ScopeId::of_area(area.handle));
    }
    for person in concerned(record) {
        let Some(cell) = draft.look::<PersonCell>(&key::person(person))? else {
            continue;
        };
        let worker = matches!(cell.role, super::cell::Role::Worker(_));
        if worker && !cell.areas().iter().any(|area| area.contains(&place)) {
            scopes.push(ScopeId::inbox(person));
        }
    }
    scopes.sort_unstable();
    Ok(scopes)
}

/// The scopes of a worker who answers for `areas`: each area with the places in it down to the grids, at
/// most as many as a phone may hold.
///
/// # Errors
/// [`StateError`] if storage fails.
pub fn worker_scopes(view: &dyn View, areas: &[AreaCode]) -> Result<Vec<ScopeGrant>, StateError> {
    let mut grants: Vec<ScopeGrant> = Vec::new();
    for area in areas {
        let prefix = key::areas_under(area.scope_area().as_str());
        for (_, cell) in
            read::range::<AreaCell>(view, &prefix, &key::end_of(&prefix), limits::SCOPES_MAX * 8)?
        {
            let scope = ScopeId::of_area(cell.handle);
            let fits = cell.code.as_str().len() <= GRID_DIGITS && grants.len() < limits::SCOPES_MAX - 1;
            if fits && !grants.iter().any(|grant| grant.scope == scope) {
                grants.push(ScopeGrant {
                    scope,
                    area: Some(cell.code),
                });
            }
        }
    }
    Ok(grants)
}

/// All scopes of a phone's owner: their areas' and their inbox.
///
/// # Errors
/// [`StateError`] if storage fails.
pub fn scopes_of_device_owner(view: &dyn View, owner: PersonId) -> Result<Vec<ScopeGrant>, StateError> {
    let areas = read::person(view, owner)?
        .map(|cell| cell.areas().to_vec())
        .unwrap_or_default();
    let mut grants = worker_scopes(view, &areas)?;
    grants.push(ScopeGrant {
        scope: ScopeId::inbox(owner),
        area: None,
    });
    Ok(grants)
}
