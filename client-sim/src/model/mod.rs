//! The reference model: what a run has to come to, by plain maps and vectors. It shares the words of ops and nothing
//! of what merges, folds or decides, so that a mistake there is not made twice.
//!
//! It looks at each record anew with everything that was ever accepted on it, in no particular order: slow, and
//! simple enough to be believed.

mod cases;
pub mod figures;
mod history;
mod merging;
mod status;
#[cfg(test)]
mod tests;

pub use cases::{Case, cases, marks};
pub use history::{Commit, History, Issued, JournaledOp, Supplied};
pub use merging::{Event, Expected, predict, predict_each};
pub use status::Life;
