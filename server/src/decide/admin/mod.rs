//! Administrative acts: pure functions of the desk, the acting account and a request. No clock and no
//! randomness: tokens, codes and secrets come in as arguments. The server and the simulator call the same.

pub mod account;
pub mod area;
pub mod bring;
mod credentials;
pub mod device;
pub mod dictionary;
pub mod enrol;
pub mod forget;
pub mod ledger;
pub mod met;
pub mod muster;
mod names;
mod once;
mod places;
pub mod quarantine;
mod reach;
pub mod record;
mod refusal;
pub mod reshape;
mod row_change;
pub mod rules;
pub mod start;
pub mod task;
mod words;
pub mod worker;
pub mod would_move;
mod write;

pub use credentials::{invitation_code, invitation_hash, token_hash, token_text};
pub use names::ViewNames;
pub use once::{RequestKey, once};
pub use reach::{reaches, reaches_place, reaches_worker, seen_of, sees_worker, whole_tree};
pub use refusal::{AdminRefusal, Decides, Outcome};
pub use words::reason_in_words;

use serde::{Deserialize, Serialize};

/// The answer to an act that says no more than that it was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The commit that holds it, or, where there was nothing to do, the last one.
    pub commit: u64,
}

/// A row of an import that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowError {
    /// The row's number in the file; the header is row 1.
    pub row: u64,
    /// What is wrong with it.
    pub message: String,
}

/// The answer to one part of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The commit that holds it, or, where there was nothing to do, the last one.
    pub commit: u64,
    /// How many of the rows given, from the first, this part dealt with: the rest has to be given again.
    pub taken: usize,
    /// Rows that added or changed something.
    pub imported: u64,
    /// How many of these changed a record that had been brought before.
    #[serde(default)]
    pub updated: u64,
    /// Rows that said what was so already.
    pub unchanged: u64,
    /// Rows that were not taken.
    pub errors: Vec<RowError>,
}

/// Most rows that one commit of an import takes.
pub const IMPORT_ROWS_MAX: usize = 500;
/// Most characters of a name.
pub const NAME_CHARS_MAX: usize = 200;
/// Most characters of the code of a worker or of an account's name.
pub const CODE_CHARS_MAX: usize = 64;

#[cfg(test)]
mod tests;
