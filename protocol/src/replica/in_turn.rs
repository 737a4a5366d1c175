//! Own ops that were accepted while an earlier one on the same record is kept aside, as far as the phone has heard. The
//! server may have let the earlier one in first; that stands in the inbox, so the later one waits until it has told all
//! before it. Merged the other way round, a set would pass the earlier one over: it has seen a later op of its actor.

use super::Replica;
use super::storage::Storage;
use crate::ids::{Dot, Lane, Position, RecordId, ScopeId};
use crate::op::{Change, Op};
use crate::wire::{self, ChangeFrame, Cursor, FeedItem, News, Verdict};
use std::collections::BTreeSet;

/// An accepted op that is not merged yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Awaited {
    /// Where it was accepted.
    position: Position,
    dot: Dot,
    record: RecordId,
}

impl<S: Storage> Replica<S> {
    /// Whether an own op on a record, accepted at `position`, waits for what the inbox tells before that.
    pub(super) fn waits(&self, id: RecordId, dot: Dot, position: Position) -> bool {
        let Some(lane) = self.lane_of_actor(dot.actor) else {
            return false;
        };
        let inbox = self.scopes.get(&self.own_inbox());
        let told_until = inbox.map(|state| state.cursors[lane.index()]);
        let untold = match told_until {
            Some(Cursor::At(until)) => until < position,
            Some(Cursor::Pass { .. }) => true,
            None => false,
        };
        untold
            && self
                .own_ops_on(id)
                .filter(|(_, earlier, _)| earlier.actor == dot.actor && earlier.seq < dot.seq)
                .filter_map(|(_, _, own)| own.told.as_ref())
                .any(|told| told.verdict != Verdict::Accepted)
    }

    /// Whether a frame tells of something that comes after an op of the phone which, as far as it has heard, is kept aside:
    /// others have written on the record that this creates, or taken away what it wrote, or the record has left. That the op
    /// was let in stands in the inbox, which comes later in the reply.
    pub(crate) fn waits_for_inbox(&self, frame: &ChangeFrame) -> bool {
        let is_aside = |dot: Dot| {
            let told = self.own_op(dot).and_then(|own| own.told.as_ref());
            told.is_some_and(|told| told.verdict != Verdict::Accepted)
        };
        let comes_after = |item: &FeedItem| match &item.news {
            News::Op { dot, op, .. } => wire::decode::<Op>(op).is_ok_and(|op| {
                let record = op.record(*dot).filter(|id| !self.mirror.contains_key(id));
                let mut taken = op.changes().iter().flat_map(Change::takes_away);
                record.is_some_and(|id| is_aside(id.0)) || taken.any(is_aside)
            }),
            // It may have come through another scope already; letting it in gives it this membership all the same.
            News::Leave { record } => is_aside(record.0),
            _ => false,
        };
        frame.scope != self.own_inbox() && frame.items.iter().any(comes_after)
    }

    /// All that wait, in the order in which the server accepted them.
    pub(super) fn awaited(&self) -> Vec<Awaited> {
        let mut records = BTreeSet::new();
        for (lane, actor) in Lane::ALL.into_iter().zip(self.identity().certificate.actors) {
            for (seq, own) in self.lanes[lane.index()].ops() {
                let told = own.told.as_ref();
                if told.is_some_and(|told| told.verdict != Verdict::Accepted) {
                    records.extend(own.decoded().and_then(|op| op.record(Dot::new(actor, seq))));
                }
            }
        }
        let mut awaited = Vec::new();
        for record in records {
            for (_, dot, own) in self.own_ops_on(record) {
                if let Some(position) = own.merged_at()
                    && self.waits(record, dot, position)
                {
                    awaited.push(Awaited {
                        position,
                        dot,
                        record,
                    });
                }
            }
        }
        awaited.sort_unstable();
        awaited
    }

    /// Merges those whose turn it is before what the inbox tells at `next`; the others stay in the list.
    pub(super) fn merge_before(
        &mut self,
        next: Position,
        awaited: &mut Vec<Awaited>,
        touched: &mut BTreeSet<RecordId>,
    ) {
        let due = awaited.partition_point(|one| one.position < next);
        self.merge_in_turn(awaited.drain(..due).collect(), touched);
    }

    /// Merges those that wait no more: the inbox stands behind them, or nothing before them is kept aside.
    pub(super) fn merge_passed(&mut self, mut awaited: Vec<Awaited>, touched: &mut BTreeSet<RecordId>) {
        awaited.retain(|one| !self.waits(one.record, one.dot, one.position));
        self.merge_in_turn(awaited, touched);
    }

    fn merge_in_turn(&mut self, due: Vec<Awaited>, touched: &mut BTreeSet<RecordId>) {
        for one in due {
            // What the worker sees may change, even of a record that is not held.
            touched.insert(one.record);
            let told = self.own_op(one.dot).and_then(|own| {
                let facts = own.told.as_ref()?.facts;
                Some((own.decoded()?, facts))
            });
            if let (Some((op, facts)), Some(held)) = (told, self.mirror.get_mut(&one.record)) {
                held.record.apply(one.dot, &op, facts);
                held.as_of = held.as_of.max(one.position);
            }
        }
    }

    pub(super) fn own_inbox(&self) -> ScopeId {
        ScopeId::inbox(self.identity().certificate.owner)
    }
}
