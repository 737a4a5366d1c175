//! The phone's own ops, lane by lane: those not acknowledged are the outbox; acknowledged ones are kept for
//! a while with what the server said of them.

use super::losses::LostOps;
use crate::ids::{ActorId, Dot, Lane, Position};
use crate::keys::Chain;
use crate::op::{Facts, Op};
use crate::stamp::Stamp;
use crate::sync::clock::told_stamp;
use crate::wire::{self, AckRun, BootClock, Content, ContentBuilder, LaneState, Verdict};
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
    /// The chain before it.
    pub before: Chain,
    /// The chain after it.
    pub chain: Chain,
    /// What the server said; none while it is in the outbox.
    pub told: Option<Told>,
    /// What a former history of the server had said.
    pub formerly: Option<Told>,
    /// The first number it had, and its hash under it, if it was renumbered.
    pub origin: Option<(Dot, u64)>,
    /// The server's time at the first welcome that found it merged, in milliseconds since the Unix epoch: since when it is
    /// kept. None until then, or where an app wrote the row that did not note it.
    #[serde(default)]
    pub told_at_ms: Option<i64>,
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
    /// Whether a record it creates belongs to the inbox too, because its author did not answer for its grid.
    pub in_inbox: bool,
    /// Whether it was merged though its author had not seen what it competes with.
    pub conflict: bool,
}

impl OwnOp {
    /// The op itself. Own ops were encoded by this phone.
    pub fn decoded(&self) -> Option<Op> {
        wire::decode(&self.op).ok()
    }

    /// Whether its bytes are those it was written with.
    pub(super) fn is_sound(&self) -> bool {
        self.before.after(&self.op) == self.chain
    }

    /// Whether the mirror contains it, or will when [its turn](super::in_turn) has come.
    pub(super) fn is_merged(&self) -> bool {
        self.merged_at().is_some()
    }

    /// Where it was accepted, if it was.
    pub(super) fn merged_at(&self) -> Option<Position> {
        let told = self.told.as_ref();
        told.filter(|told| told.verdict == Verdict::Accepted)
            .map(|told| told.position)
    }
}

/// What a run says of its op at `offset`; none without the clock of its boot, or of boot 0.
pub(super) fn told(run: &AckRun, clocks: &[BootClock], offset: u32, own: &OwnOp) -> Option<Told> {
    let uptime_ms = own.decoded().map_or(0, |op| op.uptime_ms);
    let of_boot = |boot| clocks.iter().find(|clock| clock.boot == boot);
    // Another copy, which had it only to show, brings it as of boot 0.
    let clock = of_boot(own.boot).or_else(|| of_boot(0))?;
    let stamp = run.stamps.iter().find(|(place, _)| *place == offset);
    let verdict = run
        .verdicts
        .iter()
        .find(|(place, _)| *place == offset)
        .map_or(Verdict::Accepted, |(_, verdict)| verdict.clone());
    Some(Told {
        position: Position {
            commit: run.commit,
            index: run.first_index + offset,
        },
        facts: Facts {
            stamp: stamp.map_or_else(|| told_stamp(uptime_ms, clock.shift_ms), |(_, stamp)| *stamp),
            claimed_ms: uptime_ms.saturating_add(own.wall_minus_uptime_ms),
            level: run.level,
            uncertain: clock.uncertain,
        },
        verdict,
        in_inbox: run.in_inbox.contains(&offset),
        conflict: run.conflicts.contains(&offset),
    })
}

/// The ops of one lane.
#[derive(Clone, Debug, Default)]
pub struct LaneLog {
    ops: BTreeMap<u64, OwnOp>,
    acked: u64,
    last: u64,
    chain: Chain,
    /// Where it is acknowledged, by what a welcome told, and the chain there.
    acked_chain: (u64, Chain),
    /// Unsent seqs whose ops are gone, in order.
    pub(super) lost: Vec<LostOps>,
}

impl LaneLog {
    pub(super) fn empty() -> [LaneLog; 3] {
        Default::default()
    }

    /// Sorts stored ops into lanes. `acked` is what welcomes have told of each lane, `damaged` the places of ops
    /// that were there and cannot be read.
    pub(super) fn from_stored(
        ops: BTreeMap<(Lane, u64), OwnOp>,
        acked: [(u64, Chain); 3],
        damaged: &[(Lane, u64)],
    ) -> [LaneLog; 3] {
        let mut lanes = LaneLog::empty();
        for ((lane, seq), op) in ops {
            lanes[lane.index()].ops.insert(seq, op);
        }
        for lane in Lane::ALL {
            let damaged = damaged.iter().filter(|(place, _)| *place == lane);
            let gone = damaged.map(|(_, seq)| *seq).max().unwrap_or(0);
            lanes[lane.index()].put_together(acked[lane.index()], gone);
        }
        lanes
    }

    fn put_together(&mut self, acked: (u64, Chain), gone: u64) {
        let told = self.ops.iter().filter(|(_, op)| op.told.is_some());
        let written = self.ops.last_key_value().map_or(0, |(seq, _)| *seq);
        self.acked = told.map(|(seq, _)| *seq).max().unwrap_or(0).max(acked.0);
        self.acked_chain = acked;
        self.last = written.max(gone).max(self.acked);
        self.lost = self.find_lost();
        self.chain = self.chain_at(self.last).unwrap_or_default();
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
        if let Some(op) = self.ops.get(&seq) {
            return Some(op.chain);
        }
        let lost = self.lost.iter().find(|lost| lost.last == seq);
        match lost {
            Some(lost) => Some(lost.chain),
            None if seq == 0 => Some(Chain::default()),
            None => (self.acked_chain.0 == seq).then_some(self.acked_chain.1),
        }
    }

    /// Where the lane is acknowledged, and the chain there, to be kept beside the ops.
    pub(super) fn acknowledged(&self) -> (u64, Chain) {
        (self.acked, self.chain_at(self.acked).unwrap_or_default())
    }

    /// Takes a seq for acknowledged of which there is no op.
    pub(super) fn pass(&mut self, seq: u64) {
        self.acked = self.acked.max(seq);
    }

    /// Forgets lost ops that are acknowledged; `chain` is that after the last of them.
    pub(super) fn settle_lost(&mut self, last: u64, chain: Chain) {
        self.pass(last);
        self.acked_chain = (last, chain);
        self.lost.retain(|lost| lost.last > last);
    }

    /// Builds the chain of the ops after `seq` anew on another one there; the ops that changed.
    pub(super) fn rebuild_chain(&mut self, seq: u64, chain: Chain) -> Vec<(u64, OwnOp)> {
        self.chain = chain;
        let mut changed = Vec::new();
        for (later, own) in self.ops.range_mut(seq + 1..) {
            own.before = self.chain;
            own.chain = self.chain.after(&own.op);
            self.chain = own.chain;
            changed.push((*later, own.clone()));
        }
        changed
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
        op.told_at_ms = None;
        self.acked = self.acked.max(seq);
        Some(op)
    }

    /// Merged ops that were told before a time, but never the last acknowledged one, whose chain is compared and built
    /// upon.
    pub(super) fn told_before(&self, before_ms: i64) -> Vec<u64> {
        self.ops
            .iter()
            .filter(|(seq, op)| **seq < self.acked && op.is_told_before(before_ms))
            .map(|(seq, _)| *seq)
            .collect()
    }

    /// Has the time begin for which merged ops are kept that have none; those changed.
    pub(super) fn begin_keeping(&mut self, now_ms: i64) -> impl Iterator<Item = (u64, &OwnOp)> {
        self.ops.iter_mut().filter_map(move |(seq, own)| {
            let begins = own.begin_keeping(now_ms);
            begins.then_some((*seq, &*own))
        })
    }

    /// The acknowledged ops and the later ones, each with its seq.
    pub(super) fn split(mut self) -> (BTreeMap<u64, OwnOp>, BTreeMap<u64, OwnOp>) {
        let later = self.ops.split_off(&(self.acked + 1));
        (self.ops, later)
    }

    /// The first of the ops that are kept without gaps to the last; after the last if none is.
    pub(super) fn first_kept(&self) -> u64 {
        self.first_kept_to(self.last)
    }

    /// The same of those kept without gaps to this place.
    fn first_kept_to(&self, place: u64) -> u64 {
        let mut first = place + 1;
        for seq in self.ops.range(..=place).rev().map(|(seq, _)| *seq) {
            if seq + 1 != first {
                break;
            }
            first = seq;
        }
        first
    }

    /// The server has another history now, which has this lane's ops up to `through`, with its `chain` there. All
    /// that are kept are asked for or go to it again, with what the former one had said: its verdicts may differ.
    /// Those changed.
    pub(super) fn untell(&mut self, (through, chain): (u64, Chain)) -> Vec<(u64, &OwnOp)> {
        let mut first = self.first_kept();
        if first > self.acked + 1 {
            // Lost ops part what is acknowledged from the last.
            first = self.first_kept_to(self.acked);
        }
        let before = self.ops.get(&first).map(|own| own.before);
        if self.acked >= first || self.acked > through {
            let keep = (first - 1).min(through);
            let known = before.filter(|_| keep == first - 1);
            self.acked = keep;
            self.acked_chain = (keep, known.unwrap_or(chain));
        }
        let mut changed = Vec::new();
        for (seq, own) in &mut self.ops {
            // What stands before a gap, and the server lacks, goes to it again as well.
            if (*seq >= first || *seq > self.acked) && own.told.is_some() {
                own.formerly = own.told.take();
                changed.push((*seq, &*own));
            } else if let Some(told) = &mut own.told {
                told.position = Position::ZERO;
                changed.push((*seq, &*own));
            }
        }
        changed
    }

    pub(super) fn forget(&mut self, seq: u64) {
        self.ops.remove(&seq);
    }

    /// The outbox as contents of about `bytes_aim` bytes each, in order.
    pub fn contents(&self, actor: ActorId, bytes_aim: usize) -> Vec<Content> {
        // What follows lost ops waits until the server knows that.
        let until = self.lost.first().map_or(u64::MAX, |lost| lost.first);
        contents(
            actor,
            self.outbox().take_while(|(seq, _)| *seq < until),
            bytes_aim,
        )
    }
}

/// Ops of an actor as contents of about `bytes_aim` bytes each, in order. What a former history of the server knew
/// stands in contents of its own.
pub(super) fn contents<'a>(
    actor: ActorId,
    ops: impl Iterator<Item = (u64, &'a OwnOp)>,
    bytes_aim: usize,
) -> Vec<Content> {
    let mut contents = Vec::new();
    let mut open: Option<(bool, ContentBuilder)> = None;
    for (seq, own) in ops {
        let head = Content {
            actor,
            first_seq: seq,
            boot: own.boot,
            wall_minus_uptime_ms: own.wall_minus_uptime_known_ms(),
            floors: vec![(0, own.floor)],
            ops: Vec::new(),
            origins: Vec::new(),
        };
        let origin = own.origin.iter();
        let origins = origin.map(|(dot, hash)| (0, *dot, ByteBuf::from(hash.to_be_bytes())));
        let next = Content {
            origins: origins.collect(),
            ..head.clone()
        };
        let known = own.formerly.is_some() || own.told.is_some();
        let alike = open.as_mut().filter(|(of_known, _)| *of_known == known);
        let added = alike.is_some_and(|(_, builder)| builder.push(&next, &own.op));
        if !added {
            contents.extend(open.take().and_then(|(_, builder)| builder.finish()));
            let mut builder = ContentBuilder::new(head, bytes_aim);
            builder.push(&next, &own.op);
            open = Some((known, builder));
        }
    }
    contents.extend(open.and_then(|(_, builder)| builder.finish()));
    contents
}
