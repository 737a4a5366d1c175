//! The first message of a reply: what became of the phone's ops, and what it has to do. Or why there is none.

use super::{Forked, LaneState, OtherHistory, Verdict};
use crate::area::AreaCode;
use crate::ids::{Lane, Level, ScopeId};
use crate::keys::Chain;
use crate::stamp::Stamp;
use crate::wire::Malformed;
use serde::{Deserialize, Serialize};

/// First message of a reply. Its code binds it to the hello, and so to the hello's nonce and incarnation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The server's time, milliseconds since the Unix epoch.
    pub server_ms: i64,
    /// The commit this reply reaches if it is not cut or bounded by the budget.
    pub point: u64,
    /// What became of the phone's ops, one for each lane with something to tell.
    pub acks: Vec<LaneAck>,
    /// The clocks of the present boot and of those in which the ops told of were written.
    pub clocks: Vec<BootClock>,
    /// Scopes the phone has to take up.
    pub gained: Vec<ScopeGrant>,
    /// Scopes the phone has to give up once its ops are acknowledged.
    pub lost: Vec<ScopeId>,
    /// Feeds that are no longer kept as far back as the phone stands: it takes a first pass again.
    pub restarts: Vec<(ScopeId, Lane)>,
    /// The phone is revoked: it may still hand over its work and receives nothing.
    pub revoked: bool,
    /// Low half of the nonce under which the server last journaled something of this phone, if the hello showed
    /// another.
    pub anchor: Option<u16>,
    /// What else the server has to say.
    pub notices: Vec<Notice>,
}

/// What became of one lane's ops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneAck {
    /// The lane.
    pub lane: Lane,
    /// Every op up to here is on the server's disk.
    pub through: u64,
    /// The server's chain at `through`: the phone takes the acknowledgement only if its own is equal. None if it is the
    /// one that the hello tells, at the last op that it tells of.
    pub chain: Option<Chain>,
    /// Commits of the ops from the one after the hello's `acked` to `through`, without gaps.
    pub runs: Vec<AckRun>,
}

impl LaneAck {
    /// Leaves out a chain that is the hello's, which tells this of the lane.
    pub fn terse(mut self, told: LaneState) -> LaneAck {
        let hello = told.unsent.map(|(_, chain)| (told.last(), chain));
        self.chain = self.chain.filter(|chain| hello != Some((self.through, *chain)));
        self
    }

    /// Puts a chain back that was left out, from what the hello told of the lane.
    ///
    /// # Errors
    /// [`Malformed`] if the hello told none there.
    pub fn whole(&mut self, told: LaneState) -> Result<(), Malformed> {
        if self.chain.is_none() {
            let (_, chain) = told.unsent.ok_or(Malformed)?;
            if self.through != told.last() {
                return Err(Malformed);
            }
            self.chain = Some(chain);
        }
        Ok(())
    }
}

/// Consecutive ops accepted in one commit, written in one boot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AckRun {
    /// How many.
    pub count: u32,
    /// The commit.
    pub commit: u64,
    /// Index of the first within the commit.
    pub first_index: u32,
    /// The author's level that the server recorded.
    pub level: Level,
    /// Ops whose corrected stamp is another than their boot's clock gives, by offset in the run.
    pub stamps: Vec<(u32, Stamp)>,
    /// Ops that were not simply accepted, by offset in the run.
    pub verdicts: Vec<(u32, Verdict)>,
    /// Created records that belong to the author's inbox and not to their grid's scope of this phone, by
    /// offset in the run.
    pub in_inbox: Vec<u32>,
    /// Ops that were merged though their author had not seen what they compete with, by offset in the run.
    pub conflicts: Vec<u32>,
}

/// What turns the uptime of one boot into server time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootClock {
    /// The boot.
    pub boot: u64,
    /// Server time minus uptime, in milliseconds.
    pub shift_ms: i64,
    /// The boot never met the server: the shift is inferred from the wall clock.
    pub uncertain: bool,
}

/// Something a welcome says now and then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notice {
    /// The newest dictionary that the server has learned, which the phone asked for and does not use yet. Its pieces
    /// come after everything else.
    #[serde(rename = "a")]
    Dictionary {
        /// Its number.
        number: u32,
        /// Its length in bytes.
        bytes: u32,
        /// First half of its SHA-256.
        #[serde(with = "serde_bytes")]
        hash: [u8; 16],
    },
    /// An area that the phone holds has ended. Its records stay where they are.
    #[serde(rename = "b")]
    Ended(EndedArea),
}

/// An area that has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedArea {
    /// Which.
    pub area: AreaCode,
    /// How.
    pub ending: AreaEnding,
    /// What took its place, each with its name; nothing if it was closed.
    pub successors: Vec<(AreaCode, String)>,
}

/// How an area ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AreaEnding {
    /// Cut into several.
    #[serde(rename = "a")]
    Split,
    /// Joined with others into one.
    #[serde(rename = "b")]
    Merged,
    /// One other took its place.
    #[serde(rename = "c")]
    Moved,
    /// Nothing took its place.
    #[serde(rename = "d")]
    Closed,
}

/// A scope given to a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeGrant {
    /// Its number.
    pub scope: ScopeId,
    /// The area it is; none for the owner's inbox.
    pub area: Option<AreaCode>,
}

/// Why there is no welcome. The phone keeps everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The server does not speak this protocol version; it speaks the one named.
    #[serde(rename = "a")]
    Protocol(u16),
    /// The phone comes from another history of the server: a backup was restored.
    #[serde(rename = "b")]
    OtherHistory(Box<OtherHistory>),
    /// The phone is a copy: what it has in common with the server, and the actors it goes on with.
    #[serde(rename = "c")]
    Forked(Box<Forked>),
    /// A newer request of the same phone has come.
    #[serde(rename = "d")]
    Superseded,
    /// The server does not know the dictionary that the hello names: the phone goes on without.
    #[serde(rename = "e")]
    UnknownDictionary,
}
