//! A mediation: accepted → in session → agreed, failed or transferred → fulfilled.

use super::{Event, Folded, Told, events};
use crate::catalogue::built_in::matters::mediation as numbers;
use crate::record::Record;
use std::cmp::Reverse;

/// Folds a mediation.
pub(super) fn fold(record: &Record) -> Folded {
    let events = events(record);
    let has = |id| events.iter().any(|event| event.event == id);
    let sessions = events
        .iter()
        .filter(|event| event.event == numbers::SESSION)
        .count();
    let mut endings: Vec<&Event> = events.iter().filter(|event| ends(event)).collect();
    endings.sort_by_key(|event| (Reverse(event.entry.level), event.entry.stamp, event.entry.dot));
    let ending = endings.first().copied();
    let status = match ending.map(|event| event.event) {
        Some(numbers::AGREE) if has(numbers::FULFIL) => "fulfilled",
        Some(numbers::AGREE) => "agreed",
        Some(numbers::FAIL) => "failed",
        Some(_) => "transferred",
        None if sessions > 0 => "in_session",
        None if has(numbers::ACCEPT) => "accepted",
        None => "raised",
    };
    let differ = endings
        .iter()
        .any(|other| Some(other.event) != ending.map(|event| event.event));
    Folded::of(status)
        .with("sessions", Told::count(sessions))
        .marked("two_endings", differ)
}

fn ends(event: &Event) -> bool {
    matches!(event.event, numbers::AGREE | numbers::FAIL | numbers::TRANSFER)
}
