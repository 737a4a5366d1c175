//! Reports of one matter. A mark joins two reports, whichever of them bears it; what hangs together is one case, and
//! its root is the report with the smallest id, so that no chain of marks runs in a circle.

use super::{Event, events};
use crate::catalogue::built_in::report as numbers;
use crate::ids::RecordId;
use crate::record::Record;
use crate::value::Value;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// Most reports of one case that are followed.
pub const CASE_MAX: usize = 64;

/// The report that this one was marked as a duplicate of: by the highest level's word, then the latest.
pub(super) fn target(events: &[Event]) -> Option<RecordId> {
    let of = |event: &Event| match event.arg(numbers::OF) {
        Some(Value::Record(other)) => Some(*other),
        _ => None,
    };
    let last = events
        .iter()
        .filter(|event| matches!(event.event, numbers::MARK_DUPLICATE | numbers::UNMARK_DUPLICATE))
        .max_by_key(|event| (event.entry.level, event.entry.stamp, event.entry.dot))?;
    match last.event {
        numbers::MARK_DUPLICATE => of(last),
        _ => None,
    }
}

/// The reports that a report hangs together with, by its own mark and by what it has been told of others'.
pub fn linked(record: &Record) -> BTreeSet<RecordId> {
    let mut linked = told_of(record);
    linked.extend(duplicate_of(record));
    linked
}

/// The reports of which a report has been told that they are marked as its duplicates.
pub fn told_of(record: &Record) -> BTreeSet<RecordId> {
    let told = events(record);
    let told = told.iter().filter(|event| event.event == numbers::LINKED);
    let named = told.filter_map(|event| match event.arg(numbers::OF) {
        Some(Value::Record(other)) => Some(*other),
        _ => None,
    });
    named.filter(|other| *other != record.id).collect()
}

/// The report that a report is marked as a duplicate of, if it is.
pub fn duplicate_of(record: &Record) -> Option<RecordId> {
    target(&events(record)).filter(|other| *other != record.id)
}

/// The root of a report's case, where `joined` tells which reports another one hangs together with.
///
/// # Errors
/// Whatever `joined` says.
pub fn root_of<E, Joined: IntoIterator<Item = RecordId>>(
    id: RecordId,
    mut joined: impl FnMut(RecordId) -> Result<Joined, E>,
) -> Result<RecordId, E> {
    let mut seen = BTreeSet::from([id]);
    let mut to_look_at = vec![id];
    while let Some(here) = to_look_at.pop() {
        for other in joined(here)? {
            if seen.len() < CASE_MAX && seen.insert(other) {
                to_look_at.push(other);
            }
        }
    }
    // The report itself is always among them.
    Ok(seen.into_iter().next().unwrap_or(id))
}

/// The root of a report's case as far as its reports tell it themselves. `read` finds a report; one that is not there
/// counts as it is named.
///
/// # Errors
/// Whatever `read` says.
pub fn case_root<E>(
    record: &Record,
    mut read: impl FnMut(RecordId) -> Result<Option<Record>, E>,
) -> Result<RecordId, E> {
    let mut known = BTreeMap::from([(record.id, Some(record.clone()))]);
    root_of(record.id, |id| {
        let mut joined = BTreeSet::new();
        let Some(here) = known.get(&id).cloned().flatten() else {
            return Ok(joined);
        };
        for other in linked(&here).into_iter().take(CASE_MAX) {
            if let Entry::Vacant(unread) = known.entry(other) {
                unread.insert(read(other)?);
            }
            if is_joined(&here, other, known.get(&other).and_then(Option::as_ref)) {
                joined.insert(other);
            }
        }
        Ok(joined)
    })
}

/// Whether two reports hang together now: a mark that was taken back is no link, though the other was told of it.
fn is_joined(here: &Record, other: RecordId, there: Option<&Record>) -> bool {
    duplicate_of(here) == Some(other) || there.is_none_or(|there| duplicate_of(there) == Some(here.id))
}
