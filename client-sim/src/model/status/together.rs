//! Whistles, alerts, announcements and campaigns.

use super::{Life, latest};
use crate::model::Expected;
use otor_protocol::catalogue::TASK_ASSIGNEE;
use otor_protocol::catalogue::built_in::together::{alert, announcement, campaign, whistle};
use otor_protocol::op::EventId;
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use std::collections::BTreeSet;

/// Solved when everybody called has answered or is excused.
pub(super) fn whistle(record: &Expected) -> Life {
    let called: BTreeSet<Value> = record
        .members
        .get(&whistle::INVITED)
        .into_iter()
        .flatten()
        .chain(record.values.get(&whistle::LEAD))
        .cloned()
        .collect();
    let said = |id: EventId, department: &Value| {
        let said = record.said(id);
        said.iter()
            .any(|event| event.arg(whistle::DEPARTMENT) == Some(department))
    };
    let is_done = |one: &Value| said(whistle::REPLY, one) || said(whistle::EXCUSE, one);
    let answers = |one: &Value| said(whistle::REPLY, one) && !said(whistle::EXCUSE, one);
    let is_there = |one: &Value| said(whistle::ARRIVE, one) && !is_done(one);
    let status = match () {
        () if record.happened(whistle::CALL_OFF) => "called_off",
        () if !called.is_empty() && called.iter().all(is_done) => "solved",
        () if called.iter().any(answers) => "solving",
        () if called.iter().any(is_there) => "reported_in",
        () => "blown",
    };
    let passed = record.day_passed(whistle::DUE, whistle::OVERDUE);
    let over = status == "called_off" || status == "solved";
    Life::of(status).marked("overdue", passed && !over)
}

/// What the person called says, or a centre for them; the server's word that they could not be reached counts only
/// while they have said nothing.
pub(super) fn alert(record: &Expected) -> Life {
    let called = record.person(TASK_ASSIGNEE);
    let theirs = |id: EventId| {
        let said = record.said(id).into_iter();
        said.filter(|event| event.is_of_a_centre() || Some(event.author) == called)
            .collect::<Vec<_>>()
    };
    let arrived = theirs(alert::ARRIVE).iter().map(|event| event.stamp.ms()).min();
    let status = match () {
        () if arrived.is_some() => "arrived",
        () if !theirs(alert::DECLINE).is_empty() => "declined",
        () if !theirs(alert::ACKNOWLEDGE).is_empty() => "acknowledged",
        () if record.happened(alert::UNREACHABLE) => "unreachable",
        () if record.happened(alert::STAND_DOWN) => "stood_down",
        () => "called",
    };
    let due = record.number(alert::DUE);
    let in_time = arrived.zip(due).map(|(arrived, due)| arrived <= due);
    let mut life = Life::of(status)
        .marked("in_time", in_time == Some(true))
        .marked("late", in_time == Some(false))
        .marked("time_up", record.happened(alert::TIME_UP) && arrived.is_none());
    if let Some(arrived) = arrived {
        life = life.told("arrived_at", arrived);
    }
    life
}

/// A publication counts where the text of that moment had been approved by then, and whoever it names agrees.
pub(super) fn announcement(record: &Expected) -> Life {
    let texts: Vec<Stamp> = record
        .notes
        .get(&announcement::TEXTS)
        .into_iter()
        .flatten()
        .map(|(stamp, ..)| *stamp)
        .collect();
    let text_at = |at: Stamp| texts.iter().copied().filter(|text| *text <= at).max();
    let approvals = record.said(announcement::APPROVE);
    let was_approved = |at: Stamp| {
        let text = text_at(at).unwrap_or_default();
        approvals
            .iter()
            .any(|approval| text <= approval.stamp && approval.stamp <= at)
    };
    let agreed = record.text(announcement::ABOUT) != Some("person") || record.happened(announcement::CONSENT);
    let tried = record.said(announcement::PUBLISH);
    let published = tried
        .iter()
        .map(|event| event.stamp)
        .filter(|at| agreed && was_approved(*at))
        .max();
    let withdrawn = latest(&record.said(announcement::WITHDRAW));
    let last_text = texts.iter().copied().max().unwrap_or_default();
    let status = if withdrawn.is_some() && withdrawn >= published {
        "withdrawn"
    } else if published.is_some() {
        "published"
    } else if latest(&approvals).is_some_and(|approved| approved >= last_text) {
        "approved"
    } else {
        "draft"
    };
    Life::of(status)
        .counted("posted", record.said(announcement::POSTED).len())
        .marked("consent_missing", !agreed && !tried.is_empty())
        .marked("newer_text", published.is_some_and(|at| last_text > at))
}

/// A household's last answer counts; being asked again takes none back.
pub(super) fn campaign(record: &Expected) -> Life {
    let asked = [campaign::CONTACTED, campaign::REGISTERED, campaign::DECLINED];
    let mut households = BTreeSet::new();
    for event in record.events.iter().filter(|event| asked.contains(&event.event)) {
        households.extend(event.text(campaign::HOUSEHOLD));
    }
    let answer = |household: &str| {
        let answers = record.events.iter().filter(|event| {
            let answers = event.event == campaign::REGISTERED || event.event == campaign::DECLINED;
            answers && event.text(campaign::HOUSEHOLD) == Some(household)
        });
        answers
            .max_by_key(|event| (event.stamp, event.dot))
            .map(|event| event.event)
    };
    let count = |id: EventId| {
        let answered = households
            .iter()
            .filter(|household| answer(household) == Some(id));
        answered.count()
    };
    let registered = count(campaign::REGISTERED);
    let number = |field| record.number(field).map(i128::from);
    let reached = match (
        number(campaign::HOUSEHOLDS),
        number(campaign::THRESHOLD_OF),
        number(campaign::THRESHOLD_IN),
    ) {
        (Some(all), Some(of), Some(within)) => registered as i128 * within >= of * all,
        _ => false,
    };
    let status = match () {
        () if record.happened(campaign::END) => "ended",
        () if record.happened(campaign::START) => "open",
        () => "planned",
    };
    Life::of(status)
        .counted("contacted", households.len())
        .counted("registered", registered)
        .counted("declined", count(campaign::DECLINED))
        .marked("threshold_met", reached)
}
