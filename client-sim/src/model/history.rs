//! What a server has journaled, as plain data: which ops came when, and what was decided about them.

use otor_protocol::ids::{ActorId, Dot, RecordId};
use otor_protocol::op::{Body, Facts, FieldId, Op};
use otor_protocol::wire::{self, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// Everything a server has journaled, commit after commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The commits, in order.
    pub commits: Vec<Commit>,
}

/// One journal entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Its number.
    pub number: u64,
    /// Server time, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Ops that came with it.
    pub ops: Vec<JournaledOp>,
    /// Ops kept aside before that were judged again.
    pub again: Vec<(Dot, Verdict)>,
    /// Numbers of an actor, from a first to a last, of which there are no ops: its phone has lost them.
    pub lost: Vec<(ActorId, u64, u64)>,
    /// Tasks that were noted as delivered, each in its assignment.
    pub delivered: Vec<(RecordId, u32)>,
    /// Fields erased again after a backup was restored.
    pub erased: Vec<(RecordId, Vec<FieldId>)>,
    /// Numbers of actors that were given out, or given back to a phone.
    pub issued: Vec<(ActorId, Issued)>,
    /// Areas that came, by their codes.
    pub grown: Vec<String>,
    /// Areas that ended, each with what took its place.
    pub ended: Vec<(String, Vec<String>)>,
    /// The areas that workers answer for from then on, by the numbers of the workers.
    pub answering: Vec<(u32, Vec<String>)>,
    /// The rules from then on, if they changed, as they are written.
    pub rules: Option<serde_json::Value>,
    /// Figures that others gather.
    pub supplied: Vec<Supplied>,
    /// A new history begins with it.
    pub begins_anew: bool,
}

/// A figure of an area that others gather, from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supplied {
    /// What it tells.
    pub name: String,
    /// Of which area, by its code.
    pub area: String,
    /// From which day on, counted from 1970 in China Standard Time.
    pub day: i64,
    /// How many.
    pub value: i64,
    /// Whether there may be more.
    pub at_least: bool,
}

/// Who an actor's number was given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Issued {
    /// To a phone, at its enrolment or for a copy of it.
    Phone(u32),
    /// To a person's account.
    Person(u32),
}

/// An op as it was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournaledOp {
    /// Its name.
    pub dot: Dot,
    /// Its bytes.
    pub op: Vec<u8>,
    /// What was decided about its time and its author's authority.
    pub facts: Facts,
    /// Its verdict at that commit.
    pub verdict: Verdict,
    /// A phone sent it.
    pub by_phone: bool,
    /// It was merged though its author had not seen what it competes with.
    pub conflict: bool,
}

impl JournaledOp {
    /// The op itself, where it can be read.
    pub fn decoded(&self) -> Option<Op> {
        wire::decode(&self.op).ok()
    }
}

impl History {
    /// Every op with the commit that brought it.
    pub fn ops(&self) -> impl Iterator<Item = (&Commit, &JournaledOp)> {
        self.commits
            .iter()
            .flat_map(|commit| commit.ops.iter().map(move |op| (commit, op)))
    }

    /// Whether a number is one of an op that its phone has lost.
    pub fn is_lost(&self, dot: Dot) -> bool {
        let mut lost = self.commits.iter().flat_map(|commit| &commit.lost);
        lost.any(|(actor, first, last)| *actor == dot.actor && (*first..=*last).contains(&dot.seq))
    }

    /// The records that no phone created.
    pub fn created_at_centre(&self) -> impl Iterator<Item = RecordId> {
        let by_others = self.ops().filter(|(_, op)| !op.by_phone);
        let creations = by_others.filter(|(_, op)| {
            let body = op.decoded().map(|op| op.body);
            matches!(body, Some(Body::Create { .. }))
        });
        creations.map(|(_, op)| RecordId(op.dot))
    }

    /// The commits in which something was merged into a record, or let in.
    pub fn commits_of(&self, record: RecordId) -> impl Iterator<Item = u64> {
        let mut named = BTreeSet::from([record.0]);
        let touching = self.commits.iter().filter(move |commit| {
            let on_it = commit.ops.iter().filter(|op| {
                let decoded = op.decoded();
                decoded.and_then(|one| one.record(op.dot)) == Some(record)
            });
            let dots: Vec<Dot> = on_it.map(|op| op.dot).collect();
            named.extend(&dots);
            !dots.is_empty() || commit.again.iter().any(|(dot, _)| named.contains(dot))
        });
        touching.map(|commit| commit.number)
    }

    /// The rules as they were written last.
    pub fn rules(&self) -> Option<&serde_json::Value> {
        let mut latest_first = self.commits.iter().rev();
        latest_first.find_map(|commit| commit.rules.as_ref())
    }

    /// What became of each op in the end.
    pub fn verdicts(&self) -> BTreeMap<Dot, Verdict> {
        let mut verdicts = BTreeMap::new();
        for commit in &self.commits {
            verdicts.extend(commit.ops.iter().map(|op| (op.dot, op.verdict.clone())));
            verdicts.extend(commit.again.iter().cloned());
        }
        verdicts
    }
}
