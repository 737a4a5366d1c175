//! Invariants, a file each: what must hold at the end of every run, and what is watched while it goes on.

mod aside;
mod cases;
mod confined;
mod convergence;
mod created;
mod cursors;
mod deadlines;
mod delivered;
mod doubled;
mod journaled;
mod lists;
mod lost;
mod meant;
mod merged;
mod order;
mod pulled;
mod retold;
mod rights;
mod scopes;
mod statistics;
mod statuses;
#[cfg(test)]
mod tests;
mod times;
mod unseen;
mod unsent;
mod watch;
mod written;

pub use aside::aside;
pub use cases::cases;
pub use convergence::differences;
pub use created::{created, creations};
pub use deadlines::deadlines;
pub use delivered::delivered;
pub use doubled::{doubled, twice};
pub use journaled::journaled;
pub use lists::lists;
pub use lost::lost;
pub use merged::merged;
pub use pulled::{body, outside, pulled};
pub use rights::rights;
pub use scopes::scopes;
pub use statistics::statistics;
pub use statuses::statuses;
pub use times::times;
pub use watch::{Moment, Watch};
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
