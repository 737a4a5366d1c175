//! What is asked and answered where a phone and the server do not hold the same records.

use crate::digest::Digest;
use crate::ids::{Lane, RecordId, ScopeId};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// One of the ranges of record ids that follow one another in a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedRange {
    /// Its last id; none if it has no end. It begins after the range before it.
    pub through: Option<RecordId>,
    /// How many records the phone holds in it.
    pub count: u32,
    /// What they add up to.
    pub sum: Digest,
}

/// The answer about one range that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairFrame {
    /// The scope.
    pub scope: ScopeId,
    /// The lane.
    pub lane: Lane,
    /// The commit the answer is as of.
    pub as_of: u64,
    /// The range begins after this id.
    pub after: Option<RecordId>,
    /// Its last id; none if it has no end.
    pub through: Option<RecordId>,
    /// All records that belong to the scope and lane in this range, whole: they stand in place of what the phone
    /// holds in it, and it holds no others. None if the range has to be split and asked about again.
    pub states: Option<Vec<ByteBuf>>,
}
