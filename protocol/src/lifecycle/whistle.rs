//! A whistle: blown → reported in → solving → solved. Every department has a slot of its own, so that two that
//! answer at the same time do not collide; it is solved when the lead and all invited have answered or are excused.

use super::{Folded, Told, events};
use crate::catalogue::built_in::together::whistle as numbers;
use crate::record::Record;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of one department's part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// It is called.
    Called,
    /// Its people are on the spot.
    Arrived,
    /// It has answered.
    Replied,
    /// It need not answer.
    Excused,
}

impl Slot {
    fn name(self) -> &'static str {
        match self {
            Slot::Called => "called",
            Slot::Arrived => "arrived",
            Slot::Replied => "replied",
            Slot::Excused => "excused",
        }
    }
}

/// The slots, by department: of the lead, of those invited, and nobody else's.
pub fn slots(record: &Record) -> BTreeMap<String, Slot> {
    let mut slots: BTreeMap<String, Slot> = departments(record)
        .into_iter()
        .map(|department| (department, Slot::Called))
        .collect();
    for event in events(record) {
        let slot = match event.event {
            numbers::ARRIVE => Slot::Arrived,
            numbers::REPLY => Slot::Replied,
            numbers::EXCUSE => Slot::Excused,
            _ => continue,
        };
        let department = event.arg(numbers::DEPARTMENT).and_then(Value::as_text);
        if let Some(known) = department.and_then(|department| slots.get_mut(department)) {
            *known = slot.max(*known);
        }
    }
    slots
}

fn departments(record: &Record) -> BTreeSet<String> {
    let invited = record.members(numbers::INVITED).into_keys();
    let lead = record.register(numbers::LEAD).cloned();
    invited
        .chain(lead)
        .filter_map(|code| code.as_text().map(str::to_string))
        .collect()
}

/// Whether a whistle holds its case open no longer.
pub fn is_over(record: &Record) -> bool {
    matches!(fold(record).status, "solved" | "called_off")
}

/// Folds a whistle.
pub(super) fn fold(record: &Record) -> Folded {
    let events = events(record);
    let slots = slots(record);
    let answered = |slot: &Slot| *slot >= Slot::Replied;
    let status = if events.iter().any(|event| event.event == numbers::CALL_OFF) {
        "called_off"
    } else if !slots.is_empty() && slots.values().all(answered) {
        "solved"
    } else if slots.values().any(|slot| *slot == Slot::Replied) {
        "solving"
    } else if slots.values().any(|slot| *slot == Slot::Arrived) {
        "reported_in"
    } else {
        "blown"
    };
    let due = record.register(numbers::DUE).and_then(Value::as_int);
    let overdue = due.is_some()
        && events
            .iter()
            .any(|event| event.event == numbers::OVERDUE && event.number(numbers::DUE_AT) == due);
    let told = slots
        .iter()
        .map(|(department, slot)| Told::Text(format!("{department}: {}", slot.name())))
        .collect();
    Folded::of(status)
        .with("slots", Told::List(told))
        .marked("overdue", overdue && !matches!(status, "solved" | "called_off"))
}
