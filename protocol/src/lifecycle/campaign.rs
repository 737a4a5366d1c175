//! A campaign: whom it has reached, and whether enough have registered. What anybody voted is nowhere.

use super::{Folded, Told, events};
use crate::catalogue::built_in::together::campaign as numbers;
use crate::op::EventId;
use crate::record::Record;
use crate::value::Value;
use std::collections::BTreeMap;

/// Folds a campaign.
pub(super) fn fold(record: &Record) -> Folded {
    let events = events(record);
    let has = |id| events.iter().any(|event| event.event == id);
    let mut last: BTreeMap<String, EventId> = BTreeMap::new();
    for event in &events {
        let asked = matches!(
            event.event,
            numbers::CONTACTED | numbers::REGISTERED | numbers::DECLINED
        );
        if let Some(household) = event
            .arg(numbers::HOUSEHOLD)
            .and_then(Value::as_text)
            .filter(|_| asked)
        {
            let known = last.entry(household.to_string()).or_insert(event.event);
            // Being asked again takes back no answer.
            if event.event != numbers::CONTACTED {
                *known = event.event;
            }
        }
    }
    let count = |id: EventId| last.values().filter(|last| **last == id).count();
    let registered = count(numbers::REGISTERED);
    let status = if has(numbers::END) {
        "ended"
    } else if has(numbers::START) {
        "open"
    } else {
        "planned"
    };
    Folded::of(status)
        .with("contacted", Told::count(last.len()))
        .with("registered", Told::count(registered))
        .with("declined", Told::count(count(numbers::DECLINED)))
        .marked("threshold_met", reaches(record, registered))
}

/// Whether so many are the share asked for, in whole numbers.
fn reaches(record: &Record, registered: usize) -> bool {
    let number = |field| record.register(field).and_then(Value::as_int).map(i128::from);
    let asked = (
        number(numbers::HOUSEHOLDS),
        number(numbers::THRESHOLD_OF),
        number(numbers::THRESHOLD_IN),
    );
    match asked {
        (Some(households), Some(of), Some(within)) => registered as i128 * within >= of * households,
        _ => false,
    }
}
