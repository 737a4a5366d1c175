//! Rows in the words of a language, for people: names of fields and codes are told in it, whatever people wrote stays.
//! The frame of a row keeps its names, so that programs can still lay rows over one another.

use super::row::Row;
use otor_protocol::words::Words;
use serde_json::Value as Json;

/// A row as JSON, with its kind, its state, its fields and the names of those in conflict in words.
pub fn in_words(row: &Row, words: &Words) -> Json {
    let kind = &row.kind;
    let conflicts = row.conflicts.iter().map(|field| words.field(kind, field));
    let told = Row {
        fields: words.fields(kind, &row.fields),
        conflicts: conflicts.collect(),
        kind: words.kind(kind),
        ..row.clone()
    };
    let mut json = serde_json::json!(told);
    json["state"] = words.row_state(row.state.name()).into();
    json
}
