//! A phone that turns out to be a copy: a clone, or restored from an old backup. What the server has of its work
//! stays under the old numbers; everything later gets new ones, in one atomic batch, and nothing is lost or doubled.

use super::mirror::ScopeState;
use super::moved::{Moves, handed_over};
use super::outbox::{LaneLog, OwnOp};
use super::storage::{self, Batch, Storage, own_op};
use super::unproven::{self, Found};
use super::{AckError, DeviceClock, Recovery, Replica, WelcomeReport};
use crate::ids::{ActorId, Dot, Lane, RecordId};
use crate::keys::{Certificate, op_hash};
use crate::mutation::{self, Mutation};
use crate::op::{Change, FieldId, Op};
use crate::renumber::{AliasRun, Renumbering, renumbered_dot};
use crate::value::Value;
use crate::wire::{self, Forked, LaneAck, LaneFork, Refusal, Request, Verdict, Welcome};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::collections::{BTreeMap, BTreeSet};

/// Ops of former branches, each with its lane.
pub(super) type FormerOps = BTreeMap<Dot, (Lane, OwnOp)>;

/// Actors this phone wrote with before, and what became of the work it could not leave under their numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerBranch {
    /// The certificate that named them: a restored server may have to be shown it.
    pub certificate: Certificate,
    /// The old numbers of later work, and the new ones.
    pub renumbered: Vec<AliasRun>,
    /// Whether the server knows those.
    pub told: bool,
}

impl<S: Storage> Replica<S> {
    /// Does what a refusal asks for. Whether the phone is to ask again at once.
    pub(crate) fn recover(&mut self, refusal: &Refusal) -> Result<bool, AckError<S::Error>> {
        match refusal {
            Refusal::Forked(forked) => self.take_fork(forked).map(|_| true),
            Refusal::OtherHistory(told) => self.take_history(told),
            Refusal::UnknownDictionary => {
                self.lacking_dictionary().map_err(AckError::Storage)?;
                Ok(false)
            }
            _ => Ok(false),
        }
    }

    /// Takes the welcome to a hello that told these old numbers, and after which the server was sent what it lacked
    /// of former branches if `refilled`. If it acknowledges other ops than the phone's,
    /// the next hello says so.
    pub(crate) fn take_welcome_telling(
        &mut self,
        welcome: &Welcome,
        aliases: &[AliasRun],
        refilled: bool,
    ) -> Result<WelcomeReport, AckError<S::Error>> {
        let taken = self.take_welcome(welcome);
        match &taken {
            Ok(_) => {
                if std::mem::take(&mut self.meta.asks) {
                    self.store_meta().map_err(AckError::Storage)?;
                }
                if refilled {
                    self.note_former_refilled();
                    self.store_meta().map_err(AckError::Storage)?;
                }
                if !aliases.is_empty() {
                    self.note_aliases_told(aliases).map_err(AckError::Storage)?;
                }
            }
            Err(AckError::Forked(_)) => self.note_copied().map_err(AckError::Storage)?,
            Err(_) => {}
        }
        taken
    }

    /// What the next hello asks and says beside the rest.
    pub(crate) fn requests(&self, clock: DeviceClock) -> Vec<Request> {
        let aliases = [self.untold_aliases(), self.asked_as()].concat();
        let told = (!aliases.is_empty()).then_some(Request::Aliases(aliases));
        let copied = self.found_copied().then_some(Request::Copied);
        self.clock_request(clock)
            .into_iter()
            .chain(self.readmissions())
            .chain(told)
            .chain(copied)
            .chain(self.aside_request())
            .chain(self.lost_requests())
            .collect()
    }

    /// Takes what the server tells a copy. Everything up to the last op in common with the server is
    /// acknowledged, all later ones get the new actors' numbers, and the feeds start from the beginning. Where
    /// more may be in common than was told, only the first of it is done: the phone asks again.
    ///
    /// # Errors
    /// [`AckError`]; nothing is changed then.
    pub fn take_fork(&mut self, forked: &Forked) -> Result<Option<Recovery>, AckError<S::Error>> {
        if !self.is_ours(&forked.certificate) {
            return Err(AckError::Forked(self.actor(Lane::Urgent)));
        }
        let mut batch = Batch::default();
        if self.doubts_lacking() || self.doubts_acknowledged(&mut batch) {
            batch.put(storage::META.to_vec(), &self.meta);
            self.storage.apply(&batch).map_err(AckError::Storage)?;
            self.storage.sync().map_err(AckError::Storage)?;
            return Ok(None);
        }
        let mut touched = BTreeSet::new();
        let mut unfinished = false;
        for (lane, told) in Lane::ALL.into_iter().zip(&forked.lanes) {
            let log = &self.lanes[lane.index()];
            let common = last_in_common(log, told);
            let told_through = log.acked() + told.op_hashes().count() as u64;
            unfinished |= told.more && common == told_through;
            self.settle_aside(lane, told.aside.as_deref(), &mut batch, &mut touched);
            let ack = LaneAck {
                lane,
                through: common,
                chain: self.lanes[lane.index()].chain_at(common),
                runs: told.runs.clone(),
            };
            self.take_ack(
                &ack,
                &forked.clocks,
                &mut WelcomeReport::default(),
                &mut batch,
                &mut touched,
            );
        }
        let recovery = (!unfinished).then(|| {
            let told = |lane: Lane| forked.lanes[lane.index()].moved.as_slice();
            let moved = Lane::ALL.map(|lane| self.moved_of(lane, told(lane)));
            let found = Lane::ALL.map(|lane| self.found_of(lane, told(lane)));
            self.branch_off(&forked.certificate, (moved, found), &mut batch)
        });
        self.store_held(&touched, &mut batch);
        self.storage.apply(&batch).map_err(AckError::Storage)?;
        self.storage.sync().map_err(AckError::Storage)?;
        Ok(recovery)
    }

    /// Whether a certificate is this phone's, by its server, with actors it has not had. A restored server may have
    /// given the phone's own number to somebody else.
    fn is_ours(&self, certificate: &Certificate) -> bool {
        let own = &self.identity().certificate;
        let known = std::iter::once(own)
            .chain(self.former.iter().map(|former| &former.certificate))
            .any(|known| {
                known
                    .actors
                    .iter()
                    .any(|actor| certificate.actors.contains(actor))
            });
        certificate.is_of(&self.identity().server)
            && certificate.keys == own.keys
            && certificate.owner == own.owner
            && certificate.actors.is_sorted()
            && !known
    }

    /// Ops told to be kept aside before the backup was taken, and merged since.
    fn settle_aside(
        &mut self,
        lane: Lane,
        aside: Option<&[u64]>,
        batch: &mut Batch,
        touched: &mut BTreeSet<RecordId>,
    ) {
        let Some(aside) = aside else { return };
        let actor = self.actor(lane);
        let merged: Vec<_> = self.lanes[lane.index()]
            .ops()
            .filter(|(seq, _)| !aside.contains(seq))
            .filter_map(|(seq, own)| Some((seq, own.told.clone()?)))
            .filter(|(_, told)| told.verdict != Verdict::Accepted)
            .collect();
        for (seq, mut told) in merged {
            told.verdict = Verdict::Accepted;
            self.settle(lane, Dot::new(actor, seq), told, batch, touched);
        }
    }

    /// Goes on with the actors of `certificate`.
    fn branch_off(
        &mut self,
        certificate: &Certificate,
        (moved, found): ([Moves; 3], [Found; 3]),
        batch: &mut Batch,
    ) -> Recovery {
        let old = self.identity().certificate.clone();
        let runs: Vec<AliasRun> = Lane::ALL
            .into_iter()
            .flat_map(|lane| {
                let place = lane.index();
                let (from, to) = (old.actors[place], certificate.actors[place]);
                let mut runs = Vec::new();
                let count = unproven::new_numbers(&found[place], to, &mut runs);
                runs.extend(self.lanes[place].alias_runs(from, (to, count), &moved[place]));
                runs
            })
            .collect();
        let lost = self.lost_of((&old, certificate));
        let mirror = &self.mirror;
        let mut added: Vec<(Dot, Op)> = self.acknowledged_adds();
        added.retain(|(dot, _)| renumbered_dot(&runs, *dot) == *dot);
        let renumbering = Renumbering {
            runs: &runs,
            stands: &|record, field, member, actor| {
                let held = mirror.get(&record);
                let dots = held.and_then(|held| held.record.members(field).remove(member));
                let mut dots = dots.into_iter().flatten().filter(|dot| dot.actor == actor);
                // A mirror of a lost history may have the member under an op that the server has no more.
                dots.find(|dot| renumbered_dot(&runs, *dot) == *dot)
                    .or_else(|| last_added(&added, (record, field, member), actor))
            },
            lost_to: &|dot| lost.get(&dot).copied(),
        };
        // Before anything else takes the places of what is damaged.
        self.set_damaged_aside(batch);
        for lane in Lane::ALL {
            let numbered = self.lanes[lane.index()].ops();
            numbered.for_each(|(seq, _)| batch.delete(own_op(lane, seq)));
        }
        for lane in Lane::ALL {
            let log = std::mem::take(&mut self.lanes[lane.index()]);
            let new = (lane, &mut self.lanes[lane.index()]);
            unproven::renumber(
                new,
                &mut self.former_ops,
                &found[lane.index()],
                &renumbering,
                batch,
            );
            let (acknowledged, later) = log.split();
            for (seq, own) in acknowledged {
                let dot = Dot::new(old.actors[lane.index()], seq);
                batch.put(storage::former_op(lane, dot), &own);
                self.former_ops.insert(dot, (lane, own));
            }
            for (seq, own) in later {
                let first = Dot::new(old.actors[lane.index()], seq);
                let own = self.lanes[lane.index()].renumbered(own, first, &renumbering);
                if let Some((dot, told)) = moved[lane.index()].get(&seq) {
                    let own = handed_over(own, told);
                    batch.put(storage::former_op(lane, *dot), &own);
                    self.former_ops.insert(*dot, (lane, own));
                    continue;
                }
                let seq = self.lanes[lane.index()].push(own.clone());
                batch.put(own_op(lane, seq), &own);
            }
        }
        self.settle_unproven(&found);
        self.meta.acked = Default::default();
        self.forget_clocks();
        let own = runs
            .iter()
            .filter(|run| certificate.actors.contains(&run.to.actor));
        let count: u64 = own.map(|run| run.count).sum();
        let told = runs.is_empty();
        let former = FormerBranch {
            certificate: old,
            renumbered: runs,
            told,
        };
        batch.put(storage::former(self.former.len()), &former);
        self.former.push(former);
        self.set_certificate(certificate.clone());
        batch.put(storage::IDENTITY.to_vec(), self.identity());
        self.meta.forget_nonces();
        // A phone back from a backup has not in its log what it wrote since.
        self.meta.aside_due = true;
        self.meta.scopes_unsure = true;
        self.meta.copied = false;
        self.meta.asks = false;
        let recovery = Recovery::Copy { renumbered: count };
        self.meta.recoveries.push(recovery.clone());
        batch.put(storage::META.to_vec(), &self.meta);
        self.index_own_ops();
        // A server that was restored without a word may have taken its work again, with other stamps.
        self.take_all_anew(batch);
        recovery
    }

    /// The acknowledged ops that were merged and add members to sets, in order within each lane.
    fn acknowledged_adds(&self) -> Vec<(Dot, Op)> {
        let lanes = Lane::ALL.into_iter().flat_map(|lane| {
            let (actor, log) = (self.actor(lane), &self.lanes[lane.index()]);
            let acknowledged = log.ops().filter(|(seq, _)| *seq <= log.acked());
            acknowledged.map(move |(seq, own)| (Dot::new(actor, seq), own))
        });
        let former = self.former_ops.iter().map(|(dot, (_, own))| (*dot, own));
        let merged = former.chain(lanes).filter(|(_, own)| {
            own.told
                .as_ref()
                .is_some_and(|told| told.verdict == Verdict::Accepted)
        });
        let decoded = merged.filter_map(|(dot, own)| Some((dot, own.decoded()?)));
        decoded
            .filter(|(_, op)| {
                op.changes()
                    .iter()
                    .any(|change| matches!(change, Change::Add { .. }))
            })
            .collect()
    }

    /// Takes every feed from its beginning; what is held stays until it is told anew.
    pub(super) fn start_feeds(&mut self, batch: &mut Batch) {
        for (scope, state) in &mut self.scopes {
            state.cursors = ScopeState::start(None).cursors;
            batch.put(storage::scope(*scope), state);
        }
    }

    /// The name that a record has now, if it was renumbered since it was called `id`. Somebody else's record may
    /// have that name now.
    pub fn renumbered(&self, id: RecordId) -> RecordId {
        let dot = self
            .former
            .iter()
            .fold(id.0, |dot, former| renumbered_dot(&former.renumbered, dot));
        RecordId(dot)
    }

    /// The branches this phone wrote in before, oldest first.
    pub fn former_branches(&self) -> &[FormerBranch] {
        &self.former
    }

    /// Old numbers that the server has not been told of.
    pub(crate) fn untold_aliases(&self) -> Vec<AliasRun> {
        let untold = self.former.iter().filter(|former| !former.told);
        untold
            .flat_map(|former| former.renumbered.iter().copied())
            .collect()
    }

    /// Notes that the server knows these old numbers.
    pub(crate) fn note_aliases_told(&mut self, runs: &[AliasRun]) -> Result<(), S::Error> {
        let mut batch = Batch::default();
        for (index, former) in self.former.iter_mut().enumerate() {
            if !former.told && former.renumbered.iter().all(|run| runs.contains(run)) {
                former.told = true;
                batch.put(storage::former(index), former);
            }
        }
        self.storage.apply(&batch)
    }
}

/// The last of these ops by which an actor added a member to a record's set.
fn last_added(
    added: &[(Dot, Op)],
    (record, field, member): (RecordId, FieldId, &Value),
    actor: ActorId,
) -> Option<Dot> {
    let adds = |change: &Change| matches!(change, Change::Add { field: to, members } if *to == field && members.contains(member));
    let by_actor = added
        .iter()
        .filter(|(dot, op)| dot.actor == actor && op.record(*dot) == Some(record));
    let adding = by_actor.filter(|(_, op)| op.changes().iter().any(adds));
    adding.map(|(dot, _)| *dot).max()
}

/// The last op, from the acknowledged ones on, that is the same on both sides, by content.
fn last_in_common(log: &LaneLog, told: &LaneFork) -> u64 {
    let mut hashes = told.op_hashes().zip(log.acked() + 1..);
    let mut last = log.acked();
    for (seq, own) in log.outbox() {
        // Ops that the phone no longer keeps are passed over: what it keeps after them is compared.
        let theirs = hashes.find(|(_, place)| *place == seq);
        let same = |hash: u64| hash == op_hash(&own.op) || mutation::active(Mutation::CommonBySeqs);
        if !theirs.is_some_and(|(hash, _)| same(hash)) {
            break;
        }
        last = seq;
    }
    last
}

impl LaneLog {
    /// The op, `dot` so far, as this log takes it next, with everything it refers to renumbered.
    pub(super) fn renumbered(&self, own: OwnOp, dot: Dot, renumbering: &Renumbering) -> OwnOp {
        let op = match own.decoded() {
            Some(op) => ByteBuf::from(wire::encode(&renumbering.op(&op))),
            None => own.op.clone(),
        };
        OwnOp {
            before: self.chain_at(self.last()).unwrap_or_default(),
            chain: self.next_chain(&op),
            op,
            origin: Some(own.first_written_as(dot)),
            ..own
        }
    }
}
