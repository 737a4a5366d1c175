//! A record as administrators read it.

use super::time::rfc3339;
use crate::decide::admin::ViewNames;
use crate::state::cell::RecordCell;
use crate::state::{StateError, doubles, key, read};
use crate::store::engine::View;
use otor_protocol::area::AreaCode;
use otor_protocol::catalogue::{Catalogue, KindSpec, LifeCycle, is_printable};
use otor_protocol::ids::RecordId;
use otor_protocol::lifecycle;
use otor_protocol::receipt::Receipt;
use otor_protocol::record::{Names, Record, fields_as_json};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// What a row says of its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowState {
    /// It is there.
    Live,
    /// It was in the area asked for and is filed elsewhere now: the row has no fields.
    Left,
    /// It is there without its personal fields, which are erased for good.
    Erased,
}

impl RowState {
    /// The name in exports.
    pub fn name(self) -> &'static str {
        match self {
            RowState::Live => "live",
            RowState::Left => "left",
            RowState::Erased => "erased",
        }
    }
}

/// One record as it is now. Times are RFC 3339.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The record's id.
    pub id: String,
    /// Its receipt number.
    pub receipt: String,
    /// The name of its kind.
    pub kind: String,
    /// The code of its area; where it left the area asked for, the one it was in there.
    pub area: String,
    /// The commit of its last change.
    pub commit: u64,
    /// Whether it is there.
    pub state: RowState,
    /// What its author is called.
    pub created_by: String,
    /// When it was written, by the server's reckoning.
    pub written_at: String,
    /// When its author's phone claims it was written.
    pub claimed_at: String,
    /// Whether `written_at` is a guess: the phone had only its wall clock to go by.
    pub uncertain: bool,
    /// When the server received it.
    pub received_at: String,
    /// Its fields by name, with what is derived from them.
    pub fields: Map<String, Json>,
    /// The fields that hold several truths until somebody settles them.
    pub conflicts: Vec<String>,
    /// The last edits that were merged though their authors had not seen what they compete with, since an account
    /// wrote last; by the names of their ops.
    pub merge_conflicts: Vec<String>,
}

/// Makes rows over one view.
pub struct RowMaker<'a> {
    catalogue: &'a Catalogue,
    view: &'a dyn View,
    names: ViewNames<'a>,
}

impl<'a> RowMaker<'a> {
    /// For the records of `view`.
    pub fn new(view: &'a dyn View, catalogue: &'a Catalogue) -> Self {
        RowMaker {
            catalogue,
            view,
            names: ViewNames::new(view),
        }
    }

    /// The row of a record; of a report with which case it belongs to, and how far that is.
    ///
    /// # Errors
    /// [`StateError`] if something that it tells could not be read.
    pub fn row(&self, cell: &RecordCell, record: &Record) -> Result<Row, StateError> {
        let mut row = self.own_row(cell, record, None)?;
        let kind = self.catalogue.kind(record.kind);
        if kind.is_some_and(|kind| kind.life_cycle == LifeCycle::Report) {
            let root = doubles::case_root(self.view, record.id, u64::MAX)?;
            lifecycle::show_case(record, root, &self.names, &mut row.fields, |id| {
                let cell = read::record(self.view, id)?;
                cell.map(|cell| record_of(id, &cell)).transpose()
            })?;
            row.fields.values_mut().for_each(make_printable);
        }
        Ok(row)
    }

    /// The row of a record with nothing but what changes with that record itself: whoever keeps it has it as it is until
    /// the record changes. `left` is the area it was in, if it left what was asked for.
    ///
    /// # Errors
    /// [`StateError`] if a name could not be read.
    pub fn own_row(
        &self,
        cell: &RecordCell,
        record: &Record,
        left: Option<&AreaCode>,
    ) -> Result<Row, StateError> {
        let kind = self.catalogue.kind(record.kind);
        let state = match left {
            Some(_) => RowState::Left,
            None if record.erased.is_empty() => RowState::Live,
            None => RowState::Erased,
        };
        let shown = kind.filter(|_| left.is_none());
        let row = Row {
            id: record.id.to_string(),
            receipt: Receipt::of(record).to_string(),
            kind: kind.map_or_else(|| format!("kind {}", record.kind.0), |kind| kind.name.to_string()),
            area: left.unwrap_or(&record.area.val).to_string(),
            commit: cell.changed.commit,
            state,
            created_by: self.names.person_name(record.creation.author),
            written_at: rfc3339(record.creation.facts.stamp.ms()),
            claimed_at: rfc3339(record.creation.facts.claimed_ms),
            uncertain: record.creation.facts.uncertain,
            received_at: rfc3339(cell.received_ms),
            fields: shown
                .map(|kind| self.fields(kind, cell, record))
                .unwrap_or_default(),
            conflicts: shown
                .map(|kind| lifecycle::conflicts(kind, record))
                .unwrap_or_default()
                .into_iter()
                .map(str::to_string)
                .collect(),
            merge_conflicts: shown
                .map(|_| {
                    cell.conflicts
                        .iter()
                        .map(|dot| RecordId(*dot).to_string())
                        .collect()
                })
                .unwrap_or_default(),
        };
        self.names.check()?;
        Ok(row)
    }

    /// The fields, with what the server alone knows: whether a task has reached its assignee's phone.
    fn fields(&self, kind: &KindSpec, cell: &RecordCell, record: &Record) -> Map<String, Json> {
        let mut fields = fields_as_json(kind, record, &self.names);
        if kind.life_cycle == LifeCycle::Task && cell.delivered == Some(lifecycle::task(record).epoch) {
            lifecycle::show_delivered(&mut fields);
        }
        fields.retain(|name, _| !lifecycle::OF_OTHER_REPORTS.contains(&name.as_str()));
        fields.values_mut().for_each(make_printable);
        fields
    }
}

/// An op that somebody vouched for may hold characters that break what rows are exported to: they show as �.
fn make_printable(value: &mut Json) {
    match value {
        Json::String(text) if !text.chars().all(is_printable) => {
            *text = text
                .chars()
                .map(|c| {
                    if is_printable(c) {
                        c
                    } else {
                        char::REPLACEMENT_CHARACTER
                    }
                })
                .collect();
        }
        Json::Array(values) => values.iter_mut().for_each(make_printable),
        _ => {}
    }
}

/// The record in a cell.
///
/// # Errors
/// [`StateError::Damaged`] if its bytes do not decode.
pub fn record_of(id: RecordId, cell: &RecordCell) -> Result<Record, StateError> {
    cell.record()
        .map_err(|_| StateError::Damaged { key: key::record(id) })
}
