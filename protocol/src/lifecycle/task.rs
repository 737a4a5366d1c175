//! The life of a task: issued → delivered → accepted → done → verified, or refused, cancelled, expired. What
//! concerns the assignee counts only for the current assignment; work that was done counts whoever did it.

use super::{Event, Folded, Told, events};
use crate::catalogue::TASK_ASSIGNEE;
use crate::catalogue::built_in::task as numbers;
use crate::ids::{Level, PersonId};
use crate::mutation::{self, Mutation};
use crate::record::Record;
use crate::value::Value;

/// Status of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskStatus {
    /// Written by the centre.
    Issued,
    /// On the assignee's phone.
    Delivered,
    /// The assignee will do it.
    Accepted,
    /// The assignee may not or need not do it.
    Refused,
    /// Called off.
    Cancelled,
    /// Lapsed: nobody is to do it any more.
    Expired,
    /// Done.
    Done,
    /// Done, and checked by the centre.
    Verified,
}

impl TaskStatus {
    /// The name in traces and exports.
    pub fn name(self) -> &'static str {
        match self {
            TaskStatus::Issued => "issued",
            TaskStatus::Delivered => "delivered",
            TaskStatus::Accepted => "accepted",
            TaskStatus::Refused => "refused",
            TaskStatus::Cancelled => "cancelled",
            TaskStatus::Expired => "expired",
            TaskStatus::Done => "done",
            TaskStatus::Verified => "verified",
        }
    }
}

/// What the events of a task come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFold {
    /// The status.
    pub status: TaskStatus,
    /// The current assignment, from 1.
    pub epoch: u32,
    /// Whom it is assigned to.
    pub assignee: Option<PersonId>,
    /// Who gets the credit: the earliest completion's author.
    pub done_by: Option<PersonId>,
    /// That completion's outcome.
    pub outcome: Option<String>,
    /// Why its assignee refuses it, if they do.
    pub refusal: Option<String>,
    /// What somebody should look at: `double_work`, `done_by_former_assignee`, `evidence_after_cancel`, `overdue`,
    /// `done_late`, `assignee_silent`, `refused_off_list`.
    pub marks: Vec<&'static str>,
}

impl TaskFold {
    /// In the form in which rows and phones show it.
    pub(super) fn folded(self) -> Folded {
        Folded {
            round: Some(self.epoch),
            marks: self.marks,
            ..Folded::of(self.status.name())
        }
        .maybe("done_by", self.done_by.map(Told::Person))
        .maybe("outcome", self.outcome.map(Told::Text))
        .maybe("refusal", self.refusal.map(Told::Text))
    }

    /// Whether somebody still has to do it.
    pub fn is_open(&self) -> bool {
        matches!(
            self.status,
            TaskStatus::Issued | TaskStatus::Delivered | TaskStatus::Accepted | TaskStatus::Refused
        )
    }
}

/// The assignment epoch of a task, from 1.
pub(super) fn epoch(record: &Record) -> u32 {
    let epoch = record
        .marker(TASK_ASSIGNEE)
        .map_or(1, |marker| marker.epoch.max(1));
    u32::try_from(epoch).unwrap_or(u32::MAX)
}

/// Folds a task's events.
pub(super) fn fold(record: &Record) -> TaskFold {
    let events = events(record);
    let epoch = epoch(record);
    let assignee = match record.register(TASK_ASSIGNEE) {
        Some(Value::Person(person)) => Some(*person),
        _ => None,
    };
    // The log is ordered by stamp: the first completion is the earliest.
    let completions: Vec<&Event> = named(&events, numbers::COMPLETE).collect();
    let done = completions.first().copied();
    let binds = !mutation::active(Mutation::CancelLosesToWork);
    let for_a_cause = binds && named(&events, numbers::CANCEL).any(cancelled_for_a_cause);
    let cancelled = named(&events, numbers::CANCEL).next().is_some();
    let mut marks = Vec::new();
    if let Some(done) = done {
        if completions
            .iter()
            .any(|other| other.entry.author != done.entry.author)
        {
            marks.push("double_work");
        }
        if assignee.is_some_and(|assignee| done.entry.author != assignee) {
            marks.push("done_by_former_assignee");
        }
        if for_a_cause {
            marks.push("evidence_after_cancel");
        }
    }
    let status = if for_a_cause || (cancelled && done.is_none()) {
        TaskStatus::Cancelled
    } else if done.is_some() {
        done_status(&events)
    } else if named(&events, numbers::EXPIRE).next().is_some() {
        TaskStatus::Expired
    } else {
        open_status(&events, epoch, assignee)
    };
    let refusal = (status == TaskStatus::Refused)
        .then(|| refusal(&events, epoch))
        .flatten();
    mark_times(record, &events, epoch, status, done, &mut marks);
    if refusal.as_deref() == Some("off_list") {
        marks.push("refused_off_list");
    }
    TaskFold {
        status,
        epoch,
        assignee,
        done_by: done.map(|event| event.entry.author),
        outcome: done.and_then(|event| event.arg(numbers::OUTCOME)?.as_text().map(str::to_string)),
        refusal,
        marks,
    }
}

fn named(events: &[Event], id: crate::op::EventId) -> impl Iterator<Item = &Event> {
    events.iter().filter(move |event| event.event == id)
}

/// Cancelled for safety or a wrong target: work done all the same is evidence, not completion. A plain
/// cancel loses to work that was done.
fn cancelled_for_a_cause(cancel: &Event) -> bool {
    cancel
        .arg(numbers::REASON_ARG)
        .and_then(Value::as_text)
        .is_some_and(|reason| matches!(reason, "safety" | "wrong_target"))
}

/// The reason of the latest refusal of this assignment.
fn refusal(events: &[Event], epoch: u32) -> Option<String> {
    let refusals = named(events, numbers::REFUSE).filter(|event| event.round == epoch);
    let reason = refusals.last()?.arg(numbers::REASON_ARG)?;
    reason.as_text().map(str::to_string)
}

/// What has to do with its day, and with the silence of a phone.
fn mark_times(
    record: &Record,
    events: &[Event],
    epoch: u32,
    status: TaskStatus,
    done: Option<&Event>,
    marks: &mut Vec<&'static str>,
) {
    let due = record.register(numbers::DUE).and_then(Value::as_int);
    let open = matches!(
        status,
        TaskStatus::Issued | TaskStatus::Accepted | TaskStatus::Refused | TaskStatus::Expired
    );
    let overdue =
        due.is_some() && named(events, numbers::OVERDUE).any(|event| event.number(numbers::DUE_AT) == due);
    if open && overdue {
        marks.push("overdue");
    }
    if let (Some(done), Some(due), false) = (done, due, status == TaskStatus::Cancelled)
        && done.entry.stamp.ms() > due
    {
        marks.push("done_late");
    }
    if open && named(events, numbers::SILENT).any(|event| event.round == epoch) {
        marks.push("assignee_silent");
    }
}

fn done_status(events: &[Event]) -> TaskStatus {
    match named(events, numbers::VERIFY).next() {
        Some(_) => TaskStatus::Verified,
        None => TaskStatus::Done,
    }
}

/// The status of a task neither done nor cancelled: what was said in this epoch by its assignee, or for them
/// by the centre. Two assignments may share an epoch; what the loser said binds nobody.
fn open_status(events: &[Event], epoch: u32, assignee: Option<PersonId>) -> TaskStatus {
    let said = |id| {
        named(events, id).any(|event| {
            let entitled = event.entry.level > Level::WORKER
                || assignee.is_none_or(|assignee| event.entry.author == assignee);
            event.round == epoch && entitled
        })
    };
    if said(numbers::REFUSE) {
        TaskStatus::Refused
    } else if said(numbers::ACCEPT) {
        TaskStatus::Accepted
    } else {
        TaskStatus::Issued
    }
}
