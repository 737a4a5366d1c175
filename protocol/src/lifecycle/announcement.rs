//! An announcement: draft → approved → published → withdrawn. What names somebody is published only with their
//! consent.

use super::{Event, Folded, Told, events};
use crate::catalogue::built_in::together::announcement as numbers;
use crate::record::Record;
use crate::stamp::Stamp;
use crate::value::Value;

/// Folds an announcement.
pub(super) fn fold(record: &Record) -> Folded {
    let events = events(record);
    let named = |id| events.iter().filter(move |event| event.event == id);
    let texts = record.entries(numbers::TEXTS);
    let last_text = texts.last().map_or(Stamp::default(), |entry| entry.stamp);
    let approved = named(numbers::APPROVE).map(|event| event.entry.stamp).max();
    let names_somebody = record.register(numbers::ABOUT).and_then(Value::as_text) == Some("person");
    let consent = !names_somebody || named(numbers::CONSENT).next().is_some();
    let published = named(numbers::PUBLISH)
        .map(|event| event.entry.stamp)
        .filter(|published| consent && was_approved(&events, *published, &texts))
        .max();
    let withdrawn = named(numbers::WITHDRAW).map(|event| event.entry.stamp).max();
    let status = match (published, withdrawn) {
        (Some(published), Some(withdrawn)) if withdrawn >= published => "withdrawn",
        (Some(_), _) => "published",
        (None, Some(_)) => "withdrawn",
        (None, None) if approved.is_some_and(|approved| approved >= last_text) => "approved",
        (None, None) => "draft",
    };
    let newer = published.is_some_and(|published| last_text > published);
    Folded::of(status)
        .with("posted", Told::count(named(numbers::POSTED).count()))
        .marked(
            "consent_missing",
            !consent && named(numbers::PUBLISH).next().is_some(),
        )
        .marked("newer_text", newer)
}

/// Whether the text that stood at a moment had been approved by then.
fn was_approved(events: &[Event], at: Stamp, texts: &[crate::record::LogEntry]) -> bool {
    let standing = texts
        .iter()
        .map(|entry| entry.stamp)
        .filter(|stamp| *stamp <= at)
        .max()
        .unwrap_or_default();
    events.iter().any(|event| {
        let stamp = event.entry.stamp;
        event.event == numbers::APPROVE && standing <= stamp && stamp <= at
    })
}
