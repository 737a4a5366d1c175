//! Phones equal the server in their scopes: every record that belongs to a phone is on it as the server has it,
//! and nothing else is.

use super::Checked;
use crate::replay::book::Book;
use crate::replay::centre::Row;
use crate::trace::same;
use otor_protocol::area::AreaCode;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{Lane, RecordId};
use otor_protocol::lifecycle;
use otor_protocol::record::{Record, fields_as_json};
use otor_protocol::replica::Storage;
use serde_json::Value;
use std::collections::BTreeMap;

/// One line for every difference between a phone and the server.
pub fn differences<S: Storage>(
    phones: &[Checked<S>],
    rows: &BTreeMap<RecordId, Row>,
    book: &Book,
) -> Vec<String> {
    phones
        .iter()
        .flat_map(|phone| phone_differences(phone, rows, book))
        .collect()
}

fn phone_differences<S: Storage>(
    phone: &Checked<S>,
    rows: &BTreeMap<RecordId, Row>,
    book: &Book,
) -> Vec<String> {
    let mut found = Vec::new();
    if phone.replica.is_revoked() {
        return found;
    }
    let name = phone.name;
    let unsent = phone.replica.unsent();
    if unsent > 0 {
        found.push(format!("{name} has {unsent} unsent ops"));
    }
    for incident in phone.replica.incidents() {
        found.push(format!("{name} met {incident:?}"));
    }
    for (scope, state) in phone.replica.scopes().filter(|(_, state)| !state.losing) {
        for lane in Lane::ALL {
            let (told, held) = phone.replica.digests(scope, lane);
            let stands = state.cursors[lane.index()].end_of_commit().is_some();
            if stands && told != Some(held) {
                let (scope, lane) = (scope.0, u8::from(lane));
                found.push(format!(
                    "{name} holds {held:?} in scope {scope}, lane {lane}; the server told {told:?}"
                ));
            }
        }
    }
    let areas: Vec<AreaCode> = phone
        .replica
        .scopes()
        .filter_map(|(_, state)| state.area.clone())
        .collect();
    for row in rows.values() {
        let belongs = belongs(row, &areas, phone.worker);
        match phone.replica.mirrored(row.id) {
            None if belongs => found.push(format!("{name} lacks {} {}", row.kind, row.id)),
            Some(_) if !belongs => found.push(format!("{name} still holds {} {}", row.kind, row.id)),
            Some(record) if !equal(record, row, book) => {
                found.push(format!(
                    "{name} has another {} {} than the server",
                    row.kind, row.id
                ));
            }
            _ => {}
        }
    }
    for record in phone
        .replica
        .mirror()
        .filter(|record| !rows.contains_key(&record.id))
    {
        found.push(format!(
            "{name} holds {}, which the server does not have",
            record.id
        ));
    }
    found
}

fn belongs(row: &Row, areas: &[AreaCode], worker: &str) -> bool {
    let place: Option<AreaCode> = row.area.parse::<AreaCode>().ok().map(|area| area.scope_area());
    let named = ["assignee", "lead", "participants"].iter().any(|name| {
        let value = row.fields.get(*name);
        let among = value
            .and_then(Value::as_array)
            .is_some_and(|several| several.iter().any(|one| one.as_str() == Some(worker)));
        among || value.and_then(Value::as_str) == Some(worker)
    });
    place.is_some_and(|place| areas.contains(&place)) || row.created_by == worker || named
}

fn equal(record: &Record, row: &Row, book: &Book) -> bool {
    if let Some(state) = &row.state {
        return record.encode() == *state;
    }
    let catalogue = Catalogue::built_in();
    let Some(kind) = catalogue.kind(record.kind) else {
        return false;
    };
    let mut fields = fields_as_json(kind, record, book);
    if row.fields.get("status") != fields.get("status") {
        // That a task has been delivered is known to the server; the record does not say it.
        lifecycle::show_delivered(&mut fields);
    }
    let mut at_server = row.fields.clone();
    for of_another_record in ["case", "case_status", "case_outcome"] {
        // The phone need not hold the report that these are told of.
        at_server.remove(of_another_record);
        fields.remove(of_another_record);
    }
    same(&Value::Object(fields), &Value::Object(at_server))
}
