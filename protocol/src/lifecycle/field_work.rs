//! Visits and activities, which their authors may take back, and patrols, whose coverage never falls.

use super::{Folded, Told, events};
use crate::catalogue::built_in::field_work as numbers;
use crate::ids::Level;
use crate::record::{Entry, Record};
use crate::value::Value;
use std::collections::BTreeSet;

/// Folds what can be taken back: by its author, or by somebody above worker level.
pub(super) fn retractable(record: &Record) -> Folded {
    let retracted = events(record).iter().any(|event| {
        let entitled = event.entry.author == record.creation.author || event.entry.level > Level::WORKER;
        event.event == numbers::RETRACT && entitled
    });
    Folded::of(if retracted { "retracted" } else { "submitted" })
}

/// Folds a patrol.
pub(super) fn patrol(record: &Record) -> Folded {
    let ended = events(record).iter().any(|event| event.event == numbers::END);
    let planned: BTreeSet<&str> = match record.register(numbers::PLANNED) {
        Some(Value::Text(codes)) => codes.split_whitespace().collect(),
        _ => BTreeSet::new(),
    };
    let touched: BTreeSet<String> = record
        .entries(numbers::TOUCHED)
        .into_iter()
        .filter_map(|entry| match entry.what {
            Entry::Note(Value::Text(code)) if planned.contains(code.as_str()) => Some(code),
            _ => None,
        })
        .collect();
    Folded::of(if ended { "ended" } else { "open" })
        .with("segments_planned", Told::count(planned.len()))
        .with("segments_touched", Told::count(touched.len()))
        .with("points_marked", Told::count(crate::patrol::track(record).len()))
}
