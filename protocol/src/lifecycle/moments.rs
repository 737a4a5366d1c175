//! When what is counted happened: the moments of a record's life that durations and periods go by, by the same
//! events that its status follows from.

use super::{Event, events, report, task};
use crate::catalogue::built_in::matters::{hazard, mediation, wish};
use crate::catalogue::built_in::report as of_report;
use crate::catalogue::built_in::task as of_task;
use crate::catalogue::built_in::together::whistle as of_whistle;
use crate::catalogue::{KindSpec, LifeCycle};
use crate::op::EventId;
use crate::record::Record;
use crate::value::Value;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Moments of a record's life, milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    /// When a report was first given to somebody, in whatever round.
    pub assigned_ms: Option<i64>,
    /// When it came to its end, as far as its status says that it has: a report's closing that counts, a task's first
    /// completion, a hazard's first removal in its present round, the last answer that solved a whistle, a mediation's
    /// ending that counts, a wish's first delivery.
    pub ended_ms: Option<i64>,
}

/// The moments of a record.
pub fn moments(kind: &KindSpec, record: &Record) -> Moments {
    let events = events(record);
    let status = || super::status(kind, record).unwrap_or_default();
    let ended_ms = match kind.life_cycle {
        LifeCycle::Report => report::fold(record).closed_ms,
        LifeCycle::Task => matches!(status(), "done" | "verified")
            .then(|| first(&events, of_task::COMPLETE, |_| true))
            .flatten(),
        LifeCycle::Hazard => {
            let round = super::hazard::round(record);
            let removed = first(&events, hazard::RECTIFY, |event| event.round == round);
            removed.filter(|_| matches!(status(), "rectified" | "verified"))
        }
        LifeCycle::Whistle if status() == "solved" => last_answer(record, &events),
        LifeCycle::Mediation => mediation_ended(&events),
        LifeCycle::Wish => first(&events, wish::DELIVER, |_| true),
        _ => None,
    };
    let assigned_ms = match kind.life_cycle {
        LifeCycle::Report => first(&events, of_report::ASSIGN, |_| true),
        LifeCycle::Task => task::fold(record)
            .assignee
            .map(|_| record.creation.facts.stamp.ms()),
        _ => None,
    };
    Moments {
        assigned_ms,
        ended_ms,
    }
}

fn first(events: &[Event], id: EventId, counts: impl Fn(&Event) -> bool) -> Option<i64> {
    let counted = events.iter().filter(|event| event.event == id && counts(event));
    counted.map(|event| event.entry.stamp.ms()).min()
}

/// The last of the departments' first answers.
fn last_answer(record: &Record, events: &[Event]) -> Option<i64> {
    let slots = super::slots(record);
    let mut answered: BTreeMap<&str, i64> = BTreeMap::new();
    for event in events {
        let department = event.arg(of_whistle::DEPARTMENT).and_then(Value::as_text);
        if let Some(department) = department.filter(|department| slots.contains_key(*department))
            && matches!(event.event, of_whistle::REPLY | of_whistle::EXCUSE)
        {
            let at = event.entry.stamp.ms();
            let known = answered.entry(department).or_insert(at);
            *known = at.min(*known);
        }
    }
    answered.into_values().max()
}

/// The ending that a mediation's status goes by: the highest level's, else the earliest.
fn mediation_ended(events: &[Event]) -> Option<i64> {
    let endings = events.iter().filter(|event| {
        matches!(
            event.event,
            mediation::AGREE | mediation::FAIL | mediation::TRANSFER
        )
    });
    let counted =
        endings.min_by_key(|event| (Reverse(event.entry.level), event.entry.stamp, event.entry.dot));
    counted.map(|event| event.entry.stamp.ms())
}
