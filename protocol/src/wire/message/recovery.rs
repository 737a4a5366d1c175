//! What a phone is told in place of a welcome when it is a copy, or comes from another history of the server.

use super::{AckRun, BootClock};
use crate::keys::Certificate;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// The phone is a copy: what the server has of its branch, and the actors it goes on with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forked {
    /// The same phone with new actors.
    pub certificate: Certificate,
    /// What the server has after the seqs that the hello named as acknowledged, by lane.
    pub lanes: [LaneFork; 3],
    /// The clocks of the boots in which those ops were written.
    pub clocks: Vec<BootClock>,
}

/// What the server has of one lane of a branch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneFork {
    /// The first 8 bytes of the SHA-256 of each op, from the one after the hello's `acked` on, as far as the phone
    /// has written.
    pub hashes: ByteBuf,
    /// What became of them.
    pub runs: Vec<AckRun>,
    /// Whether the phone may have more in common with the server than is told here.
    pub more: bool,
    /// Of the ops up to the hello's `acked`, those that are kept aside now; none if there are too many to name.
    pub aside: Option<Vec<u64>>,
}

impl LaneFork {
    /// The hashes, in order.
    pub fn op_hashes(&self) -> impl Iterator<Item = u64> {
        self.hashes
            .chunks_exact(size_of::<u64>())
            .filter_map(|hash| hash.try_into().ok().map(u64::from_be_bytes))
    }
}
