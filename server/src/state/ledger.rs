//! Published ledgers (台账), and figures that others gather and supply for them.

use otor_protocol::area::AreaCode;
use otor_protocol::ids::PersonId;
use serde::{Deserialize, Serialize};

/// A ledger as it was published: what was asked, and up to which commit. Its numbers follow from the facts, for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerCell {
    /// Its number, from 1.
    pub number: u32,
    /// What it is called.
    pub title: String,
    /// The area; none for the whole tree.
    pub area: Option<AreaCode>,
    /// Its first day, counted from 1970 in the time of the field.
    pub from_day: u32,
    /// Its last day.
    pub to_day: u32,
    /// What was known after this commit.
    pub cut_off: u64,
    /// The history of the server in which that commit is meant.
    pub incarnation: u64,
    /// The version of the definitions that it was reckoned by.
    pub definitions: u32,
    /// SHA-256 of its numbers.
    pub hash: [u8; 32],
    /// Who published it.
    pub by: PersonId,
    /// When, milliseconds since the Unix epoch.
    pub at_ms: i64,
}

/// A figure that is supplied for an area, from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuppliedAct {
    /// What it tells.
    pub name: String,
    /// Of which area.
    pub area: AreaCode,
    /// From which day on, counted from 1970 in the time of the field.
    pub day: u32,
    /// How many.
    pub value: i64,
    /// Whether it may be more.
    pub at_least: bool,
}

/// A supplied figure as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuppliedCell {
    /// How many.
    pub value: i64,
    /// Whether it may be more.
    pub at_least: bool,
}
