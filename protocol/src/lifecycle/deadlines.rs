//! What has to happen to a record by a time, and has not: computed from the record alone, so that writing down that
//! the time has passed is what makes the deadline go away, and nothing is written twice.

use super::{LifeCycle, ReportStatus, events, fold, household};
use crate::catalogue::KindSpec;
use crate::catalogue::built_in::{
    household as of_household, matters::hazard as of_hazard, matters::wish as of_wish, report as of_report,
    task as of_task, together::alert as of_alert, together::whistle as of_whistle,
};
use crate::op::{EventId, FieldId};
use crate::record::Record;
use crate::value::Value;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    /// When, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// The event that says that it has passed.
    pub event: EventId,
}

/// The deadlines of a record. `visited_ms` is when a household was last visited, as far as that is known.
pub fn deadlines(kind: &KindSpec, record: &Record, visited_ms: Option<i64>) -> Vec<Deadline> {
    match kind.life_cycle {
        LifeCycle::Report => of_case(record),
        LifeCycle::Task => open_until(
            record,
            of_task::DUE,
            of_task::OVERDUE,
            super::task(record).is_open(),
        ),
        LifeCycle::Hazard => {
            let open = matches!(
                fold(kind, record).map(|folded| folded.status),
                Some("found" | "ordered")
            );
            open_until(record, of_hazard::DUE, of_hazard::OVERDUE, open)
        }
        LifeCycle::Wish => {
            let open = fold(kind, record).is_some_and(|folded| folded.status == "raised");
            open_until(record, of_wish::LAPSES, of_wish::LAPSE, open)
        }
        LifeCycle::Whistle => {
            let open = !super::whistle::is_over(record);
            open_until(record, of_whistle::DUE, of_whistle::OVERDUE, open)
        }
        LifeCycle::Alert => {
            let status = fold(kind, record).map(|folded| folded.status);
            let called = record.register(crate::catalogue::TASK_ASSIGNEE).is_some();
            let open = called && matches!(status, Some("called" | "acknowledged"));
            open_until(record, of_alert::DUE, of_alert::TIME_UP, open)
        }
        LifeCycle::Household => of_care(record, visited_ms),
        _ => Vec::new(),
    }
}

/// The day in a field, if it has not passed unanswered yet.
fn open_until(record: &Record, due: FieldId, event: EventId, open: bool) -> Vec<Deadline> {
    let due = record.register(due).and_then(Value::as_int).filter(|_| open);
    due.filter(|due| !is_written(record, event, *due))
        .map(|at_ms| Deadline { at_ms, event })
        .into_iter()
        .collect()
}

fn is_written(record: &Record, event: EventId, due: i64) -> bool {
    // All events about deadlines have their day under this number.
    let written = |one: &super::Event| one.event == event && one.number(of_task::DUE_AT) == Some(due);
    events(record).iter().any(written)
}

fn of_case(record: &Record) -> Vec<Deadline> {
    let fold = super::report(record);
    let open = fold.status < ReportStatus::Withdrawn;
    let mut deadlines = open_until(record, of_report::DUE, of_report::OVERDUE, open);
    if let Some(Some(at_ms)) = fold.overlay.supervised
        && !is_written(record, of_report::OVERDUE, at_ms)
    {
        deadlines.push(Deadline {
            at_ms,
            event: of_report::OVERDUE,
        });
    }
    deadlines
}

/// By when a household has to be visited next, milliseconds since the Unix epoch: so many days after the last visit,
/// or after it was written down. None if nobody is to look after it, or nobody lives there any more.
pub fn care_due(record: &Record, visited_ms: Option<i64>) -> Option<i64> {
    let days = record
        .register(of_household::CARE_EVERY_DAYS)
        .and_then(Value::as_int)?;
    if matches!(household::fold(record).status, "moved_out" | "vacant") {
        return None;
    }
    let marker = record.marker(of_household::CARE_EVERY_DAYS).unwrap_or_default();
    let since = visited_ms.unwrap_or(0).max(marker.stamp.ms());
    Some(since.saturating_add(days.saturating_mul(DAY_MS)))
}

/// The day by which a household has to be visited, until it is written down that it has passed.
fn of_care(record: &Record, visited_ms: Option<i64>) -> Vec<Deadline> {
    let event = of_household::CARE_OVERDUE;
    care_due(record, visited_ms)
        .filter(|at_ms| !is_written(record, event, *at_ms))
        .map(|at_ms| Deadline { at_ms, event })
        .into_iter()
        .collect()
}
