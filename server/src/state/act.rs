//! What an account did, as the state keeps it: when, what sort of act, on what. Nothing of what records say.

use otor_protocol::ids::{PersonId, RecordId};
use serde::{Deserialize, Serialize};

/// Most records, codes or numbers that are kept of one act.
pub const WRITES_MAX: usize = 20;

/// What an op of an account does to a record, without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Write {
    /// Creates it: the number of its kind.
    Create(u16),
    /// Changes fields.
    Edit,
    /// Says an event: its number.
    Event(u16),
    /// Erases what is personal.
    Erase,
    /// Files it under another area.
    Relocate,
    /// Lets in an op that was kept aside.
    Release,
}

/// A record, and what was done to it.
pub type Written = (RecordId, Write);

/// An act of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActCell {
    /// When, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Which account.
    pub by: PersonId,
    /// What sort of act.
    pub what: String,
    /// On how many things.
    pub count: u32,
    /// The first codes or numbers that it was about, where it was no writing of records.
    pub named: Vec<String>,
    /// The first records it wrote on.
    pub writes: Vec<Written>,
}
