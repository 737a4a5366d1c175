//! Bringing records from other systems: each once, by the number it has there, however often the file is sent; a row that
//! has changed changes its record.

use super::record::{NewRecord, creation, kind_named};
use super::refusal::{Decides, Outcome, Stop, settle};
use super::row_change::{RowChange, SOURCE_ROW, row_change};
use super::write::write_several;
use super::{Imported, RowError};
use crate::decide::{Decided, Desk};
use crate::state::cell::PersonCell;
use crate::state::entry::Act;
use crate::state::rules::HouseholdCell;
use crate::state::{StateError, key, read};
use crate::store::engine::RowKey;
use otor_protocol::ids::RecordId;
use otor_protocol::op::Body;
use otor_protocol::stamp::Stamp;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

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

/// Brings the first rows, as many as one commit takes. A row that has changed since it was last brought changes its record.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn import(desk: &Desk, account: &PersonCell, rows: &[RecordRow]) -> Decides<Imported> {
    settle(import_part(desk, account, &rows[..rows.len().min(PART_MAX)]))
}

/// What bringing all rows would come to, with nothing written.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn preview(
    desk: &Desk,
    account: &PersonCell,
    rows: &[RecordRow],
) -> Result<Outcome<Imported>, StateError> {
    let (_, outcome) = settle(weigh(desk, account, rows, true).map(|weighed| (None, weighed.answer)))?;
    Ok(outcome)
}

fn import_part(
    desk: &Desk,
    account: &PersonCell,
    rows: &[RecordRow],
) -> Result<(Option<Decided>, Imported), Stop> {
    let Weighed {
        mut answer,
        bodies,
        seen,
    } = weigh(desk, account, rows, false)?;
    if bodies.is_empty() {
        return Ok((None, answer));
    }
    let (_, frame) = write_several(desk, account, &bodies, seen)?;
    answer.commit = desk.commit;
    Ok((Some(Act::Frame(frame).into()), answer))
}

/// What some rows come to.
struct Weighed {
    answer: Imported,
    bodies: Vec<Body>,
    /// The greatest stamp that the records they change have seen.
    seen: Stamp,
}

/// Weighs rows one by one, up to one whose record another of them brings: what that comes to is known only then. In a
/// `trial` such a row counts as a change.
fn weigh(desk: &Desk, account: &PersonCell, rows: &[RecordRow], trial: bool) -> Result<Weighed, Stop> {
    super::reach::acting(account)?;
    let mut weighed = Weighed {
        answer: Imported {
            commit: desk.commit - 1,
            taken: rows.len(),
            ..Imported::default()
        },
        bodies: Vec::new(),
        seen: Stamp::default(),
    };
    let mut met: BTreeMap<RowKey, String> = BTreeMap::new();
    for (index, RecordRow { row, record }) in rows.iter().enumerate() {
        let place = match source_of(record) {
            Ok(place) => place,
            Err(message) => {
                weighed.answer.errors.push(RowError { row: *row, message });
                continue;
            }
        };
        let mark = mark_of(record);
        match met.insert(place.clone(), mark.clone()) {
            Some(before) if before == mark => weighed.answer.unchanged += 1,
            Some(_) if trial => {
                weighed.answer.imported += 1;
                weighed.answer.updated += 1;
            }
            Some(_) => {
                weighed.answer.taken = index;
                break;
            }
            None => weighed.take(desk, account, *row, record, (&place, &mark))?,
        }
    }
    Ok(weighed)
}

impl Weighed {
    fn take(
        &mut self,
        desk: &Desk,
        account: &PersonCell,
        row: u64,
        record: &NewRecord,
        (place, mark): (&[u8], &str),
    ) -> Result<(), Stop> {
        let known = known(desk, record, place)?;
        let change = match known {
            None => new_record(desk, account, record, mark).map(Some),
            Some(id) => row_change(desk, account, id, record, mark),
        };
        // Whether the rules for records take it is asked of each alone, so that one bad row spoils no other.
        let judged = change.and_then(|change| {
            if let Some(change) = &change {
                write_several(desk, account, std::slice::from_ref(&change.body), change.seen)?;
            }
            Ok(change)
        });
        let answer = &mut self.answer;
        match judged {
            Ok(Some(change)) => {
                answer.imported += 1;
                answer.updated += u64::from(known.is_some());
                self.seen = self.seen.max(change.seen);
                self.bodies.push(change.body);
                if !change.kept.is_empty() {
                    let kept = change.kept.join(", ");
                    let message = format!("set once, and left as it came: {kept}; the rest is taken");
                    answer.errors.push(RowError { row, message });
                }
            }
            Ok(None) => answer.unchanged += 1,
            Err(Stop::Refused(refusal)) => answer.errors.push(RowError {
                row,
                message: refusal.to_string(),
            }),
            Err(stop) => return Err(stop),
        }
        Ok(())
    }
}

fn new_record(desk: &Desk, account: &PersonCell, record: &NewRecord, mark: &str) -> Result<RowChange, Stop> {
    let mut record = record.clone();
    if kind_named(desk, &record.kind)?.field_named(SOURCE_ROW).is_some() {
        record.fields.insert(SOURCE_ROW.into(), mark.into());
    }
    Ok(RowChange {
        body: creation(desk, account, &record)?,
        seen: Stamp::default(),
        kept: Vec::new(),
    })
}

/// What a row said, in few characters. Where it is filed is not asked: that is the centre's to change.
fn mark_of(record: &NewRecord) -> String {
    let mut hash = Sha256::new();
    hash.update(&record.kind);
    // A map of JSON is sorted by its keys.
    hash.update(Json::Object(record.fields.clone()).to_string());
    let bytes: [u8; 32] = hash.finalize().into();
    bytes[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// By which a record is known again.
fn source_of(record: &NewRecord) -> Result<RowKey, String> {
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

/// The record that was brought from there, if one was.
fn known(desk: &Desk, record: &NewRecord, place: &[u8]) -> Result<Option<RecordId>, StateError> {
    Ok(match record.kind.as_str() {
        "household" => read::get::<HouseholdCell>(desk.view, place)?.and_then(|cell| cell.record),
        _ => read::get::<RecordId>(desk.view, place)?,
    })
}
