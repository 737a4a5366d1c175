//! My tasks: what is assigned to the phone's owner and still to be done, the most urgent day first.

use super::super::{Replica, Storage};
use super::Seen;
use crate::catalogue::LifeCycle;
use crate::catalogue::TASK_ASSIGNEE;
use crate::catalogue::built_in::{matters, task, together};
use crate::ids::RecordId;
use crate::lifecycle::{self, TaskStatus};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Something that the worker has to do: a task, a hazard to remove, a wish they lead, a call to a muster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MyTask {
    /// The record.
    pub record: RecordId,
    /// The name of its kind.
    pub kind: &'static str,
    /// Its status. What is issued counts as delivered: it is on its assignee's phone.
    pub status: &'static str,
    /// The day by which it has to be done, milliseconds since the Unix epoch.
    pub due_ms: Option<i64>,
}

impl MyTask {
    /// Whether its day is over.
    pub fn is_overdue(&self, now_ms: i64) -> bool {
        self.due_ms.is_some_and(|due_ms| due_ms < now_ms)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tasks {
    of: BTreeMap<RecordId, MyTask>,
    by_day: BTreeSet<(i64, RecordId)>,
}

/// Where something stands in the order of days: what has none is last.
fn place(task: &MyTask) -> (i64, RecordId) {
    (task.due_ms.unwrap_or(i64::MAX), task.record)
}

impl Tasks {
    pub(super) fn note(&mut self, seen: &Seen<'_>) {
        if let Some(task) = task_of(seen) {
            self.by_day.insert(place(&task));
            self.of.insert(task.record, task);
        }
    }

    pub(super) fn forget(&mut self, id: RecordId) {
        if let Some(task) = self.of.remove(&id) {
            self.by_day.remove(&place(&task));
        }
    }
}

fn task_of(seen: &Seen<'_>) -> Option<MyTask> {
    let record = seen.record;
    if record.register(seen.kind.assignee?) != Some(&Value::Person(seen.me)) {
        return None;
    }
    let (status, due) = match seen.kind.life_cycle {
        LifeCycle::Task => {
            let status = match lifecycle::task(record).status {
                TaskStatus::Issued => TaskStatus::Delivered,
                status => status,
            };
            let open = matches!(status, TaskStatus::Delivered | TaskStatus::Accepted);
            (open.then(|| status.name())?, task::DUE)
        }
        LifeCycle::Hazard => (open(seen, &["found", "ordered"])?, matters::hazard::DUE),
        LifeCycle::Wish => (open(seen, &["raised", "claimed"])?, matters::wish::LAPSES),
        LifeCycle::Alert if seen.kind.assignee == Some(TASK_ASSIGNEE) => {
            (open(seen, &["called", "acknowledged"])?, together::alert::DUE)
        }
        _ => return None,
    };
    Some(MyTask {
        record: record.id,
        kind: seen.kind.name,
        status,
        due_ms: record.register(due).and_then(Value::as_int),
    })
}

/// The status, if it is one of those in which something is still to be done.
fn open(seen: &Seen<'_>, statuses: &[&str]) -> Option<&'static str> {
    lifecycle::status(seen.kind, seen.record).filter(|status| statuses.contains(status))
}

impl<S: Storage> Replica<S> {
    /// What the worker has to do, by the day by which it is due; what has no day comes last.
    pub fn my_tasks(&self) -> impl Iterator<Item = &MyTask> {
        let tasks = &self.index.tasks;
        tasks.by_day.iter().filter_map(|(_, id)| tasks.of.get(id))
    }
}
