//! What adding or changing workers, one or a file of them, would mean for the phones of those who would be moved.

use super::met::{PhoneState, Sightings, phones_of};
use super::refusal::{Outcome, Stop, settle};
use super::reshape::WorkerAreas;
use super::worker::{Batch, WorkerRow};
use super::{IMPORT_ROWS_MAX, RowError};
use crate::decide::Desk;
use crate::state::cell::PersonCell;
use crate::state::{StateError, read};
use otor_protocol::ids::PersonId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What would come of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WouldMove {
    /// Workers that would be added or changed.
    pub imported: u64,
    /// Workers that are so already.
    pub unchanged: u64,
    /// Rows that would be refused.
    pub errors: Vec<RowError>,
    /// Workers who would answer for other areas than now, with those.
    pub moved: Vec<WorkerAreas>,
    /// Their phones.
    pub phones: Vec<PhoneState>,
}

/// Looks at rows of a file as if they were imported. `sightings` are what the phones said when they were last met.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn preview(
    desk: &Desk,
    account: &PersonCell,
    rows: &[WorkerRow],
    sightings: &Sightings,
) -> Result<Outcome<WouldMove>, StateError> {
    let looked = look(desk, account, rows, sightings).map(|found| (None, found));
    let (_, outcome) = settle(looked)?;
    Ok(outcome)
}

fn look(
    desk: &Desk,
    account: &PersonCell,
    rows: &[WorkerRow],
    sightings: &Sightings,
) -> Result<WouldMove, Stop> {
    let mut found = WouldMove::default();
    let mut moved: BTreeMap<PersonId, WorkerAreas> = BTreeMap::new();
    for part in rows.chunks(IMPORT_ROWS_MAX) {
        let mut batch = Batch::new(desk, account)?;
        for row in part {
            match batch.put(&row.worker, true) {
                Ok(true) => found.imported += 1,
                Ok(false) => found.unchanged += 1,
                Err(Stop::Refused(refusal)) => found.errors.push(RowError {
                    row: row.row,
                    message: refusal.to_string(),
                }),
                Err(stop) => return Err(stop),
            }
        }
        for person in batch.persons() {
            let before = read::person(desk.view, person.id)?;
            if before.is_some_and(|before| before.areas() != person.areas()) {
                let worker = WorkerAreas {
                    code: person.code.clone(),
                    areas: person.areas().iter().map(ToString::to_string).collect(),
                };
                moved.insert(person.id, worker);
            }
        }
    }
    found.phones = phones_of(desk.view, sightings, |owner| moved.contains_key(&owner))?;
    found.moved = moved.into_values().collect();
    Ok(found)
}
