//! Cases whose day has passed go up the tree, and the work on them with them.

use super::super::Desk;
use super::super::dispatch::{self, MINUTE_MS, Plan, Receiver, event};
use crate::state::rules::Rules;
use crate::state::{StateError, key, read};
use otor_protocol::catalogue::built_in::{report, task};
use otor_protocol::catalogue::{EVENTS, KindSpec, LifeCycle, TASK_ASSIGNEE};
use otor_protocol::ids::{Dot, PersonId, RecordId};
use otor_protocol::lifecycle;
use otor_protocol::op::{Body, Change, FieldId};
use otor_protocol::record::{Entry, Record};
use otor_protocol::value::Value;

/// A case whose own day has passed goes to the next level, if a rule says so, with a new day; and to whoever has it
/// there, if the rule says who. What is written of the case itself, and of the work on it.
pub(super) fn raised(
    desk: &Desk,
    rules: &Rules,
    kind: &KindSpec,
    record: &Record,
    at_ms: i64,
) -> Result<(Vec<Change>, Vec<Body>), StateError> {
    let own_day = record.register(report::DUE).and_then(Value::as_int) == Some(at_ms);
    let level = lifecycle::report(record).overlay.level;
    let Some(rule) = rules.escalation.iter().find(|rule| own_day && rule.from == level) else {
        return Ok((Vec::new(), Vec::new()));
    };
    let round = lifecycle::round(kind, record);
    let args = vec![(report::LEVEL, Value::Text(rule.to.clone()))];
    let mut changes = vec![event(report::ESCALATE, round, args)];
    let due = rule.due_minutes.map(|minutes| desk.now_ms + minutes * MINUTE_MS);
    changes.extend(due.map(|due| set(record, report::DUE, Value::Int(due))));
    let Some(recipient) = &rule.give_to else {
        return Ok((changes, Vec::new()));
    };
    let of = Receiver {
        area: &record.area.val,
        author: None,
        level: Some(&rule.to),
    };
    let (assignee, department) = dispatch::receiver(desk.view, rules, recipient, &of)?;
    let assignee = match assignee {
        Some(person) => read::person(desk.view, person)?,
        None => None,
    };
    let to = department
        .clone()
        .or(assignee.as_ref().map(|person| person.code.clone()));
    let named = to.map(|to| (report::TO, Value::Text(to)));
    changes.push(event(report::ASSIGN, round, named.into_iter().collect()));
    let body = match (&assignee, open_task(desk, record)?) {
        (Some(person), Some(task)) => handed_over(&task, person.id, due),
        (None, Some(_)) => None,
        (_, None) => {
            let plan = Plan {
                rule: rule.to.clone(),
                assignee,
                department,
                due_minutes: None,
                level: None,
            };
            plan.new_task(desk, record, due)
        }
    };
    Ok((changes, body.into_iter().collect()))
}

/// The task that the rules made of a case, while somebody still has to do it. They write it right behind what they say of
/// the case: its id is the dot after that.
fn open_task(desk: &Desk, case: &Record) -> Result<Option<Record>, StateError> {
    for entry in case.entries(EVENTS).into_iter().rev() {
        let is_ours = entry.author == PersonId::SERVER;
        let Entry::Event { event, .. } = entry.what else {
            continue;
        };
        if !is_ours || event != report::ASSIGN {
            continue;
        }
        let id = RecordId(Dot::new(entry.dot.actor, entry.dot.seq + 1));
        let Some(cell) = read::record(desk.view, id)? else {
            continue;
        };
        let task = cell
            .record()
            .map_err(|_| StateError::Damaged { key: key::record(id) })?;
        let is_task = desk
            .catalogue
            .kind(task.kind)
            .is_some_and(|kind| kind.life_cycle == LifeCycle::Task);
        let of_this_case = task.register(task::REPORT) == Some(&Value::Record(case.id));
        if is_task && of_this_case && lifecycle::task(&task).is_open() {
            return Ok(Some(task));
        }
    }
    Ok(None)
}

fn handed_over(task: &Record, to: PersonId, due: Option<i64>) -> Option<Body> {
    let mut changes = Vec::new();
    if task.register(TASK_ASSIGNEE) != Some(&Value::Person(to)) {
        changes.push(given(task, to));
    }
    changes.extend(due.map(|due| set(task, task::DUE, Value::Int(due))));
    let record = task.id;
    (!changes.is_empty()).then_some(Body::Edit { record, changes })
}

/// A record is given to somebody.
pub(super) fn given(record: &Record, to: PersonId) -> Change {
    set(record, TASK_ASSIGNEE, Value::Person(to))
}

/// A field of the centre's is set, whatever stood there.
fn set(record: &Record, field: FieldId, value: Value) -> Change {
    let epoch = record.marker(field).map_or(0, |marker| marker.epoch);
    Change::Centre {
        field,
        value,
        epoch: epoch.saturating_add(1),
    }
}
