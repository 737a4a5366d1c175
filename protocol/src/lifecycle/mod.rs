//! Statuses, folded from logs of events by (round, rank): the same code on phone and server. A status is
//! never stored.

mod alert;
mod announcement;
mod campaign;
mod deadlines;
mod duplicates;
mod field_work;
mod folded;
mod hazard;
mod household;
mod mediation;
mod moments;
mod overlay;
mod report;
mod resident;
mod task;
mod vocabulary;
mod whistle;
mod wish;

pub use deadlines::{DAY_MS, Deadline, care_due, deadlines};
pub use duplicates::{CASE_MAX, case_root, duplicate_of, linked, root_of, told_of};
pub use folded::{Folded, Told};
pub use household::care_missed;
pub use moments::{Moments, moments};
pub use overlay::{Overlay, Tally, is_level, is_same_level, level_above, open_whistles, published_result};
pub use report::{ReportFold, ReportStatus};
pub use task::{TaskFold, TaskStatus};
pub use vocabulary::{marks, statuses};
pub use whistle::{Slot, is_over as whistle_is_over, slots};
pub use wish::claimants;

use crate::catalogue::built_in::household::resident as of_resident;
use crate::catalogue::built_in::{
    field_work as of_field_work, matters, report as of_report, task as of_task, together,
};
use crate::catalogue::{KindSpec, LifeCycle, Rule};
use crate::ids::{Dot, RecordId};
use crate::op::{EventId, FieldId};
use crate::record::{Entry, LogEntry, Names, Record};
use crate::value::Value;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

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

    fn number(&self, id: u8) -> Option<i64> {
        self.arg(id)?.as_int()
    }
}

/// A reopening opens the round after the one it names, if that one was reached; several of one round open
/// one.
fn round_after(events: &[Event], reopening: EventId) -> u32 {
    let reopened: BTreeSet<u32> = events
        .iter()
        .filter(|event| event.event == reopening)
        .map(|event| event.round)
        .collect();
    // Rounds are fewer than the entries of a log: the range always holds the answer.
    (1..u32::MAX)
        .find(|round| !reopened.contains(round))
        .unwrap_or(u32::MAX)
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

/// The round (report, hazard) or assignment epoch (task) that a new event of this record belongs to.
pub fn round(kind: &KindSpec, record: &Record) -> u32 {
    match kind.life_cycle {
        LifeCycle::Report => report::fold(record).round,
        LifeCycle::Task => task::epoch(record),
        LifeCycle::Hazard => hazard::round(record),
        _ => 1,
    }
}

/// What the events of a record come to, if its kind has a life cycle.
pub fn fold(kind: &KindSpec, record: &Record) -> Option<Folded> {
    let folded = folded(kind.life_cycle, record)?;
    debug_assert!(
        statuses(kind.life_cycle).contains(&folded.status),
        "no status of {:?}: {}",
        kind.life_cycle,
        folded.status
    );
    debug_assert!(
        folded
            .marks
            .iter()
            .all(|mark| marks(kind.life_cycle).contains(mark)),
        "no marks of {:?}: {:?}",
        kind.life_cycle,
        folded.marks
    );
    Some(folded)
}

fn folded(life_cycle: LifeCycle, record: &Record) -> Option<Folded> {
    Some(match life_cycle {
        LifeCycle::None => return None,
        LifeCycle::Report => report::fold(record).folded(record),
        LifeCycle::Task => task::fold(record).folded(),
        LifeCycle::Household => household::fold(record),
        LifeCycle::Resident => resident::fold(record),
        LifeCycle::Retractable => field_work::retractable(record),
        LifeCycle::Patrol => field_work::patrol(record),
        LifeCycle::Wish => wish::fold(record),
        LifeCycle::Hazard => hazard::fold(record),
        LifeCycle::Mediation => mediation::fold(record),
        LifeCycle::Whistle => whistle::fold(record),
        LifeCycle::Alert => alert::fold(record),
        LifeCycle::Announcement => announcement::fold(record),
        LifeCycle::Campaign => campaign::fold(record),
    })
}

/// The names of all that a fold may tell besides marks: the columns of an export.
pub fn derived_names(life_cycle: LifeCycle) -> &'static [&'static str] {
    match life_cycle {
        LifeCycle::None => &[],
        LifeCycle::Report => &[
            "status",
            "round",
            "outcome",
            "closed_by",
            "duplicate_of",
            "marks",
            "case",
            "case_status",
            "case_outcome",
            "handling_level",
            "supervised_until",
            "published",
            "satisfied",
            "neutral",
            "unhappy",
        ],
        LifeCycle::Task => &["status", "round", "outcome", "done_by", "marks", "refusal"],
        LifeCycle::Household => &["status", "care_overdue_since", "marks"],
        LifeCycle::Patrol => &[
            "status",
            "segments_planned",
            "segments_touched",
            "points_marked",
            "marks",
        ],
        LifeCycle::Wish => &["status", "helpers", "marks"],
        LifeCycle::Hazard => &["status", "round", "severity", "marks"],
        LifeCycle::Mediation => &["status", "sessions", "marks"],
        LifeCycle::Whistle => &["status", "slots", "marks"],
        LifeCycle::Alert => &["status", "arrived_at", "marks"],
        LifeCycle::Announcement => &["status", "posted", "marks"],
        LifeCycle::Campaign => &["status", "contacted", "registered", "declined", "marks"],
        LifeCycle::Resident | LifeCycle::Retractable => &["status", "marks"],
    }
}

/// The events that ended a record, of its present round where it has rounds: a report's closing, archiving or
/// withdrawal, a task's completion or cancellation.
pub fn endings(kind: &KindSpec, record: &Record) -> Vec<Dot> {
    use matters::{hazard as of_hazard, mediation as of_mediation, wish as of_wish};
    let ends: &[EventId] = match kind.life_cycle {
        LifeCycle::None | LifeCycle::Household => &[],
        LifeCycle::Report => &[of_report::CLOSE, of_report::ARCHIVE, of_report::WITHDRAW],
        LifeCycle::Task => &[of_task::COMPLETE, of_task::CANCEL],
        LifeCycle::Resident => &[of_resident::REMOVE, of_resident::DECEASED],
        LifeCycle::Retractable => &[of_field_work::RETRACT],
        LifeCycle::Patrol => &[of_field_work::END],
        LifeCycle::Wish => &[of_wish::DELIVER, of_wish::LAPSE, of_wish::WITHDRAW],
        LifeCycle::Hazard => &[of_hazard::VERIFY],
        LifeCycle::Mediation => &[of_mediation::AGREE, of_mediation::FAIL, of_mediation::TRANSFER],
        LifeCycle::Whistle => &[together::whistle::CALL_OFF],
        LifeCycle::Alert => &[together::alert::STAND_DOWN],
        LifeCycle::Announcement => &[together::announcement::WITHDRAW],
        LifeCycle::Campaign => &[together::campaign::END],
    };
    let round = round(kind, record);
    let in_rounds = matches!(kind.life_cycle, LifeCycle::Report | LifeCycle::Hazard);
    events(record)
        .iter()
        .filter(|event| ends.contains(&event.event) && (!in_rounds || event.round == round))
        .map(|event| event.entry.dot)
        .collect()
}

/// The name of a record's status, if its kind has one.
pub fn status(kind: &KindSpec, record: &Record) -> Option<&'static str> {
    fold(kind, record).map(|folded| folded.status)
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
    if let Some(folded) = fold(kind, record) {
        folded.show(names, fields);
    }
}

/// What a report's fields tell of other reports, by name: it changes without the report.
pub const OF_OTHER_REPORTS: [&str; 3] = ["case", "case_status", "case_outcome"];

/// Adds to a report's fields which case it belongs to, where `read` finds other reports, as far as those tell it.
///
/// # Errors
/// Whatever `read` says.
pub fn describe_case<E>(
    kind: &KindSpec,
    record: &Record,
    names: &dyn Names,
    fields: &mut Map<String, Json>,
    mut read: impl FnMut(RecordId) -> Result<Option<Record>, E>,
) -> Result<(), E> {
    if kind.life_cycle != LifeCycle::Report || linked(record).is_empty() {
        return Ok(());
    }
    let root = case_root(record, &mut read)?;
    show_case(record, root, names, fields, read)
}

/// Adds to a report's fields the root of its case, and what became of that, so that everybody who reported one matter
/// learns the result.
///
/// # Errors
/// Whatever `read` says.
pub fn show_case<E>(
    record: &Record,
    root: RecordId,
    names: &dyn Names,
    fields: &mut Map<String, Json>,
    mut read: impl FnMut(RecordId) -> Result<Option<Record>, E>,
) -> Result<(), E> {
    fields.insert("case".into(), json!(names.record_name(root)));
    if root != record.id
        && let Some(other) = read(root)?.filter(|other| other.kind == record.kind)
    {
        let fold = report::fold(&other);
        fields.insert("case_status".into(), json!(fold.status.name()));
        if let Some(outcome) = fold.outcome {
            fields.insert("case_outcome".into(), json!(outcome));
        }
    }
    Ok(())
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
        Value::Text(text) => Value::Text(normal_number(text)),
        other => other.clone(),
    }
}

/// A telephone number in the one form that all ways of writing it have in common.
pub(crate) fn normal_number(text: &str) -> String {
    let kept: String = text
        .chars()
        .map(half_width)
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '(' | ')'))
        .collect();
    let national = kept.strip_prefix("+86").or_else(|| kept.strip_prefix("0086"));
    national.unwrap_or(&kept).to_string()
}

/// The ASCII character that a full-width one stands for.
pub(crate) fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    }
}
