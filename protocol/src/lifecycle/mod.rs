//! Statuses, folded from logs of events by (round, rank): the same code on phone and server. A status is
//! never stored.

mod report;
mod task;

pub use report::{ReportFold, ReportStatus};
pub use task::{TaskFold, TaskStatus};

use crate::catalogue::built_in::{report as of_report, task as of_task};
use crate::catalogue::{KindSpec, LifeCycle, Rule};
use crate::ids::Dot;
use crate::op::{EventId, FieldId};
use crate::record::{Entry, LogEntry, Names, Record};
use crate::value::Value;
use serde_json::{Map, Value as Json, json};

/// One event of a record's log, taken apart.
struct Event {
    entry: LogEntry,
    event: EventId,
    round: u32,
    args: Vec<(u8, Value)>,
}

impl Event {
    fn arg(&self, id: u8) -> Option<&Value> {
        self.args
            .iter()
            .find(|(number, _)| *number == id)
            .map(|(_, value)| value)
    }
}

/// The events of a record, oldest first.
fn events(record: &Record) -> Vec<Event> {
    record
        .entries(crate::catalogue::EVENTS)
        .into_iter()
        .filter_map(|entry| match entry.what.clone() {
            Entry::Event { event, round, args } => Some(Event {
                entry,
                event,
                round,
                args,
            }),
            Entry::Note(_) => None,
        })
        .collect()
}

/// The round (report) or assignment epoch (task) that a new event of this record belongs to.
pub fn round(kind: &KindSpec, record: &Record) -> u32 {
    match kind.life_cycle {
        LifeCycle::None => 1,
        LifeCycle::Report => report::fold(record).round,
        LifeCycle::Task => task::epoch(record),
    }
}

/// The events that ended a record, of its present round: a report's closing, archiving or withdrawal, a task's
/// completion or cancellation.
pub fn endings(kind: &KindSpec, record: &Record) -> Vec<Dot> {
    let ends: &[EventId] = match kind.life_cycle {
        LifeCycle::None => &[],
        LifeCycle::Report => &[of_report::CLOSE, of_report::ARCHIVE, of_report::WITHDRAW],
        LifeCycle::Task => &[of_task::COMPLETE, of_task::CANCEL],
    };
    let round = round(kind, record);
    let of_round = |event: &Event| kind.life_cycle == LifeCycle::Task || event.round == round;
    events(record)
        .iter()
        .filter(|event| ends.contains(&event.event) && of_round(event))
        .map(|event| event.entry.dot)
        .collect()
}

/// The name of a record's status, if its kind has one.
pub fn status(kind: &KindSpec, record: &Record) -> Option<&'static str> {
    match kind.life_cycle {
        LifeCycle::None => None,
        LifeCycle::Report => Some(report::fold(record).status.name()),
        LifeCycle::Task => Some(task::fold(record).status.name()),
    }
}

/// Shows an issued task as delivered. That it has reached its assignee's phone is a fact of arrival: the server
/// (and that phone itself) know it, and it is not part of the record, so that it costs no other phone a byte.
pub fn show_delivered(fields: &mut Map<String, Json>) {
    if fields.get("status").and_then(Json::as_str) == Some(TaskStatus::Issued.name()) {
        fields.insert("status".into(), json!(TaskStatus::Delivered.name()));
    }
}

/// The fold of a report.
pub fn report(record: &Record) -> ReportFold {
    report::fold(record)
}

/// The fold of a task.
pub fn task(record: &Record) -> TaskFold {
    task::fold(record)
}

/// Adds what is derived to a record's fields as JSON.
pub fn describe(kind: &KindSpec, record: &Record, names: &dyn Names, fields: &mut Map<String, Json>) {
    let mut marks: Vec<&'static str> = Vec::new();
    match kind.life_cycle {
        LifeCycle::None => {}
        LifeCycle::Report => {
            let fold = report::fold(record);
            fields.insert("status".into(), json!(fold.status.name()));
            fields.insert("round".into(), json!(fold.round));
            if let Some(outcome) = &fold.outcome {
                fields.insert("outcome".into(), json!(outcome));
            }
            if let Some(person) = fold.closed_by {
                fields.insert("closed_by".into(), json!(names.person_name(person)));
            }
            if let Some(other) = fold.duplicate_of {
                fields.insert("duplicate_of".into(), json!(names.record_name(other)));
            }
            marks = fold.marks;
        }
        LifeCycle::Task => {
            let fold = task::fold(record);
            fields.insert("status".into(), json!(fold.status.name()));
            fields.insert("round".into(), json!(fold.epoch));
            if let Some(person) = fold.done_by {
                fields.insert("done_by".into(), json!(names.person_name(person)));
            }
            if let Some(outcome) = &fold.outcome {
                fields.insert("outcome".into(), json!(outcome));
            }
            marks = fold.marks;
        }
    }
    if !marks.is_empty() {
        fields.insert("marks".into(), json!(marks));
    }
}

/// The `all` fields whose candidates disagree, by name.
pub fn conflicts(kind: &KindSpec, record: &Record) -> Vec<&'static str> {
    kind.fields
        .iter()
        .filter(|spec| spec.rule == Rule::All && distinct_candidates(record, spec.id).len() > 1)
        .map(|spec| spec.name)
        .collect()
}

/// The candidates of an `all` field that differ after normalising, latest first.
pub fn distinct_candidates(record: &Record, field: FieldId) -> Vec<Value> {
    let mut seen = std::collections::BTreeSet::new();
    record
        .candidates(field)
        .into_iter()
        .filter(|candidate| seen.insert(normal_form(&candidate.value)))
        .map(|candidate| candidate.value)
        .collect()
}

/// Two telephone numbers are one if they differ only in spacing, hyphens, brackets, full width (as Chinese
/// keyboards type) or the country's prefix.
fn normal_form(value: &Value) -> Value {
    match value {
        Value::Text(text) => {
            let kept: String = text
                .chars()
                .map(half_width)
                .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '(' | ')'))
                .collect();
            let national = kept
                .strip_prefix("+86")
                .or_else(|| kept.strip_prefix("0086"))
                .unwrap_or(&kept);
            Value::Text(national.to_string())
        }
        other => other.clone(),
    }
}

/// The ASCII character that a full-width one stands for.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    }
}
