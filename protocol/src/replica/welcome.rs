//! Taking a welcome: own ops move from the outbox to the mirror (or the tray) with exactly what the server
//! decided, scopes come and go. One atomic batch, before anything else of the reply is applied.

use super::mirror::{Held, ScopeState};
use super::outbox::{OwnOp, Told, told};
use super::storage::{self, Batch, Storage, own_op};
use super::{Incident, Replica};
use crate::digest::record_hash;
use crate::ids::{ActorId, Dot, Lane, Position, RecordId, ScopeId};
use crate::mutation::{self, Mutation};
use crate::op::Body;
use crate::record::Record;
use crate::stamp::Stamp;
use crate::wire::{BootClock, Cursor, LaneAck, Verdict, Welcome};
use std::collections::BTreeSet;

/// Why a welcome is not taken. Everything stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum AckError<E> {
    /// The storage failed.
    #[error("the phone's storage failed: {0}")]
    Storage(E),
    /// The server has other ops under this actor's numbers: the phone is a copy, or was restored.
    #[error("the server has other work under the numbers of actor {}: this phone is a copy", .0.0)]
    Forked(ActorId),
    /// The welcome tells of ops and not of their boot's clock.
    #[error("the reply leaves out the clock of boot {0}")]
    ClockMissing(u64),
}

/// What a welcome brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WelcomeReport {
    /// Own ops newly acknowledged.
    pub acked: u64,
    /// Of these, quarantined.
    pub quarantined: u64,
    /// Of these, parked.
    pub parked: u64,
    /// Own ops that are gone and were passed over.
    pub lost_ops: u64,
    /// Scopes newly given.
    pub gained: usize,
    /// Scopes taken away.
    pub lost: usize,
}

impl<S: Storage> Replica<S> {
    /// Takes a welcome.
    ///
    /// # Errors
    /// [`AckError`]; nothing is changed then.
    pub fn take_welcome(&mut self, welcome: &Welcome) -> Result<WelcomeReport, AckError<S::Error>> {
        self.check_acks(&welcome.acks)?;
        let clocks = [welcome.clocks.as_slice(), &self.meta.clocks].concat();
        self.check_clocks(&welcome.acks, &clocks)?;
        self.note_clocks(&welcome.clocks);
        let mut report = WelcomeReport::default();
        let mut batch = Batch::default();
        let mut touched = BTreeSet::new();
        if std::mem::take(&mut self.meta.scopes_unsure) {
            // The hello named none: all that it has now is told.
            self.scopes.values_mut().for_each(|state| state.losing = true);
        }
        for grant in &welcome.gained {
            report.gained += 1;
            let begun = || ScopeState::start(grant.area.clone());
            let state = self.scopes.entry(grant.scope).or_insert_with(begun);
            if state.area != grant.area {
                *state = begun();
            }
            state.losing = false;
        }
        self.restart(&welcome.restarts);
        for ack in &welcome.acks {
            self.take_ack(ack, &clocks, &mut report, &mut batch, &mut touched);
        }
        for scope in &welcome.lost {
            if let Some(state) = self.scopes.get_mut(scope) {
                report.lost += usize::from(!state.losing);
                state.losing = true;
            }
        }
        if !mutation::active(Mutation::FloorIgnored) {
            self.meta.seen = self.meta.seen.max(Stamp::end_of_ms(welcome.server_ms));
        }
        self.meta.revoked = welcome.revoked;
        if let Some(nonce) = self.latest_nonce {
            self.meta.note_welcomed(nonce, welcome.anchor);
        }
        self.let_go(&mut batch, &mut touched);
        self.forget_old(&mut batch);
        for (scope, state) in &self.scopes {
            batch.put(storage::scope(*scope), state);
        }
        self.meta.acked = self.lanes.each_ref().map(super::LaneLog::acknowledged);
        batch.put(storage::META.to_vec(), &self.meta);
        self.store_held(&touched, &mut batch);
        self.storage.apply(&batch).map_err(AckError::Storage)?;
        Ok(report)
    }

    /// Feeds that the server no longer keeps as far back as this phone stands: a first pass again. What is held
    /// stays until the pass has named what belongs.
    fn restart(&mut self, restarts: &[(ScopeId, Lane)]) {
        for (scope, lane) in restarts {
            if let Some(state) = self.scopes.get_mut(scope) {
                state.cursors[lane.index()] = Cursor::START;
                state.told[lane.index()] = None;
                // What was released meanwhile stood in the inbox before where it begins now.
                self.meta.aside_due |= state.area.is_none();
            }
        }
    }

    /// Whether the inbox's feed of a lane has still to begin: what is released before it does stands in it nowhere.
    fn inbox_is_to_begin(&self, lane: Lane) -> bool {
        let mut inboxes = self.scopes.values().filter(|state| state.area.is_none());
        inboxes.any(|state| state.cursors[lane.index()] == Cursor::START)
    }

    /// Notes the nonce of an exchange that ended well, and the commit it reached if it left nothing behind:
    /// every feed that is past its first pass then stands there, whether or not there was news in it.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub fn confirm(&mut self, nonce: u32, reached: Option<u64>) -> Result<(), S::Error> {
        self.meta.confirmed_nonce = nonce;
        self.meta.recent_nonces.clear();
        let mut batch = Batch::default();
        if let Some(point) = reached.filter(|_| !self.meta.revoked) {
            let awaited = self.awaited();
            self.reach(point, &mut batch);
            let mut touched = BTreeSet::new();
            self.merge_passed(awaited, &mut touched);
            self.store_held(&touched, &mut batch);
            self.forget_handed_over(&mut batch);
            self.aside_is_told(&mut batch);
        }
        batch.put(storage::META.to_vec(), &self.meta);
        self.storage.apply(&batch)
    }

    fn reach(&mut self, point: u64, batch: &mut Batch) {
        for (scope, state) in self.scopes.iter_mut().filter(|(_, state)| !state.losing) {
            let before = state.cursors;
            for cursor in &mut state.cursors {
                if matches!(cursor, Cursor::At(position) if *position < Position::after(point)) {
                    *cursor = Cursor::At(Position::after(point));
                }
            }
            if state.cursors != before {
                batch.put(storage::scope(*scope), state);
            }
        }
    }

    /// An acknowledgement counts only for ops that are the ones the server has, by their chain.
    fn check_acks(&self, acks: &[LaneAck]) -> Result<(), AckError<S::Error>> {
        for ack in acks {
            if !self.lanes[ack.lane.index()].admits(ack) && !mutation::active(Mutation::WorkNotCompared) {
                return Err(AckError::Forked(self.actor(ack.lane)));
            }
        }
        Ok(())
    }

    /// Every op that is told of has its stamp from its boot's clock.
    fn check_clocks(&self, acks: &[LaneAck], clocks: &[BootClock]) -> Result<(), AckError<S::Error>> {
        for ack in acks {
            let log = &self.lanes[ack.lane.index()];
            let told = log.outbox().take_while(|(seq, _)| *seq <= ack.through);
            for (_, own) in told {
                if clocks.iter().all(|clock| clock.boot != own.boot) {
                    return Err(AckError::ClockMissing(own.boot));
                }
            }
        }
        Ok(())
    }

    /// The actor of a lane.
    pub(crate) fn actor(&self, lane: Lane) -> ActorId {
        self.identity().certificate.actors[lane.index()]
    }

    pub(super) fn lane_of_actor(&self, actor: ActorId) -> Option<Lane> {
        let actors = self.identity().certificate.actors;
        Lane::ALL.into_iter().find(|lane| actors[lane.index()] == actor)
    }

    pub(super) fn take_ack(
        &mut self,
        ack: &LaneAck,
        clocks: &[BootClock],
        report: &mut WelcomeReport,
        batch: &mut Batch,
        touched: &mut BTreeSet<RecordId>,
    ) {
        let (lane, actor) = (ack.lane, self.actor(ack.lane));
        let mut next_seq = self.lanes[lane.index()].acked() + 1;
        let mut held = false;
        for run in &ack.runs {
            let first_seq = next_seq;
            next_seq = first_seq.saturating_add(u64::from(run.count));
            for (offset, seq) in (0..run.count).zip(first_seq..) {
                if seq != self.lanes[lane.index()].acked() + 1 || seq > ack.through {
                    continue;
                }
                let Some(own) = self.lanes[lane.index()].op(seq).cloned() else {
                    // Not lost after all: the server holds what the phone's storage does not any more.
                    self.lanes[lane.index()].pass(seq);
                    held = true;
                    continue;
                };
                let Some(told) = told(run, clocks, offset, &own) else {
                    continue;
                };
                report.acked += 1;
                match told.verdict {
                    Verdict::Quarantined(_) => report.quarantined += 1,
                    Verdict::Parked => report.parked += 1,
                    Verdict::Accepted => {}
                }
                if told.verdict != Verdict::Accepted {
                    self.meta.aside_due |= self.inbox_is_to_begin(lane);
                }
                let dot = Dot::new(actor, seq);
                self.settle(lane, dot, told, batch, touched);
            }
        }
        report.lost_ops += self.take_lost(ack, held, batch);
        if self.lanes[lane.index()].acked() < ack.through {
            self.incidents.push(Incident::AckNotCovered {
                actor,
                through: ack.through,
            });
        }
    }

    /// Notes a verdict on an own op; merges it into the mirror if it was accepted.
    pub(super) fn settle(
        &mut self,
        lane: Lane,
        dot: Dot,
        told: Told,
        batch: &mut Batch,
        touched: &mut BTreeSet<RecordId>,
    ) {
        let accepted = told.verdict == Verdict::Accepted;
        let position = told.position;
        let was_aside = self.own_op(dot).is_some_and(|own| own.told.is_some());
        let Some(own) = self.note_told(lane, dot, &told, batch) else {
            return;
        };
        let Some(op) = own.decoded() else { return };
        let Some(id) = op.record(dot) else { return };
        touched.insert(id);
        if !accepted {
            return;
        }
        if matches!(op.body, Body::Create { .. }) {
            let Some(record) = Record::create(dot, lane, &op, told.facts) else {
                return;
            };
            let scopes = self.scopes_of_own(&record, told.in_inbox);
            let held = self.mirror.entry(id).or_insert_with(|| Held {
                record: record.clone(),
                as_of: told.position,
                memberships: Default::default(),
                old: false,
            });
            held.renew(&record);
            for scope in scopes {
                held.join(scope, told.position);
            }
            // Where it was let in only now, later edits may have been accepted before the phone heard of it.
            self.apply_own_again(id);
        } else if !self.waits(id, dot, position)
            && let Some(held) = self.mirror.get_mut(&id)
        {
            held.record.apply(dot, &op, told.facts);
            held.as_of = held.as_of.max(position);
            if was_aside {
                // Later ones may have waited for it.
                self.apply_own_again(id);
            }
        }
    }

    fn note_told(&mut self, lane: Lane, dot: Dot, told: &Told, batch: &mut Batch) -> Option<OwnOp> {
        if self.lane_of_actor(dot.actor).is_some() {
            let own = self.lanes[lane.index()].tell(dot.seq, told.clone())?;
            batch.put(own_op(lane, dot.seq), own);
            return Some(own.clone());
        }
        let (lane, own) = self.former_ops.get_mut(&dot)?;
        own.told = Some(told.clone());
        own.told_at_ms = None;
        batch.put(storage::former_op(*lane, dot), own);
        Some(own.clone())
    }

    /// The scopes a record that this phone created belongs to: its grid's, if the phone has that, and the inbox where its
    /// owner did not answer for the grid when it came. Both, where they have come to answer for it since.
    fn scopes_of_own(&self, record: &Record, in_inbox: bool) -> Vec<ScopeId> {
        let place = record.area.val.scope_area();
        let of_grid = self
            .scopes
            .iter()
            .find(|(_, state)| state.area.as_ref() == Some(&place));
        let inbox = in_inbox.then(|| ScopeId::inbox(self.identity().certificate.owner));
        of_grid
            .map(|(scope, _)| *scope)
            .into_iter()
            .chain(inbox)
            .collect()
    }

    /// Gives up the scopes being lost whose ops are all acknowledged, and the records nothing holds any more.
    pub(super) fn let_go(&mut self, batch: &mut Batch, touched: &mut BTreeSet<RecordId>) {
        let losing: Vec<ScopeId> = self
            .scopes
            .iter()
            .filter(|(_, state)| state.losing)
            .map(|(scope, _)| *scope)
            .collect();
        for scope in losing {
            let unsent_in_it = self.own_ops.keys().any(|id| {
                self.has_unsent(*id)
                    && self
                        .mirror
                        .get(id)
                        .is_none_or(|held| held.memberships.contains_key(&scope))
            });
            if unsent_in_it && !mutation::active(Mutation::PurgeBeforePush) {
                continue;
            }
            self.scopes.remove(&scope);
            batch.delete(storage::scope(scope));
            for (id, held) in &mut self.mirror {
                if held.memberships.remove(&scope).is_some() {
                    touched.insert(*id);
                }
            }
        }
    }

    /// Stores the touched records, or removes those that nothing holds and no unsent work needs, and brings the lists
    /// up to them.
    pub(super) fn store_held(&mut self, touched: &BTreeSet<RecordId>, batch: &mut Batch) {
        for id in touched {
            self.store_one(*id, batch);
            self.reindex(*id);
        }
    }

    fn store_one(&mut self, id: RecordId, batch: &mut Batch) {
        let Some(held) = self.mirror.get(&id) else { return };
        let needed = self.has_unsent(id)
            && !mutation::active(Mutation::SweepTakesUnsent)
            && !mutation::active(Mutation::PurgeBeforePush);
        if held.memberships.is_empty() && !needed {
            self.mirror.remove(&id);
            self.tally.forget(id);
            batch.delete(storage::held(id));
        } else {
            let state = held.record.encode();
            self.tally.count(id, held, record_hash(&state));
            batch.put_checked(storage::held(id), &held.to_stored(state));
        }
    }
}
