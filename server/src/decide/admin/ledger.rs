//! Publishing a ledger, and supplying figures that others gather.

use super::reach::{acting, expect_reach, whole_tree};
use super::refusal::{Decides, Stop, invalid, not_allowed, settle};
use super::{Done, NAME_CHARS_MAX};
use crate::decide::{Decided, Desk};
use crate::state::cell::PersonCell;
use crate::state::entry::Act;
use crate::state::ledger::{LedgerCell, SuppliedAct};
use crate::state::{key, read};
use otor_protocol::area::AreaCode;
use otor_protocol::catalogue::is_printable;
use otor_protocol::ids::Level;
use serde::{Deserialize, Serialize};

/// Most figures supplied in one commit.
pub const SUPPLIED_MAX: usize = 500;
/// Most ledgers.
const LEDGERS_MAX: u32 = 1_000_000;
/// Most characters of the name of a supplied figure.
const SUPPLIED_NAME_CHARS_MAX: usize = 64;

/// A ledger to be published; its numbers have been reckoned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLedger {
    /// What it is called.
    pub title: String,
    /// The area; none for the whole tree.
    pub area: Option<AreaCode>,
    /// Its first and last day.
    pub days: (u32, u32),
    /// What was known after this commit.
    pub cut_off: u64,
    /// The version of the definitions.
    pub definitions: u32,
    /// SHA-256 of its numbers.
    pub hash: [u8; 32],
}

/// A ledger that was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The commit that holds it.
    pub commit: u64,
    /// Its number.
    pub number: u32,
}

/// Publishes a ledger. For accounts of township level and above.
///
/// # Errors
/// [`crate::state::StateError`] if the state cannot be read.
pub fn publish(desk: &Desk, account: &PersonCell, ledger: &NewLedger) -> Decides<Published> {
    settle(publish_one(desk, account, ledger))
}

fn publish_one(
    desk: &Desk,
    account: &PersonCell,
    ledger: &NewLedger,
) -> Result<(Option<Decided>, Published), Stop> {
    expect_level(account, "ledgers are published")?;
    expect_within(account, ledger.area.as_ref())?;
    let chars = ledger.title.chars().count();
    if !(1..=NAME_CHARS_MAX).contains(&chars) || !ledger.title.chars().all(is_printable) {
        return Err(invalid(format!(
            "a title has 1 to {NAME_CHARS_MAX} characters that can be shown"
        )));
    }
    if ledger.cut_off >= desk.commit {
        return Err(invalid(format!(
            "commit {} has not come yet: the last is {}",
            ledger.cut_off,
            desk.commit - 1
        )));
    }
    let number = next_number(desk)?;
    let cell = LedgerCell {
        number,
        title: ledger.title.clone(),
        area: ledger.area.clone(),
        from_day: ledger.days.0,
        to_day: ledger.days.1,
        cut_off: ledger.cut_off,
        incarnation: read::server(desk.view)?.incarnation,
        definitions: ledger.definitions,
        hash: ledger.hash,
        by: account.id,
        at_ms: desk.now_ms,
    };
    let commit = desk.commit;
    Ok((
        Some(Act::Ledger(Box::new(cell)).into()),
        Published { commit, number },
    ))
}

/// One more than the last number: numbers are given without gaps, so the first that is free is found by halving.
fn next_number(desk: &Desk) -> Result<u32, Stop> {
    let (mut taken, mut free) = (0, LEDGERS_MAX);
    while free - taken > 1 {
        let middle = taken + (free - taken) / 2;
        let cell: Option<LedgerCell> = read::get(desk.view, &key::ledger(middle))?;
        match cell {
            Some(_) => taken = middle,
            None => free = middle,
        }
    }
    Ok(free)
}

fn expect_level(account: &PersonCell, what: &str) -> Result<(), Stop> {
    if acting(account)?.level < Level::TOWNSHIP {
        return Err(not_allowed(format!(
            "{what} by accounts of township level and above"
        )));
    }
    Ok(())
}

fn expect_within(account: &PersonCell, area: Option<&AreaCode>) -> Result<(), Stop> {
    match area {
        Some(area) => expect_reach(account, area),
        None if whole_tree(account) => Ok(()),
        None => Err(not_allowed(
            "the whole tree lies outside the area of this account",
        )),
    }
}

/// Figures to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supply {
    /// The figures.
    pub figures: Vec<SuppliedAct>,
}

/// Keeps figures that others gather: communities with a flag, compounds that nobody manages, volunteers. Of places,
/// never of persons. For accounts of township level and above.
///
/// # Errors
/// [`crate::state::StateError`] if the state cannot be read.
pub fn supply(desk: &Desk, account: &PersonCell, supply: &Supply) -> Decides<Done> {
    settle(supply_some(desk, account, supply))
}

fn supply_some(desk: &Desk, account: &PersonCell, supply: &Supply) -> Result<(Option<Decided>, Done), Stop> {
    expect_level(account, "figures are supplied")?;
    if supply.figures.is_empty() || supply.figures.len() > SUPPLIED_MAX {
        return Err(invalid(format!("1 to {SUPPLIED_MAX} figures at once")));
    }
    for figure in &supply.figures {
        expect_within(account, Some(&figure.area))?;
        if !is_name(&figure.name) {
            return Err(invalid(format!(
                "the name of a figure has 1 to {SUPPLIED_NAME_CHARS_MAX} of a to z, 0 to 9 and _: {:?}",
                figure.name
            )));
        }
        if figure.value < 0 {
            return Err(invalid(format!(
                "a figure is no less than nought: {}",
                figure.value
            )));
        }
        if read::area(desk.view, &figure.area)?.is_none() {
            return Err(invalid(format!("there is no area {}", figure.area)));
        }
    }
    let commit = desk.commit;
    Ok((
        Some(Act::Supplied(supply.figures.clone()).into()),
        Done { commit },
    ))
}

fn is_name(name: &str) -> bool {
    let fits = (1..=SUPPLIED_NAME_CHARS_MAX).contains(&name.len());
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    fits && name.bytes().all(known)
}
