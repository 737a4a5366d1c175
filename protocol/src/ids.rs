//! Identifiers: who wrote, which op, which record, where in the server's history.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One stream of writing, issued by the server and never reused. A phone has one per lane, an
/// administrator's account one, the server's rules one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ActorId(pub u32);

/// An enrolled phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeviceId(pub u32);

/// Somebody who writes: a grid worker, an administrator's account, or the server's own rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(pub u32);

impl PersonId {
    /// The server's own rules (delivery of tasks, deadlines).
    pub const SERVER: PersonId = PersonId(0);
}

/// A set of records that is synchronised as a whole: a grid, or one worker's inbox. Even numbers are
/// places in the area tree, odd ones inboxes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScopeId(pub u32);

impl ScopeId {
    /// The scope of the area with the server's handle `handle`.
    pub fn of_area(handle: u32) -> Self {
        ScopeId(handle.saturating_mul(2))
    }

    /// The inbox of a person.
    pub fn inbox(person: PersonId) -> Self {
        ScopeId(person.0.saturating_mul(2).saturating_add(1))
    }

    /// Whether it is somebody's inbox.
    pub fn is_inbox(self) -> bool {
        self.0 % 2 == 1
    }
}

/// Name of one op: the `seq`-th op of `actor`, counted from 1 without gaps, removals included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Dot {
    /// Who wrote.
    pub actor: ActorId,
    /// The how-manieth op of that actor, from 1.
    pub seq: u64,
}

impl Dot {
    /// The dot of op `seq` of `actor`.
    pub fn new(actor: ActorId, seq: u64) -> Self {
        Dot { actor, seq }
    }
}

/// A record is named by the dot of the op that created it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordId(pub Dot);

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0.actor.0, self.0.seq)
    }
}

/// A text that is neither a record id (`17-203`) nor a receipt number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a record id such as 17-203, nor a whole receipt number")]
pub struct BadRecordId;

impl FromStr for RecordId {
    type Err = BadRecordId;

    fn from_str(text: &str) -> Result<Self, BadRecordId> {
        let (actor, seq) = text.split_once('-').ok_or(BadRecordId)?;
        let actor = actor.parse().map_err(|_| BadRecordId)?;
        let seq = seq.parse().map_err(|_| BadRecordId)?;
        Ok(RecordId(Dot::new(ActorId(actor), seq)))
    }
}

/// Urgency of a record, fixed when it is created. Lower lanes go first both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Lane {
    /// Tasks, alerts, reports of severity 4.
    Urgent = 0,
    /// Other reports.
    Reports = 1,
    /// Everything else.
    Rest = 2,
}

impl Lane {
    /// All lanes, most urgent first.
    pub const ALL: [Lane; 3] = [Lane::Urgent, Lane::Reports, Lane::Rest];

    /// Index into arrays with one place a lane.
    pub fn index(self) -> usize {
        self as usize
    }
}

impl From<Lane> for u8 {
    fn from(lane: Lane) -> u8 {
        lane as u8
    }
}

impl TryFrom<u8> for Lane {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        Lane::ALL.get(usize::from(number)).copied().ok_or("no such lane")
    }
}

/// A place in the server's history: an entry within a commit. Totally ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The commit, dense and server-wide, from 1.
    pub commit: u64,
    /// The entry within the commit.
    pub index: u32,
}

impl Position {
    /// Before everything.
    pub const ZERO: Position = Position { commit: 0, index: 0 };

    /// The first entry of `commit`.
    pub fn begin(commit: u64) -> Self {
        Position { commit, index: 0 }
    }

    /// After every entry of `commit`.
    pub fn after(commit: u64) -> Self {
        Position {
            commit,
            index: u32::MAX,
        }
    }
}

/// Authority of a writer, from the depth of what they answer for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Level(pub u8);

impl Level {
    /// A desk where residents ask: no authority at all.
    pub const DESK: Level = Level(0);
    /// A grid worker (网格员).
    pub const WORKER: Level = Level(1);
    /// A village or community station.
    pub const VILLAGE: Level = Level(2);
    /// A township or street centre.
    pub const TOWNSHIP: Level = Level(3);
    /// A county or banner centre.
    pub const COUNTY: Level = Level(4);
    /// A league or city centre.
    pub const LEAGUE: Level = Level(5);
    /// The server's own rules.
    pub const RULES: Level = Level(9);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ids_read_back(actor: u32, seq: u64) {
            let id = RecordId(Dot::new(ActorId(actor), seq));
            prop_assert_eq!(id.to_string().parse::<RecordId>(), Ok(id));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let _ = text.parse::<RecordId>();
        }
    }
}
