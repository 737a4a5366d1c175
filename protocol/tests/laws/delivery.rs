//! Delivering a history: every actor's ops in that actor's order, otherwise in any order, with any
//! duplication; an op that lacks something it removes waits, and its actor's later ops behind it.

use crate::history::Written;
use otor_protocol::ids::{ActorId, Lane};
use otor_protocol::record::Record;
use std::collections::{BTreeMap, VecDeque};

/// One receiver.
#[derive(Clone)]
pub struct Delivery<'a> {
    waiting: BTreeMap<ActorId, VecDeque<&'a Written>>,
    applied: Vec<&'a Written>,
    record: Option<Record>,
}

impl<'a> Delivery<'a> {
    pub fn of(history: &'a [Written]) -> Self {
        let mut waiting: BTreeMap<ActorId, VecDeque<&Written>> = BTreeMap::new();
        for written in history {
            waiting.entry(written.dot.actor).or_default().push_back(written);
        }
        Delivery {
            waiting,
            applied: Vec::new(),
            record: None,
        }
    }

    /// Lets one thing happen: some actor's next op arrives (and is parked, if it has to wait), an op arrives
    /// again, or the record is stored and read back.
    pub fn happen(&mut self, pick: u16) {
        let number = usize::from(pick / 8);
        match pick % 8 {
            0 if !self.applied.is_empty() => {
                let again = self.applied[number % self.applied.len()];
                self.apply(again);
            }
            1 => {
                self.record = self
                    .record
                    .take()
                    .map(|record| Record::decode(&record.encode()).expect("what is written can be read"));
            }
            _ => {
                let actors: Vec<ActorId> = self.waiting.keys().copied().collect();
                self.offer(actors[number % actors.len()]);
            }
        }
    }

    /// Whether the actor's next op could be applied.
    fn offer(&mut self, actor: ActorId) -> bool {
        let Some(next) = self.waiting.get(&actor).and_then(|queue| queue.front().copied()) else {
            return false;
        };
        let ready = match &self.record {
            None => next.op.record(next.dot).is_some_and(|id| id.0 == next.dot),
            Some(record) => record.missing(&next.op).next().is_none(),
        };
        if ready {
            self.apply(next);
            self.waiting.get_mut(&actor).map(VecDeque::pop_front);
            self.applied.push(next);
        }
        ready
    }

    fn apply(&mut self, written: &Written) {
        match &mut self.record {
            None => self.record = Record::create(written.dot, Lane::Reports, &written.op, written.facts),
            Some(record) => record.apply(written.dot, &written.op, written.facts),
        }
    }

    /// Delivers the creating op, so that there is a record.
    pub fn begin(mut self) -> Self {
        let actors: Vec<ActorId> = self.waiting.keys().copied().collect();
        actors.into_iter().find(|actor| self.offer(*actor));
        self
    }

    /// What has been applied so far.
    pub fn record(&self) -> &Record {
        self.record.as_ref().expect("the creating op has been delivered")
    }

    /// How many of each actor's ops have been applied.
    fn counts(&self) -> BTreeMap<ActorId, usize> {
        let mut counts = BTreeMap::new();
        self.applied
            .iter()
            .for_each(|written| *counts.entry(written.dot.actor).or_default() += 1);
        counts
    }

    /// Delivers what is left, in turn.
    pub fn finish(mut self) -> Record {
        let actors: Vec<ActorId> = self.waiting.keys().copied().collect();
        while actors
            .iter()
            .fold(false, |moved, actor| self.offer(*actor) | moved)
        {}
        assert!(
            self.waiting.values().all(VecDeque::is_empty),
            "an op waits for ever"
        );
        self.record.expect("a history creates its record")
    }
}

/// The record after the whole history, delivered in the order that the picks give.
pub fn deliver(history: &[Written], picks: &[u16]) -> Record {
    let mut delivery = Delivery::of(history);
    picks.iter().for_each(|pick| delivery.happen(*pick));
    delivery.finish()
}

/// A receiver of only a part of the history.
pub fn deliver_part<'a>(history: &'a [Written], picks: &[u16]) -> Delivery<'a> {
    let mut delivery = Delivery::of(history).begin();
    picks.iter().for_each(|pick| delivery.happen(*pick));
    delivery
}

/// The record of everything that any of these receivers has applied.
pub fn union(history: &[Written], parts: &[&Delivery]) -> Record {
    let mut most: BTreeMap<ActorId, usize> = BTreeMap::new();
    for (actor, count) in parts.iter().flat_map(|part| part.counts()) {
        let known = most.entry(actor).or_default();
        *known = count.max(*known);
    }
    let mut seen: BTreeMap<ActorId, usize> = BTreeMap::new();
    let covered: Vec<Written> = history
        .iter()
        .filter(|written| {
            let count = seen.entry(written.dot.actor).or_default();
            *count += 1;
            *count <= most.get(&written.dot.actor).copied().unwrap_or(0)
        })
        .cloned()
        .collect();
    Delivery::of(&covered).finish()
}
