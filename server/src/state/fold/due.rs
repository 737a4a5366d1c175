//! Which deadlines stand where: rows by time, kept in step with the records they follow from.

use crate::state::cell::{RecordCell, ServerCell};
use crate::state::draft::{Draft, StateError};
use crate::state::key;
use crate::state::rules::HouseholdCell;
use otor_protocol::catalogue::built_in::{KINDS, field_work, household};
use otor_protocol::catalogue::{KindSpec, LifeCycle};
use otor_protocol::lifecycle::deadlines;
use otor_protocol::record::Record;
use otor_protocol::value::Value;

/// Notes what a new record says of a household: that it is its record, or that it was visited.
pub(super) fn note_creation(draft: &mut Draft, record: &Record) -> Result<(), StateError> {
    // Both kinds have the code under the same number.
    let Some(code) = record.register(household::CODE).and_then(Value::as_text) else {
        return Ok(());
    };
    let place = key::household(code);
    match kind_of(record).map(|kind| kind.name) {
        Some("household") => {
            let mut cell = household_met(draft, &place)?;
            if cell.record.is_none() {
                cell.record = Some(record.id);
                draft.put(place, cell);
                draft.put(key::filed(&record.area.val, record.id), ());
            }
        }
        Some("visit") if record.register(field_work::VISITED).is_some() => {
            let mut cell = household_met(draft, &place)?;
            let visited_ms = record.creation.facts.stamp.ms();
            if cell.visited_ms.is_none_or(|known| known < visited_ms) {
                cell.visited_ms = Some(visited_ms);
                let household = cell.record;
                draft.put(place, cell);
                if let Some(id) = household
                    && let Some(stored) = draft.look::<RecordCell>(&key::record(id))?
                {
                    let visited = draft.record(id, &stored)?;
                    note(draft, &visited)?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// A household's record is filed elsewhere.
pub(super) fn note_filing(draft: &mut Draft, before: &Record, record: &Record) -> Result<(), StateError> {
    let old = key::filed(&before.area.val, record.id);
    if before.area.val != record.area.val && draft.has(&old)? {
        draft.delete(old);
        draft.put(key::filed(&record.area.val, record.id), ());
    }
    Ok(())
}

/// What is known of a household; its code gets a number when it is met for the first time.
fn household_met(draft: &mut Draft, place: &[u8]) -> Result<HouseholdCell, StateError> {
    if let Some(cell) = draft.get(place)? {
        return Ok(cell);
    }
    let mut cell = HouseholdCell::default();
    draft.change(key::server(), |server: &mut ServerCell| {
        server.households = server.households.saturating_add(1);
        cell.number = server.households;
    })?;
    Ok(cell)
}

/// Puts the rows of a record's deadlines right after it has changed.
pub(super) fn note(draft: &mut Draft, record: &Record) -> Result<(), StateError> {
    let Some(kind) = kind_of(record).filter(|kind| has_deadlines(kind)) else {
        return Ok(());
    };
    let visited_ms = match record.register(household::CODE).and_then(Value::as_text) {
        Some(code) if kind.life_cycle == LifeCycle::Household => draft
            .get::<HouseholdCell>(&key::household(code))?
            .filter(|cell| cell.record == Some(record.id))
            .and_then(|cell| cell.visited_ms),
        _ => None,
    };
    let new: Vec<(i64, u16)> = deadlines(kind, record, visited_ms)
        .into_iter()
        .map(|deadline| (deadline.at_ms, deadline.event.0))
        .collect();
    let place = key::due_of(record.id);
    let old: Vec<(i64, u16)> = draft.get(&place)?.unwrap_or_default();
    if old == new {
        return Ok(());
    }
    for (at_ms, event) in old {
        draft.delete(key::due(at_ms, record.id, event));
    }
    for (at_ms, event) in &new {
        draft.put(key::due(*at_ms, record.id, *event), ());
    }
    match new.is_empty() {
        true => draft.delete(place),
        false => draft.put(place, new),
    }
    Ok(())
}

fn kind_of(record: &Record) -> Option<&'static KindSpec> {
    KINDS.iter().find(|kind| kind.id == record.kind)
}

fn has_deadlines(kind: &KindSpec) -> bool {
    matches!(
        kind.life_cycle,
        LifeCycle::Report
            | LifeCycle::Task
            | LifeCycle::Hazard
            | LifeCycle::Wish
            | LifeCycle::Whistle
            | LifeCycle::Alert
            | LifeCycle::Household
    )
}
