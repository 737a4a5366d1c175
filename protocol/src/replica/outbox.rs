//! The phone's own ops, lane by lane: those not acknowledged are the outbox; acknowledged ones are kept for
//! a while with what the server said of them.

use crate::ids::{ActorId, Lane, Position};
use crate::keys::Chain;
use crate::limits::ACKED_OPS_KEPT_DAYS;
use crate::op::{Facts, Op};
use crate::stamp::Stamp;
use crate::wire::{self, Content, ContentBuilder, LaneState, Verdict};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::collections::BTreeMap;

/// One op this phone wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnOp {
    /// Its bytes.
    pub op: ByteBuf,
    /// The boot it was written in.
    pub boot: u64,
    /// Wall clock minus uptime at writing, in milliseconds.
    pub wall_minus_uptime_ms: i64,
    /// The greatest stamp the phone had seen.
    pub floor: Stamp,
    /// The stamp the phone gave it until the server told.
    pub own_stamp: Stamp,
    /// The chain after it.
    pub chain: Chain,
    /// What the server said; none while it is in the outbox.
    pub told: Option<Told>,
}

/// What the server said of an op.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Where it was committed.
    pub position: Position,
    /// What was decided.
    pub facts: Facts,
    /// Its verdict.
    pub verdict: Verdict,
    /// Whether a record it creates belongs to the inbox and not to its grid.
    pub in_inbox: bool,
    /// Whether it was merged though its author had not seen what it competes with.
    pub conflict: bool,
}

impl OwnOp {
    /// The op itself. Own ops were encoded by this phone.
    pub fn decoded(&self) -> Option<Op> {
        wire::decode(&self.op).ok()
    }

    /// Whether it was written before a time, milliseconds since the Unix epoch.
    pub(super) fn is_older_than(&self, before_ms: i64) -> bool {
        let told = self.told.as_ref();
        told.is_some_and(|told| told.facts.stamp.ms() < before_ms)
    }

    /// Whether the mirror contains it.
    pub(super) fn is_merged(&self) -> bool {
        self.told
            .as_ref()
            .is_some_and(|told| told.verdict == Verdict::Accepted)
    }
}

/// Since when acknowledged ops are kept, milliseconds since the Unix epoch.
pub(super) fn kept_since_ms(now: Stamp) -> i64 {
    now.ms() - ACKED_OPS_KEPT_DAYS * 86_400_000
}

/// The ops of one lane.
#[derive(Clone, Debug, Default)]
pub struct LaneLog {
    ops: BTreeMap<u64, OwnOp>,
    acked: u64,
    last: u64,
    chain: Chain,
}

impl LaneLog {
    pub(super) fn empty() -> [LaneLog; 3] {
        Default::default()
    }

    pub(super) fn from_stored(ops: BTreeMap<(Lane, u64), OwnOp>) -> [LaneLog; 3] {
        let mut lanes = LaneLog::empty();
        for ((lane, seq), op) in ops {
            let log = &mut lanes[lane.index()];
            log.last = seq;
            log.chain = op.chain;
            if op.told.is_some() {
                log.acked = seq;
            }
            log.ops.insert(seq, op);
        }
        lanes
    }

    /// Last seq written; 0 if none.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Greatest seq known to be acknowledged.
    pub fn acked(&self) -> u64 {
        self.acked
    }

    /// The op of a seq, if it is still kept.
    pub fn op(&self, seq: u64) -> Option<&OwnOp> {
        self.ops.get(&seq)
    }

    /// The ops kept, in order.
    pub fn ops(&self) -> impl Iterator<Item = (u64, &OwnOp)> {
        self.ops.iter().map(|(seq, op)| (*seq, op))
    }

    /// The ops not acknowledged, in order.
    pub fn outbox(&self) -> impl Iterator<Item = (u64, &OwnOp)> {
        self.ops.range(self.acked + 1..).map(|(seq, op)| (*seq, op))
    }

    pub(super) fn state(&self) -> LaneState {
        let unsent = self.last - self.acked;
        LaneState {
            acked: self.acked,
            unsent: (unsent > 0).then_some((unsent, self.chain)),
        }
    }

    /// The chain after `seq`, if it is known.
    pub(super) fn chain_at(&self, seq: u64) -> Option<Chain> {
        match seq {
            0 => Some(Chain::default()),
            seq => self.ops.get(&seq).map(|op| op.chain),
        }
    }

    pub(super) fn next_chain(&self, op: &[u8]) -> Chain {
        self.chain.after(op)
    }

    pub(super) fn push(&mut self, op: OwnOp) -> u64 {
        self.last += 1;
        self.chain = op.chain;
        self.ops.insert(self.last, op);
        self.last
    }

    pub(super) fn tell(&mut self, seq: u64, told: Told) -> Option<&OwnOp> {
        let op = self.ops.get_mut(&seq)?;
        op.told = Some(told);
        self.acked = self.acked.max(seq);
        Some(op)
    }

    /// Merged ops older than the phone has to keep, but never the last acknowledged one, whose chain is compared and
    /// built upon.
    pub(super) fn expired(&self, now: Stamp) -> Vec<u64> {
        let before_ms = kept_since_ms(now);
        self.ops
            .iter()
            .filter(|(seq, op)| **seq < self.acked && op.is_merged() && op.is_older_than(before_ms))
            .map(|(seq, _)| *seq)
            .collect()
    }

    /// The acknowledged ops and the later ones, each with its seq.
    pub(super) fn split(mut self) -> (BTreeMap<u64, OwnOp>, BTreeMap<u64, OwnOp>) {
        let later = self.ops.split_off(&(self.acked + 1));
        (self.ops, later)
    }

    pub(super) fn forget(&mut self, seq: u64) {
        self.ops.remove(&seq);
    }

    /// The outbox as contents of about `bytes_aim` bytes each, in order.
    pub fn contents(&self, actor: ActorId, bytes_aim: usize) -> Vec<Content> {
        let mut contents = Vec::new();
        let mut open: Option<ContentBuilder> = None;
        for (seq, own) in self.outbox() {
            let head = Content {
                actor,
                first_seq: seq,
                boot: own.boot,
                wall_minus_uptime_ms: own.wall_minus_uptime_ms,
                floors: vec![(0, own.floor)],
                ops: Vec::new(),
            };
            let added = open.as_mut().is_some_and(|builder| builder.push(&head, &own.op));
            if !added {
                contents.extend(open.take().and_then(ContentBuilder::finish));
                let mut builder = ContentBuilder::new(head.clone(), bytes_aim);
                builder.push(&head, &own.op);
                open = Some(builder);
            }
        }
        contents.extend(open.and_then(ContentBuilder::finish));
        contents
    }
}
