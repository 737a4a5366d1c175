//! What the server does because a time has come: marks, escalations, lapses, as ops of its rules. A deadline follows
//! from its record, and writing down that it has passed takes it away: so each is written once, however often the
//! server stops in between.

mod raise;
mod silence;

pub use silence::{is_to_be_noted, note_heard, silent};

use super::derive::write_all;
use super::dispatch::{event, rules};
use super::{Decided, Desk};
use crate::state::cell::RecordCell;
use crate::state::entry::Act;
use crate::state::rules::Rules;
use crate::state::{Draft, StateError, key, read};
use crate::store::engine::{RowKey, View};
use otor_protocol::catalogue::built_in::together::alert;
use otor_protocol::catalogue::{LifeCycle, TASK_ASSIGNEE};
use otor_protocol::ids::RecordId;
use otor_protocol::lifecycle;
use otor_protocol::op::{Body, EventId};
use otor_protocol::record::Record;
use otor_protocol::value::Value;

/// Most deadlines of one commit: each may take a few ops.
const DEADLINES_MAX: usize = 32;
/// All events about deadlines have their day under this number.
const DUE_AT: u8 = 5;

/// How far a round through what is due has come; none when it is at its end.
pub type ScheduledTo = Option<RowKey>;

/// The time of the next deadline, milliseconds since the Unix epoch.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn next_due_ms(view: &dyn View) -> Result<Option<i64>, StateError> {
    let prefix = key::all_due();
    let rows = view.range(&prefix, &key::end_of(&prefix), 1)?;
    Ok(rows
        .first()
        .and_then(|(place, _)| key::due_named(place))
        .map(|(at_ms, _, _)| at_ms))
}

/// Writes down the next of what has passed. What would not be accepted is passed over, and looked at again in the
/// next round.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn pass(desk: &Desk, from: ScheduledTo) -> Result<(Option<Decided>, ScheduledTo), StateError> {
    // A time has passed when it is over: who does something at that very moment is in time.
    let end = key::due_after(desk.now_ms.saturating_sub(1));
    let from = from.unwrap_or_else(key::all_due);
    let rows = desk.view.range(&from, &end, DEADLINES_MAX)?;
    let next = match rows.last() {
        Some((last, _)) if rows.len() == DEADLINES_MAX => Some(key::end_of(last)),
        _ => None,
    };
    let rules = rules(desk.view)?;
    let mut bodies = Vec::new();
    for (place, _) in &rows {
        if let Some((at_ms, id, number)) = key::due_named(place) {
            bodies.extend(passed(desk, &rules, id, EventId(number), at_ms)?);
        }
    }
    let mut frames = write_all(desk, Draft::new(desk.view), bodies)?.into_iter();
    let decided = frames.next().map(|frame| Decided::from(Act::Frame(frame)));
    // A commit takes one frame; the rest is still due, and found again from the beginning.
    let next = if frames.next().is_some() {
        Some(key::all_due())
    } else {
        next
    };
    Ok((decided, next))
}

/// What there is to say of one deadline that has passed.
fn passed(
    desk: &Desk,
    rules: &Rules,
    id: RecordId,
    about: EventId,
    at_ms: i64,
) -> Result<Vec<Body>, StateError> {
    let Some(cell) = read::record(desk.view, id)? else {
        return Ok(Vec::new());
    };
    let record = cell
        .record()
        .map_err(|_| StateError::Damaged { key: key::record(id) })?;
    let Some(kind) = desk.catalogue.kind(record.kind) else {
        return Ok(Vec::new());
    };
    let round = lifecycle::round(kind, &record);
    let due = || vec![(DUE_AT, Value::Int(at_ms))];
    let mut changes = vec![event(about, round, due())];
    match kind.life_cycle {
        LifeCycle::Alert if !is_delivered(&cell, &record) => {
            changes.push(event(alert::UNREACHABLE, round, due()));
        }
        LifeCycle::Report => {
            let (raised, given) = raise::raised(desk, rules, kind, &record, at_ms)?;
            changes.extend(raised);
            let mut bodies = vec![Body::Edit { record: id, changes }];
            bodies.extend(given);
            return Ok(bodies);
        }
        _ => {}
    }
    Ok(vec![Body::Edit { record: id, changes }])
}

/// Whether a call has reached the phone of the person called.
fn is_delivered(cell: &RecordCell, record: &Record) -> bool {
    let epoch = record.marker(TASK_ASSIGNEE).map_or(0, |marker| marker.epoch);
    cell.delivered
        .is_some_and(|delivered| u64::from(delivered) == epoch)
}
