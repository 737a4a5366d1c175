//! What each record has to be, from the set of all ops accepted on it.

use super::history::{History, JournaledOp};
use super::status::{self, Life};
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{ActorId, Dot, Level, PersonId, RecordId};
use otor_protocol::op::{Body, Change, EventId, Facts, FieldId, KindId, Op};
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use otor_protocol::wire::Verdict;
use std::collections::{BTreeMap, BTreeSet};

/// A record as it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// What it is.
    pub kind: KindId,
    /// Who created it.
    pub author: PersonId,
    /// Where it belongs.
    pub area: AreaCode,
    /// Its fields of one value.
    pub values: BTreeMap<FieldId, Value>,
    /// Its sets.
    pub members: BTreeMap<FieldId, BTreeSet<Value>>,
    /// Its fields that hold several truths: each with the op that wrote it.
    pub candidates: BTreeMap<FieldId, BTreeSet<(Dot, Value)>>,
    /// Its notes, each with its time and its place in its op.
    pub notes: BTreeMap<FieldId, BTreeSet<(Stamp, Dot, usize, Value)>>,
    /// Its events.
    pub events: Vec<Event>,
    /// Fields erased for good.
    pub erased: BTreeSet<FieldId>,
    /// Whom it is assigned to, and how often it has been assigned.
    pub assigned: Option<(PersonId, u64)>,
    /// When each op on it was written.
    pub written: BTreeMap<Dot, Stamp>,
    /// What its events come to, where its kind has a life.
    pub life: Option<Life>,
}

impl Expected {
    /// Its status, where its kind has a life.
    pub fn status(&self) -> Option<&'static str> {
        self.life.as_ref().map(|life| life.status)
    }
}

/// A life-cycle event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it was written.
    pub stamp: Stamp,
    /// By which op.
    pub dot: Dot,
    /// By whom.
    pub author: PersonId,
    /// With what authority.
    pub level: Level,
    /// Which one.
    pub event: EventId,
    /// The round or assignment it names.
    pub round: u32,
    /// Its arguments.
    pub args: Vec<(u8, Value)>,
}

/// One change that was accepted.
struct Accepted {
    dot: Dot,
    place: usize,
    author: PersonId,
    facts: Facts,
    change: Change,
}

/// What decides between two writes of a field: the greatest stands. Each rule fills the parts it looks at.
type Weight = (u64, Level, i64, Stamp, Dot);

/// Every record that has to be there, as it has to be.
pub fn predict(history: &History) -> BTreeMap<RecordId, Expected> {
    let mut all = BTreeMap::new();
    predict_each(history, u64::MAX, |id, _, record| {
        all.insert(id, record);
    });
    all
}

/// Every record that has to be there by a commit, one after the other, with what was decided about its creation.
pub fn predict_each(history: &History, through: u64, mut each: impl FnMut(RecordId, Facts, Expected)) {
    let commits = || history.commits.iter().filter(|commit| commit.number <= through);
    let mut verdicts: BTreeMap<Dot, &Verdict> = BTreeMap::new();
    for commit in commits() {
        verdicts.extend(commit.ops.iter().map(|op| (op.dot, &op.verdict)));
        verdicts.extend(commit.again.iter().map(|(dot, verdict)| (*dot, verdict)));
    }
    let mut by_record: BTreeMap<RecordId, Vec<&JournaledOp>> = BTreeMap::new();
    for journaled in commits().flat_map(|commit| &commit.ops) {
        if verdicts.get(&journaled.dot) == Some(&&Verdict::Accepted)
            && let Some(id) = journaled.decoded().and_then(|op| op.record(journaled.dot))
        {
            by_record.entry(id).or_default().push(journaled);
        }
    }
    drop(verdicts);
    let erased_again: Vec<_> = commits().flat_map(|commit| commit.erased.iter()).collect();
    while let Some((id, ops)) = by_record.pop_first() {
        let erased = erased_again.iter().filter(|(record, _)| *record == id);
        let erased = erased.flat_map(|(_, fields)| fields.iter().copied()).collect();
        if let Some((facts, record)) = one(&ops, erased) {
            each(id, facts, record);
        }
    }
}

/// A record from the ops on it, in the order in which they came.
fn one(ops: &[&JournaledOp], erased: BTreeSet<FieldId>) -> Option<(Facts, Expected)> {
    let mut creation = None;
    let mut changes = Vec::new();
    let mut seen = BTreeSet::new();
    for journaled in ops {
        let Some(op) = journaled.decoded().filter(|_| seen.insert(journaled.dot)) else {
            continue;
        };
        changes.extend(op.changes().iter().enumerate().map(|(place, change)| Accepted {
            dot: journaled.dot,
            place,
            author: op.author,
            facts: journaled.facts,
            change: change.clone(),
        }));
        if matches!(op.body, Body::Create { .. }) {
            creation = Some((op, journaled.facts));
        }
    }
    let (op, facts) = creation?;
    Some((facts, expected(&op, &changes, erased)?))
}

fn expected(creation: &Op, changes: &[Accepted], mut erased: BTreeSet<FieldId>) -> Option<Expected> {
    let Body::Create { kind, area, .. } = &creation.body else {
        return None;
    };
    for one in changes {
        if let Change::Erase(fields) = &one.change {
            erased.extend(fields);
        }
    }
    let fields: BTreeSet<FieldId> = changes
        .iter()
        .filter_map(|one| one.change.field())
        .filter(|field| !erased.contains(field))
        .collect();
    let of = |field: FieldId| {
        changes
            .iter()
            .filter(move |one| one.change.field() == Some(field))
    };
    let mut record = Expected {
        kind: *kind,
        author: creation.author,
        area: filed(area, changes),
        values: BTreeMap::new(),
        members: BTreeMap::new(),
        candidates: BTreeMap::new(),
        notes: BTreeMap::new(),
        events: events(changes),
        erased: erased.clone(),
        assigned: None,
        written: changes.iter().map(|one| (one.dot, one.facts.stamp)).collect(),
        life: None,
    };
    for field in fields {
        if let Some((weight, value)) = of(field).filter_map(weighed).max_by_key(|(weight, _)| *weight) {
            if let (Value::Person(person), otor_protocol::catalogue::TASK_ASSIGNEE) = (&value, field) {
                record.assigned = Some((*person, weight.0));
            }
            record.values.insert(field, value);
        }
        put(&mut record.members, field, members(of(field)));
        put(&mut record.candidates, field, candidates(of(field)));
        let notes = of(field).filter_map(|one| match &one.change {
            Change::Append(_, value) => Some((one.facts.stamp, one.dot, one.place, value.clone())),
            _ => None,
        });
        put(&mut record.notes, field, notes.collect());
    }
    record.life = status::of(&record);
    Some(record)
}

fn put<T>(into: &mut BTreeMap<FieldId, BTreeSet<T>>, field: FieldId, content: BTreeSet<T>) {
    if !content.is_empty() {
        into.insert(field, content);
    }
}

/// Where it was filed last: by the epoch, then the authority, then the time.
fn filed(first: &AreaCode, changes: &[Accepted]) -> AreaCode {
    let moves = changes.iter().filter_map(|one| match &one.change {
        Change::Relocate { area, epoch } => {
            let weight: Weight = (*epoch, one.facts.level, 0, one.facts.stamp, one.dot);
            Some((weight, area.clone()))
        }
        _ => None,
    });
    let last = moves.max_by_key(|(weight, _)| *weight);
    last.map_or_else(|| first.clone(), |(_, area)| area)
}

/// A write of a field of one value, with what it weighs.
fn weighed(one: &Accepted) -> Option<(Weight, Value)> {
    let (level, stamp, dot) = (one.facts.level, one.facts.stamp, one.dot);
    let nothing = Level::default();
    Some(match &one.change {
        Change::Once(_, value) => ((0, nothing, 0, Stamp::default(), dot), value.clone()),
        Change::Latest(_, value) => ((0, nothing, 0, stamp, dot), value.clone()),
        Change::Highest { value, by_value, .. } => {
            let number = value.as_int().filter(|_| *by_value).unwrap_or(0);
            ((0, level, number, stamp, dot), value.clone())
        }
        Change::Centre { value, epoch, .. } => ((*epoch, level, 0, stamp, dot), value.clone()),
        _ => return None,
    })
}

/// A member stands if somebody added it whom no remover had seen.
fn members<'a>(changes: impl Iterator<Item = &'a Accepted> + Clone) -> BTreeSet<Value> {
    let mut standing = BTreeSet::new();
    for one in changes.clone() {
        let Change::Add { members, .. } = &one.change else {
            continue;
        };
        for member in members {
            let was_seen = changes
                .clone()
                .any(|other| removes(&other.change, member, one.dot));
            if !was_seen {
                standing.insert(member.clone());
            }
        }
    }
    standing
}

/// Whether a change removes what this op added. Who has seen a later adding of the same writer has seen this one.
fn removes(change: &Change, member: &Value, added: Dot) -> bool {
    let Change::Remove { members, .. } = change else {
        return false;
    };
    let seen: Vec<(ActorId, u64)> = members
        .iter()
        .filter(|(named, _)| named == member)
        .flat_map(|(_, dots)| dots.iter().map(|dot| (dot.actor, dot.seq)))
        .collect();
    seen.iter()
        .any(|(actor, seq)| *actor == added.actor && *seq >= added.seq)
}

/// A candidate stands until somebody who saw it wrote another. Who saw what its writer wrote after it, and has lost since,
/// has seen it too.
fn candidates<'a>(changes: impl Iterator<Item = &'a Accepted> + Clone) -> BTreeSet<(Dot, Value)> {
    let mut standing = BTreeSet::new();
    let is_there = |dot: &Dot| changes.clone().any(|one| one.dot == *dot);
    for one in changes.clone() {
        let Change::Keep { value, .. } = &one.change else {
            continue;
        };
        let is_lost_after = |dot: &Dot| dot.actor == one.dot.actor && dot.seq > one.dot.seq && !is_there(dot);
        let replaced = changes.clone().any(|other| match &other.change {
            Change::Keep { replaces, .. } => {
                replaces.contains(&one.dot) || replaces.iter().any(is_lost_after)
            }
            _ => false,
        });
        if !replaced {
            standing.insert((one.dot, value.clone()));
        }
    }
    standing
}

fn events(changes: &[Accepted]) -> Vec<Event> {
    let mut events: Vec<Event> = changes
        .iter()
        .filter_map(|one| match &one.change {
            Change::Event { event, round, args } => Some(Event {
                stamp: one.facts.stamp,
                dot: one.dot,
                author: one.author,
                level: one.facts.level,
                event: *event,
                round: *round,
                args: args.clone(),
            }),
            _ => None,
        })
        .collect();
    events.sort_by_key(|event| (event.stamp, event.dot));
    events
}
