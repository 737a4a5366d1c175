//! Delivery of tasks: which assignments wait to be seen on their assignees' phones, and which have been.

use super::records::{damaged, put_record};
use crate::state::cell::{RecordCell, UndeliveredCell};
use crate::state::draft::{Draft, StateError};
use crate::state::key;
use otor_protocol::catalogue::TASK_ASSIGNEE;
use otor_protocol::ids::{PersonId, Position, RecordId};
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
        }
        if let Some((person, epoch)) = new {
            draft.put(
                key::undelivered(person, record.id),
                &UndeliveredCell {
                    assigned: position,
                    epoch,
                },
            );
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
        let record = cell.record().map_err(|_| damaged(&key::record(*id)))?;
        if let Some((person, _)) = assignment(&record) {
            draft.delete(key::undelivered(person, *id));
        }
        cell.delivered = Some(*epoch);
        put_record(draft, Position { commit, index }, cell, &record)?;
    }
    Ok(())
}
