//! How far an account reaches: its subtree, and the workers in it.

use super::refusal::{Stop, not_allowed};
use crate::state::cell::{AccountCell, PersonCell, Role};
use crate::state::{StateError, lineage, read};
use crate::store::engine::View;
use otor_protocol::area::AreaCode;
use otor_protocol::ids::Level;

/// The account's own facts.
pub(super) fn acting(account: &PersonCell) -> Result<&AccountCell, Stop> {
    match &account.role {
        Role::Account(cell) if !cell.revoked && cell.level > Level::DESK => Ok(cell),
        _ => Err(not_allowed("this account may not act")),
    }
}

/// Whether an account reaches the whole tree.
pub fn whole_tree(account: &PersonCell) -> bool {
    matches!(&account.role, Role::Account(cell) if cell.area.is_none())
}

/// Whether an area lies within an account's subtree.
pub fn reaches(account: &PersonCell, area: &AreaCode) -> bool {
    match &account.role {
        Role::Account(cell) => cell.area.as_ref().is_none_or(|own| own.contains(area)),
        _ => false,
    }
}

/// What an account sees of an area asked for, or of everything: that area, or its own where that is smaller; inside, none
/// for the whole tree. None where it sees nothing of it.
pub fn seen_of(account: &PersonCell, asked: Option<AreaCode>) -> Option<Option<AreaCode>> {
    let own = match &account.role {
        Role::Account(cell) => cell.area.clone(),
        _ => None,
    };
    let Some(asked) = asked else {
        return Some(own);
    };
    if whole_tree(account) || reaches(account, &asked) {
        return Some(Some(asked));
    }
    own.filter(|own| asked.contains(own)).map(Some)
}

/// Whether a worker answers for something in an account's subtree, so that the account may see them and give
/// them tasks.
pub fn sees_worker(account: &PersonCell, worker: &PersonCell) -> bool {
    whole_tree(account) || worker.areas().iter().any(|area| reaches(account, area))
}

/// Whether all that a worker answers for lies in an account's subtree, or led there, so that the account may
/// change them.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn reaches_worker(
    view: &dyn View,
    account: &PersonCell,
    worker: &PersonCell,
) -> Result<bool, StateError> {
    for area in worker.areas() {
        if !reaches_place(view, account, area)? {
            return Ok(false);
        }
    }
    Ok(whole_tree(account) || !worker.areas().is_empty())
}

/// Whether an area lies in an account's subtree, or was retired and led there.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn reaches_place(view: &dyn View, account: &PersonCell, area: &AreaCode) -> Result<bool, StateError> {
    match &account.role {
        Role::Account(cell) => cell.area.as_ref().map_or(Ok(true), |own| {
            lineage::leads_into(own, area, |code| read::area(view, code))
        }),
        _ => Ok(false),
    }
}

/// Refuses an area outside an account's subtree.
pub(super) fn expect_reach(account: &PersonCell, area: &AreaCode) -> Result<(), Stop> {
    if reaches(account, area) {
        Ok(())
    } else {
        Err(not_allowed(format!(
            "{area} lies outside the area of this account"
        )))
    }
}
