//! Messages of the exchange and of enrolment.

use crate::area::AreaCode;
use crate::ids::{ActorId, DeviceId, Dot, Lane, Level, Position, RecordId, ScopeId};
use crate::keys::{Certificate, Chain, PublicKeys};
use crate::op::{Facts, FieldId};
use crate::stamp::Stamp;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// First message of an exchange: what the phone has, so that the server needs no session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`super::PROTOCOL_VERSION`].
    pub protocol: u16,
    /// Version of the phone's catalogue.
    pub catalogue: u32,
    /// How the frames after this one are packed, both ways: the number of a [`super::Packing`].
    pub packing: u8,
    /// Version of the compression dictionary the phone has; 0 for none. (Its place; none is used yet.)
    pub dictionary: u16,
    /// The phone.
    pub device: DeviceId,
    /// Fresh for every attempt.
    pub nonce: u64,
    /// The nonce of the last exchange that ended well. (Its place; copies are found by chains so far.)
    pub confirmed_nonce: u64,
    /// The server's history the phone knows; 0 before the first exchange.
    pub incarnation: u64,
    /// One for each actor of the phone.
    pub lanes: Vec<LaneState>,
    /// One for each scope the phone holds.
    pub feeds: Vec<FeedState>,
    /// Name of the phone's present boot.
    pub boot: u64,
    /// Milliseconds since that boot.
    pub uptime_ms: i64,
    /// The phone's wall clock, milliseconds since the Unix epoch.
    pub wall_ms: i64,
    /// Most bytes the phone wants in reply; 0 for no bound.
    pub reply_budget_bytes: u32,
    /// How long the server may hold the reply until there is something to tell; 0 for not at all.
    pub wait_ms: u16,
    /// Ed25519 signature over [`Hello::signed_bytes`], when there are ops no signature covers yet.
    pub signature: Option<ByteBuf>,
}

/// How far one actor's stream is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneState {
    /// The actor.
    pub actor: ActorId,
    /// Greatest seq the phone knows to be acknowledged.
    pub acked: u64,
    /// Last seq written; 0 if none.
    pub last: u64,
    /// The chain over all ops up to it.
    pub chain: Chain,
}

/// Where the phone stands in the feeds of one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedState {
    /// The scope.
    pub scope: ScopeId,
    /// One cursor a lane.
    pub cursors: [Cursor; 3],
}

/// A place in a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Cursor {
    /// In the first pass over the scope's records: those up to `after` have come.
    #[serde(rename = "a")]
    Pass {
        /// The commit that was published when the pass began: the feed is taken from there; 0 until the
        /// server has said it.
        base: u64,
        /// Last record named, in key order.
        after: Option<RecordId>,
    },
    /// Everything up to here has come.
    #[serde(rename = "b")]
    At(Position),
}

impl Cursor {
    /// Nothing has come yet.
    pub const START: Cursor = Cursor::Pass { base: 0, after: None };
}

impl Hello {
    /// What the signature covers: nonce, last seqs and chains.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = b"otor v1 signed hello".to_vec();
        let lanes: Vec<(ActorId, u64, Chain)> = self
            .lanes
            .iter()
            .map(|lane| (lane.actor, lane.last, lane.chain))
            .collect();
        bytes.extend(super::encode(&(self.device, self.nonce, lanes)));
        bytes
    }
}

/// First message of a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The hello's nonce: a reply to any but the latest request is dropped whole.
    pub nonce: u64,
    /// Name of the server's unbroken history.
    pub incarnation: u64,
    /// The server's time, milliseconds since the Unix epoch.
    pub server_ms: i64,
    /// The commit this reply reaches if it is not cut or bounded by the budget.
    pub point: u64,
    /// What became of the phone's ops, an actor each.
    pub acks: Vec<ActorAck>,
    /// Scopes the phone has to take up.
    pub gained: Vec<ScopeGrant>,
    /// Scopes the phone has to give up once its ops are acknowledged.
    pub lost: Vec<ScopeId>,
    /// The phone is revoked: it may still hand over its work and receives nothing.
    pub revoked: bool,
}

/// What became of one actor's ops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorAck {
    /// The actor.
    pub actor: ActorId,
    /// Every op up to here is on the server's disk.
    pub through: u64,
    /// The server's chain at `through`: the phone takes the acknowledgement only if its own is equal.
    pub chain: Chain,
    /// Commits of the ops between what the hello knew acknowledged and `through`.
    pub runs: Vec<AckRun>,
}

/// Consecutive ops accepted in one commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AckRun {
    /// Seq of the first.
    pub first_seq: u64,
    /// How many.
    pub count: u32,
    /// The commit.
    pub commit: u64,
    /// Index of the first within the commit.
    pub first_index: u32,
    /// The author's level that the server recorded.
    pub level: Level,
    /// Corrected time = uptime at writing + this, in milliseconds.
    pub uptime_shift_ms: i64,
    /// Ops whose corrected stamp is another, by offset in the run.
    pub stamps: Vec<(u32, Stamp)>,
    /// Ops that were not simply accepted, by offset in the run.
    pub verdicts: Vec<(u32, Verdict)>,
    /// Created records that belong to the author's inbox and not to their grid's scope of this phone, by
    /// offset in the run.
    pub in_inbox: Vec<u32>,
}

/// What the server made of an op. Nothing is dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Merged.
    #[serde(rename = "a")]
    Accepted,
    /// Waits for its record, or for something it removes; released by itself.
    #[serde(rename = "b")]
    Parked,
    /// Kept aside with the reason.
    #[serde(rename = "c")]
    Quarantined(Reason),
}

/// Why an op is quarantined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// Its bytes do not decode.
    #[serde(rename = "a")]
    Unreadable,
    /// Its author is not the phone's owner.
    #[serde(rename = "b")]
    WrongAuthor,
    /// Its actor is not the one of its record's lane.
    #[serde(rename = "c")]
    WrongLane,
    /// Its author did not answer for the area when it was written.
    #[serde(rename = "d")]
    OutOfArea,
    /// The phone had been revoked.
    #[serde(rename = "e")]
    DeviceRevoked,
    /// No such area.
    #[serde(rename = "f")]
    UnknownArea,
    /// No such kind in this server's catalogue.
    #[serde(rename = "g")]
    UnknownKind,
    /// No such record, and none will come.
    #[serde(rename = "h")]
    NoSuchRecord,
    /// An earlier op of the same actor on the same record is quarantined.
    #[serde(rename = "i")]
    BehindAnother,
    /// More parts than an op may have.
    #[serde(rename = "j")]
    TooMany,
    /// A field changed twice in one op.
    #[serde(rename = "k")]
    Twice(FieldId),
    /// A field written by another rule than its own.
    #[serde(rename = "l")]
    WrongRule(FieldId),
    /// A value that does not fit its field.
    #[serde(rename = "m")]
    BadValue(FieldId),
    /// A field that only the creating op may set.
    #[serde(rename = "n")]
    SetOnce(FieldId),
    /// An act above the author's level.
    #[serde(rename = "o")]
    NotAuthorised,
    /// The record would grow beyond its bound.
    #[serde(rename = "p")]
    RecordFull,
    /// A release of something that is not quarantined.
    #[serde(rename = "q")]
    NothingToRelease,
}

/// A scope given to a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeGrant {
    /// Its number.
    pub scope: ScopeId,
    /// The area it is; none for the owner's inbox.
    pub area: Option<AreaCode>,
}

/// Consecutive entries of one feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeFrame {
    /// The scope.
    pub scope: ScopeId,
    /// The lane.
    pub lane: Lane,
    /// The frame applies only to a cursor that stands here.
    pub from: Position,
    /// Where the cursor stands afterwards.
    pub to: Position,
    /// The entries, in order.
    pub items: Vec<FeedItem>,
}

/// One entry of a feed, with its position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedItem {
    /// Where it stands.
    pub position: Position,
    /// What it says.
    pub news: News,
}

/// What a feed tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// An accepted op.
    #[serde(rename = "a")]
    Op {
        /// Its dot.
        dot: Dot,
        /// Its bytes.
        op: ByteBuf,
        /// What the server decided.
        facts: Facts,
        /// The lane of the record, if it creates one.
        lane: Lane,
    },
    /// A record newly belongs to the scope: its whole state.
    #[serde(rename = "b")]
    Enter {
        /// The canonical record.
        state: ByteBuf,
    },
    /// A record no longer belongs to the scope.
    #[serde(rename = "c")]
    Leave {
        /// Which.
        record: RecordId,
    },
    /// A record's whole state stands in place of what the phone has (repair, erasure).
    #[serde(rename = "d")]
    Replace {
        /// The canonical record.
        state: ByteBuf,
    },
    /// The verdict on an op changed after it was acknowledged.
    #[serde(rename = "e")]
    Verdict {
        /// The op.
        dot: Dot,
        /// The new verdict.
        verdict: Verdict,
        /// What the server decided about it.
        facts: Facts,
        /// Whether a record it creates belongs to the author's inbox and not to its grid's scope.
        in_inbox: bool,
    },
}

/// Records of one scope in key order: a piece of the first pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateFrame {
    /// The scope.
    pub scope: ScopeId,
    /// The lane.
    pub lane: Lane,
    /// The commit published when the pass began.
    pub base: u64,
    /// The frame applies only to a pass that stands here.
    pub after: Option<RecordId>,
    /// The commit these states are as of.
    pub as_of: u64,
    /// Canonical records.
    pub states: Vec<ByteBuf>,
    /// Whether the pass ends here.
    pub last: bool,
}

/// Last message, both ways: only this means complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// How many frames of ops (up) or of changes and states (down) came before.
    pub frames: u32,
    /// Down: whether the budget left something behind.
    pub more: bool,
}

/// Why there is no welcome. The phone keeps everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The server does not speak this protocol version; it speaks the one named.
    #[serde(rename = "a")]
    Protocol(u16),
    /// The phone comes from another history of the server (one was restored).
    #[serde(rename = "b")]
    OtherHistory,
    /// The phone is a copy: the server has other ops under the same numbers of this actor.
    #[serde(rename = "c")]
    Forked(ActorId),
    /// A newer request of the same phone has come.
    #[serde(rename = "d")]
    Superseded,
}

/// What a phone sends to be enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// [`super::PROTOCOL_VERSION`].
    pub protocol: u16,
    /// The one-time code of the invitation.
    pub code: String,
    /// The phone's public keys.
    pub keys: PublicKeys,
    /// Ed25519 signature over the code, to show that the phone holds the keys.
    #[serde(with = "serde_bytes")]
    pub proof: Vec<u8>,
}

impl EnrolRequest {
    /// What the proof signs.
    pub fn signed_bytes(code: &str, keys: &PublicKeys) -> Vec<u8> {
        let mut bytes = b"otor v1 enrol".to_vec();
        bytes.extend(super::encode(&(code, keys)));
        bytes
    }
}

/// What a phone gets when it is enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolReply {
    /// The phone, its owner and its actors, signed by the server.
    pub certificate: Certificate,
    /// The server's keys, pinned by the phone from now on.
    pub server: PublicKeys,
    /// Name of the server's unbroken history.
    pub incarnation: u64,
    /// What the owner is called.
    pub owner_name: String,
    /// The scopes it holds.
    pub scopes: Vec<ScopeGrant>,
    /// The best packing of frames the server knows: the number of a [`super::Packing`].
    pub packing: u8,
}
