//! The view: what the worker sees. The mirror, with the phone's own ops that the server has not merged on top.

use super::{OwnOp, Replica, Storage};
use crate::ids::{Dot, Lane, Level, RecordId};
use crate::mutation::{self, Mutation};
use crate::op::{Body, Facts};
use crate::record::Record;
use std::collections::{BTreeMap, BTreeSet};

/// How far a record's content has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordStage {
    /// Some of the worker's own work on it is only on this phone.
    OnPhone,
    /// The server has all of it.
    AtServer,
    /// It has left the phone's scopes, and stays until the worker's own work on it is acknowledged.
    Leaving,
}

impl<S: Storage> Replica<S> {
    /// A record as the worker sees it.
    pub fn view(&self, id: RecordId) -> Option<Record> {
        let mut record = self.mirror.get(&id).map(|held| held.record.clone());
        if record.is_some() && mutation::active(Mutation::PullOverOutbox) {
            return record;
        }
        for (lane, dot, own) in self.own_ops_on(id) {
            let waits = |position| self.waits(id, dot, position);
            if own.merged_at().is_none_or(waits) {
                lay_over(&mut record, lane, dot, own);
            }
        }
        record
    }

    /// The own ops on a record that are still kept, in the order of writing within a lane, after the one that creates it.
    pub(super) fn own_ops_on(&self, id: RecordId) -> impl Iterator<Item = (Lane, Dot, &OwnOp)> {
        let dots = self.own_ops.get(&id).into_iter();
        // Later branches have greater actors; but so may another copy have, in whose tray the worker has seen the record.
        let creation = dots.clone().filter_map(move |dots| dots.get(&id.0));
        let edits = dots.flatten().filter(move |dot| **dot != id.0);
        creation.chain(edits).filter_map(|dot| {
            let (lane, own) = self.own_op_and_lane(*dot)?;
            Some((lane, *dot, own))
        })
    }

    fn own_op_and_lane(&self, dot: Dot) -> Option<(Lane, &OwnOp)> {
        match self.lane_of_actor(dot.actor) {
            Some(lane) => Some((lane, self.lanes[lane.index()].op(dot.seq)?)),
            None => self.former_ops.get(&dot).map(|(lane, own)| (*lane, own)),
        }
    }

    /// An op that this phone wrote, in this branch or a former one, if it is still kept.
    pub fn own_op(&self, dot: Dot) -> Option<&OwnOp> {
        self.own_op_and_lane(dot).map(|(_, own)| own)
    }

    /// All ops that this phone wrote and still keeps, those of former branches first.
    pub fn own_log(&self) -> impl Iterator<Item = (Dot, &OwnOp)> {
        let former = self.former_ops.iter().map(|(dot, (_, own))| (*dot, own));
        let present = self
            .lanes
            .iter()
            .zip(self.identity().certificate.actors)
            .flat_map(|(lane, actor)| lane.ops().map(move |(seq, own)| (Dot::new(actor, seq), own)));
        former.chain(present)
    }

    /// The records the worker sees.
    pub fn records(&self) -> impl Iterator<Item = RecordId> {
        let own = self
            .own_ops
            .keys()
            .filter(|id| self.own_ops_on(**id).any(|(_, _, own)| !own.is_merged()));
        let ids: BTreeSet<RecordId> = self.mirror.keys().chain(own).copied().collect();
        ids.into_iter()
    }

    /// The confirmed records, as the server has them.
    pub fn mirror(&self) -> impl Iterator<Item = &Record> {
        self.mirror.values().map(|held| &held.record)
    }

    /// A confirmed record.
    pub fn mirrored(&self, id: RecordId) -> Option<&Record> {
        self.mirror.get(&id).map(|held| &held.record)
    }

    /// How far a record's content has come; none if the phone does not hold it.
    pub fn stage(&self, id: RecordId) -> Option<RecordStage> {
        let unsent = self.has_unsent(id);
        let Some(held) = self.mirror.get(&id) else {
            let kept_aside = self.own_ops_on(id).any(|(_, _, own)| !own.is_merged());
            return kept_aside.then_some(if unsent {
                RecordStage::OnPhone
            } else {
                RecordStage::AtServer
            });
        };
        let belongs = held
            .memberships
            .keys()
            .any(|scope| self.scopes.get(scope).is_some_and(|state| !state.losing));
        Some(match (belongs, unsent) {
            (false, _) => RecordStage::Leaving,
            (true, true) => RecordStage::OnPhone,
            (true, false) => RecordStage::AtServer,
        })
    }

    /// How many own ops are not acknowledged.
    pub fn unsent(&self) -> usize {
        self.lanes.iter().map(|lane| lane.outbox().count()).sum()
    }

    /// The lane logs, for inspection.
    pub fn lanes(&self) -> &[super::LaneLog; 3] {
        &self.lanes
    }

    /// Whether the server does not have all of the phone's own work on a record.
    pub(super) fn has_unsent(&self, id: RecordId) -> bool {
        self.own_ops_on(id).any(|(_, _, own)| own.told.is_none())
    }

    /// Sorts the own ops by record, and brings the lists up to what changed by it.
    pub(super) fn index_own_ops(&mut self) {
        let mut index: BTreeMap<RecordId, BTreeSet<Dot>> = BTreeMap::new();
        for (dot, own) in self.own_log() {
            if let Some(record) = own.decoded().and_then(|op| op.record(dot)) {
                index.entry(record).or_default().insert(dot);
            }
        }
        let former = std::mem::replace(&mut self.own_ops, index);
        let touched: BTreeSet<RecordId> = former.keys().chain(self.own_ops.keys()).copied().collect();
        touched.into_iter().for_each(|id| self.reindex(id));
    }
}

fn lay_over(record: &mut Option<Record>, lane: Lane, dot: Dot, own: &OwnOp) {
    let Some(op) = own.decoded() else { return };
    let facts = own.told.as_ref().or(own.formerly.as_ref()).map_or(
        Facts {
            stamp: own.own_stamp,
            claimed_ms: op.uptime_ms + own.wall_minus_uptime_ms,
            level: Level::WORKER,
            uncertain: false,
        },
        |told| told.facts,
    );
    match (&op.body, record) {
        (Body::Create { .. }, slot @ None) => *slot = Record::create(dot, lane, &op, facts),
        (Body::Edit { .. }, Some(record)) => record.apply(dot, &op, facts),
        _ => {}
    }
}
