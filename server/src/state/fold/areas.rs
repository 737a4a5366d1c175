//! Folding of the area tree: nodes that come, and nodes that end with others in their place.

use super::admin::persons;
use super::records::{damaged, put_record};
use crate::state::cell::{AreaCell, RecordCell, RetiredCell, ServerCell};
use crate::state::draft::{Draft, StateError};
use crate::state::entry::{AreaAct, ReshapeAct, RetiredAct};
use crate::state::key;
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{Lane, Position, ScopeId};

/// Adds or renames areas.
pub(super) fn put(draft: &mut Draft, commit: u64, at_ms: i64, areas: &[AreaAct]) -> Result<(), StateError> {
    let mut server: ServerCell = draft.get(&key::server())?.unwrap_or_default();
    for area in areas {
        server.next_area = server.next_area.max(area.handle + 1);
        let standing: Option<AreaCell> = draft.get(&key::area(&area.code))?;
        let cell = AreaCell {
            handle: area.handle,
            code: area.code.clone(),
            name: area.name.clone(),
            since_ms: standing.as_ref().map_or(at_ms, |cell| cell.since_ms),
            since_commit: standing.as_ref().map_or(commit, |cell| cell.since_commit),
            retired: standing.as_ref().and_then(|cell| cell.retired.clone()),
            follows: standing.map_or_else(Vec::new, |cell| cell.follows),
        };
        draft.put(key::area(&area.code), cell);
    }
    draft.put(key::server(), server);
    Ok(())
}

/// Retires areas in favour of others.
pub(super) fn reshape(
    draft: &mut Draft,
    commit: u64,
    at_ms: i64,
    reshape: &ReshapeAct,
) -> Result<(), StateError> {
    put(draft, commit, at_ms, &reshape.added)?;
    let mut index = 0;
    for retired in &reshape.retired {
        retire(draft, commit, at_ms, retired)?;
        let with_before = std::iter::once(&retired.code).chain(&retired.before);
        for code in with_before.filter(|_| retired.retell) {
            index = retell(draft, Position { commit, index }, at_ms, code)?;
        }
    }
    persons(draft, Position { commit, index }, at_ms, &reshape.persons)
}

fn retire(draft: &mut Draft, commit: u64, at_ms: i64, retired: &RetiredAct) -> Result<(), StateError> {
    let place = key::area(&retired.code);
    let mut cell: AreaCell = draft.get(&place)?.ok_or_else(|| damaged(&place))?;
    cell.retired = Some(RetiredCell {
        at_ms,
        ending: retired.ending,
        successors: retired.successors.clone(),
        commit,
    });
    draft.put(place, cell);
    for successor in &retired.successors {
        let place = key::area(successor);
        let mut cell: AreaCell = draft.get(&place)?.ok_or_else(|| damaged(&place))?;
        if !cell.follows.contains(&retired.code) {
            cell.follows.push(retired.code.clone());
        }
        draft.put(place, cell);
    }
    Ok(())
}

/// Lets the records of a retired area stand in the log of changes as changed now. The index behind the last.
fn retell(draft: &mut Draft, position: Position, at_ms: i64, code: &AreaCode) -> Result<u32, StateError> {
    let Position { commit, mut index } = position;
    let Some(area) = draft.get::<AreaCell>(&key::area(&code.scope_area()))? else {
        return Ok(index);
    };
    for lane in Lane::ALL {
        for place in draft.keys(&key::members(ScopeId::of_area(area.handle), lane))? {
            let Some(id) = key::member_record(&place) else {
                continue;
            };
            let Some(mut cell) = draft.get::<RecordCell>(&key::record(id))? else {
                continue;
            };
            let record = draft.record(id, &cell)?;
            if code.contains(&record.area.val) {
                cell.changed_ms = at_ms;
                put_record(draft, Position { commit, index }, cell, &record)?;
                index += 1;
            }
        }
    }
    Ok(index)
}
