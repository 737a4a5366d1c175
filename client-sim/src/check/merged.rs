//! The merged records are what the reference model says they have to be: no op's effect is missing, none is there
//! that was not accepted, and of competing ones the right one stands.

use crate::model::{Expected, History, predict};
use crate::replay::centre::Row;
use otor_protocol::ids::RecordId;
use otor_protocol::op::FieldId;
use otor_protocol::record::{Entry, Field, Record};
use std::collections::{BTreeMap, BTreeSet};

/// One line for every record that is otherwise than expected.
pub fn merged(history: &History, rows: &BTreeMap<RecordId, Row>) -> Vec<String> {
    let expected = predict(history);
    let ids: BTreeSet<RecordId> = expected.keys().chain(rows.keys()).copied().collect();
    let mut found = Vec::new();
    for id in ids {
        match (expected.get(&id), rows.get(&id)) {
            (Some(_), None) => found.push(format!("record {id} was accepted, and is not there")),
            (None, Some(_)) => found.push(format!("record {id} is there, and no accepted op creates it")),
            (Some(expected), Some(row)) => {
                let record = row.state.as_deref().and_then(|state| Record::decode(state).ok());
                let wrong = record.and_then(|record| difference(expected, &record));
                found.extend(wrong.map(|what| format!("record {id}: {what}")));
            }
            (None, None) => {}
        }
    }
    found
}

/// What is otherwise about a record.
fn difference(expected: &Expected, record: &Record) -> Option<String> {
    if record.area.val != expected.area {
        let (is, should) = (&record.area.val, &expected.area);
        return Some(format!("it is filed under {is}, not {should}"));
    }
    if (record.kind, record.creation.author) != (expected.kind, expected.author) {
        return Some("it is of another kind or author".to_owned());
    }
    if record.erased != expected.erased {
        return Some(format!(
            "erased are {:?}, not {:?}",
            record.erased, expected.erased
        ));
    }
    let named = [
        expected.values.keys().collect::<Vec<_>>(),
        expected.members.keys().collect(),
        expected.candidates.keys().collect(),
        expected.notes.keys().collect(),
        record.fields.keys().collect(),
    ];
    let fields: BTreeSet<FieldId> = named.into_iter().flatten().copied().collect();
    let wrong = fields
        .into_iter()
        .find_map(|field| field_difference(expected, record, field));
    wrong.or_else(|| events_differ(expected, record).then(|| "it has other events".to_owned()))
}

fn field_difference(expected: &Expected, record: &Record, field: FieldId) -> Option<String> {
    let value = record.register(field);
    if value != expected.values.get(&field) {
        let should = expected.values.get(&field);
        return Some(format!("field {} is {value:?}, not {should:?}", field.0));
    }
    let members: BTreeSet<_> = record.members(field).into_keys().collect();
    let should = expected.members.get(&field).cloned().unwrap_or_default();
    if members != should {
        return Some(format!("set {} is {members:?}, not {should:?}", field.0));
    }
    let candidates: BTreeSet<_> = record
        .candidates(field)
        .into_iter()
        .map(|one| (one.dot, one.value))
        .collect();
    let should = expected.candidates.get(&field).cloned().unwrap_or_default();
    if candidates != should {
        return Some(format!("field {} holds {candidates:?}, not {should:?}", field.0));
    }
    let notes: Vec<_> = record
        .entries(field)
        .into_iter()
        .filter_map(|entry| match entry.what {
            Entry::Note(value) => Some((entry.stamp, entry.dot, usize::from(entry.index), value)),
            Entry::Event { .. } => None,
        })
        .collect();
    let should: Vec<_> = expected
        .notes
        .get(&field)
        .into_iter()
        .flatten()
        .cloned()
        .collect();
    (notes != should).then(|| format!("log {} has {} notes, not {}", field.0, notes.len(), should.len()))
}

fn events_differ(expected: &Expected, record: &Record) -> bool {
    let mut is = Vec::new();
    for (field, content) in &record.fields {
        if !matches!(content, Field::Log(_)) {
            continue;
        }
        for entry in record.entries(*field) {
            if let Entry::Event { event, round, args } = entry.what {
                is.push((entry.stamp, entry.dot, event, round, args));
            }
        }
    }
    let should: Vec<_> = expected
        .events
        .iter()
        .map(|event| {
            (
                event.stamp,
                event.dot,
                event.event,
                event.round,
                event.args.clone(),
            )
        })
        .collect();
    is.sort_by_key(|one| (one.0, one.1));
    is != should
}
