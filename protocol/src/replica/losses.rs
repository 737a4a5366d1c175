//! Own ops that the phone's storage has damaged or dropped before they were sent: found when it is opened, declared
//! to the server, and passed over once the server has answered. Their bytes are kept aside for whoever rescues them.

use super::{Batch, LaneLog, Replica, Storage, storage};
use crate::ids::{ActorId, Dot, Lane, RecordId};
use crate::keys::{Certificate, Chain};
use crate::record::Record;
use crate::wire::{Cursor, LaneAck, Request};
use std::collections::{BTreeMap, BTreeSet};

/// Consecutive unsent ops of a lane that are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostOps {
    /// Seq of the first.
    pub first: u64,
    /// Seq of the last.
    pub last: u64,
    /// The chain after the last, as the op after it was written on; made up where that is gone too.
    pub chain: Chain,
    /// Whether the chain is made up: nothing is known of it.
    pub made_up: bool,
}

impl LaneLog {
    /// The unsent seqs without an op.
    pub(super) fn find_lost(&self) -> Vec<LostOps> {
        let mut lost = Vec::new();
        let mut next = self.acked() + 1;
        for (seq, own) in self.outbox() {
            if seq > next {
                let made_up = self.made_up(next);
                lost.push(LostOps {
                    first: next,
                    last: seq - 1,
                    chain: own.before,
                    made_up: own.before == made_up,
                });
            }
            next = seq + 1;
        }
        if next <= self.last() {
            lost.push(LostOps {
                first: next,
                last: self.last(),
                chain: self.made_up(next),
                made_up: true,
            });
        }
        lost
    }

    /// The chain after lost ops of which nothing is left, whatever their number.
    fn made_up(&self, first: u64) -> Chain {
        let before = self.ops().take_while(|(seq, _)| *seq < first).last();
        before
            .map_or_else(Chain::default, |(_, own)| own.chain)
            .after(b"otor v1 lost")
    }

    /// The lost ops that are next to be acknowledged.
    pub(super) fn next_lost(&self) -> Option<LostOps> {
        let next = self.acked() + 1;
        self.lost.first().copied().filter(|lost| lost.first <= next)
    }

    /// What a hello says is lost: what is next to be acknowledged; and the end of the lane, wherever it is lost, for
    /// the chain there is made up. The server may have got those ops by a request that is still under way, and would
    /// take the phone for a copy.
    fn told_lost(&self) -> impl Iterator<Item = LostOps> {
        let next = self.next_lost();
        let at_end = self.lost.last().copied();
        let at_end = at_end.filter(|lost| lost.last == self.last() && Some(*lost) != next);
        next.into_iter().chain(at_end)
    }

    /// Whether an acknowledgement can be of this lane: its chain is the phone's own there, or nothing is known of it.
    pub(super) fn admits(&self, ack: &LaneAck) -> bool {
        if ack.through > self.last() || ack.through < self.acked() {
            return false;
        }
        let lost = self
            .lost
            .iter()
            .find(|lost| (lost.first..=lost.last).contains(&ack.through));
        match lost {
            Some(lost) if ack.through < lost.last || lost.made_up => true,
            _ => {
                ack.chain.is_some() && self.chain_at(ack.through) == ack.chain && !self.passes_over_held(ack)
            }
        }
    }

    /// Whether an acknowledgement passes over an op that is here: another copy has lost it, and declared that.
    fn passes_over_held(&self, ack: &LaneAck) -> bool {
        let told: u64 = ack.runs.iter().map(|run| u64::from(run.count)).sum();
        let last_told = self.acked().saturating_add(told);
        self.outbox()
            .any(|(seq, _)| seq > last_told && seq <= ack.through)
    }
}

impl<S: Storage> Replica<S> {
    /// What a hello declares lost.
    pub(crate) fn lost_requests(&self) -> impl Iterator<Item = Request> {
        Lane::ALL.into_iter().flat_map(|lane| {
            let lost = self.lanes[lane.index()].told_lost();
            lost.map(move |lost| Request::Lost {
                lane,
                first: lost.first,
                last: lost.last,
                chain: lost.chain,
            })
        })
    }

    /// Takes what an acknowledgement says of seqs whose ops are gone. `held`: the server holds some of them.
    pub(super) fn take_lost(&mut self, ack: &LaneAck, held: bool, batch: &mut Batch) -> u64 {
        let log = &mut self.lanes[ack.lane.index()];
        let mut passed = 0;
        while let Some(lost) = log.next_lost().filter(|lost| lost.last <= ack.through) {
            passed += lost.last.saturating_sub(log.acked());
            let at_end = lost.last == ack.through;
            let known = ack.chain.filter(|_| at_end).unwrap_or(lost.chain);
            log.settle_lost(lost.last, known);
            if lost.made_up && at_end && known != lost.chain {
                for (seq, own) in log.rebuild_chain(lost.last, known) {
                    batch.put(storage::own_op(ack.lane, seq), &own);
                }
            }
        }
        if held {
            // The feeds leave out the phone's own ops: their records come with a first pass.
            for state in self.scopes.values_mut() {
                state.cursors[ack.lane.index()] = Cursor::START;
            }
            // And what has become of ops kept aside stood in the inbox before where it begins now.
            self.meta.aside_due = true;
        }
        passed
    }

    /// The unsent ops of the old branch that are gone, each with the new actor of its lane.
    pub(super) fn lost_of(&self, (old, new): (&Certificate, &Certificate)) -> BTreeMap<Dot, ActorId> {
        let lost = self.lost_ops().flat_map(|(lane, lost)| {
            let (from, to) = (old.actors[lane.index()], new.actors[lane.index()]);
            (lost.first..=lost.last).map(move |seq| (Dot::new(from, seq), to))
        });
        lost.collect()
    }

    /// Takes what is damaged out of the way of ops that get its numbers under another actor.
    pub(super) fn set_damaged_aside(&self, batch: &mut Batch) {
        for (lane, seq, bytes) in &self.damaged_ops {
            batch.delete(storage::own_op(*lane, *seq));
            let dot = Dot::new(self.actor(*lane), *seq);
            batch.put_raw(storage::damaged_op(*lane, dot), bytes.clone());
        }
    }

    /// Lets go of records that were held for nothing but own work that turns out to be gone. What a former history of
    /// the server had made of such work is kept aside.
    pub(super) fn leave_lost(&mut self) -> Result<(), S::Error> {
        let mut batch = Batch::default();
        for (id, held) in self.mirror.iter().filter(|(_, held)| held.old) {
            let Dot { actor, seq } = id.0;
            let log = self.lane_of_actor(actor).map(|lane| &self.lanes[lane.index()]);
            if log.is_some_and(|log| seq > log.acked() && log.op(seq).is_none()) {
                batch.put_raw(storage::lost_record(*id), held.record.encode());
            }
        }
        let (held, left) = (self.mirror.iter(), |id| !self.has_unsent(id));
        let unheld = held.filter(|(id, held)| held.memberships.is_empty() && left(**id));
        let unheld: BTreeSet<RecordId> = unheld.map(|(id, _)| *id).collect();
        self.store_held(&unheld, &mut batch);
        if batch.writes().is_empty() {
            return Ok(());
        }
        self.storage.apply(&batch)
    }

    /// Records of the phone's own that a restored server does not have any more, and neither the phone's storage as an
    /// op: as the server had them before, for whoever rescues them. Read from the storage, all of it.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub fn lost_records(&self) -> Result<Vec<Record>, S::Error> {
        let rows = self.storage.load()?.into_iter();
        let kept = rows.filter(|(key, _)| storage::is_lost_record(key));
        Ok(kept
            .filter_map(|(_, state)| Record::decode(&state).ok())
            .collect())
    }

    /// Own ops that are damaged, as they are stored: the place of each and its bytes.
    pub fn damaged_ops(&self) -> &[(Lane, u64, Vec<u8>)] {
        &self.damaged_ops
    }

    /// Unsent ops that are gone and not yet passed over, by lane.
    pub fn lost_ops(&self) -> impl Iterator<Item = (Lane, LostOps)> {
        let lanes = Lane::ALL.into_iter();
        lanes.flat_map(|lane| {
            self.lanes[lane.index()]
                .lost
                .iter()
                .map(move |lost| (lane, *lost))
        })
    }
}
