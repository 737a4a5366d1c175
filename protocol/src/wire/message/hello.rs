//! The first message of a request: what the phone has, so that the server needs no session.

use super::CheckedRange;
use crate::ids::{ActorId, DeviceId, Dot, Lane, Position, RecordId, ScopeId};
use crate::keys::{Certificate, Chain};
use crate::renumber::AliasRun;
use crate::stamp::Stamp;
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::ByteBuf;
use std::fmt;

/// First message of an exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`crate::wire::PROTOCOL_VERSION`].
    pub protocol: u16,
    /// Version of the phone's catalogue.
    pub catalogue: u32,
    /// How the frames after this one are packed, both ways: the number of a [`crate::wire::Packing`].
    pub packing: u8,
    /// Number of the dictionary that both packed streams begin with; 0 for none.
    pub dictionary: u32,
    /// The phone.
    pub device: DeviceId,
    /// Fresh for every attempt.
    pub nonce: u32,
    /// Low half of the nonce of the last attempt that was answered with a welcome; 0 if none.
    pub confirmed: u16,
    /// Low half of the nonce under which the server last journaled something of this phone, as a welcome told;
    /// none if it is the confirmed one.
    pub anchor: Option<u16>,
    /// Low halves of the nonces of the attempts since the confirmed one and before this, oldest first.
    pub recent: Vec<u16>,
    /// The server's history the phone knows.
    pub incarnation: u64,
    /// The actor of lane 0; those of the other lanes are the next two numbers.
    pub first_actor: ActorId,
    /// How far each lane is.
    pub lanes: [LaneState; 3],
    /// The commit whose end most feeds have reached.
    pub point: u64,
    /// One for each scope the phone holds.
    pub feeds: Vec<FeedState>,
    /// Name of the phone's present boot.
    pub boot: u64,
    /// Milliseconds since that boot; not less than any op in it has.
    pub uptime_ms: i64,
    /// Most bytes the phone wants in reply; 0 for no bound.
    pub reply_budget_bytes: u32,
    /// How long the server may hold the reply until there is something to tell, in milliseconds; 0 for not at
    /// all.
    pub wait_ms: u16,
    /// Size of the reply's frames to aim at, as a power of two, in bytes; 0 leaves it to the server.
    pub frame_aim: u8,
    /// What else the phone asks or says.
    pub requests: Vec<Request>,
    /// Ed25519 signature over [`Hello::signed_bytes`], when there are ops no signature covers yet.
    pub signature: Option<ByteBuf>,
}

/// How far one lane is. On the wire `[acked]` if nothing is unsent, else `[acked, unsent, chain]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaneState {
    /// Greatest seq the phone knows to be acknowledged.
    pub acked: u64,
    /// Ops written after it, and the chain over all ops up to the last; none if there are none.
    pub unsent: Option<(u64, Chain)>,
}

impl LaneState {
    /// Last seq written; 0 if none.
    pub fn last(&self) -> u64 {
        self.acked
            .saturating_add(self.unsent.map_or(0, |(count, _)| count))
    }
}

impl Serialize for LaneState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.unsent {
            None => (self.acked,).serialize(serializer),
            Some((count, chain)) => (self.acked, count, chain).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for LaneState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;
        impl<'de> Visitor<'de> for Parts {
            type Value = LaneState;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("[acked] or [acked, unsent, chain]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<LaneState, A::Error> {
                let acked: u64 = seq
                    .next_element()?
                    .ok_or_else(|| A::Error::invalid_length(0, &self))?;
                let Some(count) = seq.next_element::<u64>()? else {
                    return Ok(LaneState { acked, unsent: None });
                };
                let chain = seq
                    .next_element()?
                    .ok_or_else(|| A::Error::invalid_length(2, &self))?;
                if count == 0 || acked.checked_add(count).is_none() {
                    return Err(A::Error::custom("no such count"));
                }
                let unsent = Some((count, chain));
                Ok(LaneState { acked, unsent })
            }
        }
        deserializer.deserialize_seq(Parts)
    }
}

/// Where the phone stands in the feeds of one scope. On the wire `[scope]` if all three cursors are at the end of
/// the hello's point, else `[scope, cursor, cursor, cursor]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedState {
    /// The scope.
    pub scope: ScopeId,
    /// One cursor a lane; none if all are at the end of the hello's point.
    pub cursors: Option<[Cursor; 3]>,
}

impl Serialize for FeedState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let cursors = self.cursors.iter().flatten();
        let mut seq = serializer.serialize_seq(Some(1 + cursors.clone().count()))?;
        seq.serialize_element(&self.scope)?;
        for cursor in cursors {
            seq.serialize_element(cursor)?;
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for FeedState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;
        impl<'de> Visitor<'de> for Parts {
            type Value = FeedState;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("[scope] or [scope, cursor, cursor, cursor]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<FeedState, A::Error> {
                let scope = seq
                    .next_element()?
                    .ok_or_else(|| A::Error::invalid_length(0, &self))?;
                let Some(first) = seq.next_element()? else {
                    let cursors = None;
                    return Ok(FeedState { scope, cursors });
                };
                let second = seq
                    .next_element()?
                    .ok_or_else(|| A::Error::invalid_length(2, &self))?;
                let third = seq
                    .next_element()?
                    .ok_or_else(|| A::Error::invalid_length(3, &self))?;
                let cursors = Some([first, second, third]);
                Ok(FeedState { scope, cursors })
            }
        }
        deserializer.deserialize_seq(Parts)
    }
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

    /// The commit at whose end it stands, if it does.
    pub fn end_of_commit(self) -> Option<u64> {
        match self {
            Cursor::At(position) if position == Position::after(position.commit) => Some(position.commit),
            _ => None,
        }
    }
}

/// Something a phone asks or says now and then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// The phone shows a branch that a restored server may not know, and says what its owner is called.
    #[serde(rename = "a")]
    Readmit(Box<Certificate>, String),
    /// The numbers that a copy had given its work before it got actors of its own.
    #[serde(rename = "b")]
    Aliases(Vec<AliasRun>),
    /// Seqs of a lane that the phone has lost before they were sent. The lane goes on after them.
    #[serde(rename = "c")]
    Lost {
        /// The lane.
        lane: Lane,
        /// First lost seq.
        first: u64,
        /// Last lost seq.
        last: u64,
        /// The chain at the last, as the phone kept it with the op after.
        chain: Chain,
    },
    /// The digest of a scope and lane differs from the one the server told: sums over ranges, to find where.
    #[serde(rename = "d")]
    Check {
        /// The scope.
        scope: ScopeId,
        /// The lane.
        lane: Lane,
        /// The first range begins after this id.
        after: Option<RecordId>,
        /// The ranges.
        ranges: Vec<CheckedRange>,
    },
    /// The phone does not know its present boot's clock yet, or holds unsent ops of earlier boots.
    #[serde(rename = "f")]
    Clock {
        /// Its wall clock, milliseconds since the Unix epoch; however wrong.
        wall_ms: i64,
        /// The greatest stamp it has seen.
        seen: Stamp,
        /// The earlier boots with unsent ops, oldest first.
        past: Vec<PastBoot>,
    },
    /// The phone's link is good enough for a dictionary: it wants the newest that the server has learned. Of that
    /// with this number it has everything before `from`.
    #[serde(rename = "e")]
    Dictionary {
        /// The number of the one it has begun to fetch; 0 if it has not.
        number: u32,
        /// First byte wanted of it.
        from: u32,
    },
    /// A welcome acknowledged other ops than the phone's: it asks what it has in common with the server.
    #[serde(rename = "g")]
    Copied,
    /// The phone asks what of other branches of its own is kept aside.
    #[serde(rename = "h")]
    Aside {
        /// Up to here it has been told.
        after: Option<Dot>,
    },
}

/// The half of a nonce that later hellos name it by.
pub fn low_half(nonce: u32) -> u16 {
    (nonce & 0xffff) as u16
}

/// A boot before the present one, of which ops are not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastBoot {
    /// Its name.
    pub boot: u64,
    /// Wall clock minus uptime at the last of these ops, in milliseconds.
    pub wall_minus_uptime_ms: i64,
    /// Uptime at the first of them, in milliseconds.
    pub first_uptime_ms: i64,
    /// Uptime at the last.
    pub last_uptime_ms: i64,
    /// The greatest stamp the phone had seen by the last.
    pub floor: Stamp,
}

impl Hello {
    /// Whether the phone knows of an attempt of its branch, by the low half of its nonce.
    pub fn knows(&self, nonce: u16) -> bool {
        nonce == low_half(self.nonce)
            || nonce == self.confirmed
            || self.anchor == Some(nonce)
            || self.recent.contains(&nonce)
    }

    /// The anchor that the phone knows, 0 if none.
    pub fn known_anchor(&self) -> u16 {
        self.anchor.unwrap_or(self.confirmed)
    }

    /// The actor of a lane.
    pub fn actor(&self, lane: Lane) -> ActorId {
        ActorId(self.first_actor.0.saturating_add(lane.index() as u32))
    }

    /// The cursors of a scope; none if the phone does not hold it.
    pub fn cursors(&self, scope: ScopeId) -> Option<[Cursor; 3]> {
        let feed = self.feeds.iter().find(|feed| feed.scope == scope)?;
        let at_point = Cursor::At(Position::after(self.point));
        Some(feed.cursors.unwrap_or([at_point; 3]))
    }

    /// Whether the server learns from it, or knows, when this boot was.
    pub fn names_boot(&self, boot: u64) -> bool {
        let named = self.requests.iter().any(|request| match request {
            Request::Clock { past, .. } => past.iter().any(|past| past.boot == boot),
            _ => false,
        });
        named || boot == self.boot
    }

    /// In how many scopes and lanes the phone has found that it differs from the server, and now begins to ask where.
    pub fn differences(&self) -> u64 {
        let begins = |request: &&Request| {
            matches!(request, Request::Check { after: None, ranges, .. }
                if ranges.last().is_some_and(|last| last.through.is_none()))
        };
        self.requests.iter().filter(begins).count() as u64
    }

    /// What the signature covers: nonce, actors, last seqs and chains.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = b"otor v1 signed hello".to_vec();
        bytes.extend(crate::wire::encode(&(
            self.device,
            self.nonce,
            self.first_actor,
            self.lanes,
        )));
        bytes
    }
}
