//! Workers: importing them, adding or changing one, moving one to other areas.

use super::area::checked_name;
use super::reach::{acting, reaches, reaches_worker};
use super::refusal::{AdminRefusal, Decides, Stop, invalid, not_found, settle};
use super::{CODE_CHARS_MAX, Done, IMPORT_ROWS_MAX, Imported, RowError};
use crate::decide::{Decided, Desk};
use crate::state::cell::{AreaCell, PersonCell, Role, Tenure};
use crate::state::entry::Act;
use crate::state::{StateError, key, read};
use otor_protocol::area::{AreaCode, GRID_DIGITS};
use otor_protocol::ids::PersonId;
use otor_protocol::limits::SCOPES_MAX;
use otor_protocol::stamp::Stamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most records that the moves of one commit file anew; a worker with more is moved in a commit of their own.
const REFILED_MAX: usize = 2_000;
/// Most places a worker's areas may expand to: a phone holds so many scopes besides its owner's inbox.
const PLACES_MAX: usize = SCOPES_MAX - 1;

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
    settle(put_one(desk, account, worker, true))
}

/// Gives a worker other areas from now on; none at all if they have left.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn move_to(desk: &Desk, account: &PersonCell, code: &str, areas: &[String]) -> Decides<Done> {
    settle(worker_called(desk, code).and_then(|worker| {
        let worker = NewWorker {
            code: worker.code,
            name: worker.name,
            areas: areas.to_vec(),
        };
        put_one(desk, account, &worker, false)
    }))
}

fn put_one(
    desk: &Desk,
    account: &PersonCell,
    worker: &NewWorker,
    areas_needed: bool,
) -> Result<(Option<Decided>, Done), Stop> {
    acting(account)?;
    let mut batch = Batch::new(desk, account)?;
    batch.put(worker, areas_needed)?;
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
struct Batch<'a> {
    desk: &'a Desk<'a>,
    account: &'a PersonCell,
    next_person: u32,
    persons: BTreeMap<String, PersonCell>,
    /// Records that will be filed anew.
    refiled: usize,
}

impl<'a> Batch<'a> {
    fn new(desk: &'a Desk<'a>, account: &'a PersonCell) -> Result<Self, Stop> {
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

    /// Adds or changes one; whether anything changed.
    fn put(&mut self, worker: &NewWorker, areas_needed: bool) -> Result<bool, Stop> {
        let code = checked_code(&worker.code)?;
        let name = checked_name(&worker.name).map_err(invalid)?;
        let areas = self.checked_areas(&worker.areas, areas_needed)?;
        let standing = match self.persons.get(&code) {
            Some(person) => Some(person.clone()),
            None => read::person_by_code(self.desk.view, &code)?,
        };
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
        let may_change = reaches_worker(self.account, &person);
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

    /// The areas a worker is to answer for, sorted, none within another.
    fn checked_areas(&self, codes: &[String], needed: bool) -> Result<Vec<AreaCode>, Stop> {
        let mut areas = BTreeSet::new();
        for text in codes {
            let code: AreaCode = text
                .trim()
                .parse()
                .map_err(|error: otor_protocol::area::BadAreaCode| invalid(error.to_string()))?;
            if !reaches(self.account, &code) {
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
        // Sorted, an area comes right before those within it.
        let mut outermost: Vec<AreaCode> = Vec::new();
        for code in areas {
            if !outermost.last().is_some_and(|last| last.contains(&code)) {
                outermost.push(code);
            }
        }
        if more_places_than_a_phone_holds(self.desk, &outermost)? {
            return Err(invalid(format!(
                "the areas hold more than {PLACES_MAX} grids and places above them: more than a phone \
                 synchronises; use pull for larger areas"
            )));
        }
        Ok(outermost)
    }
}

fn more_places_than_a_phone_holds(desk: &Desk, areas: &[AreaCode]) -> Result<bool, StateError> {
    let mut places = BTreeSet::new();
    for area in areas {
        let prefix = key::areas_under(area.scope_area().as_str());
        let end = key::end_of(&prefix);
        let mut from = prefix;
        loop {
            let page = read::range::<AreaCell>(desk.view, &from, &end, PLACES_MAX)?;
            let last_page = page.len() < PLACES_MAX;
            for (place, cell) in page {
                if cell.code.as_str().len() <= GRID_DIGITS {
                    places.insert(cell.handle);
                }
                from = [place.as_slice(), &[0]].concat();
            }
            if places.len() > PLACES_MAX {
                return Ok(true);
            }
            if last_page {
                break;
            }
        }
    }
    Ok(false)
}
