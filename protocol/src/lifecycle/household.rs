//! Whether a household is lived in, and whether somebody should have come. Nobody's word is lost: of two that
//! did not know of one another, one that they live there and one that they are gone, neither counts before
//! somebody has looked.

use super::{Event, Folded, Told, events};
use crate::catalogue::built_in::household as numbers;
use crate::record::Record;
use crate::value::Value;
use std::collections::BTreeSet;

/// Folds a household.
pub(super) fn fold(record: &Record) -> Folded {
    let events = events(record);
    let overdue = last_overdue(&events);
    let met = overdue.and_then(|due| met(&events, due));
    Folded::of(occupancy(record))
        .maybe(
            "care_overdue_since",
            overdue.filter(|_| met.is_none()).map(Told::Number),
        )
        .marked("care_overdue", overdue.is_some() && met.is_none())
        .marked(
            "care_late",
            overdue.is_some_and(|due| met.is_some_and(|at| at > due)),
        )
}

/// The last day of which it was said that it passed without a visit, milliseconds since the Unix epoch.
fn last_overdue(events: &[Event]) -> Option<i64> {
    events
        .iter()
        .filter(|event| event.event == numbers::CARE_OVERDUE)
        .filter_map(|event| event.number(numbers::DUE_AT))
        .max()
}

/// The last day of which it was said that it passed without a visit, and the first visit that is known to have been
/// made for it after all; milliseconds since the Unix epoch.
pub fn care_missed(record: &Record) -> Option<(i64, Option<i64>)> {
    let events = events(record);
    let due = last_overdue(&events)?;
    Some((due, met(&events, due)))
}

fn met(events: &[Event], due: i64) -> Option<i64> {
    events
        .iter()
        .filter(|event| event.event == numbers::CARE_MET && event.number(numbers::DUE_AT) == Some(due))
        .filter_map(|event| event.number(numbers::AT))
        .min()
}

fn occupancy(record: &Record) -> &'static str {
    let candidates = record.candidates(numbers::OCCUPANCY);
    let said: Vec<&'static str> = candidates.iter().map(|one| named(&one.value)).collect();
    let gone: BTreeSet<bool> = said
        .iter()
        .map(|word| matches!(*word, "moved_out" | "vacant"))
        .collect();
    match (said.first(), gone.len()) {
        (None, _) => "occupied",
        (Some(_), 2) => "check",
        (Some(latest), _) => latest,
    }
}

/// The state that a code names; a code that nobody knows says that somebody is there.
fn named(code: &Value) -> &'static str {
    match code.as_text() {
        Some("away") => "away",
        Some("moved_out") => "moved_out",
        Some("vacant") => "vacant",
        _ => "occupied",
    }
}
