//! Lists of areas, workers and accounts.

use super::time::rfc3339;
use crate::decide::admin::account::{called, sees_account};
use crate::decide::admin::{reaches, sees_worker};
use crate::state::cell::{AreaCell, Ending, PersonCell, Role};
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use serde::{Deserialize, Serialize};

/// An area in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaEntry {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The label of its depth.
    pub level: String,
    /// Since when it is known, RFC 3339.
    pub since: String,
    /// Until when it was, RFC 3339, if it is retired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// How it ended: `split`, `merged`, `moved` or `closed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// What took its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub successors: Vec<String>,
}

/// A worker in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerEntry {
    /// Their number: who an op or a phone says its author or owner is.
    pub number: u32,
    /// What they are called in imports and exports.
    pub code: String,
    /// Their name.
    pub name: String,
    /// The codes of the areas they answer for now.
    pub areas: Vec<String>,
}

/// An account in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountEntry {
    /// Its number: who an op says its author is.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Its level.
    pub level: String,
    /// The code of its area; none for the whole tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// Whether it may no longer act.
    pub revoked: bool,
}

/// The areas whose codes begin with `under`, as far as the account sees them.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn areas(view: &dyn View, account: &PersonCell, under: &str) -> Result<Vec<AreaEntry>, StateError> {
    let found = read::under::<AreaCell>(view, &key::areas_under(under))?;
    let seen = found.into_iter().filter(|(_, cell)| reaches(account, &cell.code));
    Ok(seen.map(|(_, cell)| area_entry(cell)).collect())
}

fn area_entry(cell: AreaCell) -> AreaEntry {
    let successors = cell
        .retired
        .iter()
        .flat_map(|retired| &retired.successors)
        .map(ToString::to_string)
        .collect();
    AreaEntry {
        code: cell.code.to_string(),
        level: cell.code.level_name().to_string(),
        name: cell.name,
        since: rfc3339(cell.since_ms),
        until: cell.retired.as_ref().map(|retired| rfc3339(retired.at_ms)),
        ended: cell
            .retired
            .map(|retired| ending_name(retired.ending).to_string()),
        successors,
    }
}

fn ending_name(ending: Ending) -> &'static str {
    match ending {
        Ending::Split => "split",
        Ending::Merged => "merged",
        Ending::Moved => "moved",
        Ending::Closed => "closed",
    }
}

/// The workers whom the account sees.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn workers(view: &dyn View, account: &PersonCell) -> Result<Vec<WorkerEntry>, StateError> {
    let persons = read::under::<PersonCell>(view, &key::persons())?;
    let workers = persons.into_iter().map(|(_, person)| person);
    Ok(workers
        .filter(|person| matches!(person.role, Role::Worker(_)) && sees_worker(account, person))
        .map(|person| WorkerEntry {
            number: person.id.0,
            areas: person.areas().iter().map(ToString::to_string).collect(),
            code: person.code,
            name: person.name,
        })
        .collect())
}

/// The accounts that the account sees.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn accounts(view: &dyn View, account: &PersonCell) -> Result<Vec<AccountEntry>, StateError> {
    let mut entries = Vec::new();
    for (_, person) in read::under::<PersonCell>(view, &key::persons())? {
        let seen = person.id == account.id || sees_account(account, &person);
        if let (true, Role::Account(cell)) = (seen, person.role) {
            entries.push(AccountEntry {
                number: person.id.0,
                name: person.code,
                level: called(&cell).to_string(),
                area: cell.area.map(|area| area.to_string()),
                revoked: cell.revoked,
            });
        }
    }
    Ok(entries)
}
