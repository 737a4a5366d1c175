//! What a phone is told in place of a welcome when it is a copy, or comes from another history of the server.

use super::{AckRun, BootClock, Verdict};
use crate::ids::{ActorId, Dot};
use crate::keys::{Certificate, Chain};
use crate::stamp::Stamp;
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
    /// Of the ops that it has not under the phone's numbers, those that it may have under others: another copy of
    /// the phone handed them over. On the wire only where there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<Moved>,
}

/// Consecutive ops that another copy of a phone handed over, if they are the phone's: content decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// What the phone calls the first.
    pub first: u64,
    /// The number under which the server has the first; the others follow it.
    pub to: Dot,
    /// The hash of each, under the first number it ever had, 8 bytes an op.
    pub hashes: ByteBuf,
    /// The clock of the boot in which they were written.
    pub clock: BootClock,
    /// What became of them.
    pub run: AckRun,
}

impl Moved {
    /// What the phone calls each op, its hash, and the number the server has it under.
    pub fn ops(&self) -> impl Iterator<Item = (u64, u64, Dot)> {
        let seqs = (self.first..).zip(self.to.seq..);
        hashes_of(&self.hashes)
            .zip(seqs)
            .map(|(hash, (seq, to))| (seq, hash, Dot::new(self.to.actor, to)))
    }
}

fn hashes_of(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes
        .chunks_exact(size_of::<u64>())
        .filter_map(|hash| hash.try_into().ok().map(u64::from_be_bytes))
}

impl LaneFork {
    /// The hashes, in order.
    pub fn op_hashes(&self) -> impl Iterator<Item = u64> {
        hashes_of(&self.hashes)
    }
}

/// The server has another history than the phone: it was restored from a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherHistory {
    /// The name of its history.
    pub incarnation: u64,
    /// What it has of the phone, a branch each. A branch that is not named has to be shown by its certificate.
    pub branches: Vec<KnownBranch>,
}

/// What a server has of one branch of a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownBranch {
    /// Its actor of lane 0.
    pub first_actor: ActorId,
    /// The last seq, and the chain there, by lane.
    pub lanes: [(u64, Chain); 3],
}

/// Ops that a former history of the server had acknowledged, with what it had said of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refill {
    /// The ops: a content as in an op frame.
    pub content: ByteBuf,
    /// The stamp of each.
    pub stamps: Vec<Stamp>,
    /// Those that were not accepted, by offset.
    pub verdicts: Vec<(u32, Verdict)>,
}

impl Refill {
    /// What was said of the op at `index`.
    pub fn told(&self, index: usize) -> Option<(Stamp, Verdict)> {
        let stamp = *self.stamps.get(index)?;
        let verdict = self.verdicts.iter().find(|(place, _)| *place as usize == index);
        Some((
            stamp,
            verdict.map_or(Verdict::Accepted, |(_, verdict)| verdict.clone()),
        ))
    }
}
