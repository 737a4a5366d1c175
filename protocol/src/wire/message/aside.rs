//! What the server keeps aside of a phone's other branches: ops that the phone which asks may not have in its log.

use super::Verdict;
use crate::ids::{Dot, Lane};
use crate::op::Facts;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Ops kept aside, in the order of their dots. What comes between the dot that was asked for, or the frame before, and
/// the last one here, and is not named, is not kept aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsideFrame {
    /// The ops.
    pub ops: Vec<AsideOp>,
}

/// An op kept aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsideOp {
    /// Its dot.
    pub dot: Dot,
    /// The lane of its actor.
    pub lane: Lane,
    /// Its bytes.
    pub op: ByteBuf,
    /// Why it is kept aside.
    pub verdict: Verdict,
    /// What the server decided about it.
    pub facts: Facts,
}
