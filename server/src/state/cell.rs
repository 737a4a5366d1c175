//! Values of the state, encoded as MessagePack behind a version byte.

mod server;

pub use self::server::ServerCell;

use otor_protocol::area::AreaCode;
use otor_protocol::digest::Digest;
use otor_protocol::ids::{ActorId, DeviceId, Dot, Lane, Level, PersonId, Position, RecordId, ScopeId};
use otor_protocol::keys::{Chain, PublicKeys};
use otor_protocol::op::Facts;
use otor_protocol::record::Record;
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::{News, Reason, Verdict};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// First byte of every value.
pub const FORMAT_VERSION: u8 = 1;

/// A node of the area tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaCell {
    /// Short number, from which its scope is named.
    pub handle: u32,
    /// Its code.
    pub code: AreaCode,
    /// Its name.
    pub name: String,
    /// From when it is known, milliseconds since the Unix epoch.
    pub since_ms: i64,
    /// The commit in which it became known.
    pub since_commit: u64,
    /// How it ended; none while it lives.
    pub retired: Option<RetiredCell>,
    /// Areas that were retired in its favour.
    pub follows: Vec<AreaCode>,
}

/// The end of an area. Its records keep it; what is asked of a successor finds them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetiredCell {
    /// When, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// How.
    pub ending: Ending,
    /// The areas that took its place; none if it was closed.
    pub successors: Vec<AreaCode>,
    /// The commit.
    pub commit: u64,
}

/// How an area ends. A code never gets another parent: the area is retired and others take its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// Cut into several.
    Split,
    /// Joined with others into one.
    Merged,
    /// One other took its place.
    Moved,
    /// Nothing took its place.
    Closed,
}

/// Somebody who writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonCell {
    /// Number.
    pub id: PersonId,
    /// What they are called in imports and exports.
    pub code: String,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// What a person may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// A grid worker: the areas they answered for, oldest first.
    Worker(Vec<Tenure>),
    /// An administrator's account.
    Account(AccountCell),
    /// The server's rules.
    Rules,
}

/// Areas a worker answers for from a moment on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenure {
    /// From when.
    pub since: Stamp,
    /// Which areas.
    pub areas: Vec<AreaCode>,
}

/// An administrator's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountCell {
    /// Its authority.
    pub level: Level,
    /// The root of its subtree; none for the whole tree.
    pub area: Option<AreaCode>,
    /// The actor its edits are written by.
    pub actor: ActorId,
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// Whether it may act.
    pub revoked: bool,
    /// Whether it looks on: it reads statistics and what accounts did, and does nothing. Its level is that of a desk.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub looks_on: bool,
}

impl PersonCell {
    /// The areas a worker answers for now; none for others.
    pub fn areas(&self) -> &[AreaCode] {
        match &self.role {
            Role::Worker(tenures) => tenures.last().map_or(&[], |tenure| &tenure.areas),
            _ => &[],
        }
    }

    /// Whether a worker answered for `area` at `stamp`. Work written before the first tenure counts under
    /// the first.
    pub fn answered_for(&self, area: &AreaCode, stamp: Stamp) -> bool {
        let Role::Worker(tenures) = &self.role else {
            return false;
        };
        let tenure = tenures
            .iter()
            .rev()
            .find(|tenure| tenure.since <= stamp)
            .or(tenures.first());
        tenure.is_some_and(|tenure| tenure.areas.iter().any(|own| own.contains(area)))
    }
}

/// An enrolled phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCell {
    /// Number.
    pub id: DeviceId,
    /// Whose it is.
    pub owner: PersonId,
    /// Its actors from its enrolment, by lane.
    pub actors: [ActorId; 3],
    /// Its keys.
    pub keys: PublicKeys,
    /// When it was enrolled, milliseconds since the Unix epoch.
    pub enrolled_ms: i64,
    /// When it was revoked, milliseconds since the Unix epoch.
    pub revoked_ms: Option<i64>,
    /// The copies of it that were found, in the order of their actors.
    pub copies: Vec<CopyCell>,
}

/// A copy of a phone: the same keys, and actors of its own since it was found to be one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyCell {
    /// Its actors, by lane.
    pub actors: [ActorId; 3],
    /// When it was found, milliseconds since the Unix epoch.
    pub found_ms: i64,
}

/// The nonce under which ops of a branch were last journaled, so that the branch proves itself to a server that
/// has forgotten the attempts since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnchorCell {
    /// The history in which that was.
    pub incarnation: u64,
    /// The nonce's low half.
    pub nonce: u16,
}

/// An invitation to enrol a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteCell {
    /// Whose phone.
    pub owner: PersonId,
    /// Until when, milliseconds since the Unix epoch.
    pub expires_ms: i64,
    /// The phone that used it.
    pub used_by: Option<DeviceId>,
}

/// How far an actor is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorCell {
    /// Whose it is.
    pub owner: ActorOwner,
    /// Every op up to here is in the journal.
    pub through: u64,
    /// The chain there.
    pub chain: Chain,
    /// The corrected stamp of the last op.
    pub last_stamp: Stamp,
}

/// Whose an actor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActorOwner {
    /// A phone's, for one lane.
    Device(DeviceId, Lane),
    /// An account's or the rules'.
    Person(PersonId),
}

/// Ops of one actor accepted in one commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCell {
    /// The commit.
    pub commit: u64,
    /// Index of the first within the commit.
    pub first_index: u32,
    /// The author's level.
    pub level: Level,
    /// The boot they were written in.
    pub boot: u64,
    /// When they came, milliseconds since the Unix epoch.
    pub received_ms: i64,
    /// The actor's chain after the last.
    pub chain: Chain,
    /// One for each op.
    pub ops: Vec<RunOp>,
}

/// Seqs that a phone has lost, by the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostCell {
    /// The last.
    pub last: u64,
    /// The actor's chain goes on from this one.
    pub chain: Chain,
    /// When the phone said so, milliseconds since the Unix epoch.
    pub told_ms: i64,
}

/// What is kept of one op of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOp {
    /// Hash of its bytes.
    pub hash: u64,
    /// Its stamp, where uptime and shift do not give it.
    pub stamp: Option<Stamp>,
    /// Its verdict at that commit.
    pub verdict: Verdict,
    /// It created a record that belongs to the author's inbox too: they did not answer for its grid.
    pub in_inbox: bool,
    /// It was merged though its author had not seen what it competes with.
    pub conflict: bool,
}

/// An op kept aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldCell {
    /// Why, if it is quarantined.
    pub reason: Option<Reason>,
    /// Its record, where it could be read.
    pub record: Option<RecordId>,
    /// Its bytes.
    pub op: ByteBuf,
    /// What was decided about it.
    pub facts: Facts,
    /// The greatest stamp its author had seen.
    pub floor: Stamp,
    /// The commit that brought it.
    pub commit: u64,
    /// When it came, milliseconds since the Unix epoch.
    pub received_ms: i64,
}

/// A frame whose content does not decode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableCell {
    /// The phone that sent it.
    pub device: DeviceId,
    /// The commit that brought it.
    pub commit: u64,
    /// Its content as it came.
    pub content: ByteBuf,
}

/// A record with what the server knows of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordCell {
    /// Canonical bytes.
    pub state: ByteBuf,
    /// The last change.
    pub changed: Position,
    /// When the last change came, milliseconds since the Unix epoch.
    pub changed_ms: i64,
    /// The commit that created it.
    pub first_commit: u64,
    /// When its creation came, milliseconds since the Unix epoch.
    pub received_ms: i64,
    /// The scopes it belongs to.
    pub scopes: Vec<ScopeId>,
    /// Areas it was filed under before.
    pub past_areas: Vec<AreaCode>,
    /// The assignment that has reached its assignee's phone.
    pub delivered: Option<u32>,
    /// The last ops that were merged though their authors had not seen what they compete with, since an
    /// account wrote last.
    pub conflicts: Vec<Dot>,
}

impl RecordCell {
    /// The record itself.
    ///
    /// # Errors
    /// If the bytes are damaged.
    pub fn record(&self) -> Result<Record, otor_protocol::record::BadRecord> {
        Record::decode(&self.state)
    }
}

/// A commit's entries in one feed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedCell {
    /// The digest of the scope and lane after the last of them.
    pub digest: Digest,
    /// The entries, each with its index in the commit.
    pub entries: Vec<(u32, News)>,
}

/// A task waiting to be seen on its assignee's phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndeliveredCell {
    /// Where its assignment stands.
    pub assigned: Position,
    /// The assignment.
    pub epoch: u32,
}

/// The answer once given under an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerCell {
    /// Hash of the request it answered.
    pub request_hash: u64,
    /// The answer.
    pub answer: ByteBuf,
    /// When it was given, milliseconds since the Unix epoch.
    pub at_ms: i64,
}

/// What is told of a dictionary that was learned from this deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DictionaryMark {
    /// Its number.
    pub number: u32,
    /// Its length in bytes.
    pub bytes: u32,
    /// SHA-256 of its bytes.
    pub hash: [u8; 32],
    /// When it was learned, milliseconds since the Unix epoch.
    pub learned_ms: i64,
    /// From how many texts.
    pub passages: u32,
}

/// The learned dictionaries that are kept, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DictionariesCell(pub Vec<DictionaryMark>);

/// A learned dictionary's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DictionaryCell(pub ByteBuf);
