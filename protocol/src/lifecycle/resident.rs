//! Whether a resident's record stands. A removal counts only against what its author had seen; an erasure always.

use super::{Event, Folded, events};
use crate::catalogue::built_in::household::resident as numbers;
use crate::op::FieldId;
use crate::record::Record;

/// The field with the name: it is personal, and erased with the rest.
const NAME: FieldId = FieldId(2);

/// Folds a resident.
pub(super) fn fold(record: &Record) -> Folded {
    let events = events(record);
    let has = |id| events.iter().any(|event| event.event == id);
    let asked = has(numbers::REMOVE);
    let stands = !record.members(numbers::PRESENT).is_empty();
    let status = if record.erased.contains(&NAME) {
        "erased"
    } else if asked && !stands {
        "removed"
    } else if has(numbers::DECEASED) {
        "deceased"
    } else if last_move(&events) == Some(numbers::MOVED_AWAY) {
        "moved"
    } else {
        "current"
    };
    Folded::of(status).marked("removal_not_seen_by_all", asked && stands && status != "erased")
}

fn last_move(events: &[Event]) -> Option<crate::op::EventId> {
    let last = events
        .iter()
        .rfind(|event| matches!(event.event, numbers::MOVED_IN | numbers::MOVED_AWAY));
    last.map(|event| event.event)
}
