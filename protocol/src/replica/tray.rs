//! What became of the worker's own writing, op by op, and the tray: what the server keeps aside, which the worker
//! sees until it is merged.

use super::{OwnOp, Replica, Storage};
use crate::ids::{Dot, RecordId};
use crate::op::Op;
use crate::wire::{Reason, Verdict};

/// What became of an own op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpState {
    /// It is only on this phone.
    Unsent,
    /// It is in its record.
    Merged,
    /// It is in its record, though its author had not seen what it competes with.
    MergedWithConflict,
    /// The server keeps it until what it refers to has come from another phone.
    Parked,
    /// The server keeps it aside.
    Quarantined {
        /// Why.
        reason: Reason,
        /// The earlier op on the same record that it waits behind, where that is the reason and it is still kept.
        behind: Option<Dot>,
    },
}

impl OpState {
    /// All names.
    pub const NAMES: [&str; 5] = [
        "unsent",
        "merged",
        "merged_with_conflict",
        "parked",
        "quarantined",
    ];

    /// Its name, under which `words` has what the worker reads.
    pub fn name(&self) -> &'static str {
        match self {
            OpState::Unsent => "unsent",
            OpState::Merged => "merged",
            OpState::MergedWithConflict => "merged_with_conflict",
            OpState::Parked => "parked",
            OpState::Quarantined { .. } => "quarantined",
        }
    }
}

/// An own op that the server keeps aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrayEntry {
    /// Its number.
    pub dot: Dot,
    /// The record it is about, where it can be read.
    pub record: Option<RecordId>,
    /// What became of it.
    pub state: OpState,
    /// What it says, where it can be read.
    pub op: Option<Op>,
}

impl<S: Storage> Replica<S> {
    /// What became of an own op; none if the phone does not keep it.
    pub fn op_state(&self, dot: Dot) -> Option<OpState> {
        Some(self.state_of(dot, self.own_op(dot)?))
    }

    /// What became of each own op on a record that the phone still keeps, in the order of writing within a lane.
    pub fn states_on(&self, record: RecordId) -> Vec<(Dot, OpState)> {
        self.own_ops_on(record)
            .map(|(_, dot, own)| (dot, self.state_of(dot, own)))
            .collect()
    }

    /// Own ops that the server keeps aside, with all that is to be shown of them. They are kept until they are
    /// merged, whatever becomes of their records.
    pub fn tray(&self) -> Vec<TrayEntry> {
        let mut tray = Vec::new();
        for (dot, own) in self.own_log().filter(|(_, own)| kept_aside(own)) {
            let op = own.decoded();
            tray.push(TrayEntry {
                dot,
                record: op.as_ref().and_then(|op| op.record(dot)),
                state: self.state_of(dot, own),
                op,
            });
        }
        tray
    }

    fn state_of(&self, dot: Dot, own: &OwnOp) -> OpState {
        let conflict = own.told.as_ref().is_some_and(|told| told.conflict);
        match own.told.as_ref().map(|told| &told.verdict) {
            None => OpState::Unsent,
            Some(Verdict::Accepted) if conflict => OpState::MergedWithConflict,
            Some(Verdict::Accepted) => OpState::Merged,
            Some(Verdict::Parked) => OpState::Parked,
            Some(Verdict::Quarantined(reason)) => OpState::Quarantined {
                reason: *reason,
                behind: (*reason == Reason::BehindAnother)
                    .then(|| self.held_before(dot, own))
                    .flatten(),
            },
        }
    }

    /// The first op of the same actor on the same record that is kept aside for a reason of its own.
    fn held_before(&self, dot: Dot, own: &OwnOp) -> Option<Dot> {
        let record = own.decoded()?.record(dot)?;
        let held = self.own_ops_on(record).find(|(_, place, earlier)| {
            let verdict = earlier.told.as_ref().map(|told| &told.verdict);
            place.actor == dot.actor
                && place.seq < dot.seq
                && matches!(verdict, Some(Verdict::Quarantined(reason)) if *reason != Reason::BehindAnother)
        });
        held.map(|(_, dot, _)| dot)
    }
}

/// Whether the server keeps an own op aside.
pub(super) fn kept_aside(own: &OwnOp) -> bool {
    let told = own.told.as_ref();
    told.is_some_and(|told| told.verdict != Verdict::Accepted)
}
