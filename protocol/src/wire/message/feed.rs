//! What a reply brings: pieces of feeds, and of first passes.

use super::Verdict;
use crate::digest::Digest;
use crate::ids::{Dot, Lane, Position, RecordId, ScopeId};
use crate::op::Facts;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_bytes::ByteBuf;

/// Consecutive entries of one feed.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The digest of the scope's records in this lane at `to`, where the server knows it.
    pub digest: Option<Digest>,
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
        /// Whether a record it creates belongs to the author's inbox too.
        in_inbox: bool,
        /// Whether it was merged though its author had not seen what it competes with. On the wire only where it
        /// was.
        #[serde(
            default,
            skip_serializing_if = "std::ops::Not::not",
            deserialize_with = "only_true"
        )]
        conflict: bool,
    },
}

fn only_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    if bool::deserialize(deserializer)? {
        Ok(true)
    } else {
        Err(D::Error::custom(
            "that there is no conflict is told by leaving the mark out",
        ))
    }
}

/// Records of one scope in key order: a piece of the first pass.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The digest of the scope's records in this lane at the end of `base`, where the pass ends and the server
    /// knows it.
    pub digest: Option<Digest>,
}
