//! A server that was restored from a backup: what it has lost of this phone's work goes to it again, with what it
//! had said of it, and its records are pulled anew, beside the old view.

use super::copies::FormerOps;
use super::outbox::{OwnOp, contents};
use super::storage::{self, Batch, Storage, own_op};
use super::tally::Tally;
use super::{AckError, Recovery, Replica};
use crate::ids::{ActorId, Dot, Lane, Position, RecordId};
use crate::keys::Chain;
use crate::stamp::Stamp;
use crate::sync::clock::told_stamp;
use crate::wire::{Content, KnownBranch, OtherHistory, Refill, Request, Verdict, encode};
use serde_bytes::ByteBuf;
use std::collections::{BTreeMap, BTreeSet};

/// Most certificates of former branches in one hello.
const READMISSIONS_MAX: usize = 8;

impl<S: Storage> Replica<S> {
    /// Takes what a server says that has another history. Whether that changed anything: whether the phone is to
    /// ask again.
    pub(super) fn take_history(&mut self, told: &OtherHistory) -> Result<bool, AckError<S::Error>> {
        let known = |first: ActorId| told.branches.iter().find(|branch| branch.first_actor == first);
        let mut branches = self.former.iter().map(|former| former.certificate.actors[0]);
        let own = known(self.actor(Lane::Urgent)).copied();
        let unknown = own.is_none() || branches.any(|first| known(first).is_none());
        let is_news = told.incarnation != self.meta.incarnation;
        if !is_news && unknown == self.meta.unknown {
            return Ok(false);
        }
        self.meta.unknown = unknown;
        let mut batch = Batch::default();
        if is_news {
            self.change_history(told, own, &mut batch);
        }
        batch.put(storage::META.to_vec(), &self.meta);
        self.storage.apply(&batch).map_err(AckError::Storage)?;
        self.storage.sync().map_err(AckError::Storage)?;
        Ok(true)
    }

    fn change_history(&mut self, told: &OtherHistory, own: Option<KnownBranch>, batch: &mut Batch) {
        let mut again = 0;
        for lane in Lane::ALL {
            let (through, chain) = own.map_or((0, Chain::default()), |known| known.lanes[lane.index()]);
            let log = &mut self.lanes[lane.index()];
            // What the server may lack begins before what is still kept: what is there goes under new numbers.
            let forgotten = log.first_kept() > through.saturating_add(1) && log.last() > through;
            self.meta.copied |= forgotten;
            for (seq, own) in log.untell((through, chain)) {
                again += u64::from(own.told.is_none() && own.formerly.is_some());
                batch.put(own_op(lane, seq), own);
            }
        }
        self.meta.acked = self.lanes.each_ref().map(super::LaneLog::acknowledged);
        // That it was let in since stood in the inbox before where that begins anew.
        self.meta.aside_due |= self.lanes.iter().flat_map(|log| log.ops()).any(|(_, own)| {
            let verdict = own.told.as_ref().map(|told| &told.verdict);
            verdict.is_some_and(|verdict| *verdict != Verdict::Accepted)
        });
        // What the server has is asked for before anything is sent.
        self.meta.asks = true;
        // A backup that was used without a word may have given the number of an area to another one.
        self.meta.scopes_unsure = true;
        self.change_former(told, batch);
        self.meta.incarnation = told.incarnation;
        self.forget_clocks();
        self.meta.forget_nonces();
        self.meta.recoveries.push(Recovery::OtherHistory { again });
        self.take_all_anew(batch);
    }

    /// What is held is shown as old until the server has told it anew, from the beginning of every feed.
    pub(super) fn take_all_anew(&mut self, batch: &mut Batch) {
        let everything: BTreeSet<RecordId> = self.mirror.keys().chain(self.own_ops.keys()).copied().collect();
        for held in self.mirror.values_mut() {
            held.old = true;
            held.as_of = Position::ZERO;
            held.memberships
                .values_mut()
                .for_each(|told| *told = Position::ZERO);
        }
        // Its sums remember positions of before.
        self.tally = Tally::default();
        self.doubts.clear();
        self.rounds_in_doubt.clear();
        self.store_held(&everything, batch);
        self.start_feeds(batch);
    }

    /// Of former branches the server is sent what it lacks, asked for what nothing shows that it has, and told the old
    /// numbers again.
    fn change_former(&mut self, told: &OtherHistory, batch: &mut Batch) {
        self.meta.lacking.clear();
        self.meta.unsure.clear();
        self.meta.unproven.clear();
        let mut places = Vec::new();
        for (index, former) in self.former.iter_mut().enumerate() {
            former.told = former.renumbered.is_empty();
            batch.put(storage::former(index), former);
            let actors = former.certificate.actors;
            let mut branches = told.branches.iter();
            let known = branches.find(|branch| branch.first_actor == actors[0]);
            let lanes = known.map_or_else(Default::default, |branch| branch.lanes);
            places.extend(actors.into_iter().zip(lanes));
        }
        for (actor, place) in places {
            let standing = self.standing(actor, place);
            let proven = place.0.min(standing.unproven.unwrap_or(place.0));
            if after(&self.former_ops, (actor, proven)).next().is_some() {
                self.meta.unsure.push((actor, proven));
            }
            let lacking = standing.lacking.map(|through| (actor, through));
            self.meta.lacking.extend(lacking);
            let unproven = standing.unproven.map(|through| (actor, through));
            self.meta.unproven.extend(unproven);
        }
        if !self.meta.unproven.is_empty() {
            self.ask_of_unproven();
        }
        for (dot, (lane, own)) in &mut self.former_ops {
            if let Some(told) = &mut own.told {
                if self.meta.is_to_be_brought(*dot) {
                    own.told_at_ms = None;
                }
                // That it was let in since stood in a feed that begins anew.
                self.meta.aside_due |= told.verdict != Verdict::Accepted;
                told.position = Position::ZERO;
                batch.put(storage::former_op(*lane, *dot), own);
            }
        }
    }

    /// Whether there is anything to send: new work, or what a restored server lacks.
    pub fn has_to_send(&self) -> bool {
        self.unsent() > 0 || !self.meta.lacking.is_empty()
    }

    /// Whether the next attempt only asks.
    pub(crate) fn asks_first(&self) -> bool {
        self.meta.asks
    }

    /// Everything the server lacked of former branches, and could take, has come to it. What it says of that now may
    /// be something else than it was: it is asked what is kept aside.
    pub(super) fn note_former_refilled(&mut self) {
        self.meta.aside_due |= !self.meta.lacking.is_empty();
        for (actor, through) in std::mem::take(&mut self.meta.lacking) {
            let refilled = unbroken(&self.former_ops, (actor, through));
            if let Some((dot, _)) = refilled.last() {
                self.note_at_server(*dot);
            }
        }
        self.meta.unknown = false;
    }

    /// The server has an op of a former branch, and so all before it.
    pub(super) fn note_at_server(&mut self, dot: Dot) {
        for (actor, through) in &mut self.meta.unsure {
            if *actor == dot.actor {
                *through = dot.seq.max(*through);
            }
        }
        self.forget_unsure();
    }

    /// Former actors of which the phone keeps nothing that the server may lack are forgotten as such.
    pub(super) fn forget_unsure(&mut self) {
        let former_ops = &self.former_ops;
        self.meta
            .unsure
            .retain(|place| after(former_ops, *place).next().is_some());
    }

    /// Whether the server may lack an op of a former branch that it was told of in another history.
    pub(super) fn may_lack(&self, dot: Dot) -> bool {
        let mut places = self.meta.unsure.iter();
        places.any(|(actor, through)| *actor == dot.actor && dot.seq > *through)
    }

    /// The server does not know this phone: the next hello shows its certificates. Whether that is news.
    pub fn note_unknown(&mut self) -> bool {
        !std::mem::replace(&mut self.meta.unknown, true)
    }

    /// The certificates that a server is shown that may not know them.
    pub(super) fn readmissions(&self) -> Vec<Request> {
        if !self.meta.unknown {
            return Vec::new();
        }
        let former = self.former.iter().map(|former| &former.certificate);
        let name = &self.identity().owner_name;
        former
            .rev()
            .take(READMISSIONS_MAX)
            .chain([&self.identity().certificate])
            .map(|certificate| Request::Readmit(Box::new(certificate.clone()), name.clone()))
            .collect()
    }

    /// What the server lacks of former branches, as contents.
    pub(crate) fn former_contents(&self, bytes_aim: usize) -> Vec<Content> {
        let lacking = self.meta.lacking.iter().flat_map(|place| {
            let ops = unbroken(&self.former_ops, *place);
            contents(place.0, ops.map(|(dot, (_, own))| (dot.seq, own)), bytes_aim)
        });
        lacking.collect()
    }

    /// A content as a refill, with what a former history of the server had said of its ops; none if it is new work.
    pub(crate) fn refill(&self, content: &Content) -> Option<Vec<u8>> {
        let first = self.own_op(Dot::new(content.actor, content.first_seq))?;
        first.formerly.as_ref().or(first.told.as_ref())?;
        let mut refill = Refill {
            content: ByteBuf::from(content.encode_plain()),
            stamps: Vec::new(),
            verdicts: Vec::new(),
        };
        let later = self.later_stamps();
        for (offset, seq) in (0..content.ops.len() as u32).zip(content.first_seq..) {
            let dot = Dot::new(content.actor, seq);
            let own = self.own_op(dot)?;
            let said = own.formerly.as_ref().or(own.told.as_ref())?;
            refill
                .stamps
                .push(later.get(&dot).copied().unwrap_or(said.facts.stamp));
            if said.verdict != Verdict::Accepted {
                refill.verdicts.push((offset, said.verdict.clone()));
            }
        }
        Some(encode(&refill))
    }

    /// What was said of an op stands, unless something that was written before it has a later stamp by now: a server that
    /// was restored without a word may have taken it from a request that came late. Ops that have to come after such a
    /// one, with their stamps.
    fn later_stamps(&self) -> BTreeMap<Dot, Stamp> {
        let lanes = Lane::ALL.into_iter().flat_map(|lane| {
            let ops = self.lanes[lane.index()].ops();
            ops.map(move |(seq, own)| (Dot::new(self.actor(lane), seq), own))
        });
        let mut as_written: Vec<(Dot, &OwnOp)> = lanes.collect();
        as_written.sort_unstable_by_key(|(_, own)| own.own_stamp);
        let mut later = BTreeMap::new();
        let mut latest = Stamp::default();
        for (dot, own) in as_written {
            let formerly = own.formerly.as_ref().map(|said| said.facts.stamp);
            let now = match (&own.told, formerly) {
                (Some(told), _) => Some(told.facts.stamp),
                (None, Some(formerly)) if formerly > latest => Some(formerly),
                (None, Some(_)) => {
                    later.insert(dot, latest.next());
                    Some(latest.next())
                }
                (None, None) => self.stamp_to_come(own),
            };
            latest = latest.max(now.unwrap_or_default());
        }
        later
    }

    /// The stamp that new work is going to have, if the server has told the clock of its boot.
    fn stamp_to_come(&self, own: &OwnOp) -> Option<Stamp> {
        let clock = self.clock_of(own.boot)?;
        Some(told_stamp(own.decoded()?.uptime_ms, clock.shift_ms))
    }

    /// Whether a record is shown as a former history of the server had it: this one has not told it yet.
    pub fn is_old(&self, id: RecordId) -> bool {
        self.mirror.get(&id).is_some_and(|held| held.old)
    }
}

/// The ops of an actor after a place.
pub(super) fn after(
    ops: &FormerOps,
    (actor, through): (ActorId, u64),
) -> impl Iterator<Item = (&Dot, &(Lane, OwnOp))> {
    ops.range(Dot::new(actor, through + 1)..=Dot::new(actor, u64::MAX))
}

/// Those up to the first gap.
pub(super) fn unbroken(
    ops: &FormerOps,
    place: (ActorId, u64),
) -> impl Iterator<Item = (&Dot, &(Lane, OwnOp))> {
    let numbered = after(ops, place).zip(place.1 + 1..);
    let follow = numbered.take_while(|((dot, _), seq)| dot.seq == *seq);
    follow.map(|(op, _)| op)
}
