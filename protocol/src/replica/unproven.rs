//! Work of which nothing shows that a restored server has it, for the most part of former branches: another copy of the
//! phone may have come first, with its own work under those numbers. The server is asked what it has of it, by content;
//! the rest goes under new numbers, before all that was written later.

use super::copies::FormerOps;
use super::history::{after, unbroken};
use super::moved::{Moves, handed_over};
use super::outbox::{LaneLog, OwnOp, Told};
use super::storage::{self, Batch, Storage};
use super::{Replica, outbox};
use crate::ids::{ActorId, Dot, Lane};
use crate::keys::Chain;
use crate::renumber::{AliasRun, Renumbering};
use crate::wire::{LaneState, Moved};
use std::collections::BTreeMap;

/// The unproven ops of a lane, in order: each with where the server has it, if it does.
pub(super) type Found = Vec<(Dot, Option<(Dot, Told)>)>;

/// What a server that has an actor's ops up to a place has, and may have, of what the phone keeps of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// The place after which the phone can bring it what it lacks.
    pub lacking: Option<u64>,
    /// The place after which nothing shows that it has them, and nothing can follow what it has.
    pub unproven: Option<u64>,
}

impl<S: Storage> Replica<S> {
    /// How the ops of a former actor stand with a server that has them up to `through`, with its `chain` there.
    pub(super) fn standing(&self, actor: ActorId, (through, chain): (u64, Chain)) -> Standing {
        let own: Vec<(u64, &OwnOp)> = after(&self.former_ops, (actor, 0))
            .map(|(dot, (_, own))| (dot.seq, own))
            .filter(|(_, own)| !own.is_only_shown())
            .collect();
        let at = own.iter().find(|(seq, _)| *seq == through);
        let known = at.is_some_and(|(_, own)| own.chain == chain);
        let next = own.iter().find(|(seq, _)| *seq > through);
        let follows = |(seq, own): &(u64, &OwnOp)| *seq == through + 1 && own.before == chain;
        let unproven = |after: u64| Standing {
            unproven: Some(after),
            ..Standing::default()
        };
        match (own.last(), next) {
            (Some(_), None) if !known => unproven(0),
            // Of another copy's work it may have been told.
            (_, None) => self.behind(actor, through),
            (Some(_), Some(next)) if follows(next) => self.behind(actor, through),
            _ => unproven(if known { through } else { 0 }),
        }
    }

    /// Of what the phone keeps behind a place that the server has, it can bring the server all up to the first gap; what
    /// is behind that, if only to be shown, can follow nothing.
    fn behind(&self, actor: ActorId, through: u64) -> Standing {
        let follows = unbroken(&self.former_ops, (actor, through)).last();
        let end = follows.map_or(through, |(dot, _)| dot.seq);
        Standing {
            lacking: (end > through).then_some(through),
            unproven: after(&self.former_ops, (actor, end)).next().map(|_| end),
        }
    }

    /// Something is unproven: the next hello asks. What names it cannot be brought under its old numbers either, for
    /// they may be other work's at the server.
    pub(super) fn ask_of_unproven(&mut self) {
        (self.meta.copied, self.meta.asks) = (true, true);
        loop {
            let runs = self.asked_as();
            let renumbering = Renumbering {
                runs: &runs,
                stands: &|_, _, _, _| None,
                lost_to: &|_| None,
            };
            let names_them = |place: &(ActorId, u64)| {
                let mut ops = after(&self.former_ops, *place).filter_map(|(_, (_, own))| own.decoded());
                ops.any(|op| renumbering.op(&op) != op)
            };
            let Some(place) = self.meta.lacking.iter().position(names_them) else {
                break;
            };
            let doubted = self.meta.lacking.remove(place);
            self.meta.unproven.push(doubted);
        }
    }

    /// Whether a server that takes the phone for a copy may do so because another one has brought work of its own under
    /// the numbers of what the server lacked of former branches. The phone asks then.
    pub(super) fn doubts_lacking(&mut self) -> bool {
        if self.meta.asks || self.meta.lacking.is_empty() {
            return false;
        }
        self.meta.unproven.append(&mut self.meta.lacking);
        self.ask_of_unproven();
        true
    }

    /// Whether the server may have other work under numbers of which the phone was told that they are acknowledged: one
    /// that was restored without a word may have been brought another copy's. The phone asks for all that it keeps,
    /// unless it has.
    pub(super) fn doubts_acknowledged(&mut self, batch: &mut Batch) -> bool {
        if self.meta.asks {
            return false;
        }
        let before = self.lanes.each_ref().map(LaneLog::acked);
        for lane in Lane::ALL {
            let log = &mut self.lanes[lane.index()];
            let acknowledged = log.acknowledged();
            for (seq, own) in log.untell(acknowledged) {
                batch.put(storage::own_op(lane, seq), own);
            }
        }
        self.meta.acked = self.lanes.each_ref().map(LaneLog::acknowledged);
        let doubts = self.lanes.each_ref().map(LaneLog::acked) != before;
        self.meta.asks |= doubts;
        self.meta.copied |= doubts;
        doubts
    }

    /// The unproven ops of a lane, in order.
    fn unproven_in(&self, lane: Lane) -> Vec<Dot> {
        let mut dots: Vec<Dot> = self
            .meta
            .unproven
            .iter()
            .flat_map(|place| after(&self.former_ops, *place))
            .filter(|(_, (of, _))| *of == lane)
            .map(|(dot, _)| *dot)
            .collect();
        dots.sort_unstable();
        dots.dedup();
        dots
    }

    /// How far each lane is, for the hello: who asks for unproven ops counts them behind its last.
    pub(crate) fn lanes_told(&self) -> [LaneState; 3] {
        Lane::ALL.map(|lane| {
            let state = self.lanes[lane.index()].state();
            let count = self.unproven_in(lane).len() as u64;
            let (unsent, chain) = state.unsent.unwrap_or_default();
            LaneState {
                unsent: (unsent + count > 0).then_some((unsent + count, chain)),
                ..state
            }
        })
    }

    /// The numbers that the hello counts them under, as if they had got them.
    pub(super) fn asked_as(&self) -> Vec<AliasRun> {
        let mut runs = Vec::new();
        for lane in Lane::ALL {
            let first = self.lanes[lane.index()].last() + 1;
            for (dot, seq) in self.unproven_in(lane).into_iter().zip(first..) {
                extend(&mut runs, dot, Dot::new(self.actor(lane), seq));
            }
        }
        runs
    }

    /// What the server has of the unproven ops of a lane, by content.
    pub(super) fn found_of(&self, lane: Lane, told: &[Moved]) -> Found {
        let first = self.lanes[lane.index()].last() + 1;
        let mut found = BTreeMap::new();
        for piece in told {
            for (offset, (seq, hash, to)) in (0..).zip(piece.ops()) {
                found.insert(seq, (piece, offset, hash, to));
            }
        }
        let dots = self.unproven_in(lane).into_iter().zip(first..);
        dots.map(|(dot, seq)| {
            let at = found.get(&seq).and_then(|(piece, offset, hash, to)| {
                let (_, own) = self.former_ops.get(&dot)?;
                let own = own.clone().written_in(piece.clock.boot);
                let told = outbox::told(&piece.run, &[piece.clock], *offset, &own)?;
                (own.first_written_as(dot).1 == *hash).then_some((*to, told))
            });
            (dot, at)
        })
        .collect()
    }

    /// Nothing is unproven any more: what stayed is at the server, the rest has other numbers.
    pub(super) fn settle_unproven(&mut self, found: &[Found; 3]) {
        for (dot, at) in found.iter().flatten() {
            if at.as_ref().is_some_and(|(to, _)| to == dot) {
                self.note_at_server(*dot);
            }
        }
        self.meta.unproven.clear();
        self.forget_unsure();
    }
}

/// The numbers that unproven ops get: those the server has them under, or the first of a new actor.
pub(super) fn new_numbers(found: &Found, new: ActorId, runs: &mut Vec<AliasRun>) -> u64 {
    let mut count = 0;
    for (dot, at) in found {
        let to = at.as_ref().map_or_else(
            || {
                count += 1;
                Dot::new(new, count)
            },
            |(to, _)| *to,
        );
        if to != *dot {
            extend(runs, *dot, to);
        }
    }
    count
}

/// One more number in runs of old ones and new ones.
pub(super) fn extend(runs: &mut Vec<AliasRun>, old: Dot, to: Dot) {
    let follows = runs.last_mut().filter(|run| {
        let next = Dot::new(run.actor, run.first + run.count);
        next == old && Dot::new(run.to.actor, run.to.seq + run.count) == to
    });
    match follows {
        Some(run) => run.count += 1,
        None => runs.push(AliasRun {
            actor: old.actor,
            first: old.seq,
            count: 1,
            to,
        }),
    }
}

/// Gives the unproven ops of a lane their numbers, at the beginning of its new log.
pub(super) fn renumber(
    (lane, log): (Lane, &mut LaneLog),
    former_ops: &mut FormerOps,
    found: &Found,
    renumbering: &Renumbering,
    batch: &mut Batch,
) {
    let moved = found
        .iter()
        .filter(|(dot, at)| at.as_ref().is_none_or(|(to, _)| to != dot));
    for (dot, at) in moved {
        let Some((_, own)) = former_ops.remove(dot) else {
            continue;
        };
        batch.delete(storage::former_op(lane, *dot));
        let own = log.renumbered(own, *dot, renumbering);
        if let Some((to, told)) = at {
            let own = handed_over(own, told);
            batch.put(storage::former_op(lane, *to), &own);
            former_ops.insert(*to, (lane, own));
            continue;
        }
        let said = own.told.clone().or_else(|| own.formerly.clone());
        let own = own.written_in(0);
        let own = OwnOp {
            // It was written before all that is unsent, which lies beyond what the server had told by then.
            own_stamp: said.as_ref().map_or(own.own_stamp, |said| said.facts.stamp),
            formerly: said,
            told: None,
            ..own
        };
        let seq = log.push(own.clone());
        batch.put(storage::own_op(lane, seq), &own);
    }
}

impl LaneLog {
    /// The numbers that the ops not acknowledged get: under another actor, after its first `count`, without the gaps of
    /// lost ones; or those that another copy gave them.
    pub(super) fn alias_runs(
        &self,
        old: ActorId,
        (new, count): (ActorId, u64),
        moved: &Moves,
    ) -> Vec<AliasRun> {
        let mut runs: Vec<AliasRun> = Vec::new();
        let mut next = count + 1;
        for (seq, _) in self.outbox() {
            let to = match moved.get(&seq) {
                Some((to, _)) => *to,
                None => {
                    next += 1;
                    Dot::new(new, next - 1)
                }
            };
            extend(&mut runs, Dot::new(old, seq), to);
        }
        runs
    }
}
