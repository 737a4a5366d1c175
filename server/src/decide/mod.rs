//! Deciding: pure functions of the state, a frame or an act, and the time. What they return is journaled and
//! applied; nothing here writes.

pub mod admin;
mod author;
mod clock;
mod conflict;
pub mod copies;
mod derive;
pub mod dispatch;
mod frame;
pub mod history;
mod judge;
mod lost;
mod repeats;
pub mod schedule;
pub mod trim;

pub use clock::{Moment, asks_clock, decide_clocks};
pub use derive::derive;
pub use frame::{FrameDecision, Writer, decide_and_fold, decide_frame, decide_refill};
pub use lost::{decide_lost, declares_any_lost, declares_lost};

use crate::state::entry::{Act, KeptAnswer};
use crate::state::{Folded, StateError};
use crate::store::engine::View;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::PersonId;

/// What a decision is taken over: the state with everything decided before it, and the time.
pub struct Desk<'a> {
    /// The state, including what is decided and not yet durable.
    pub view: &'a dyn View,
    /// The commit that the decision becomes.
    pub commit: u64,
    /// Server time, milliseconds since the Unix epoch; never decreases.
    pub now_ms: i64,
    /// The catalogue.
    pub catalogue: &'a Catalogue,
}

/// What a decision wants journaled.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The act.
    pub act: Act,
    /// The answer to keep under an idempotency key.
    pub answer: Option<KeptAnswer>,
    /// The account that does it, if one does.
    pub by: Option<PersonId>,
    /// Whether the server's rules rest: what it brings back had its effects in a former history.
    pub quiet: bool,
    /// What folding the entry comes to, where deciding has found that already. It has to be exactly that.
    pub folded: Option<Folded>,
}

impl From<Act> for Decided {
    fn from(act: Act) -> Self {
        Decided {
            act,
            answer: None,
            by: None,
            quiet: false,
            folded: None,
        }
    }
}

impl Decided {
    /// The same, done by an account.
    #[must_use]
    pub fn by(self, account: PersonId) -> Self {
        Decided {
            by: Some(account),
            ..self
        }
    }
}

/// A decision, or why the state could not be read.
pub type Decision = Result<Option<Decided>, StateError>;
