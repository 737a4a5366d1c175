//! How long a phone keeps its work that was merged: thirty days from the first welcome that finds it so, in the server's time
//! that welcomes tell (nothing else tells one), however long before it was written. For so long a server that is restored
//! from a backup can have it again.

use super::outbox::OwnOp;
use super::storage::{self, Batch, Storage, own_op};
use super::{Meta, Replica};
use crate::ids::{Dot, Lane};
use crate::limits::ACKED_OPS_KEPT_DAYS;

impl OwnOp {
    /// Whether it is merged, and was told before a time, milliseconds since the Unix epoch.
    pub(super) fn is_told_before(&self, before_ms: i64) -> bool {
        self.is_merged() && self.told_at_ms.is_some_and(|at_ms| at_ms < before_ms)
    }

    /// Has the time begin for which it is kept, if it is merged and has none; whether it does.
    pub(super) fn begin_keeping(&mut self, now_ms: i64) -> bool {
        let begins = self.is_merged() && self.told_at_ms.is_none();
        if begins {
            self.told_at_ms = Some(now_ms);
        }
        begins
    }
}

impl Meta {
    /// Whether an op of a former branch is still to be brought to a restored server, or asked for.
    pub(super) fn is_to_be_brought(&self, dot: Dot) -> bool {
        let mut places = self.lacking.iter().chain(&self.unproven);
        places.any(|(actor, through)| *actor == dot.actor && dot.seq > *through)
    }
}

impl<S: Storage> Replica<S> {
    /// Forgets merged work that was told longer ago than it is kept.
    pub(super) fn forget_old(&mut self, batch: &mut Batch) {
        let now_ms = self.meta.seen.ms();
        let before_ms = now_ms - ACKED_OPS_KEPT_DAYS * 86_400_000;
        let mut forgotten = 0;
        for lane in Lane::ALL {
            let log = &mut self.lanes[lane.index()];
            for (seq, own) in log.begin_keeping(now_ms) {
                batch.put(own_op(lane, seq), own);
            }
            for seq in log.told_before(before_ms) {
                log.forget(seq);
                batch.delete(own_op(lane, seq));
                forgotten += 1;
            }
        }
        let meta = &self.meta;
        self.former_ops.retain(|dot, (lane, own)| {
            if meta.is_to_be_brought(*dot) {
                return true;
            }
            if own.begin_keeping(now_ms) {
                batch.put(storage::former_op(*lane, *dot), own);
            }
            let goes = own.is_told_before(before_ms);
            if goes {
                batch.delete(storage::former_op(*lane, *dot));
                forgotten += 1;
            }
            !goes
        });
        if forgotten > 0 {
            self.index_own_ops();
        }
    }
}
