//! What a row of another system's file changes in the record that was brought from it before.

use super::names::ViewNames;
use super::record::{NewRecord, Standing, bad_edit, standing};
use super::refusal::Stop;
use super::write::last_stamp;
use crate::decide::Desk;
use crate::state::cell::PersonCell;
use otor_protocol::catalogue::Rule;
use otor_protocol::ids::RecordId;
use otor_protocol::op::{Body, FieldId};
use otor_protocol::record::{Edit, Entry, Record};
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;

/// The field that tells whether a row has changed since it was last brought.
pub(super) const SOURCE_ROW: &str = "source_row";

/// What a row writes.
pub(super) struct RowChange {
    /// The op.
    pub body: Body,
    /// The greatest stamp its author has seen of the record.
    pub seen: Stamp,
    /// Fields that are set once, and that the row has otherwise: they stay.
    pub kept: Vec<String>,
}

/// What a row writes on the record that was brought from it; nothing if the row is as it was then, whatever was done to
/// the record since, or says what is so already.
pub(super) fn row_change(
    desk: &Desk,
    account: &PersonCell,
    id: RecordId,
    row: &NewRecord,
    mark: &str,
) -> Result<Option<RowChange>, Stop> {
    let Standing { record, kind } = standing(desk, account, id)?;
    let marked = kind.field_named(SOURCE_ROW).map(|field| field.id);
    let before = marked
        .and_then(|field| record.register(field))
        .and_then(Value::as_text);
    if before == Some(mark) {
        return Ok(None);
    }
    let names = ViewNames::new(desk.view);
    let mut edit = Edit::default();
    let read = edit.set_json(kind, &row.fields, &names);
    names.check()?;
    read.map_err(bad_edit)?;
    let mut kept = Vec::new();
    // What was erased is not brought back.
    let stands = |name: &String| {
        kind.field_named(name)
            .filter(|spec| !record.erased.contains(&spec.id))
    };
    edit.set.retain(|(name, value)| match stands(name) {
        Some(spec) if says(&record, spec.id, spec.rule, value) => false,
        Some(spec) if spec.rule == Rule::Once => {
            kept.push(name.clone());
            false
        }
        Some(_) => true,
        None => false,
    });
    for (name, values) in edit.add.iter_mut().chain(&mut edit.append) {
        match stands(name) {
            Some(spec) => values.retain(|value| !says(&record, spec.id, spec.rule, value)),
            None => values.clear(),
        }
    }
    edit.add.retain(|(_, values)| !values.is_empty());
    edit.append.retain(|(_, values)| !values.is_empty());
    if edit == Edit::default() && kept.is_empty() {
        return Ok(None);
    }
    if marked.is_some() {
        edit.set.push((SOURCE_ROW.into(), Value::from(mark)));
    }
    let changes = edit.editing(kind, &record).map_err(bad_edit)?;
    Ok((!changes.is_empty()).then(|| RowChange {
        body: Body::Edit { record: id, changes },
        seen: last_stamp(&record),
        kept,
    }))
}

/// Whether a record says this already.
fn says(record: &Record, field: FieldId, rule: Rule, value: &Value) -> bool {
    match rule {
        Rule::Set => record.members(field).contains_key(value),
        Rule::Log => {
            let mut entries = record.entries(field).into_iter();
            entries.any(|entry| matches!(&entry.what, Entry::Note(note) if note == value))
        }
        Rule::All => {
            let candidates = record.candidates(field);
            !candidates.is_empty() && candidates.iter().all(|candidate| candidate.value == *value)
        }
        _ => record.register(field) == Some(value),
    }
}
