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
use otor_protocol::replica::{Incident, Storage};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One line for every difference between a phone and the server.
pub fn differences<S: Storage>(
    phones: &[Checked<S>],
    rows: &BTreeMap<RecordId, Row>,
    book: &Book,
) -> Vec<String> {
    let audience = Audience::of(rows);
    phones
        .iter()
        .flat_map(|phone| phone_differences(phone, rows, &audience, book))
        .collect()
}

/// Whom records belong to: by the place that they are filed under, and by person.
#[derive(Default)]
struct Audience<'a> {
    of_place: BTreeMap<AreaCode, BTreeSet<RecordId>>,
    of_person: BTreeMap<&'a str, BTreeSet<RecordId>>,
}

impl<'a> Audience<'a> {
    fn of(rows: &'a BTreeMap<RecordId, Row>) -> Self {
        let mut audience = Audience::default();
        for row in rows.values() {
            if let Ok(area) = row.area.parse::<AreaCode>() {
                let place = audience.of_place.entry(area.scope_area()).or_default();
                place.insert(row.id);
            }
            for person in persons(row) {
                audience.of_person.entry(person).or_default().insert(row.id);
            }
        }
        audience
    }

    /// The records that belong on a phone of a worker with these scopes.
    fn belonging(&self, areas: &[AreaCode], worker: &str) -> BTreeSet<RecordId> {
        let of_places = areas.iter().filter_map(|area| self.of_place.get(area));
        let sets = of_places.chain(self.of_person.get(worker));
        sets.flatten().copied().collect()
    }
}

/// The persons whom a record belongs to, wherever it is filed.
fn persons(row: &Row) -> impl Iterator<Item = &str> {
    let named = ["assignee", "lead", "participants"]
        .iter()
        .filter_map(|name| row.fields.get(*name));
    let several = named.flat_map(|value| match value {
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect::<Vec<_>>(),
    });
    several.chain([row.created_by.as_str()])
}

fn phone_differences<S: Storage>(
    phone: &Checked<S>,
    rows: &BTreeMap<RecordId, Row>,
    audience: &Audience,
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
    let device = phone.replica.identity().certificate.device;
    let explained = |incident: &&Incident| match incident {
        // Each is followed by questions, which the server counts: those that such a backup does not explain are found so.
        Incident::Differs { .. } => book.restored_untold(),
        // The digest tells such a phone: in the end it holds the record, as it holds all else.
        Incident::NotHeld { record, position } => book.has_passed_over(device, *record, *position),
        _ => false,
    };
    for incident in phone.replica.incidents().iter().filter(|one| !explained(one)) {
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
    let belonging = audience.belonging(&areas, phone.worker);
    let held: BTreeSet<RecordId> = phone.replica.mirror().map(|record| record.id).collect();
    for row in belonging.union(&held).filter_map(|id| rows.get(id)) {
        match phone.replica.mirrored(row.id) {
            None => found.push(format!("{name} lacks {} {}", row.kind, row.id)),
            Some(_) if !belonging.contains(&row.id) => {
                found.push(format!("{name} still holds {} {}", row.kind, row.id));
            }
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
