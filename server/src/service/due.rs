//! What is due: the deadlines that stand, soonest first.

use super::place::Place;
use super::time::rfc3339;
use crate::decide::admin::reaches_place;
use crate::state::cell::PersonCell;
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::area::AreaCode;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::op::EventId;
use serde::Serialize;

/// Most deadlines of one answer, and most looked at for it.
const LISTED_MAX: usize = 500;
const LOOKED_AT_MAX: usize = 5_000;

/// One deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DueEntry {
    /// When, RFC 3339.
    pub at: String,
    /// The record.
    pub id: String,
    /// The name of its kind.
    pub kind: String,
    /// The code of its area.
    pub area: String,
    /// The event that the server will write when the time has passed.
    pub event: String,
}

/// The deadlines up to a time, of what an account may see.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn list(
    view: &dyn View,
    catalogue: &Catalogue,
    account: &PersonCell,
    area: Option<&AreaCode>,
    until_ms: i64,
) -> Result<Vec<DueEntry>, StateError> {
    let place = area.map(|area| Place::of(view, area)).transpose()?;
    let rows = view.range(&key::all_due(), &key::due_after(until_ms), LOOKED_AT_MAX)?;
    let mut due = Vec::new();
    for (row, _) in rows {
        let Some((at_ms, id, event)) = key::due_named(&row) else {
            continue;
        };
        let Some(cell) = read::record(view, id)? else {
            continue;
        };
        let record = super::row::record_of(id, &cell)?;
        let here = place
            .as_ref()
            .is_none_or(|place| place.contains(&record.area.val));
        if !here || !reaches_place(view, account, &record.area.val)? {
            continue;
        }
        let kind = catalogue.kind(record.kind);
        due.push(DueEntry {
            at: rfc3339(at_ms),
            id: id.to_string(),
            kind: kind.map_or("", |kind| kind.name).to_string(),
            area: record.area.val.to_string(),
            event: kind
                .and_then(|kind| kind.event(EventId(event)))
                .map_or("", |event| event.name)
                .to_string(),
        });
        if due.len() == LISTED_MAX {
            break;
        }
    }
    Ok(due)
}
