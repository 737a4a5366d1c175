//! A wish: raised → claimed → delivered → confirmed, or lapsed, or withdrawn. Several may help; the server names
//! who leads, because whose claim came first is a fact of arrival.

use super::{Event, Folded, Told, events};
use crate::catalogue::built_in::matters::wish as numbers;
use crate::ids::PersonId;
use crate::record::Record;
use crate::stamp::Stamp;
use crate::value::Value;
use std::collections::BTreeMap;

/// Folds a wish.
pub(super) fn fold(record: &Record) -> Folded {
    let events = events(record);
    let helpers = claims(&events);
    let has = |id| events.iter().any(|event| event.event == id);
    let status = if has(numbers::DELIVER) && has(numbers::CONFIRM) {
        "confirmed"
    } else if has(numbers::DELIVER) {
        "delivered"
    } else if has(numbers::WITHDRAW) {
        "withdrawn"
    } else if lapsed(&events, &helpers) {
        "lapsed"
    } else if !helpers.is_empty() {
        "claimed"
    } else {
        "raised"
    };
    let named = helpers.keys().map(|person| Told::Person(*person)).collect();
    Folded::of(status)
        .maybe("helpers", (!helpers.is_empty()).then_some(Told::List(named)))
        .marked("claimed_after_lapse", status == "lapsed" && !helpers.is_empty())
        .marked("lead_gave_up", lead_gave_up(record, &helpers))
}

/// Whose claims stand, each since when.
fn claims(events: &[Event]) -> BTreeMap<PersonId, Stamp> {
    let mut claims = BTreeMap::new();
    for event in events {
        match event.event {
            numbers::CLAIM => {
                claims.entry(event.entry.author).or_insert(event.entry.stamp);
            }
            numbers::UNCLAIM => {
                claims.remove(&event.entry.author);
            }
            _ => {}
        }
    }
    claims
}

/// Who claims a wish, in the order of their claims.
pub fn claimants(record: &Record) -> Vec<PersonId> {
    let mut claims: Vec<(Stamp, PersonId)> = claims(&events(record))
        .into_iter()
        .map(|(person, since)| (since, person))
        .collect();
    claims.sort_unstable();
    claims.into_iter().map(|(_, person)| person).collect()
}

/// A claim from before the lapse, however late it comes, keeps a wish alive.
fn lapsed(events: &[Event], claims: &BTreeMap<PersonId, Stamp>) -> bool {
    events
        .iter()
        .filter(|event| event.event == numbers::LAPSE)
        .any(|lapse| claims.values().all(|since| *since > lapse.entry.stamp))
}

fn lead_gave_up(record: &Record, claims: &BTreeMap<PersonId, Stamp>) -> bool {
    match record.register(numbers::LEAD) {
        Some(Value::Person(lead)) => !claims.contains_key(lead),
        _ => false,
    }
}
