//! A hazard: found → ordered → rectified → verified, in rounds. It is as bad as anybody has said, until somebody
//! who did not remove it has seen that it is gone.

use super::{Event, Folded, Told, events};
use crate::catalogue::built_in::matters::hazard as numbers;
use crate::ids::PersonId;
use crate::record::Record;
use crate::value::Value;
use std::collections::BTreeSet;

/// The present round, from 1.
pub(super) fn round(record: &Record) -> u32 {
    super::round_after(&events(record), numbers::REOPEN)
}

/// Folds a hazard.
pub(super) fn fold(record: &Record) -> Folded {
    let events = events(record);
    let round = super::round_after(&events, numbers::REOPEN);
    let current: Vec<&Event> = events.iter().filter(|event| event.round == round).collect();
    let named = |id| current.iter().copied().filter(move |event| event.event == id);
    let rectifiers: BTreeSet<PersonId> = named(numbers::RECTIFY).map(|event| event.entry.author).collect();
    let verifications = named(numbers::VERIFY);
    let (own, others): (Vec<&Event>, Vec<&Event>) =
        verifications.partition(|event| rectifiers.contains(&event.entry.author));
    let status = if !rectifiers.is_empty() && !others.is_empty() {
        "verified"
    } else if !rectifiers.is_empty() {
        "rectified"
    } else if named(numbers::ORDER).next().is_some() {
        "ordered"
    } else {
        "found"
    };
    let due = record.register(numbers::DUE).and_then(Value::as_int);
    let overdue = due.is_some() && named(numbers::OVERDUE).any(|event| event.number(numbers::DUE_AT) == due);
    Folded {
        round: Some(round),
        ..Folded::of(status)
    }
    .maybe("severity", severity(record, &current, round).map(Told::Number))
    .marked("verified_by_rectifier", !own.is_empty() && others.is_empty())
    .marked("overdue", overdue && matches!(status, "found" | "ordered"))
}

/// The worst that was said in this round; in a later one about which nothing was said, what was found.
fn severity(record: &Record, current: &[&Event], round: u32) -> Option<i64> {
    let found = record.register(numbers::FOUND_SEVERITY).and_then(Value::as_int);
    let said = current
        .iter()
        .filter(|event| event.event == numbers::ASSESS)
        .filter_map(|event| event.number(numbers::SEVERITY))
        .max();
    if round == 1 {
        found.max(said)
    } else {
        said.or(found)
    }
}
