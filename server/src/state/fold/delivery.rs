//! Delivery of tasks: which assignments wait to be seen on their assignees' phones, which have been and are to be done,
//! and when a phone of those who hold them was last heard of.

use super::records::put_record;
use crate::state::cell::{RecordCell, UndeliveredCell};
use crate::state::draft::{Draft, StateError};
use crate::state::key;
use otor_protocol::catalogue::built_in::KINDS;
use otor_protocol::catalogue::{LifeCycle, TASK_ASSIGNEE};
use otor_protocol::ids::{PersonId, Position, RecordId};
use otor_protocol::lifecycle;
use otor_protocol::record::Record;
use otor_protocol::value::Value;

fn assignment(record: &Record) -> Option<(PersonId, u32)> {
    match (record.register(TASK_ASSIGNEE), record.marker(TASK_ASSIGNEE)) {
        (Some(Value::Person(person)), Some(marker)) => {
            Some((*person, u32::try_from(marker.epoch).unwrap_or(u32::MAX)))
        }
        _ => None,
    }
}

/// Whether it is a task that somebody still has to do.
fn is_open_task(record: &Record) -> bool {
    let kind = KINDS.iter().find(|kind| kind.id == record.kind);
    kind.is_some_and(|kind| kind.life_cycle == LifeCycle::Task) && lifecycle::task(record).is_open()
}

/// Notes a new assignment, to be ticked off when the assignee's phone shows a cursor past it.
pub(super) fn await_delivery(
    draft: &mut Draft,
    position: Position,
    before: Option<&Record>,
    record: &Record,
) -> Result<(), StateError> {
    let (old, new) = (before.and_then(assignment), assignment(record));
    if old != new {
        if let Some((person, _)) = old {
            draft.delete(key::undelivered(person, record.id));
            draft.delete(key::held(person, record.id));
        }
        if let Some((person, epoch)) = new {
            draft.put(
                key::undelivered(person, record.id),
                UndeliveredCell {
                    assigned: position,
                    epoch,
                },
            );
        }
    } else if let Some((person, _)) = new {
        let held = key::held(person, record.id);
        if draft.has(&held)? && !is_open_task(record) {
            draft.delete(held);
        }
    }
    Ok(())
}

/// Notes that tasks have reached their assignees' phones.
pub(super) fn mark_delivered(
    draft: &mut Draft,
    commit: u64,
    tasks: &[(RecordId, u32)],
) -> Result<(), StateError> {
    for ((id, epoch), index) in tasks.iter().zip(0u32..) {
        let Some(mut cell) = draft.get::<RecordCell>(&key::record(*id))? else {
            continue;
        };
        let record = draft.record(*id, &cell)?;
        if let Some((person, _)) = assignment(&record) {
            draft.delete(key::undelivered(person, *id));
            if is_open_task(&record) {
                draft.put(key::held(person, *id), *epoch);
            }
        }
        cell.delivered = Some(*epoch);
        put_record(draft, Position { commit, index }, cell, &record)?;
    }
    Ok(())
}

/// Notes that phones of persons who hold tasks were heard of, or that their silence counts from now on.
pub(super) fn hear(draft: &mut Draft, at_ms: i64, persons: &[PersonId]) {
    for person in persons {
        draft.put(key::heard(*person), at_ms);
    }
}
