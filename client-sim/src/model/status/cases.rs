//! Reports and tasks, by the table of required outcomes.

use super::{Life, latest, round};
use crate::model::{Event, Expected};
use otor_protocol::catalogue::built_in::{report as of_report, task as of_task};
use otor_protocol::op::EventId;
use otor_protocol::value::Value;
use std::collections::BTreeSet;

/// The levels that handle cases, lowest first, each with its names in area trees.
const LEVELS: [&[&str]; 5] = [
    &["grid", "micro-grid"],
    &["village", "community", "gacha"],
    &["township", "street", "town", "sumu"],
    &["county", "district", "banner"],
    &["league", "city"],
];

pub(super) fn report(record: &Expected) -> Life {
    let round = round(record, of_report::REOPEN);
    let current: Vec<&Event> = record
        .events
        .iter()
        .filter(|event| event.round == round)
        .collect();
    let happened = |id: EventId| current.iter().any(|event| event.event == id);
    let closed = current
        .iter()
        .any(|event| event.event == of_report::CLOSE && closes(record, &current, event));
    let archived_by_the_centre = current
        .iter()
        .any(|event| event.event == of_report::ARCHIVE && event.is_of_a_centre());
    let called_back = happened(of_report::CALL_BACK);
    // From the highest rank down: the first that was reached.
    let status = match () {
        () if closed && (archived_by_the_centre || (called_back && happened(of_report::ARCHIVE))) => {
            "archived"
        }
        () if closed && called_back => "called_back",
        () if closed => "closed",
        () if happened(of_report::WITHDRAW) => "withdrawn",
        () if happened(of_report::HANDLE) => "handling",
        () if happened(of_report::ASSIGN) => "assigned",
        () => "reported",
    };
    let is_open = matches!(status, "reported" | "assigned" | "handling");
    let demand = open_demand(record).filter(|_| !matches!(status, "called_back" | "archived"));
    let demanded_by = demand.and_then(|demand| demand.number(of_report::DUE_AT));
    let late = record
        .said(of_report::OVERDUE)
        .iter()
        .any(|event| event.number(of_report::DUE_AT) == demanded_by);
    let life = Life::of(status)
        .told("round", i64::from(round))
        .told("handling_level", level(&current))
        .marked(
            "overdue",
            is_open && record.day_passed(of_report::DUE, of_report::OVERDUE),
        )
        .marked("supervised", demand.is_some())
        .marked("supervision_overdue", demanded_by.is_some() && late)
        .marked("whistled", is_open && is_held_open(record));
    evaluated(life, &current)
}

/// Small things do not leave the grid: what was escalated before, a worker does not close. And nobody closes before
/// the departments called are done.
fn closes(record: &Expected, current: &[&Event], closing: &Event) -> bool {
    let escalated_before = current
        .iter()
        .any(|other| other.event == of_report::ESCALATE && other.stamp <= closing.stamp);
    let whistled = record.said(of_report::WHISTLE_BLOWN).iter().any(|blown| {
        let solved_before = record.said(of_report::WHISTLE_SOLVED).iter().any(|solved| {
            solved.arg(of_report::OF) == blown.arg(of_report::OF) && solved.stamp <= closing.stamp
        });
        blown.stamp < closing.stamp && !solved_before
    });
    (closing.is_of_a_centre() || !escalated_before) && !whistled
}

/// Whether a whistle that was blown has not been answered.
fn is_held_open(record: &Expected) -> bool {
    let solved: Vec<Option<&Value>> = record
        .said(of_report::WHISTLE_SOLVED)
        .iter()
        .map(|solved| solved.arg(of_report::OF))
        .collect();
    let blown = record.said(of_report::WHISTLE_BLOWN);
    blown
        .iter()
        .any(|blown| !solved.contains(&blown.arg(of_report::OF)))
}

/// The last demand, unless an answer came after it.
fn open_demand(record: &Expected) -> Option<&Event> {
    let demands = record.said(of_report::SUPERVISE);
    let last = demands.into_iter().max_by_key(|event| (event.stamp, event.dot))?;
    let answers = record.said(of_report::ANSWER_SUPERVISION);
    (latest(&answers) <= Some(last.stamp)).then_some(last)
}

/// Each escalation goes to the level it names, or one up, but never down; each return takes the last one back.
fn level(current: &[&Event]) -> &'static str {
    let mut raised_to: Vec<usize> = Vec::new();
    for event in current {
        let here = raised_to.last().copied().unwrap_or(0);
        if event.event == of_report::ESCALATE {
            let named = event.text(of_report::LEVEL);
            let named = named.and_then(|name| LEVELS.iter().position(|names| names.contains(&name)));
            let there = named.unwrap_or(here + 1).min(LEVELS.len() - 1);
            if there > here {
                raised_to.push(there);
            }
        } else if event.event == of_report::RETURN {
            raised_to.pop();
        }
    }
    LEVELS[raised_to.last().copied().unwrap_or(0)][0]
}

/// Every caller counts once a round: as unhappy if they ever said so, else by their last word.
fn evaluated(life: Life, current: &[&Event]) -> Life {
    let words: Vec<(&str, &str)> = current
        .iter()
        .filter(|event| event.event == of_report::EVALUATE)
        .filter_map(|event| Some((event.text(of_report::CALLER)?, event.text(of_report::RESULT)?)))
        .collect();
    let callers: BTreeSet<&str> = words.iter().map(|(caller, _)| *caller).collect();
    let (mut satisfied, mut neutral, mut unhappy) = (0, 0, 0);
    for caller in &callers {
        let mut theirs = words.iter().filter(|(who, _)| who == caller);
        let last = theirs.clone().next_back().map(|(_, word)| *word);
        if theirs.any(|(_, word)| *word == "unhappy") {
            unhappy += 1;
        } else if last == Some("satisfied") {
            satisfied += 1;
        } else {
            neutral += 1;
        }
    }
    let life = life.marked("unhappy", unhappy > 0);
    if callers.is_empty() {
        return life;
    }
    life.counted("satisfied", satisfied)
        .counted("neutral", neutral)
        .counted("unhappy", unhappy)
}

pub(super) fn task(record: &Expected) -> Life {
    let (assignee, epoch) = match record.assigned {
        Some((person, epoch)) => (Some(person), epoch.max(1)),
        None => (None, 1),
    };
    let for_a_cause = record.said(of_task::CANCEL).iter().any(|event| {
        let reason = event.text(of_task::REASON_ARG);
        matches!(reason, Some("safety" | "wrong_target"))
    });
    let completions = record.said(of_task::COMPLETE);
    let first = completions.iter().min_by_key(|event| (event.stamp, event.dot));
    let said = |id: EventId| {
        record.said(id).iter().any(|event| {
            let binds = event.is_of_a_centre() || assignee.is_none_or(|person| person == event.author);
            u64::from(event.round) == epoch && binds
        })
    };
    let status = match () {
        () if for_a_cause => "cancelled",
        () if first.is_some() && record.happened(of_task::VERIFY) => "verified",
        () if first.is_some() => "done",
        () if record.happened(of_task::CANCEL) => "cancelled",
        () if record.happened(of_task::EXPIRE) => "expired",
        () if said(of_task::REFUSE) => "refused",
        () if said(of_task::ACCEPT) => "accepted",
        () => "issued",
    };
    let doers: BTreeSet<_> = completions.iter().map(|event| event.author).collect();
    let by_another = first.is_some_and(|done| assignee.is_some_and(|person| person != done.author));
    let is_open = matches!(status, "issued" | "accepted" | "refused" | "expired");
    let due = record.number(of_task::DUE);
    let late = first.is_some_and(|done| due.is_some_and(|due| done.stamp.ms() > due));
    let silent = record
        .said(of_task::SILENT)
        .iter()
        .any(|event| u64::from(event.round) == epoch);
    Life::of(status)
        .told("round", i64::try_from(epoch).unwrap_or(i64::MAX))
        .marked("double_work", doers.len() > 1)
        .marked("done_by_former_assignee", by_another)
        .marked("evidence_after_cancel", for_a_cause && first.is_some())
        .marked("done_late", late && status != "cancelled")
        .marked("assignee_silent", is_open && silent)
        .marked(
            "overdue",
            is_open && record.day_passed(of_task::DUE, of_task::OVERDUE),
        )
}
