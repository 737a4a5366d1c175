//! The status that a history of events comes to, by the table of required outcomes: reports, tasks
//! and whistles.

use super::merging::{Event, Expected};
use otor_protocol::catalogue::built_in::{report, task, together::whistle};
use otor_protocol::ids::Level;
use otor_protocol::op::{EventId, KindId};
use otor_protocol::value::Value;

const REPORT: KindId = KindId(3);
const TASK: KindId = KindId(4);
const WHISTLE: KindId = KindId(9);

/// The status of a record; none if its kind has none, or one whose life the model does not know.
pub(super) fn of(record: &Expected) -> Option<&'static str> {
    match record.kind {
        REPORT => Some(report_status(&record.events)),
        TASK => Some(task_status(record)),
        WHISTLE => Some(whistle_status(record)),
        _ => None,
    }
}

fn report_status(events: &[Event]) -> &'static str {
    let mut round = 1;
    while events
        .iter()
        .any(|event| event.event == report::REOPEN && event.round == round)
    {
        round += 1;
    }
    let current: Vec<&Event> = events.iter().filter(|event| event.round == round).collect();
    let happened = |id: EventId| current.iter().any(|event| event.event == id);
    // Small things do not leave the grid: what was escalated before, a worker does not close.
    let closed = current.iter().any(|closing| {
        let escalated_before = current
            .iter()
            .any(|other| other.event == report::ESCALATE && other.stamp <= closing.stamp);
        let whistled = events.iter().any(|blown| {
            let of = |event: &Event| event.args.iter().find(|(id, _)| *id == report::OF).cloned();
            let held = blown.event == report::WHISTLE_BLOWN && blown.stamp < closing.stamp;
            let solved_before = events.iter().any(|solved| {
                solved.event == report::WHISTLE_SOLVED
                    && of(solved) == of(blown)
                    && solved.stamp <= closing.stamp
            });
            held && !solved_before
        });
        let may = closing.level > Level::WORKER || !escalated_before;
        closing.event == report::CLOSE && may && !whistled
    });
    let archived_by_the_centre = current
        .iter()
        .any(|event| event.event == report::ARCHIVE && event.level > Level::WORKER);
    let called_back = happened(report::CALL_BACK);
    // From the highest rank down: the first that was reached.
    if closed && (archived_by_the_centre || (called_back && happened(report::ARCHIVE))) {
        "archived"
    } else if closed && called_back {
        "called_back"
    } else if closed {
        "closed"
    } else if happened(report::WITHDRAW) {
        "withdrawn"
    } else if happened(report::HANDLE) {
        "handling"
    } else if happened(report::ASSIGN) {
        "assigned"
    } else {
        "reported"
    }
}

fn task_status(record: &Expected) -> &'static str {
    let events = &record.events;
    let happened = |id: EventId| events.iter().any(|event| event.event == id);
    let for_a_cause = events.iter().any(|event| {
        let reason = event
            .args
            .iter()
            .find(|(number, _)| *number == task::REASON_ARG)
            .and_then(|(_, value)| value.as_text());
        event.event == task::CANCEL && matches!(reason, Some("safety" | "wrong_target"))
    });
    if for_a_cause {
        return "cancelled";
    }
    if happened(task::COMPLETE) {
        return if happened(task::VERIFY) {
            "verified"
        } else {
            "done"
        };
    }
    if happened(task::CANCEL) {
        return "cancelled";
    }
    if happened(task::EXPIRE) {
        return "expired";
    }
    let (assignee, epoch) = record
        .assigned
        .map_or((None, 1), |(person, epoch)| (Some(person), epoch.max(1)));
    let said = |id: EventId| {
        events.iter().any(|event| {
            let binds = event.level > Level::WORKER || assignee.is_none_or(|person| person == event.author);
            event.event == id && u64::from(event.round) == epoch && binds
        })
    };
    if said(task::REFUSE) {
        "refused"
    } else if said(task::ACCEPT) {
        "accepted"
    } else {
        "issued"
    }
}

fn whistle_status(record: &Expected) -> &'static str {
    let called: Vec<Value> = record
        .members
        .get(&whistle::INVITED)
        .into_iter()
        .flatten()
        .chain(record.values.get(&whistle::LEAD))
        .cloned()
        .collect();
    let said = |id: EventId, department: &Value| {
        let by = (whistle::DEPARTMENT, department.clone());
        record
            .events
            .iter()
            .any(|event| event.event == id && event.args.contains(&by))
    };
    let replied = |one: &Value| said(whistle::REPLY, one) || said(whistle::EXCUSE, one);
    let stays = |one: &Value| said(whistle::REPLY, one) && !said(whistle::EXCUSE, one);
    if record.events.iter().any(|event| event.event == whistle::CALL_OFF) {
        "called_off"
    } else if !called.is_empty() && called.iter().all(replied) {
        "solved"
    } else if called.iter().any(stays) {
        "solving"
    } else if called
        .iter()
        .any(|one| said(whistle::ARRIVE, one) && !replied(one))
    {
        "reported_in"
    } else {
        "blown"
    }
}
