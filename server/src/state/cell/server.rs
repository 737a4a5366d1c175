//! What the state says of the server itself: its counters, and the name of its history.

use otor_protocol::ids::ActorId;
use serde::{Deserialize, Serialize};

/// Counters, and the name of this unbroken history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerCell {
    /// Random name of the history.
    pub incarnation: u64,
    /// The actor of the server's rules.
    pub rules_actor: ActorId,
    /// Next actor to issue.
    pub next_actor: u32,
    /// Next phone to issue.
    pub next_device: u32,
    /// Next person to issue.
    pub next_person: u32,
    /// Next area handle to issue.
    pub next_area: u32,
    /// How many records there are.
    pub records: u64,
    /// How many codes of households were met.
    pub households: u32,
    /// Time of the last entry, milliseconds since the Unix epoch.
    pub last_ms: i64,
    /// Names of the histories before this one, oldest first: each ended with a backup that was restored.
    pub former: Vec<u64>,
    /// When this history began, if others were before it, milliseconds since the Unix epoch.
    pub restored_ms: i64,
    /// Actors that a lost end of a former history may have issued: the first, and the first that it cannot have.
    pub lost_actors: Vec<(u32, u32)>,
}

impl ServerCell {
    /// The actors that the next phone, or copy of one, is given: the first free three of those that begin at 3, 6, 9,
    /// … Two threes so given are the same or have nothing in common, even where a backup that was used without a
    /// word gives numbers out again between which an account took one. A phone takes no three that has a number of
    /// one it had.
    #[must_use]
    pub fn next_three(&self) -> [ActorId; 3] {
        let first = self.next_actor.next_multiple_of(3);
        [0, 1, 2].map(|lane| ActorId(first + lane))
    }
}
