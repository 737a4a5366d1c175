//! Giving ops other numbers: a copied phone's later work gets dots of its own, and with it whatever refers to it.

use crate::ids::{ActorId, Dot, RecordId};
use crate::op::{Body, Change, FieldId, Op};
use crate::value::Value;
use serde::{Deserialize, Serialize};

/// Consecutive numbers of one actor that stand for work renumbered since: the old names of that work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AliasRun {
    /// The actor it was first written under.
    pub actor: ActorId,
    /// The first of the old numbers.
    pub first: u64,
    /// How many there are.
    pub count: u64,
    /// What the first became; the others follow it.
    pub to: Dot,
}

impl AliasRun {
    /// What an old name became; none if it is not of this run.
    pub fn renamed(&self, dot: Dot) -> Option<Dot> {
        let offset = dot.seq.checked_sub(self.first)?;
        (dot.actor == self.actor && offset < self.count)
            .then(|| Dot::new(self.to.actor, self.to.seq.saturating_add(offset)))
    }
}

/// What a dot became by these runs; itself if it is in none.
pub fn renumbered_dot(runs: &[AliasRun], dot: Dot) -> Dot {
    runs.iter().find_map(|run| run.renamed(dot)).unwrap_or(dot)
}

/// Work of one branch on its way to other numbers.
pub struct Renumbering<'a> {
    /// The old numbers and the new ones.
    pub runs: &'a [AliasRun],
    /// The dot of an actor under which a member of a record's set stands at the server, if it does. In a set, a
    /// later dot of an actor takes the place of an earlier one. Who takes a member off names the later one; once
    /// that is another actor's, the earlier one has to be named as well.
    pub stands: &'a dyn Fn(RecordId, FieldId, &Value, ActorId) -> Option<Dot>,
    /// The actor under which an op of the branch would go on, if it is lost: it has no other number. Under its old one
    /// there may be another copy's work, so nothing names it by that any more.
    pub lost_to: &'a dyn Fn(Dot) -> Option<ActorId>,
}

impl Renumbering<'_> {
    /// An op with every record and every dot it names renumbered.
    #[must_use]
    pub fn op(&self, op: &Op) -> Op {
        let body = match &op.body {
            Body::Create { kind, area, changes } => Body::Create {
                kind: *kind,
                area: area.clone(),
                changes: changes.iter().map(|change| self.change(None, change)).collect(),
            },
            Body::Edit { record, changes } => Body::Edit {
                record: self.record(*record),
                changes: changes
                    .iter()
                    .map(|change| self.change(Some(*record), change))
                    .collect(),
            },
            Body::Release { dot } => Body::Release {
                dot: renumbered_dot(self.runs, *dot),
            },
        };
        Op {
            author: op.author,
            uptime_ms: op.uptime_ms,
            body,
        }
    }

    /// The new number of a record. One whose creation is lost has number 0, under which nothing ever is.
    fn record(&self, id: RecordId) -> RecordId {
        RecordId(match (self.lost_to)(id.0) {
            Some(actor) => Dot::new(actor, 0),
            None => renumbered_dot(self.runs, id.0),
        })
    }

    fn value(&self, value: &Value) -> Value {
        match value {
            Value::Record(id) => Value::Record(self.record(*id)),
            Value::Text(_) | Value::Int(_) | Value::DegreesE7(_) | Value::Bool(_) | Value::Person(_) => {
                value.clone()
            }
        }
    }

    /// The new numbers of ops that are named.
    fn named(&self, dots: &[Dot]) -> Vec<Dot> {
        let there = dots.iter().filter(|dot| (self.lost_to)(**dot).is_none());
        there.map(|dot| renumbered_dot(self.runs, *dot)).collect()
    }

    /// The dots of a member that its author saw.
    fn seen(&self, record: Option<RecordId>, field: FieldId, member: &Value, dots: &[Dot]) -> Vec<Dot> {
        let mut named = self.named(dots);
        for dot in dots {
            let is_moved = (self.lost_to)(*dot).is_some() || renumbered_dot(self.runs, *dot) != *dot;
            let earlier = record.filter(|_| is_moved);
            named.extend(earlier.and_then(|record| (self.stands)(record, field, member, dot.actor)));
        }
        named
    }

    /// Written out rule by rule, so that a new rule cannot be forgotten here.
    fn change(&self, record: Option<RecordId>, change: &Change) -> Change {
        let value = |content: &Value| self.value(content);
        match change {
            Change::Once(field, content) => Change::Once(*field, value(content)),
            Change::Latest(field, content) => Change::Latest(*field, value(content)),
            Change::Highest {
                field,
                value: content,
                by_value,
            } => Change::Highest {
                field: *field,
                value: value(content),
                by_value: *by_value,
            },
            Change::Centre {
                field,
                value: content,
                epoch,
            } => Change::Centre {
                field: *field,
                value: value(content),
                epoch: *epoch,
            },
            Change::Keep {
                field,
                value: content,
                replaces,
            } => Change::Keep {
                field: *field,
                value: value(content),
                replaces: self.named(replaces),
            },
            Change::Add { field, members } => Change::Add {
                field: *field,
                members: members.iter().map(value).collect(),
            },
            Change::Remove { field, members } => Change::Remove {
                field: *field,
                members: members
                    .iter()
                    .map(|(member, seen)| (value(member), self.seen(record, *field, member, seen)))
                    .collect(),
            },
            Change::Append(field, content) => Change::Append(*field, value(content)),
            Change::Event { event, round, args } => Change::Event {
                event: *event,
                round: *round,
                args: args.iter().map(|(number, arg)| (*number, value(arg))).collect(),
            },
            Change::Relocate { area, epoch } => Change::Relocate {
                area: area.clone(),
                epoch: *epoch,
            },
            Change::Erase(fields) => Change::Erase(fields.clone()),
        }
    }
}
