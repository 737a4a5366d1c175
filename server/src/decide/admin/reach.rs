//! How far an account reaches: its subtree, and the workers in it.

use super::refusal::{Stop, not_allowed};
use crate::state::cell::{AccountCell, PersonCell, Role};
use otor_protocol::area::AreaCode;

/// The account's own facts.
pub(super) fn acting(account: &PersonCell) -> Result<&AccountCell, Stop> {
    match &account.role {
        Role::Account(cell) if !cell.revoked => Ok(cell),
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

/// Whether a worker answers for something in an account's subtree, so that the account may see them and give
/// them tasks.
pub fn sees_worker(account: &PersonCell, worker: &PersonCell) -> bool {
    whole_tree(account) || worker.areas().iter().any(|area| reaches(account, area))
}

/// Whether all that a worker answers for lies in an account's subtree, so that the account may change them.
pub fn reaches_worker(account: &PersonCell, worker: &PersonCell) -> bool {
    let areas = worker.areas();
    whole_tree(account) || (!areas.is_empty() && areas.iter().all(|area| reaches(account, area)))
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
