//! Whether an expectation of a trace holds.

use super::book::Book;
use super::centre::{Centre, Row};
use super::lists;
use crate::check::{self, Checked};
use crate::trace::{DeviceCheck, Expect, RecordCheck, RecordsCheck};
use crate::trace::{fields_match, same};
use anyhow::{Context, ensure};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::RecordId;
use otor_protocol::lifecycle;
use otor_protocol::record::fields_as_json;
use otor_protocol::replica::Storage;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Checks one expectation, at `now_ms`.
///
/// # Errors
/// What is otherwise than expected, or why it could not be checked.
pub fn check<S: Storage>(
    expect: &Expect,
    book: &Book,
    centre: &mut dyn Centre,
    phones: &[Checked<S>],
    now_ms: i64,
) -> anyhow::Result<()> {
    match expect {
        Expect::Record(check) => record(check, book, centre),
        Expect::Records(check) => records(check, book, centre),
        Expect::Device { device, check } => {
            let phone = phones
                .iter()
                .find(|phone| phone.name == device)
                .with_context(|| format!("{device} is not running"))?;
            on_phone(phone, check, book, now_ms)
        }
        Expect::Receipt(check) => lists::receipt(check, book, centre),
        Expect::Quarantined(count) => {
            let held = centre.held()?.quarantined;
            ensure!(held == *count, "{held} ops are quarantined, expected {count}");
            Ok(())
        }
        Expect::Parked(count) => {
            let held = centre.held()?.parked;
            ensure!(held == *count, "{held} ops are parked, expected {count}");
            Ok(())
        }
        Expect::Converged(expected) => {
            let rows = by_id(centre.rows()?);
            let mut found = check::differences(phones, &rows, book);
            found.extend(check::scopes(phones, centre, book.damaged())?);
            found.extend(centre.disagreements()?);
            ensure!(
                found.is_empty() == *expected,
                "{}",
                match found.first() {
                    Some(first) => format!("not converged: {first} ({} differences)", found.len()),
                    None => "converged, expected not to be".to_string(),
                }
            );
            Ok(())
        }
    }
}

/// Rows by record.
pub fn by_id(rows: Vec<Row>) -> BTreeMap<RecordId, Row> {
    rows.into_iter().map(|row| (row.id, row)).collect()
}

fn record(check: &RecordCheck, book: &Book, centre: &mut dyn Centre) -> anyhow::Result<()> {
    let id = book.id(&check.record)?;
    let rows = by_id(centre.rows()?);
    let row = rows
        .get(&id)
        .with_context(|| format!("{} is not at the server", check.record))?;
    let fields = book.fields_inward(&Catalogue::built_in(), &row.kind, with_derived(row));
    fields_match(check, &fields).map_err(anyhow::Error::msg)
}

fn with_derived(row: &Row) -> Map<String, Value> {
    let mut fields = row.fields.clone();
    if !row.conflicts.is_empty() {
        fields.insert("conflicts".into(), json!(row.conflicts));
    }
    fields.insert("merge_conflicts".into(), json!(row.merge_conflicts));
    fields.insert("time_uncertain".into(), json!(row.time_uncertain));
    fields
}

fn records(check: &RecordsCheck, book: &Book, centre: &mut dyn Centre) -> anyhow::Result<()> {
    let own: std::collections::BTreeSet<RecordId> = book.records().collect();
    let rows = match &check.area {
        Some(area) => centre.rows_in(area)?,
        None => centre.rows()?,
    };
    let rows: Vec<Row> = rows
        .into_iter()
        .filter(|row| row.kind == check.kind)
        .filter(|row| own.contains(&row.id) || (row.created_by == "server" && centre.is_new(row.id)))
        .collect();
    let number = match &check.distinct {
        None => rows.len(),
        Some(field) => {
            let mut values: Vec<&Value> = Vec::new();
            for value in rows.iter().filter_map(|row| row.fields.get(field)) {
                if !values.iter().any(|known| same(known, value)) {
                    values.push(value);
                }
            }
            values.len()
        }
    };
    ensure!(
        check.admits(number as u64),
        "{number} {} records, expected otherwise",
        check.kind
    );
    Ok(())
}

fn on_phone<S: Storage>(
    phone: &Checked<S>,
    check: &DeviceCheck,
    book: &Book,
    now_ms: i64,
) -> anyhow::Result<()> {
    let name = phone.name;
    match check {
        DeviceCheck::Holds(records) => {
            for record in records {
                let held = phone.replica.view(book.id(record)?).is_some();
                ensure!(
                    held && !book.is_taken_on(record, phone.replica),
                    "{name} does not hold {record}"
                );
            }
        }
        DeviceCheck::Lacks(records) => {
            for record in records {
                let held = phone.replica.view(book.id(record)?).is_some();
                ensure!(
                    !held || book.is_taken_on(record, phone.replica),
                    "{name} holds {record}"
                );
            }
        }
        DeviceCheck::Outbox(count) => {
            let unsent = phone.replica.unsent() as u64;
            ensure!(
                unsent == *count,
                "{name} has {unsent} unsent ops, expected {count}"
            );
        }
        DeviceCheck::Tray(count) => {
            let tray = phone.replica.tray().len() as u64;
            ensure!(
                tray == *count,
                "{name} has {tray} ops in its tray, expected {count}"
            );
        }
        DeviceCheck::Lists(check) => lists::lists(phone, check, book, now_ms)?,
        DeviceCheck::View(check) => {
            let id = book.id(&check.record)?;
            let record = phone
                .replica
                .view(id)
                .with_context(|| format!("{name} does not hold {}", check.record))?;
            let catalogue = Catalogue::built_in();
            let kind = catalogue.kind(record.kind).context("unknown kind")?;
            let mut fields = fields_as_json(kind, &record, book);
            let conflicts = lifecycle::conflicts(kind, &record);
            if !conflicts.is_empty() {
                fields.insert("conflicts".into(), json!(conflicts));
            }
            // A phone that holds its owner's task knows that it has been delivered.
            if fields.get("assignee").and_then(Value::as_str) == Some(phone.worker) {
                lifecycle::show_delivered(&mut fields);
            }
            let other = |id| Ok::<_, std::convert::Infallible>(phone.replica.view(id));
            lifecycle::describe_case(kind, &record, book, &mut fields, other)?;
            let fields = book.fields_inward(&catalogue, kind.name, fields);
            fields_match(check, &fields).map_err(anyhow::Error::msg)?;
        }
    }
    Ok(())
}
