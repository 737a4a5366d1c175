//! The first two entries of a server's history: its beginning, and its first account.

use super::Done;
use super::account::new_account;
use super::refusal::{Decides, Stop, settle};
use crate::decide::{Decided, Decision, Desk};
use crate::state::cell::{PersonCell, Role};
use crate::state::entry::Act;
use crate::state::{key, read};
use otor_protocol::ids::Level;
use serde::{Deserialize, Serialize};

/// The name of the first account.
pub const FIRST_ACCOUNT: &str = "county";

/// Whether the first account was created just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Founded {
    /// It was, in this commit.
    Created(u64),
    /// There is an account already: nothing was done.
    AlreadyThere,
}

/// Begins the history under a random name, if it has not begun.
///
/// # Errors
/// [`crate::state::StateError`] if the state cannot be read.
pub fn begin(desk: &Desk, incarnation: u64) -> Decision {
    let begun = read::server(desk.view)?.next_person > 0;
    Ok((!begun).then(|| Act::Genesis { incarnation }.into()))
}

/// Creates the county's account over the whole tree, if there is no account at all. To be decided in an entry
/// after the history has begun.
///
/// # Errors
/// [`crate::state::StateError`] if the state cannot be read.
pub fn found(desk: &Desk, token_hash: [u8; 32]) -> Decides<Founded> {
    settle(found_one(desk, token_hash))
}

fn found_one(desk: &Desk, token_hash: [u8; 32]) -> Result<(Option<Decided>, Founded), Stop> {
    let persons = read::under::<PersonCell>(desk.view, &key::persons())?;
    if persons
        .iter()
        .any(|(_, person)| matches!(person.role, Role::Account(_)))
    {
        return Ok((None, Founded::AlreadyThere));
    }
    let county = new_account(desk, FIRST_ACCOUNT, Level::COUNTY, None, token_hash)?;
    let founded = Founded::Created(desk.commit);
    Ok((Some(Act::Persons(vec![county]).into()), founded))
}

/// Gives the first account another token, for an operator who has lost it. The server's operator alone can
/// ask for this: it is not offered over HTTP.
///
/// # Errors
/// [`crate::state::StateError`] if the state cannot be read.
pub fn renew_first_token(desk: &Desk, token_hash: [u8; 32]) -> Decides<Done> {
    settle(renew(desk, token_hash))
}

fn renew(desk: &Desk, token_hash: [u8; 32]) -> Result<(Option<Decided>, Done), Stop> {
    let first = read::person_by_code(desk.view, FIRST_ACCOUNT)?;
    let mut first = first.ok_or_else(|| super::refusal::not_found("there is no first account"))?;
    let Role::Account(cell) = &mut first.role else {
        return Err(super::refusal::not_found("there is no first account"));
    };
    if cell.token_hash == token_hash && !cell.revoked {
        let commit = desk.commit - 1;
        return Ok((None, Done { commit }));
    }
    cell.token_hash = token_hash;
    cell.revoked = false;
    let commit = desk.commit;
    Ok((Some(Act::Persons(vec![first]).into()), Done { commit }))
}
