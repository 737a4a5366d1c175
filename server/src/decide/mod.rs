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
pub use frame::{FrameDecision, Writer, decide_and_fold, decide_frame, decide_refill};
pub use lost::{decide_lost, declares_any_lost, declares_lost};

use crate::state::entry::{Act, FrameAct, KeptAnswer};
use crate::state::{Folded, StateError};
use crate::store::engine::{View, Writes};
pub use derive::Heeded;
use derive::derive;
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
    /// What deciding has found besides.
    pub found: Option<Found>,
}

impl From<Act> for Decided {
    fn from(act: Act) -> Self {
        Decided {
            act,
            answer: None,
            by: None,
            quiet: false,
            found: None,
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

impl Decided {
    /// What the server's rules write because of it, and what folding the entry without that comes to, if deciding has
    /// found it.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn derive(&mut self, desk: &Desk) -> Result<(Vec<FrameAct>, Option<Writes>), StateError> {
        // What cannot be kept is refused when it is folded.
        let found = self.found.take();
        let known = found.and_then(|found| Some((found.folded.into_writes().ok()?, found.heeded)));
        let derived = match self.quiet {
            true => Vec::new(),
            false => {
                let known = known.as_ref().map(|(folded, heeded)| (folded, heeded));
                derive(desk, &self.act, known)?
            }
        };
        Ok((derived, known.map(|(folded, _)| folded)))
    }
}

/// What deciding a frame finds on the way.
#[derive(Clone, Debug)]
pub struct Found {
    /// What folding the entry comes to. It has to be exactly that.
    pub folded: Folded,
    /// The records that rules may have something to say about.
    pub heeded: Heeded,
}

/// A decision, or why the state could not be read.
pub type Decision = Result<Option<Decided>, StateError>;
