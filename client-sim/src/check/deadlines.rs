//! What passes in time is written down by the server alone, once, after it has passed; and nothing that has passed is
//! forgotten.

use crate::model::{Event, Expected, History, predict};
use otor_protocol::catalogue::TASK_ASSIGNEE;
use otor_protocol::catalogue::built_in::matters::{hazard, wish};
use otor_protocol::catalogue::built_in::together::{alert, whistle};
use otor_protocol::catalogue::built_in::{household, report, task};
use otor_protocol::ids::{Dot, PersonId, RecordId};
use otor_protocol::op::{EventId, FieldId, KindId};
use std::collections::{BTreeMap, BTreeSet};

/// All events about deadlines have their day under this number.
const DUE_AT: u8 = 5;

/// A day that kinds have: its field, what says that it has passed, and in which statuses it matters.
struct Day {
    kind: KindId,
    field: FieldId,
    passed: EventId,
    open: &'static [&'static str],
}

/// Every such day but that of care, which follows from visits.
const DAYS: [Day; 6] = [
    Day {
        kind: KindId(3),
        field: report::DUE,
        passed: report::OVERDUE,
        open: &["reported", "assigned", "handling"],
    },
    Day {
        kind: KindId(4),
        field: task::DUE,
        passed: task::OVERDUE,
        open: &["issued", "accepted", "refused"],
    },
    Day {
        kind: KindId(6),
        field: wish::LAPSES,
        passed: wish::LAPSE,
        open: &["raised"],
    },
    Day {
        kind: KindId(7),
        field: hazard::DUE,
        passed: hazard::OVERDUE,
        open: &["found", "ordered"],
    },
    Day {
        kind: KindId(9),
        field: whistle::DUE,
        passed: whistle::OVERDUE,
        open: &["blown", "reported_in", "solving"],
    },
    Day {
        kind: KindId(14),
        field: alert::DUE,
        passed: alert::TIME_UP,
        open: &["called", "acknowledged"],
    },
];

/// One line for every day that was told of otherwise. `through_ms` is the time, milliseconds since the Unix epoch, up to
/// which the server has looked at what has passed.
pub fn deadlines(history: &History, through_ms: Option<i64>) -> Vec<String> {
    let mut found = Vec::new();
    let mut changed: BTreeMap<Dot, i64> = BTreeMap::new();
    for (commit, op) in history.ops() {
        changed.insert(op.dot, commit.at_ms);
    }
    for (id, record) in predict(history) {
        told(id, &record, &mut found);
        let last_ms = record.written.keys().filter_map(|dot| changed.get(dot)).max();
        if let Some(through_ms) = through_ms.filter(|through_ms| last_ms < Some(through_ms)) {
            forgotten(id, &record, through_ms, &mut found);
        }
    }
    found
}

fn told(id: RecordId, record: &Expected, found: &mut Vec<String>) {
    silence(id, record, found);
    let mut seen = BTreeSet::new();
    for event in record
        .events
        .iter()
        .filter(|event| says_passed(record.kind, event))
    {
        let Some(due) = due(event) else { continue };
        let by_hand = event.author != PersonId::SERVER;
        // A wish may be let lapse by a centre.
        if by_hand && record.kind == KindId(6) {
            continue;
        }
        if by_hand {
            found.push(format!("somebody said of {id} that its day has passed"));
        }
        if !seen.insert((event.event, due)) {
            found.push(format!("it was said twice of {id} that {due} has passed"));
        }
        if event.stamp.ms() <= due {
            let at = event.stamp.ms();
            found.push(format!("it was said at {at} of {id} that {due} has passed"));
        }
    }
}

/// That an assignee's phone is silent is said once an assignment, by the server.
fn silence(id: RecordId, record: &Expected, found: &mut Vec<String>) {
    let said = |event: &&Event| record.kind == KindId(4) && event.event == task::SILENT;
    let mut rounds = BTreeSet::new();
    for event in record.events.iter().filter(said) {
        if event.author != PersonId::SERVER {
            found.push(format!("somebody said of {id} that a phone is silent"));
        }
        if !rounds.insert(event.round) {
            let round = event.round;
            found.push(format!(
                "it was said twice of {id} that the phone of assignment {round} is silent"
            ));
        }
    }
}

fn forgotten(id: RecordId, record: &Expected, through_ms: i64, found: &mut Vec<String>) {
    for day in DAYS.iter().filter(|day| day.kind == record.kind) {
        let own_day = record.values.get(&day.field).and_then(|value| value.as_int());
        let is_open = record.status().is_some_and(|status| day.open.contains(&status));
        // A muster's own record calls nobody.
        let calls = record.kind != KindId(14) || record.values.contains_key(&TASK_ASSIGNEE);
        let Some(due_ms) = own_day.filter(|due_ms| *due_ms < through_ms - 1 && is_open && calls) else {
            continue;
        };
        let is_told = record
            .events
            .iter()
            .any(|event| event.event == day.passed && due(event) == Some(due_ms));
        if !is_told {
            found.push(format!("nobody was told that {due_ms} has passed for {id}"));
        }
    }
}

fn says_passed(kind: KindId, event: &Event) -> bool {
    let of_care = kind == KindId(1) && event.event == household::CARE_OVERDUE;
    let of_day = DAYS
        .iter()
        .any(|day| day.kind == kind && day.passed == event.event);
    of_care || of_day
}

fn due(event: &Event) -> Option<i64> {
    let named = event.args.iter().find(|(number, _)| *number == DUE_AT);
    named.and_then(|(_, value)| value.as_int())
}
