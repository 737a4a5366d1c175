//! Invariants, a file each: what must hold at the end of every run.

mod convergence;
mod doubled;
mod lost;
mod scopes;
mod written;

pub use convergence::differences;
pub use doubled::doubled;
pub use lost::lost;
pub use scopes::scopes;
pub use written::{Renumbered, Written};

use otor_protocol::replica::Replica;

/// A phone under check.
pub struct Checked<'a, S> {
    /// The trace's name for it.
    pub name: &'a str,
    /// The code of its owner.
    pub worker: &'a str,
    /// What it holds.
    pub replica: &'a Replica<S>,
}
