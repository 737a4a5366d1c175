//! The state: what the journal's entries fold into. Keys, values, entries, the fold itself, and reading.

pub mod act;
pub mod audit;
mod branches;
pub mod cell;
pub mod doubles;
mod draft;
pub mod entry;
pub mod fact;
pub mod fit;
mod fold;
pub mod key;
pub mod ledger;
pub mod lineage;
mod membership;
mod packed;
pub mod read;
pub mod refold;
pub mod rules;
mod topic;
pub mod twins;

pub use draft::{Draft, Folded, StateError};
pub use fold::{
    StateFold, add_facts, apply_entry, apply_judged, apply_lost, apply_released, finish_entry, grow_run,
    learn_clocks, note_anchor,
};
pub use membership::{scopes_of_device_owner, worker_scopes};
pub use topic::{Topic, topic};
