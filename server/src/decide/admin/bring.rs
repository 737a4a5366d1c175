//! Bringing records from other systems: each once, by the number it has there, however often the file is sent.

use super::record::{NewRecord, creation};
use super::refusal::{AdminRefusal, Decides, Stop, settle};
use super::write::write_several;
use super::{Imported, RowError};
use crate::decide::{Decided, Desk};
use crate::state::cell::PersonCell;
use crate::state::entry::Act;
use crate::state::rules::HouseholdCell;
use crate::state::{StateError, key, read};
use otor_protocol::ids::RecordId;
use otor_protocol::op::Body;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Most records of one commit.
const PART_MAX: usize = 32;

/// A record of a file, as it was given.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordRow {
    /// The row's number in the file.
    pub row: u64,
    /// The record.
    pub record: NewRecord,
}

/// Brings the first rows, as many as one commit takes.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn import(desk: &Desk, account: &PersonCell, rows: &[RecordRow]) -> Decides<Imported> {
    settle(import_part(desk, account, &rows[..rows.len().min(PART_MAX)]))
}

fn import_part(
    desk: &Desk,
    account: &PersonCell,
    rows: &[RecordRow],
) -> Result<(Option<Decided>, Imported), Stop> {
    super::reach::acting(account)?;
    let mut answer = Imported {
        commit: desk.commit - 1,
        taken: rows.len(),
        imported: 0,
        unchanged: 0,
        errors: Vec::new(),
    };
    let mut seen = BTreeSet::new();
    let mut bodies: Vec<Body> = Vec::new();
    for RecordRow { row, record } in rows {
        let taken = source_of(record)
            .map_err(AdminRefusal::Invalid)
            .map_err(Stop::from);
        let taken = taken.and_then(|place| {
            if !seen.insert(place.clone()) || is_known(desk, record, &place)? {
                return Ok(None);
            }
            let body = creation(desk, account, record)?;
            // Whether the rules for records take it is asked of each alone, so that one bad row spoils no other.
            write_several(desk, account, std::slice::from_ref(&body))?;
            Ok(Some(body))
        });
        match taken {
            Ok(Some(body)) => bodies.push(body),
            Ok(None) => answer.unchanged += 1,
            Err(Stop::Refused(refusal)) => answer.errors.push(RowError {
                row: *row,
                message: refusal.to_string(),
            }),
            Err(stop) => return Err(stop),
        }
    }
    if bodies.is_empty() {
        return Ok((None, answer));
    }
    let (_, frame) = write_several(desk, account, &bodies)?;
    answer.commit = desk.commit;
    answer.imported = bodies.len() as u64;
    Ok((Some(Act::Frame(frame).into()), answer))
}

/// By which a record is known again.
fn source_of(record: &NewRecord) -> Result<Vec<u8>, String> {
    let text = |name: &str| record.fields.get(name).and_then(Json::as_str);
    let named = |name: &str| text(name).filter(|text| !text.trim().is_empty());
    match record.kind.as_str() {
        "report" => match named("external_id") {
            Some(number) => Ok(key::source(text("channel").unwrap_or_default(), number)),
            None => Err("a report is known again by its channel and external_id: give it one".into()),
        },
        "household" => match named("code") {
            Some(code) => Ok(key::household(code)),
            None => Err("a household is known again by its code: give it one".into()),
        },
        other => Err(format!(
            "reports and households are imported; a {other} has no number in another system"
        )),
    }
}

fn is_known(desk: &Desk, record: &NewRecord, place: &[u8]) -> Result<bool, StateError> {
    Ok(match record.kind.as_str() {
        "household" => {
            read::get::<HouseholdCell>(desk.view, place)?.is_some_and(|cell| cell.record.is_some())
        }
        _ => read::get::<RecordId>(desk.view, place)?.is_some(),
    })
}
