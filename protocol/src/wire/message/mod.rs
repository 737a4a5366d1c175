//! Messages of the exchange and of enrolment.

mod aside;
mod dictionary;
mod enrol;
mod feed;
mod hello;
mod recovery;
mod repair;
mod verdict;
mod welcome;

pub use aside::*;
pub use dictionary::*;
pub use enrol::*;
pub use feed::*;
pub use hello::*;
pub use recovery::*;
pub use repair::*;
pub use verdict::*;
pub use welcome::*;

use serde::{Deserialize, Serialize};

/// Last message, both ways: only this means complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// How many frames of ops (up) or of changes and states (down) came before.
    pub frames: u32,
    /// Down: whether the budget left something behind.
    pub more: bool,
}
