//! Single records and pages of them, in the order of their ids.

use super::place::Place;
use super::row::{Row, RowMaker, record_of};
use crate::decide::admin::reaches_place;
use crate::state::cell::{PersonCell, RecordCell};
use crate::state::{StateError, key, read};
use crate::store::engine::{View, key_after};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::RecordId;
use otor_protocol::op::KindId;
use serde::Serialize;

/// Most records looked at for one page.
const LOOKED_AT_MAX: usize = 400;

/// Which records are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// Only of this kind.
    pub kind: Option<KindId>,
    /// Only of this place.
    pub place: Option<Place>,
    /// Only where several truths stand side by side, or edits were merged with conflict.
    pub conflicts: bool,
}

/// A page of records.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordPage {
    /// The rows: fewer than asked for, perhaps none, does not mean the end.
    pub records: Vec<Row>,
    /// Where the next page begins; none at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Up to `limit` records after `after`, looking at a bounded number of them.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn page(
    view: &dyn View,
    catalogue: &Catalogue,
    filter: &RecordFilter,
    after: Option<RecordId>,
    limit: usize,
) -> Result<RecordPage, StateError> {
    let from = match after {
        Some(record) => key_after(&key::record(record)),
        None => key::records(),
    };
    let end = key::end_of(&key::records());
    let looked_at = read::range::<RecordCell>(view, &from, &end, LOOKED_AT_MAX)?;
    let mut more = looked_at.len() == LOOKED_AT_MAX;
    let maker = RowMaker::new(view, catalogue);
    let mut last = None;
    let mut records = Vec::new();
    for (place, cell) in looked_at {
        if records.len() >= limit {
            more = true;
            break;
        }
        let record = cell.record().map_err(|_| StateError::Damaged { key: place })?;
        last = Some(record.id.to_string());
        if filter.kind.is_none_or(|kind| kind == record.kind)
            && filter
                .place
                .as_ref()
                .is_none_or(|place| place.contains(&record.area.val))
        {
            let row = maker.row(&cell, &record)?;
            let contested = !row.conflicts.is_empty() || !row.merge_conflicts.is_empty();
            if contested || !filter.conflicts {
                records.push(row);
            }
        }
    }
    Ok(RecordPage {
        records,
        next: last.filter(|_| more),
    })
}

/// What is found under an id.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// The record of that id; if there is none, the first of those that had it before.
    #[serde(flatten)]
    pub row: Row,
    /// The id asked for, where the row has another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// Further records that were first written under that id, and renumbered since.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renumbered: Vec<Row>,
}

/// What an account finds under an id: the record, and those that a copied phone had first written under the same
/// number. A number told to a resident finds its record all the same.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn find(
    view: &dyn View,
    catalogue: &Catalogue,
    account: &PersonCell,
    id: RecordId,
) -> Result<Option<Found>, StateError> {
    let mut rows = Vec::new();
    for id in std::iter::once(id).chain(read::renumbered(view, id)?) {
        rows.extend(one(view, catalogue, account, id)?);
    }
    let mut rows = rows.into_iter();
    let Some(row) = rows.next() else {
        return Ok(None);
    };
    Ok(Some(Found {
        asked: Some(id.to_string()).filter(|id| *id != row.id),
        row,
        renumbered: rows.collect(),
    }))
}

/// One record, if the account sees it.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn one(
    view: &dyn View,
    catalogue: &Catalogue,
    account: &PersonCell,
    id: RecordId,
) -> Result<Option<Row>, StateError> {
    let Some(cell) = read::record(view, id)? else {
        return Ok(None);
    };
    let record = record_of(id, &cell)?;
    if !reaches_place(view, account, &record.area.val)? {
        return Ok(None);
    }
    RowMaker::new(view, catalogue).row(&cell, &record).map(Some)
}
