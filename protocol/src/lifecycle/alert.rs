//! One person called to a muster: called → acknowledged → arrived, or declined, or unreachable. Who was out of
//! coverage has not refused.

use super::{Event, Folded, Told, events};
use crate::catalogue::TASK_ASSIGNEE;
use crate::catalogue::built_in::together::alert as numbers;
use crate::ids::{Level, PersonId};
use crate::record::Record;
use crate::value::Value;

/// Folds an alert.
pub(super) fn fold(record: &Record) -> Folded {
    let events = events(record);
    let called = match record.register(TASK_ASSIGNEE) {
        Some(Value::Person(person)) => Some(*person),
        _ => None,
    };
    let by_called = |id| {
        events
            .iter()
            .filter(move |event| event.event == id && speaks_for(event, called))
    };
    let due = record.register(numbers::DUE).and_then(Value::as_int);
    let arrived_ms = by_called(numbers::ARRIVE)
        .map(|event| event.entry.stamp.ms())
        .min();
    let has = |id| events.iter().any(|event| event.event == id);
    let over = has(numbers::STAND_DOWN);
    let status = if arrived_ms.is_some() {
        "arrived"
    } else if by_called(numbers::DECLINE).next().is_some() {
        "declined"
    } else if by_called(numbers::ACKNOWLEDGE).next().is_some() {
        "acknowledged"
    } else if has(numbers::UNREACHABLE) {
        "unreachable"
    } else if over {
        "stood_down"
    } else {
        "called"
    };
    let in_time = arrived_ms.zip(due).map(|(arrived, due)| arrived <= due);
    Folded::of(status)
        .maybe("arrived_at", arrived_ms.map(Told::Number))
        .marked("in_time", in_time == Some(true))
        .marked("late", in_time == Some(false))
        .marked("time_up", has(numbers::TIME_UP) && arrived_ms.is_none())
}

/// Whether an event is of the person called, or of somebody who speaks for them.
fn speaks_for(event: &Event, called: Option<PersonId>) -> bool {
    event.entry.level > Level::WORKER || called == Some(event.entry.author)
}
