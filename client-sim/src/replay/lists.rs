//! Whether a phone's lists show what a trace expects, and whether a receipt number finds its report.

use super::book::Book;
use super::centre::Centre;
use crate::check::Checked;
use crate::trace::{ListsCheck, ReceiptCheck};
use anyhow::{Context, ensure};
use otor_protocol::catalogue::built_in::{household, report};
use otor_protocol::ids::RecordId;
use otor_protocol::lifecycle::DAY_MS;
use otor_protocol::record::Record;
use otor_protocol::replica::{HouseholdDraft, RecordState, Replica, ReportDraft, Storage};
use otor_protocol::value::Value;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Checks what the lists of a phone show at `now_ms`.
///
/// # Errors
/// What is otherwise than expected.
pub fn lists<S: Storage>(
    phone: &Checked<S>,
    check: &ListsCheck,
    book: &Book,
    now_ms: i64,
) -> anyhow::Result<()> {
    let replica = phone.replica;
    let due = |until_ms: i64| replica.care_due(until_ms).map(|due| due.household).collect();
    let looked = replica.to_look_at().map(|(id, _)| id).collect();
    let tasks: Vec<RecordId> = replica.my_tasks().map(|task| task.record).collect();
    let cases = replica.open_cases(None).iter().map(|case| case.record).collect();
    let shown = [
        ("my_tasks", &check.my_tasks, tasks),
        ("care_overdue", &check.care_overdue, due(now_ms)),
        ("care_due", &check.care_due, due(now_ms + 7 * DAY_MS)),
        ("open_cases", &check.open_cases, cases),
        ("to_look_at", &check.to_look_at, looked),
        ("unsent", &check.unsent, replica.unsent_records().collect()),
    ];
    for (list, expected, found) in shown {
        if let Some(expected) = expected {
            same(phone.name, list, expected, &found, book)?;
        }
    }
    for (record, expected) in &check.states {
        let state = match replica.record_state(book.id(record)?) {
            None => "not_held",
            Some(RecordState::OnPhone { .. }) => "on_phone",
            Some(RecordState::AtServer) => "at_server",
            Some(RecordState::SeenByCentre { .. }) => "seen_by_centre",
        };
        ensure!(
            state == expected,
            "{record} is {state} on {}, expected {expected}",
            phone.name
        );
    }
    for (record, expected) in &check.like {
        let found = like(replica, book.id(record)?, now_ms)
            .with_context(|| format!("{} does not hold {record}", phone.name))?;
        same(phone.name, &format!("like {record}"), expected, &found, book)?;
    }
    Ok(())
}

fn same(phone: &str, list: &str, expected: &[String], found: &[RecordId], book: &Book) -> anyhow::Result<()> {
    let name = |id: &RecordId| book.name_of(*id).map_or_else(|| id.to_string(), str::to_string);
    let found: BTreeSet<String> = found.iter().map(name).collect();
    let expected: BTreeSet<String> = expected.iter().cloned().collect();
    ensure!(
        found == expected,
        "{list} on {phone} shows {found:?}, expected {expected:?}"
    );
    Ok(())
}

/// What is suggested to whoever writes down again what a record says; none if the phone does not hold it.
fn like<S: Storage>(replica: &Replica<S>, id: RecordId, now_ms: i64) -> Option<Vec<RecordId>> {
    let record = replica.view(id)?;
    let word = |field| record.register(field).and_then(Value::as_text);
    let found: Vec<RecordId> = match replica.catalogue().kind(record.kind)?.name {
        "household" => {
            let phones = record.candidates(household::PHONE);
            let draft = HouseholdDraft {
                area: &record.area.val,
                code: word(household::CODE),
                place: word(household::PLACE),
                phone: phones.first().and_then(|phone| phone.value.as_text()),
            };
            let like = replica.like_household(&draft);
            like.iter().map(|like| like.record).collect()
        }
        _ => {
            let text = [word(report::TITLE), word(report::DESCRIPTION)].map(Option::unwrap_or_default);
            let draft = ReportDraft {
                area: Some(&record.area.val),
                text: &text.concat(),
                category: word(report::CATEGORY),
                household: word(report::HOUSEHOLD),
                place: place(&record),
            };
            let like = replica.like_report(&draft, now_ms);
            like.iter().map(|like| like.record).collect()
        }
    };
    Some(found.into_iter().filter(|other| *other != id).collect())
}

fn place(record: &Record) -> Option<(i64, i64)> {
    match (record.register(report::LAT), record.register(report::LON)) {
        (Some(Value::DegreesE7(lat)), Some(Value::DegreesE7(lon))) => Some((*lat, *lon)),
        _ => None,
    }
}

/// Checks what is told by the number that a resident was given.
///
/// # Errors
/// What is otherwise than expected.
pub fn receipt(check: &ReceiptCheck, book: &Book, centre: &mut dyn Centre) -> anyhow::Result<()> {
    let number = book.receipt(&check.record)?;
    let told = centre.receipt(number)?;
    let said = |name: &str| {
        let told = told.as_ref()?.get(name)?;
        told.as_str().map(str::to_string)
    };
    let found = (said("stage"), said("result"));
    ensure!(
        (&found.0, &found.1) == (&check.stage, &check.result),
        "the receipt of {} ({number}) tells {found:?}",
        check.record
    );
    let known = ["number", "received_on", "stage", "closed", "result"];
    let more = told.iter().filter_map(Json::as_object).flatten();
    for (name, _) in more {
        ensure!(known.contains(&name.as_str()), "a receipt tells of {name}");
    }
    Ok(())
}
