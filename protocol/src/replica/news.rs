//! Applying what a reply brings: change frames at their own from-position, state frames of the first pass.
//! Position and effects go into one batch.

use super::Replica;
use super::mirror::Held;
use super::outbox::Told;
use super::storage::{self, Batch, Storage};
use crate::digest::Digest;
use crate::ids::{ActorId, Dot, Lane, Position, RecordId, ScopeId};
use crate::mutation::{self, Mutation};
use crate::op::{Body, Facts, Op};
use crate::record::Record;
use crate::wire::{self, ChangeFrame, Cursor, FeedItem, News, StateFrame};
use std::collections::BTreeSet;

/// Something that should not have happened and was survived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incident {
    /// A change of a record the phone does not hold, and not because it left while a first pass was under way.
    NotHeld {
        /// The record.
        record: RecordId,
        /// Where the change stands.
        position: Position,
    },
    /// Content of a frame that does not decode.
    Unreadable {
        /// Where it stands.
        position: Position,
    },
    /// A mirrored record that the phone's storage had damaged.
    DamagedRow {
        /// Its key.
        key: Vec<u8>,
    },
    /// What is held is not what the server holds.
    Differs {
        /// The scope.
        scope: ScopeId,
        /// The lane.
        lane: Lane,
        /// The commit both stand at.
        point: u64,
    },
    /// An acknowledgement whose runs do not cover it.
    AckNotCovered {
        /// The actor.
        actor: ActorId,
        /// What was acknowledged.
        through: u64,
    },
}

impl<S: Storage> Replica<S> {
    /// Applies a change frame. Whether it was at the feed's position; a frame that is not is skipped.
    ///
    /// # Errors
    /// Whatever the storage says; nothing is changed then that a later reply would not bring again.
    pub fn take_changes(&mut self, frame: &ChangeFrame) -> Result<bool, S::Error> {
        let place = frame.lane.index();
        let stands = self.scopes.get(&frame.scope).map(|state| state.cursors[place]);
        let elsewhere = stands != Some(Cursor::At(frame.from))
            && !mutation::active(Mutation::AnyPositionTaken)
            && !mutation::active(Mutation::StatePutInPlace);
        if elsewhere || stands.is_none() || frame.to < frame.from {
            return Ok(false);
        }
        if mutation::active(Mutation::PositionBeforeEffects) {
            let mut alone = Batch::default();
            let to = Cursor::At(frame.to);
            self.set_cursor(frame.scope, frame.lane, to, frame.digest, &mut alone);
            self.storage.apply(&alone)?;
        }
        let mut batch = Batch::default();
        let mut touched = BTreeSet::new();
        let is_inbox = frame.scope == self.own_inbox();
        let mut awaited = if is_inbox { self.awaited() } else { Vec::new() };
        for item in frame.items.iter().filter(|item| item.position > frame.from) {
            self.merge_before(item.position, &mut awaited, &mut touched);
            self.take_item(frame.scope, frame.lane, item, &mut batch, &mut touched);
        }
        self.set_cursor(
            frame.scope,
            frame.lane,
            Cursor::At(frame.to),
            frame.digest,
            &mut batch,
        );
        self.merge_passed(awaited, &mut touched);
        self.store_held(&touched, &mut batch);
        self.storage.apply(&batch)?;
        Ok(true)
    }

    /// Applies a piece of the first pass. Whether it was at the pass's position; one that is not is skipped.
    ///
    /// # Errors
    /// As [`Replica::take_changes`].
    pub fn take_states(&mut self, frame: &StateFrame) -> Result<bool, S::Error> {
        let Some(state) = self.scopes.get(&frame.scope) else {
            return Ok(false);
        };
        let Cursor::Pass { base, after } = state.cursors[frame.lane.index()] else {
            return Ok(false);
        };
        if (base != 0 && base != frame.base) || after != frame.after || frame.as_of < frame.base {
            return Ok(false);
        }
        let mut batch = Batch::default();
        let mut touched = BTreeSet::new();
        let mut last_named = after;
        let position = Position::after(frame.as_of);
        let records: Result<Vec<Record>, _> =
            frame.states.iter().map(|bytes| Record::decode(bytes)).collect();
        let Ok(records) = records else {
            self.incidents.push(Incident::Unreadable { position });
            return Ok(false);
        };
        for record in records {
            last_named = Some(record.id);
            self.enter(frame.scope, position, record, &mut touched);
        }
        let cursor = if frame.last {
            self.sweep(frame.scope, frame.lane, frame.base, &mut touched);
            Cursor::At(Position::after(frame.base))
        } else {
            Cursor::Pass {
                base: frame.base,
                after: last_named,
            }
        };
        if let Some(state) = self.scopes.get_mut(&frame.scope) {
            state.passed[frame.lane.index()] = frame.as_of;
        }
        let told = frame.digest.filter(|_| frame.last);
        let awaited = self.awaited();
        self.set_cursor(frame.scope, frame.lane, cursor, told, &mut batch);
        self.merge_passed(awaited, &mut touched);
        self.store_held(&touched, &mut batch);
        self.storage.apply(&batch)?;
        Ok(true)
    }

    fn set_cursor(
        &mut self,
        scope: ScopeId,
        lane: Lane,
        cursor: Cursor,
        told: Option<Digest>,
        batch: &mut Batch,
    ) {
        if let Some(state) = self.scopes.get_mut(&scope) {
            state.told[lane.index()] = told;
            state.cursors[lane.index()] = cursor;
            batch.put(storage::scope(scope), state);
        }
    }

    /// After a pass: memberships that it did not name and that nothing later told are gone.
    fn sweep(&mut self, scope: ScopeId, lane: Lane, base: u64, touched: &mut BTreeSet<RecordId>) {
        let floor = match mutation::active(Mutation::SweepTakesLater) {
            true => Position::after(u64::MAX),
            false => Position {
                commit: base,
                index: 0,
            },
        };
        for (id, held) in &mut self.mirror {
            let stale = held.memberships.get(&scope).is_some_and(|told| *told < floor);
            if held.record.lane == lane && stale && !mutation::active(Mutation::NoSweep) {
                held.memberships.remove(&scope);
                touched.insert(*id);
            }
        }
    }

    fn take_item(
        &mut self,
        scope: ScopeId,
        lane: Lane,
        item: &FeedItem,
        batch: &mut Batch,
        touched: &mut BTreeSet<RecordId>,
    ) {
        let position = item.position;
        match &item.news {
            News::Op { dot, op, facts, lane } => match wire::decode::<Op>(op) {
                Ok(op) => self.take_op(scope, position, *dot, &op, *facts, *lane, touched),
                Err(_) => self.incidents.push(Incident::Unreadable { position }),
            },
            News::Enter { state } | News::Replace { state } => match Record::decode(state) {
                Ok(record) if matches!(item.news, News::Replace { .. }) => {
                    self.replace(scope, position, record, touched);
                }
                Ok(record) => self.enter(scope, position, record, touched),
                Err(_) => self.incidents.push(Incident::Unreadable { position }),
            },
            News::Leave { record } => {
                if let Some(held) = self.mirror.get_mut(record) {
                    held.leave(scope, position);
                    touched.insert(*record);
                }
            }
            News::Verdict {
                dot,
                verdict,
                facts,
                in_inbox,
                conflict,
            } => {
                let own = self.own_op(*dot).is_some_and(|own| own.told.is_some());
                if own {
                    let told = Told {
                        position,
                        facts: *facts,
                        verdict: verdict.clone(),
                        in_inbox: *in_inbox,
                        conflict: *conflict,
                    };
                    self.settle(lane, *dot, told, batch, touched);
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one op with everything told about it")]
    fn take_op(
        &mut self,
        scope: ScopeId,
        position: Position,
        dot: Dot,
        op: &Op,
        facts: Facts,
        lane: Lane,
        touched: &mut BTreeSet<RecordId>,
    ) {
        let Some(id) = op.record(dot) else { return };
        touched.insert(id);
        if matches!(op.body, Body::Create { .. }) {
            let Some(record) = Record::create(dot, lane, op, facts) else {
                return;
            };
            let held = self.mirror.entry(id).or_insert_with(|| Held {
                record: record.clone(),
                as_of: position,
                memberships: Default::default(),
                old: false,
            });
            held.renew(&record);
            held.join(scope, position);
            self.apply_own_again(id);
            return;
        }
        let Some(held) = self.mirror.get_mut(&id) else {
            let state = self.scopes.get(&scope);
            // States are as of now, and changes from the pass's base on: a record may have left in between.
            if state.is_none_or(|state| position.commit > state.passed[lane.index()]) {
                self.incidents.push(Incident::NotHeld { record: id, position });
            }
            return;
        };
        // An op may come through two scopes, or be in the state already: applying it again is harmless.
        held.record.apply(dot, op, facts);
        held.as_of = held.as_of.max(position);
        // Where all was told anew, what an own op takes the place of may come after it.
        if !self.meta.recoveries.is_empty() {
            self.apply_own_again(id);
        }
    }

    /// Takes a whole state as of `position`. It is merged, so that neither what came later through another
    /// scope nor the phone's own acknowledged work can be lost by it.
    fn enter(
        &mut self,
        scope: ScopeId,
        position: Position,
        record: Record,
        touched: &mut BTreeSet<RecordId>,
    ) {
        let id = record.id;
        touched.insert(id);
        match self.mirror.get_mut(&id) {
            Some(held) => {
                held.renew(&record);
                match mutation::active(Mutation::StatePutInPlace) {
                    true => held.record = record,
                    false => held.record.merge(record),
                }
                held.as_of = held.as_of.max(position);
                held.join(scope, position);
            }
            None => {
                let memberships = [(scope, position)].into();
                self.mirror.insert(
                    id,
                    Held {
                        record,
                        as_of: position,
                        memberships,
                        old: false,
                    },
                );
            }
        }
        self.apply_own_again(id);
    }

    /// The feeds leave the ops of the phone's present branch out: those acknowledged before their record came are
    /// merged from the phone's own log.
    pub(super) fn apply_own_again(&mut self, id: RecordId) {
        self.apply_own_since(Position::ZERO, id);
    }

    /// The same with those alone that a state as of `since` cannot have. What it has of the others is what the server
    /// decided: after a backup was used without a word perhaps not what the phone was told before.
    pub(super) fn apply_own_since(&mut self, since: Position, id: RecordId) {
        let merged: Vec<(Dot, Op, Facts)> = self
            .own_ops_on(id)
            .filter(|(_, dot, _)| self.lane_of_actor(dot.actor).is_some())
            .filter(|(_, _, own)| own.is_merged() && !mutation::active(Mutation::OwnNotAppliedAgain))
            .filter_map(|(_, dot, own)| Some((dot, own.decoded()?, own.told.as_ref()?)))
            .filter(|(dot, _, told)| told.position >= since && !self.waits(id, *dot, told.position))
            .map(|(dot, op, told)| (dot, op, told.facts))
            .collect();
        let Some(held) = self.mirror.get_mut(&id) else {
            return;
        };
        for (dot, op, facts) in merged
            .iter()
            .filter(|(_, op, _)| matches!(op.body, Body::Edit { .. }))
        {
            held.record.apply(*dot, op, *facts);
        }
    }

    /// Takes a whole state in place of what the phone has, unless that is newer.
    fn replace(
        &mut self,
        scope: ScopeId,
        position: Position,
        record: Record,
        touched: &mut BTreeSet<RecordId>,
    ) {
        let id = record.id;
        touched.insert(id);
        if let Some(held) = self.mirror.get_mut(&id)
            && held.as_of < position
        {
            held.record = record;
            held.old = false;
            held.as_of = position;
            self.apply_own_again(id);
        }
        if let Some(held) = self.mirror.get_mut(&id) {
            held.join(scope, position);
        }
    }
}
