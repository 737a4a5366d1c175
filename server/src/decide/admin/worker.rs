//! Workers: importing them, adding or changing one, moving one to other areas.

use super::area::checked_name;
use super::met::{Moved, Sightings, change_of_records, phones_of};
use super::places::{expect_fits_a_phone, expect_living, with_taken_over};
use super::reach::{acting, reaches_place, reaches_worker};
use super::refusal::{AdminRefusal, Decides, Outcome, Stop, invalid, not_found, settle};
use super::{CODE_CHARS_MAX, Done, IMPORT_ROWS_MAX, Imported, RowError};
use crate::decide::{Decided, Desk};
use crate::state::cell::{PersonCell, Role, Tenure};
use crate::state::entry::Act;
use crate::state::{StateError, key, read};
use otor_protocol::area::AreaCode;
use otor_protocol::ids::PersonId;
use otor_protocol::stamp::Stamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most records that the moves of one commit file anew; a worker with more is moved in a commit of their own.
const REFILED_MAX: usize = 2_000;

/// A worker as they are to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewWorker {
    /// What they are called in imports and exports.
    pub code: String,
    /// Their name.
    pub name: String,
    /// The codes of the areas they answer for.
    pub areas: Vec<String>,
}

/// One row of an import of workers, as it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerRow {
    /// The row's number in the file.
    pub row: u64,
    /// The worker.
    pub worker: NewWorker,
}

/// Imports the first rows, as many as one commit takes.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn import(desk: &Desk, account: &PersonCell, rows: &[WorkerRow]) -> Decides<Imported> {
    settle(import_part(desk, account, rows))
}

fn import_part(
    desk: &Desk,
    account: &PersonCell,
    rows: &[WorkerRow],
) -> Result<(Option<Decided>, Imported), Stop> {
    acting(account)?;
    let mut batch = Batch::new(desk, account)?;
    let mut answer = Imported {
        commit: desk.commit - 1,
        taken: 0,
        imported: 0,
        updated: 0,
        unchanged: 0,
        errors: Vec::new(),
    };
    for row in rows.iter().take(IMPORT_ROWS_MAX) {
        if batch.refiled >= REFILED_MAX {
            break;
        }
        answer.taken += 1;
        match batch.put(&row.worker, true) {
            Ok(true) => answer.imported += 1,
            Ok(false) => answer.unchanged += 1,
            Err(Stop::Refused(refusal)) => answer.errors.push(RowError {
                row: row.row,
                message: refusal.to_string(),
            }),
            Err(stop) => return Err(stop),
        }
    }
    let decided = batch.decided();
    if decided.is_some() {
        answer.commit = desk.commit;
    }
    Ok((decided, answer))
}

/// Adds a worker or changes one.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn put(desk: &Desk, account: &PersonCell, worker: &NewWorker) -> Decides<Done> {
    settle(put_one(desk, account, worker))
}

/// Gives a worker other areas from now on; none at all if they have left. `sightings` are what the phones said
/// when they were last met.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn move_to(
    desk: &Desk,
    account: &PersonCell,
    code: &str,
    areas: &[String],
    sightings: &Sightings,
) -> Decides<Moved> {
    settle(move_one(desk, account, code, areas, sightings))
}

/// What a move would mean, without moving anybody.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn preview_move(
    desk: &Desk,
    account: &PersonCell,
    code: &str,
    areas: &[String],
    sightings: &Sightings,
) -> Result<Outcome<Moved>, StateError> {
    let (_, mut outcome) = settle(move_one(desk, account, code, areas, sightings))?;
    if let Ok(moved) = &mut outcome {
        moved.commit = None;
    }
    Ok(outcome)
}

fn move_one(
    desk: &Desk,
    account: &PersonCell,
    code: &str,
    areas: &[String],
    sightings: &Sightings,
) -> Result<(Option<Decided>, Moved), Stop> {
    acting(account)?;
    let before = worker_called(desk, code)?;
    let worker = NewWorker {
        code: before.code.clone(),
        name: before.name.clone(),
        areas: areas.to_vec(),
    };
    let mut batch = Batch::new(desk, account)?;
    batch.put(&worker, false)?;
    let after = batch.persons.get(&before.code).unwrap_or(&before);
    let (leaving, entering) = change_of_records(desk.view, before.id, before.areas(), after.areas())?;
    let moved = Moved {
        commit: Some(desk.commit - u64::from(batch.persons.is_empty())),
        areas: after.areas().iter().map(ToString::to_string).collect(),
        leaving,
        entering,
        phones: phones_of(desk.view, sightings, |owner| owner == before.id)?,
    };
    Ok((batch.decided(), moved))
}

fn put_one(desk: &Desk, account: &PersonCell, worker: &NewWorker) -> Result<(Option<Decided>, Done), Stop> {
    acting(account)?;
    let mut batch = Batch::new(desk, account)?;
    batch.put(worker, true)?;
    let decided = batch.decided();
    let commit = desk.commit - u64::from(decided.is_none());
    Ok((decided, Done { commit }))
}

/// The worker of this code.
pub(super) fn worker_called(desk: &Desk, code: &str) -> Result<PersonCell, Stop> {
    read::person_by_code(desk.view, code)?
        .filter(|person| matches!(person.role, Role::Worker(_)))
        .ok_or_else(|| not_found(format!("there is no worker {code:?}")))
}

/// The code of an area as it was given.
pub(super) fn parsed_area(text: &str) -> Result<AreaCode, Stop> {
    text.trim()
        .parse()
        .map_err(|error: otor_protocol::area::BadAreaCode| invalid(error.to_string()))
}

/// A code within its bounds, without spaces around it.
pub(super) fn checked_code(code: &str) -> Result<String, Stop> {
    let code = code.trim();
    let strange = |c: char| c.is_control() || c.is_whitespace() || matches!(c, ';' | ',' | '/');
    if code.is_empty() {
        Err(invalid("the code is missing"))
    } else if code.chars().count() > CODE_CHARS_MAX {
        Err(invalid(format!(
            "the code is longer than {CODE_CHARS_MAX} characters"
        )))
    } else if code.chars().any(strange) {
        Err(invalid("a code has no spaces, commas, semicolons or slashes"))
    } else {
        Ok(code.to_string())
    }
}

/// The workers that one commit adds or changes.
pub(super) struct Batch<'a> {
    desk: &'a Desk<'a>,
    account: &'a PersonCell,
    next_person: u32,
    persons: BTreeMap<String, PersonCell>,
    /// Records that will be filed anew.
    refiled: usize,
}

impl<'a> Batch<'a> {
    pub(super) fn new(desk: &'a Desk<'a>, account: &'a PersonCell) -> Result<Self, Stop> {
        acting(account)?;
        Ok(Batch {
            desk,
            account,
            next_person: read::server(desk.view)?.next_person,
            persons: BTreeMap::new(),
            refiled: 0,
        })
    }

    fn decided(self) -> Option<Decided> {
        let mut persons: Vec<PersonCell> = self.persons.into_values().collect();
        persons.sort_by_key(|person| person.id);
        (!persons.is_empty()).then(|| Act::Persons(persons).into())
    }

    /// Those who are added or changed, as they are to be.
    pub(super) fn persons(&self) -> impl Iterator<Item = &PersonCell> {
        self.persons.values()
    }

    /// Adds or changes one; whether anything changed.
    pub(super) fn put(&mut self, worker: &NewWorker, areas_needed: bool) -> Result<bool, Stop> {
        let code = checked_code(&worker.code)?;
        let name = checked_name(&worker.name).map_err(invalid)?;
        let standing = match self.persons.get(&code) {
            Some(person) => Some(person.clone()),
            None => read::person_by_code(self.desk.view, &code)?,
        };
        let held = standing.as_ref().map_or(&[][..], PersonCell::areas);
        let areas = self.checked_areas(&worker.areas, areas_needed, held)?;
        let person = match standing {
            Some(standing) => match self.changed(standing, name, areas)? {
                Some(person) => person,
                None => return Ok(false),
            },
            None => self.added(&code, name, areas),
        };
        self.persons.insert(code, person);
        Ok(true)
    }

    fn added(&mut self, code: &str, name: String, areas: Vec<AreaCode>) -> PersonCell {
        let id = PersonId(self.next_person);
        self.next_person += 1;
        let since = Stamp::default();
        PersonCell {
            id,
            code: code.to_string(),
            name,
            role: Role::Worker(vec![Tenure { since, areas }]),
        }
    }

    fn changed(
        &mut self,
        mut person: PersonCell,
        name: String,
        areas: Vec<AreaCode>,
    ) -> Result<Option<PersonCell>, Stop> {
        let may_change = reaches_worker(self.desk.view, self.account, &person)?;
        let moved = person.areas() != areas;
        let Role::Worker(tenures) = &mut person.role else {
            let taken = format!("{:?} is the name of an account", person.code);
            return Err(AdminRefusal::Conflict(taken).into());
        };
        if !may_change {
            let elsewhere = format!(
                "worker {:?} answers for areas outside this account's",
                person.code
            );
            return Err(AdminRefusal::NotAllowed(elsewhere).into());
        }
        if !moved && person.name == name {
            return Ok(None);
        }
        if moved {
            let since = Stamp::at_ms(self.desk.now_ms);
            tenures.push(Tenure { since, areas });
            self.refiled += self.concerned(person.id)?;
        }
        person.name = name;
        Ok(Some(person))
    }

    fn concerned(&self, person: PersonId) -> Result<usize, StateError> {
        let prefix = key::all_concerning(person);
        Ok(self
            .desk
            .view
            .range(&prefix, &key::end_of(&prefix), REFILED_MAX)?
            .len())
    }

    /// The areas a worker is to answer for, sorted, none within another. `held` are those of today: one that is
    /// retired since may stay.
    fn checked_areas(
        &self,
        codes: &[String],
        needed: bool,
        held: &[AreaCode],
    ) -> Result<Vec<AreaCode>, Stop> {
        let mut ended = Vec::new();
        let mut areas = BTreeSet::new();
        for text in codes {
            let code = parsed_area(text)?;
            if !reaches_place(self.desk.view, self.account, &code)? {
                let outside = format!("{code} lies outside the area of this account");
                return Err(AdminRefusal::NotAllowed(outside).into());
            }
            if read::area(self.desk.view, &code)?.is_none() {
                return Err(not_found(format!("there is no area {code}")));
            }
            areas.insert(code);
        }
        if needed && areas.is_empty() {
            return Err(invalid("the areas are missing"));
        }
        let mut living = Vec::new();
        for code in &areas {
            match expect_living(self.desk.view, code) {
                Ok(()) => living.push(code.clone()),
                Err(Stop::Refused(_)) if held.contains(code) => {}
                Err(stop) => {
                    ended.push((code.clone(), stop));
                }
            }
        }
        let kept = areas.iter().filter(|code| held.contains(code)).cloned();
        let all = with_taken_over(self.desk.view, living.into_iter().chain(kept))?;
        // A retired area comes with its successors, and not alone.
        if let Some((_, stop)) = ended
            .into_iter()
            .find(|(code, _)| !all.iter().any(|area| area.contains(code)))
        {
            return Err(stop);
        }
        expect_fits_a_phone(self.desk.view, &all, [])?;
        Ok(all)
    }
}
