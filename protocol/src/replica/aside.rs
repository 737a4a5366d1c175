//! What is kept aside of a phone's work: one that lost part of its log, because it came back from a backup, or part of
//! its inbox, because it was silent for too long, asks for it, so that the tray shows just that.

use super::Replica;
use super::outbox::{OwnOp, Told};
use super::storage::{self, Batch, Storage};
use crate::ids::{ActorId, Dot, Lane, Position, RecordId};
use crate::keys::Chain;
use crate::wire::{AsideFrame, AsideOp, Request, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How far a phone that asks has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AsideAsked {
    /// Up to here.
    pub after: Option<Dot>,
}

impl<S: Storage> Replica<S> {
    /// An attempt begins: what is kept aside is asked for from the first on, if that has become due.
    pub(crate) fn begin_to_ask_for_aside(&mut self) {
        if std::mem::take(&mut self.meta.aside_due) {
            self.meta.asks_aside = Some(AsideAsked { after: None });
        }
    }

    /// What a hello asks.
    pub(super) fn aside_request(&self) -> Option<Request> {
        let asked = self.meta.asks_aside?;
        Some(Request::Aside { after: asked.after })
    }

    /// Takes the next ops that are kept aside into the tray.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub(crate) fn take_aside(&mut self, frame: &AsideFrame) -> Result<(), S::Error> {
        let Some(AsideAsked { after }) = self.meta.asks_aside else {
            return Ok(());
        };
        let Some(last) = frame.ops.last().map(|one| one.dot) else {
            return Ok(());
        };
        let mut batch = Batch::default();
        let mut touched = BTreeSet::new();
        for one in &frame.ops {
            let Some(own) = self.own_op(one.dot).filter(|own| !own.is_only_shown()) else {
                if self.lane_of_actor(one.dot.actor).is_none() {
                    let own = kept_aside(one);
                    batch.put(storage::former_op(one.lane, one.dot), &own);
                    self.former_ops.insert(one.dot, (one.lane, own));
                }
                continue;
            };
            // A restored server may have been brought it by another copy, and have weighed it anew.
            let told = own.told.clone().filter(|told| told.verdict != one.verdict);
            if let Some(told) = told {
                let verdict = one.verdict.clone();
                self.settle(
                    one.lane,
                    one.dot,
                    Told { verdict, ..told },
                    &mut batch,
                    &mut touched,
                );
            }
        }
        self.index_own_ops();
        frame.ops.iter().for_each(|one| self.note_at_server(one.dot));
        let named: BTreeSet<Dot> = frame.ops.iter().map(|one| one.dot).collect();
        self.settle_unnamed(after, Some(last), &named, &mut batch, &mut touched);
        self.meta.asks_aside = Some(AsideAsked { after: Some(last) });
        batch.put(storage::META.to_vec(), &self.meta);
        self.store_held(&touched, &mut batch);
        self.storage.apply(&batch)
    }

    /// A reply to a hello that asked has ended, and left nothing behind: everything was told.
    pub(super) fn aside_is_told(&mut self, batch: &mut Batch) {
        let Some(AsideAsked { after }) = self.meta.asks_aside.take() else {
            return;
        };
        let mut touched = BTreeSet::new();
        self.settle_unnamed(after, None, &BTreeSet::new(), batch, &mut touched);
        self.store_held(&touched, batch);
    }

    /// Ops that were kept aside when the phone last knew, and are not named, were merged since, unless a server that
    /// was restored lacks them.
    fn settle_unnamed(
        &mut self,
        after: Option<Dot>,
        through: Option<Dot>,
        named: &BTreeSet<Dot>,
        batch: &mut Batch,
        touched: &mut BTreeSet<RecordId>,
    ) {
        let own = Lane::ALL.into_iter().flat_map(|lane| {
            let actor = self.actor(lane);
            let ops = self.lanes[lane.index()].ops();
            ops.map(move |(seq, own)| (lane, Dot::new(actor, seq), own))
        });
        let former = self
            .former_ops
            .iter()
            .map(|(dot, (lane, own))| (*lane, *dot, own))
            .filter(|(_, dot, _)| !self.may_lack(*dot));
        let merged: Vec<(Lane, Dot, Told)> = former
            .chain(own)
            .filter(|(_, dot, _)| after.is_none_or(|after| *dot > after))
            .filter(|(_, dot, _)| through.is_none_or(|last| *dot <= last) && !named.contains(dot))
            .filter_map(|(lane, dot, own)| Some((lane, dot, own.told.clone()?)))
            .filter(|(_, _, told)| told.verdict != Verdict::Accepted)
            .collect();
        for (lane, dot, mut told) in merged {
            if !self.has_written_as(dot.actor) {
                self.former_ops.remove(&dot);
                batch.delete(storage::former_op(lane, dot));
                continue;
            }
            told.verdict = Verdict::Accepted;
            self.settle(lane, dot, told, batch, touched);
        }
        self.index_own_ops();
    }

    /// Whether an actor is this phone's, or was. Another copy's work comes through the feeds when it is merged; a server
    /// that was restored may lack it, or have it under another number.
    fn has_written_as(&self, actor: ActorId) -> bool {
        let former = self.former.iter().map(|former| &former.certificate);
        let mut known = former.chain([&self.identity().certificate]);
        known.any(|certificate| certificate.actors.contains(&actor))
    }
}

impl OwnOp {
    /// Whether the phone has it from the server, only to show it: nothing is known of when it was written, and what the
    /// server says of it last is all that there is.
    pub fn is_only_shown(&self) -> bool {
        (self.boot, self.wall_minus_uptime_ms, self.before) == (0, 0, Chain::default())
    }

    /// As one that this phone has written in a boot, if it has it only to show it.
    pub(super) fn written_in(self, boot: u64) -> OwnOp {
        match self.is_only_shown() {
            true => OwnOp {
                boot,
                wall_minus_uptime_ms: self.wall_minus_uptime_known_ms(),
                ..self
            },
            false => self,
        }
    }

    /// Wall clock minus uptime at writing, in milliseconds; that of an op which is only shown follows from what its own
    /// phone claimed.
    pub(super) fn wall_minus_uptime_known_ms(&self) -> i64 {
        let said = self.told.as_ref().or(self.formerly.as_ref());
        match (said, self.decoded()) {
            (Some(said), Some(op)) if self.is_only_shown() => {
                said.facts.claimed_ms.saturating_sub(op.uptime_ms)
            }
            _ => self.wall_minus_uptime_ms,
        }
    }
}

/// An op that this phone has not in its log, as the tray shows it.
fn kept_aside(one: &AsideOp) -> OwnOp {
    OwnOp {
        op: one.op.clone(),
        boot: 0,
        wall_minus_uptime_ms: 0,
        floor: Default::default(),
        own_stamp: one.facts.stamp,
        before: Chain::default(),
        chain: Chain::default().after(&one.op),
        told: Some(Told {
            position: Position::ZERO,
            facts: one.facts,
            verdict: one.verdict.clone(),
            in_inbox: false,
            conflict: false,
        }),
        formerly: None,
        origin: None,
        told_at_ms: None,
    }
}
