//! What became of a report, for the resident who was given its number: the day it was received, how far it is, what
//! was made public. Nothing else of it is ever told: no text, no place, nobody's name.

use super::row::record_of;
use crate::decide::admin::reaches_place;
use crate::state::cell::{PersonCell, RecordCell};
use crate::state::{StateError, doubles, read, twins};
use crate::store::engine::View;
use jiff::Timestamp;
use jiff::tz::{Offset, offset};
use otor_protocol::catalogue::LifeCycle;
use otor_protocol::catalogue::built_in::KINDS;
use otor_protocol::ids::RecordId;
use otor_protocol::lifecycle::{self, ReportStatus};
use otor_protocol::receipt::Receipt;
use otor_protocol::record::Record;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The day that a resident is told is that of China.
const DAY_IN: Offset = offset(8);

/// All that is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptAnswer {
    /// The number, as it is written.
    pub number: String,
    /// The day on which the server received the report, in China.
    pub received_on: String,
    /// The status of the report's case.
    pub stage: String,
    /// Whether the case is closed, or further.
    pub closed: bool,
    /// What was made public of its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

/// What an account is told of the report that a number was given for. None if there is no such report in the account's
/// area, if something personal in it has been erased, or if two copies of a phone gave it to two reports that cannot
/// be told apart.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn answer(
    view: &dyn View,
    account: &PersonCell,
    receipt: Receipt,
) -> Result<Option<ReceiptAnswer>, StateError> {
    let mut found = Vec::new();
    for id in names(view, receipt.record)? {
        let Some((cell, record)) = report(view, id)? else {
            continue;
        };
        if receipt.is_for(&record) && reaches_place(view, account, &record.area.val)? {
            found.push((cell, record));
        }
    }
    match found.as_slice() {
        [(cell, record)] => Ok(Some(told(view, receipt, cell, record)?)),
        _ => Ok(None),
    }
}

/// What was called so when the number was given may be called otherwise now, and something else so.
fn names(view: &dyn View, id: RecordId) -> Result<BTreeSet<RecordId>, StateError> {
    let mut names = BTreeSet::from([id]);
    names.extend(read::renumbered(view, id)?);
    let first_written = twins::first_written_as(view, id.0)?;
    names.extend(first_written.into_iter().map(|(_, dot)| RecordId(dot)));
    Ok(names)
}

/// A report of which nothing is erased.
fn report(view: &dyn View, id: RecordId) -> Result<Option<(RecordCell, Record)>, StateError> {
    let Some(cell) = read::record(view, id)? else {
        return Ok(None);
    };
    let record = record_of(id, &cell)?;
    let kind = KINDS.iter().find(|kind| kind.id == record.kind);
    let is_report = kind.is_some_and(|kind| kind.life_cycle == LifeCycle::Report);
    Ok((is_report && record.erased.is_empty()).then_some((cell, record)))
}

fn told(
    view: &dyn View,
    receipt: Receipt,
    cell: &RecordCell,
    record: &Record,
) -> Result<ReceiptAnswer, StateError> {
    let mut status = lifecycle::report(record).status;
    let mut result = lifecycle::published_result(record);
    let root = doubles::case_root(view, record.id, u64::MAX)?;
    // Of several reports of one matter the first one's fate is that of all.
    if root != record.id
        && status != ReportStatus::Withdrawn
        && let Some((_, first)) = report(view, root)?
    {
        status = lifecycle::report(&first).status;
        result = result.or_else(|| lifecycle::published_result(&first));
    }
    Ok(ReceiptAnswer {
        number: receipt.to_string(),
        received_on: day(cell.received_ms),
        stage: status.name().to_string(),
        closed: status >= ReportStatus::Closed,
        result,
    })
}

/// A day as text.
fn day(ms: i64) -> String {
    let time = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    DAY_IN.to_datetime(time).date().to_string()
}
