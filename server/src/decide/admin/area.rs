//! Importing areas: rows of code, name and level become nodes of the tree, with the ancestors they need.

use super::places::expect_living;
use super::reach::{acting, reaches};
use super::refusal::{Decides, Stop, settle};
use super::{IMPORT_ROWS_MAX, Imported, NAME_CHARS_MAX, RowError};
use crate::decide::Desk;
use crate::state::cell::PersonCell;
use crate::state::entry::{Act, AreaAct};
use crate::state::{StateError, read};
use otor_protocol::area::AreaCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One row of an import of areas, as it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaRow {
    /// The row's number in the file.
    pub row: u64,
    /// The code.
    pub code: String,
    /// The name.
    pub name: String,
    /// The label of its depth; may be empty.
    pub level: String,
}

/// Imports the first rows, as many as one commit takes. Where a row's ancestors are missing they are created,
/// with their code for a name.
///
/// # Errors
/// [`crate::state::StateError`] if the state cannot be read.
pub fn import(desk: &Desk, account: &PersonCell, rows: &[AreaRow]) -> Decides<Imported> {
    settle(import_part(desk, account, &rows[..rows.len().min(IMPORT_ROWS_MAX)]).map(|batch| batch.finish()))
}

fn import_part<'a>(desk: &'a Desk, account: &PersonCell, rows: &[AreaRow]) -> Result<Batch<'a>, Stop> {
    acting(account)?;
    let mut batch = Batch {
        nodes: NewNodes::new(desk)?,
        answer: Imported {
            commit: desk.commit - 1,
            taken: rows.len(),
            imported: 0,
            updated: 0,
            unchanged: 0,
            errors: Vec::new(),
        },
    };
    for row in rows {
        let taken = match checked(account, row) {
            Ok((code, name)) => batch.take(code, name)?,
            Err(message) => Err(message),
        };
        if let Err(message) = taken {
            batch.answer.errors.push(RowError {
                row: row.row,
                message,
            });
        }
    }
    Ok(batch)
}

fn checked(account: &PersonCell, row: &AreaRow) -> Result<(AreaCode, String), String> {
    let code: AreaCode = row
        .code
        .trim()
        .parse()
        .map_err(|error: otor_protocol::area::BadAreaCode| error.to_string())?;
    let level = row.level.trim();
    if !level.is_empty() && level != code.level_name() {
        return Err(format!(
            "a code of {} digits is a {}, not a {level}",
            code.as_str().len(),
            code.level_name()
        ));
    }
    let name = checked_name(&row.name)?;
    if reaches(account, &code) {
        Ok((code, name))
    } else {
        Err(format!("{code} lies outside the area of this account"))
    }
}

/// A name within its bounds, without spaces around it.
pub(super) fn checked_name(name: &str) -> Result<String, String> {
    let name = name.trim();
    if name.is_empty() {
        Err("the name is missing".into())
    } else if name.chars().count() > NAME_CHARS_MAX {
        Err(format!("the name is longer than {NAME_CHARS_MAX} characters"))
    } else if name.chars().any(char::is_control) {
        Err("the name has control characters".into())
    } else {
        Ok(name.to_string())
    }
}

/// The nodes that one commit adds or renames.
pub(super) struct NewNodes<'a> {
    desk: &'a Desk<'a>,
    next_handle: u32,
    /// In the order of codes, so that ancestors come before descendants.
    acts: BTreeMap<AreaCode, AreaAct>,
}

impl<'a> NewNodes<'a> {
    /// None yet.
    pub(super) fn new(desk: &'a Desk<'a>) -> Result<Self, StateError> {
        Ok(NewNodes {
            desk,
            next_handle: read::server(desk.view)?.next_area,
            acts: BTreeMap::new(),
        })
    }

    /// A node as it is to be, if it is there or comes.
    pub(super) fn standing(&self, code: &AreaCode) -> Result<Option<AreaAct>, StateError> {
        if let Some(act) = self.acts.get(code) {
            return Ok(Some(act.clone()));
        }
        let cell = read::area(self.desk.view, code)?;
        Ok(cell.map(|cell| AreaAct {
            handle: cell.handle,
            code: cell.code,
            name: cell.name,
        }))
    }

    /// Adds a node that is not there, with the ancestors it needs.
    pub(super) fn add(&mut self, code: AreaCode, name: String) -> Result<(), StateError> {
        let mut above = code.parent();
        while let Some(ancestor) = above {
            if self.standing(&ancestor)?.is_some() {
                break;
            }
            above = ancestor.parent();
            let name = ancestor.to_string();
            self.put(ancestor, name);
        }
        self.put(code, name);
        Ok(())
    }

    fn put(&mut self, code: AreaCode, name: String) {
        let handle = self.next_handle;
        self.next_handle += 1;
        self.acts.insert(code.clone(), AreaAct { handle, code, name });
    }

    /// The codes of those to be added or renamed.
    pub(super) fn codes(&self) -> impl Iterator<Item = &AreaCode> {
        self.acts.keys()
    }

    /// What to journal.
    pub(super) fn into_acts(self) -> Vec<AreaAct> {
        self.acts.into_values().collect()
    }
}

/// An import under way.
struct Batch<'a> {
    nodes: NewNodes<'a>,
    answer: Imported,
}

impl Batch<'_> {
    /// Takes a row; inside, why it is not taken.
    fn take(&mut self, code: AreaCode, name: String) -> Result<Result<(), String>, Stop> {
        match self.nodes.standing(&code)? {
            Some(standing) if standing.name == name => self.answer.unchanged += 1,
            Some(standing) => {
                self.nodes.acts.insert(code, AreaAct { name, ..standing });
                self.answer.imported += 1;
            }
            None => {
                match expect_living(self.nodes.desk.view, &code) {
                    Err(Stop::Refused(refusal)) => return Ok(Err(refusal.to_string())),
                    Err(stop) => return Err(stop),
                    Ok(()) => {}
                }
                self.nodes.add(code, name)?;
                self.answer.imported += 1;
            }
        }
        Ok(Ok(()))
    }

    fn finish(mut self) -> (Option<crate::decide::Decided>, Imported) {
        if self.nodes.acts.is_empty() {
            return (None, self.answer);
        }
        self.answer.commit = self.nodes.desk.commit;
        (Some(Act::Areas(self.nodes.into_acts()).into()), self.answer)
    }
}
