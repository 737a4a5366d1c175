//! The status that a history of events comes to, by the table of required outcomes: reports and tasks.

use super::merging::{Event, Expected};
use otor_protocol::catalogue::built_in::{report, task};
use otor_protocol::ids::Level;
use otor_protocol::op::{EventId, KindId};

const REPORT: KindId = KindId(3);
const TASK: KindId = KindId(4);

/// The status of a record; none if its kind has none, or one whose life the model does not know.
pub(super) fn of(record: &Expected) -> Option<&'static str> {
    match record.kind {
        // What a whistle holds up is not modelled.
        REPORT
            if record
                .events
                .iter()
                .any(|event| event.event == report::WHISTLE_BLOWN) =>
        {
            None
        }
        REPORT => Some(report_status(&record.events)),
        TASK => Some(task_status(record)),
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
        closing.event == report::CLOSE && (closing.level > Level::WORKER || !escalated_before)
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
