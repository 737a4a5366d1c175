//! The merged records as they are pulled, and the checks of what phones and server hold.

use super::administration::Administration;
use super::phones::FieldPhone;
use otor_protocol::ids::RecordId;
use otor_sim::check::{self, Checked, Written};
use otor_sim::replay::book::Book;
use otor_sim::replay::centre::Row;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Rows of pulls, each laid over the row of the same id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged(pub BTreeMap<String, Value>);

impl Merged {
    /// The rows of a full pull, in which no record may be twice.
    pub fn of(ndjson: &str) -> Self {
        let mut merged = Merged::default();
        let rows = merged.lay_over(ndjson);
        assert_eq!(rows, merged.0.len(), "a record came twice in one pull");
        merged
    }

    /// Lays the rows of a further pull over what there is, as the API's document says; how many came.
    pub fn lay_over(&mut self, ndjson: &str) -> usize {
        for line in ndjson.lines() {
            let row: Value = serde_json::from_str(line).expect("a row in JSON");
            let id = row["id"].as_str().expect("an id").to_owned();
            match row["state"].as_str() {
                Some("left") => self.0.remove(&id),
                _ => self.0.insert(id, row),
            };
        }
        ndjson.lines().count()
    }

    fn rows(&self) -> Vec<Row> {
        self.0.values().map(row).collect()
    }

    /// Fails unless every op that the phones wrote is in the merged records (or on its phone and not
    /// acknowledged), nothing is there twice, and every phone equals the server in its scopes. `others` are
    /// the records that no phone created.
    pub fn assert_sound(
        &self,
        phones: &[FieldPhone],
        administration: &Administration,
        others: &BTreeSet<RecordId>,
    ) {
        let written = Written::together(phones.iter().map(FieldPhone::written));
        let held: Vec<_> = phones.iter().map(FieldPhone::lock).collect();
        let checked: Vec<_> = held
            .iter()
            .map(|phone| Checked {
                name: &phone.name,
                worker: &phone.worker,
                replica: phone.replica().expect("a running phone"),
            })
            .collect();
        let rows = self.rows();
        let by_id: BTreeMap<RecordId, Row> = rows.iter().map(|row| (row.id, row.clone())).collect();
        let mut book = Book::default();
        book.note_persons(administration.persons());
        let mut found = check::lost(
            &checked,
            &written,
            &by_id,
            &administration.through(),
            &BTreeMap::new(),
        );
        found.extend(check::doubled(&rows, &written, others));
        found.extend(check::differences(&checked, &by_id, &book));
        let shown: Vec<&String> = found.iter().take(10).collect();
        assert!(found.is_empty(), "{} findings: {shown:#?}", found.len());
    }
}

fn row(json: &Value) -> Row {
    let text = |name: &str| json[name].as_str().expect("text").to_owned();
    let conflicts = json["conflicts"].as_array().expect("a list").iter();
    Row {
        id: text("id").parse().expect("a record's id"),
        kind: text("kind"),
        area: text("area"),
        created_by: text("created_by"),
        commit: json["commit"].as_u64().expect("a number"),
        fields: json["fields"].as_object().expect("fields").clone(),
        conflicts: conflicts
            .map(|name| name.as_str().expect("text").to_owned())
            .collect(),
        merge_conflicts: json["merge_conflicts"].as_array().expect("a list").len(),
        time_uncertain: json["uncertain"].as_bool().expect("true or false"),
        state: None,
    }
}
