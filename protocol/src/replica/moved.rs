//! Work that another copy of this phone has handed over: both held it unsent when one became the other's copy. It
//! goes to the server once, under the numbers of whoever came first.

use super::outbox::{OwnOp, Told};
use super::storage::{self, Batch, Storage};
use super::{Replica, outbox};
use crate::ids::{Dot, Lane};
use crate::keys::op_hash;
use crate::wire::{Moved, Verdict};
use std::collections::BTreeMap;

/// Ops that another copy of the phone handed over, by their seq: the number they have there, and what was said of them.
pub(super) type Moves = BTreeMap<u64, (Dot, Told)>;

/// An own op that another copy handed over. What was merged is laid over the mirror until the feeds have brought it;
/// what is kept aside stands in the tray.
pub(super) fn handed_over(own: OwnOp, told: &Told) -> OwnOp {
    let merged = told.verdict == Verdict::Accepted;
    OwnOp {
        told: (!merged).then(|| told.clone()),
        formerly: Some(told.clone()),
        ..own
    }
}

impl OwnOp {
    /// The first number that this op had, which is `dot` now, and its hash under it.
    pub(super) fn first_written_as(&self, dot: Dot) -> (Dot, u64) {
        self.origin.unwrap_or_else(|| (dot, op_hash(&self.op)))
    }
}

impl<S: Storage> Replica<S> {
    /// What of a lane's unsent ops another copy of this phone has handed over, by content.
    pub(super) fn moved_of(&self, lane: Lane, told: &[Moved]) -> Moves {
        let (actor, log) = (self.actor(lane), &self.lanes[lane.index()]);
        let mut moves = Moves::new();
        for piece in told {
            for (offset, (seq, hash, to)) in (0..).zip(piece.ops()) {
                let Some(own) = log.op(seq).filter(|_| seq > log.acked()) else {
                    continue;
                };
                let ours = own.first_written_as(Dot::new(actor, seq)).1 == hash;
                // Of one that the phone had only to show it does not know the boot: content decides.
                let boot = piece.clock.boot;
                let own = OwnOp { boot, ..own.clone() };
                let told = outbox::told(&piece.run, &[piece.clock], offset, &own).filter(|_| ours);
                if let Some(told) = told {
                    moves.entry(seq).or_insert((to, told));
                }
            }
        }
        moves
    }

    /// Everything that other copies of this phone had handed over has come through the feeds: it is theirs now.
    pub(super) fn forget_handed_over(&mut self, batch: &mut Batch) {
        let theirs: Vec<(Lane, Dot)> = self
            .former_ops
            .iter()
            .filter(|(_, (_, own))| own.told.is_none())
            .map(|(dot, (lane, _))| (*lane, *dot))
            .collect();
        for (lane, dot) in &theirs {
            self.former_ops.remove(dot);
            batch.delete(storage::former_op(*lane, *dot));
        }
        if !theirs.is_empty() {
            self.index_own_ops();
        }
    }
}
