//! Administrators' accounts: creating and revoking them.

use super::Done;
use super::reach::{acting, expect_reach, reaches, whole_tree};
use super::refusal::{Decides, Stop, conflict, invalid, not_allowed, not_found, settle};
use super::worker::checked_code;
use crate::decide::{Decided, Desk};
use crate::state::cell::{AccountCell, PersonCell, Role};
use crate::state::entry::Act;
use crate::state::read;
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{ActorId, Level, PersonId};
use serde::{Deserialize, Serialize};

/// An account to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Its name; no worker and no other account is called so.
    pub name: String,
    /// Its level: `village`, `township`, `county` or `league`; `desk` for one that can only ask for receipts,
    /// `auditor` for one that reads statistics and what accounts did.
    pub level: String,
    /// The code of its area; left out for the whole tree.
    #[serde(default)]
    pub area: Option<String>,
}

/// The answer to the creation of an account. Its token is known only to who made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountCreated {
    /// The commit.
    pub commit: u64,
    /// The account's name.
    pub name: String,
}

/// What the level of an account that looks on is called.
const AUDITOR: &str = "auditor";

/// The level of this name, if an account may have it.
pub fn level_named(name: &str) -> Option<Level> {
    match name {
        "desk" => Some(Level::DESK),
        "village" => Some(Level::VILLAGE),
        "township" => Some(Level::TOWNSHIP),
        "county" => Some(Level::COUNTY),
        "league" => Some(Level::LEAGUE),
        _ => None,
    }
}

/// The name of a level.
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::DESK => "desk",
        Level::WORKER => "worker",
        Level::VILLAGE => "village",
        Level::TOWNSHIP => "township",
        Level::COUNTY => "county",
        Level::LEAGUE => "league",
        _ => "rules",
    }
}

/// Creates an account whose token has this hash.
///
/// # Errors
/// [`crate::state::StateError`] if the state cannot be read.
pub fn create(
    desk: &Desk,
    account: &PersonCell,
    request: &NewAccount,
    token_hash: [u8; 32],
) -> Decides<AccountCreated> {
    settle(create_one(desk, account, request, token_hash))
}

fn create_one(
    desk: &Desk,
    account: &PersonCell,
    request: &NewAccount,
    token_hash: [u8; 32],
) -> Result<(Option<Decided>, AccountCreated), Stop> {
    let own = acting(account)?;
    let name = checked_code(&request.name)?;
    let looks_on = request.level == AUDITOR;
    let level = level_named(&request.level)
        .or(looks_on.then_some(Level::DESK))
        .ok_or_else(|| invalid("the level is one of desk, auditor, village, township, county, league"))?;
    let area = request
        .area
        .as_deref()
        .map(str::parse::<AreaCode>)
        .transpose()
        .map_err(|error| invalid(error.to_string()))?;
    match &area {
        Some(area) => {
            expect_reach(account, area)?;
            if read::area(desk.view, area)?.is_none() {
                return Err(not_found(format!("there is no area {area}")));
            }
        }
        None if !whole_tree(account) => {
            return Err(not_allowed("only an account over the whole tree creates another"));
        }
        None => {}
    }
    if level > own.level && !whole_tree(account) {
        return Err(not_allowed("the level is above that of this account"));
    }
    if read::person_by_code(desk.view, &name)?.is_some() {
        return Err(conflict(format!("the name {name:?} is taken")));
    }
    let mut person = new_account(desk, &name, level, area, token_hash)?;
    if let Role::Account(cell) = &mut person.role {
        cell.looks_on = looks_on;
    }
    let commit = desk.commit;
    Ok((
        Some(Act::Persons(vec![person]).into()),
        AccountCreated { commit, name },
    ))
}

/// An account with the next free numbers.
pub(super) fn new_account(
    desk: &Desk,
    name: &str,
    level: Level,
    area: Option<AreaCode>,
    token_hash: [u8; 32],
) -> Result<PersonCell, Stop> {
    let server = read::server(desk.view)?;
    Ok(PersonCell {
        id: PersonId(server.next_person),
        code: name.to_string(),
        name: name.to_string(),
        role: Role::Account(AccountCell {
            level,
            area,
            actor: ActorId(server.next_actor),
            token_hash,
            revoked: false,
            looks_on: false,
        }),
    })
}

/// Revokes an account: its token no longer opens anything. What it wrote stays.
///
/// # Errors
/// [`crate::state::StateError`] if the state cannot be read.
pub fn revoke(desk: &Desk, account: &PersonCell, name: &str) -> Decides<Done> {
    settle(revoke_one(desk, account, name))
}

fn revoke_one(desk: &Desk, account: &PersonCell, name: &str) -> Result<(Option<Decided>, Done), Stop> {
    let own = acting(account)?;
    let missing = || not_found(format!("there is no account {name:?}"));
    let mut other = read::person_by_code(desk.view, name)?.ok_or_else(missing)?;
    if other.id == account.id {
        return Err(conflict("an account cannot revoke itself"));
    }
    if !sees_account(account, &other) {
        return Err(missing());
    }
    let Role::Account(cell) = &mut other.role else {
        return Err(missing());
    };
    if cell.level > own.level && !whole_tree(account) {
        return Err(not_allowed("the account's level is above that of this one"));
    }
    if cell.revoked {
        let commit = desk.commit - 1;
        return Ok((None, Done { commit }));
    }
    cell.revoked = true;
    let commit = desk.commit;
    Ok((Some(Act::Persons(vec![other]).into()), Done { commit }))
}

/// Whether `other` is an account within an account's reach.
pub fn sees_account(account: &PersonCell, other: &PersonCell) -> bool {
    match &other.role {
        Role::Account(cell) => match &cell.area {
            Some(area) => reaches(account, area),
            None => whole_tree(account),
        },
        _ => false,
    }
}

/// Whether an account can only ask for receipts.
pub fn is_desk(account: &PersonCell) -> bool {
    matches!(&account.role, Role::Account(cell) if cell.level == Level::DESK && !cell.looks_on)
}

/// Whether an account reads statistics and what accounts did, and nothing else (督查).
pub fn looks_on(account: &PersonCell) -> bool {
    matches!(&account.role, Role::Account(cell) if cell.looks_on)
}

/// What an account's level is called.
pub fn called(cell: &AccountCell) -> &'static str {
    match cell.looks_on {
        true => AUDITOR,
        false => level_name(cell.level),
    }
}
