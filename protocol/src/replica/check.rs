//! Proving that the mirror is what the server holds: digests are compared where both stand at the same point, and
//! where they differ, the records that do are found by sums over ranges and put right one by one.

use super::mirror::Held;
use super::storage::{Batch, Storage};
use super::{Incident, Replica};
use crate::digest::{Digest, IdRange, split};
use crate::ids::{Lane, Position, RecordId, ScopeId};
use crate::limits::{REQUEST_CHECKS_MAX, REQUESTS_MAX};
use crate::record::Record;
use crate::wire::{CheckedRange, Cursor, RepairFrame, Request};
use std::collections::BTreeSet;

/// Rounds in a row for which a feed that differs makes the phone ask again at once; afterwards it waits for the
/// next exchange, so that a difference nobody can mend does not keep the link busy.
const EAGER_ROUNDS: u32 = 12;

/// A scope and lane whose digest was found to differ.
#[derive(Clone, Debug)]
pub(super) struct Doubt {
    /// Ranges that differ, to be split and asked about.
    ranges: Vec<IdRange>,
    /// How many of them the latest request asks about.
    asked: usize,
    /// Ranges of which the reply said that they have to be split further.
    answered: Vec<IdRange>,
    /// Whether a record was put right.
    mended: bool,
}

impl<S: Storage> Replica<S> {
    /// What the next hello asks about the digests that differ.
    pub(crate) fn check_requests(&mut self) -> Vec<Request> {
        let mut requests = Vec::new();
        for ((scope, lane), doubt) in &mut self.doubts {
            doubt.answered.clear();
            let room = REQUEST_CHECKS_MAX.saturating_sub(requests.len());
            doubt.asked = doubt.ranges.len().min(room);
            if doubt.asked > 0 {
                *self.rounds_in_doubt.entry((*scope, *lane)).or_default() += 1;
            }
            for range in doubt.ranges.iter().take(doubt.asked) {
                let records = self.tally.records(*scope, *lane, *range);
                let parts = split(*range, &records);
                let ranges = parts.into_iter().map(|(part, sum)| CheckedRange {
                    through: part.through,
                    count: records.iter().filter(|(id, _)| part.contains(*id)).count() as u32,
                    sum,
                });
                requests.push(Request::Check {
                    scope: *scope,
                    lane: *lane,
                    after: range.after,
                    ranges: ranges.collect(),
                });
            }
        }
        requests
    }

    /// Applies a part of the answer to a check. Whether it concerns a scope the phone holds.
    ///
    /// # Errors
    /// As [`Replica::take_changes`].
    pub fn take_repair(&mut self, frame: &RepairFrame) -> Result<bool, S::Error> {
        let held = self.scopes.get(&frame.scope).is_some_and(|state| !state.losing);
        let range = IdRange {
            after: frame.after,
            through: frame.through,
        };
        if !held {
            return Ok(false);
        }
        let Some(states) = &frame.states else {
            if let Some(doubt) = self.doubts.get_mut(&(frame.scope, frame.lane)) {
                doubt.answered.push(range);
            }
            return Ok(true);
        };
        let position = Position::after(frame.as_of);
        let mut records = Vec::new();
        for bytes in states {
            let record = Record::decode(bytes).ok();
            match record.filter(|record| record.lane == frame.lane && range.contains(record.id)) {
                Some(record) => records.push(record),
                None => {
                    self.incidents.push(Incident::Unreadable { position });
                    return Ok(false);
                }
            }
        }
        let mut touched = BTreeSet::new();
        for (id, _) in self.tally.records(frame.scope, frame.lane, range) {
            let named = records.iter().any(|record| record.id == id);
            if let Some(held) = self.mirror.get_mut(&id).filter(|_| !named) {
                held.is_not_of(frame.scope, position);
                touched.insert(id);
            }
        }
        for record in records {
            self.put_right(frame.scope, position, record, &mut touched);
        }
        if let Some(doubt) = self.doubts.get_mut(&(frame.scope, frame.lane)) {
            doubt.mended = true;
        }
        let mut batch = Batch::default();
        self.store_held(&touched, &mut batch);
        self.storage.apply(&batch)?;
        Ok(true)
    }

    /// Puts the server's state in place of what the phone has, unless that is as of something later.
    fn put_right(
        &mut self,
        scope: ScopeId,
        position: Position,
        record: Record,
        touched: &mut BTreeSet<RecordId>,
    ) {
        let id = record.id;
        touched.insert(id);
        let held = self.mirror.entry(id).or_insert_with(|| Held {
            record: record.clone(),
            as_of: position,
            memberships: Default::default(),
            old: false,
        });
        held.join(scope, position);
        if held.as_of <= position {
            held.record = record;
            held.old = false;
            held.as_of = position;
            self.apply_own_since(position, id);
        }
    }

    /// Compares what is held with what the server told, at the end of an exchange that brought everything up to
    /// `point`. `sent` is how far each lane's log went in its request. Whether the phone should ask again at once.
    pub(crate) fn compare(&mut self, point: u64, sent: [u64; 3]) -> bool {
        self.settle_doubts();
        let end = Position::after(point);
        for (scope, state) in &self.scopes {
            for lane in Lane::ALL {
                let place = lane.index();
                let (Cursor::At(_), Some(told)) = (state.cursors[place], state.told[place]) else {
                    continue;
                };
                // What the server may have of this phone's that no welcome told, or what came from beyond the
                // point, would differ rightly.
                let comparable = !state.losing
                    && self.lanes[place].acked() >= sent[place]
                    && self.tally.latest(*scope, lane) <= end;
                let feed = (*scope, lane);
                if !comparable {
                    continue;
                }
                if self.tally.digest(*scope, lane) == told {
                    self.rounds_in_doubt.remove(&feed);
                    self.agreements += 1;
                    continue;
                }
                if self.doubts.contains_key(&feed) {
                    continue;
                }
                self.incidents.push(Incident::Differs {
                    scope: *scope,
                    lane,
                    point,
                });
                let doubt = Doubt {
                    ranges: vec![IdRange::ALL],
                    asked: 0,
                    answered: Vec::new(),
                    mended: false,
                };
                self.doubts.insert(feed, doubt);
            }
        }
        let rounds = |feed| self.rounds_in_doubt.get(feed).copied().unwrap_or(0);
        self.doubts.keys().any(|feed| rounds(feed) < EAGER_ROUNDS)
    }

    /// Of the ranges asked about, those go on that the reply said differ; the others agree now.
    fn settle_doubts(&mut self) {
        let mut agreed = Vec::new();
        for (feed, doubt) in &mut self.doubts {
            let asked = std::mem::take(&mut doubt.asked);
            doubt.ranges.drain(..asked);
            doubt.ranges.append(&mut doubt.answered);
            if doubt.ranges.is_empty() {
                agreed.push((*feed, doubt.mended));
            }
        }
        for ((scope, lane), mended) in agreed {
            self.doubts.remove(&(scope, lane));
            // Every record is the server's: then it is the digest it told that was not.
            if let Some(state) = self.scopes.get_mut(&scope).filter(|_| !mended) {
                state.told[lane.index()] = None;
            }
        }
    }

    /// Whether a difference from the server is still being looked for.
    pub fn in_doubt(&self) -> bool {
        !self.doubts.is_empty()
    }

    /// How many digests were compared and agreed since the replica was opened.
    pub fn agreements(&self) -> u64 {
        self.agreements
    }

    /// What the server told last, and what is held: for tests to compare.
    pub fn digests(&self, scope: ScopeId, lane: Lane) -> (Option<Digest>, Digest) {
        let told = self.scopes.get(&scope).and_then(|state| state.told[lane.index()]);
        (told, self.tally.digest(scope, lane))
    }
}

const _: () = assert!(REQUEST_CHECKS_MAX < REQUESTS_MAX);
