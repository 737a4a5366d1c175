//! A record: CRDT fields from the `crdts` crate under one identity, and the application of ops to it.

mod apply;
mod canonical;
mod dots;
mod draft;
mod merge;
mod names;

pub use canonical::{BadRecord, FORMAT_VERSION};
pub use draft::{BadEdit, Edit};
pub use names::{Names, fields_as_json, value_from_json, value_to_json};

use crate::area::AreaCode;
use crate::ids::{ActorId, Dot, Lane, Level, PersonId, RecordId};
use crate::op::{Body, EventId, Facts, FieldId, KindId, Op};
use crate::stamp::Stamp;
use crate::value::Value;
use crdts::{GSet, LWWReg, Orswot};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What orders two writes of one register: compared part by part. Each rule fills the parts it needs and
/// leaves the rest at zero; the dot makes it unique.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Marker {
    /// Assignment epoch (centre).
    pub epoch: u64,
    /// Author's level (centre, highest).
    pub level: Level,
    /// The value itself (highest by value).
    pub weight: i64,
    /// When it was written.
    pub stamp: Stamp,
    /// By which op.
    pub dot: Dot,
}

/// One entry of a log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogEntry {
    /// When it was written.
    pub stamp: Stamp,
    /// The op that wrote it.
    pub dot: Dot,
    /// Which change of that op.
    pub index: u16,
    /// Who wrote it.
    pub author: PersonId,
    /// With what authority.
    pub level: Level,
    /// What it says.
    pub what: Entry,
}

/// What a log entry says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Entry {
    /// A note.
    #[serde(rename = "a")]
    Note(Value),
    /// A life-cycle event.
    #[serde(rename = "b")]
    Event {
        /// Which one.
        event: EventId,
        /// The round or epoch its author saw.
        round: u32,
        /// Its arguments.
        args: Vec<(u8, Value)>,
    },
}

/// One of the values that an `all` field holds until somebody who saw them settles it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Candidate {
    /// When it was written.
    pub stamp: Stamp,
    /// The op that wrote it.
    pub dot: Dot,
    /// Who wrote it.
    pub author: PersonId,
    /// The value.
    pub value: Value,
}

/// The content of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// once, latest, highest, centre.
    Register(LWWReg<Value, Marker>),
    /// all.
    Candidates(Orswot<Candidate, ActorId>),
    /// set.
    Members(Orswot<Value, ActorId>),
    /// log.
    Log(GSet<LogEntry>),
}

/// Facts of a record's creation, which never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creation {
    /// Who created it.
    pub author: PersonId,
    /// When and with what authority.
    pub facts: Facts,
}

/// One thing: a household, a visit, a report, a task. Equal records have equal canonical bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its name: the dot of the op that created it.
    pub id: RecordId,
    /// What it is.
    pub kind: KindId,
    /// Its urgency, fixed at creation.
    pub lane: Lane,
    /// Its creation.
    pub creation: Creation,
    /// Where it belongs (rule centre).
    pub area: LWWReg<AreaCode, Marker>,
    /// Its fields.
    pub fields: BTreeMap<FieldId, Field>,
    /// Fields erased for good.
    pub erased: BTreeSet<FieldId>,
}

impl Record {
    /// The record that a creating op makes; none if the op does not create.
    pub fn create(dot: Dot, lane: Lane, op: &Op, facts: Facts) -> Option<Record> {
        let Body::Create { kind, area, changes } = &op.body else {
            return None;
        };
        let mut record = Record {
            id: RecordId(dot),
            kind: *kind,
            lane,
            creation: Creation {
                author: op.author,
                facts,
            },
            area: LWWReg {
                val: area.clone(),
                marker: Marker::default(),
            },
            fields: BTreeMap::new(),
            erased: BTreeSet::new(),
        };
        record.apply_changes(dot, op.author, facts, changes);
        Some(record)
    }

    /// Applies an edit of this record. Applying it again changes nothing. The caller sees to it that each
    /// actor's ops arrive in that actor's order and that nothing is [missing](Record::missing).
    pub fn apply(&mut self, dot: Dot, op: &Op, facts: Facts) {
        self.apply_changes(dot, op.author, facts, op.changes());
    }

    /// The value of a register field.
    pub fn register(&self, field: FieldId) -> Option<&Value> {
        match self.fields.get(&field) {
            Some(Field::Register(register)) => Some(&register.val),
            _ => None,
        }
    }

    /// The marker of a register field.
    pub fn marker(&self, field: FieldId) -> Option<Marker> {
        match self.fields.get(&field) {
            Some(Field::Register(register)) => Some(register.marker),
            _ => None,
        }
    }

    /// The candidates of an `all` field, latest first.
    pub fn candidates(&self, field: FieldId) -> Vec<Candidate> {
        let Some(Field::Candidates(set)) = self.fields.get(&field) else {
            return Vec::new();
        };
        let sorted: BTreeSet<Candidate> = set.iter().map(|read| read.val.clone()).collect();
        sorted.into_iter().rev().collect()
    }

    /// The members of a set field, each with the dots it stands under.
    pub fn members(&self, field: FieldId) -> BTreeMap<Value, Vec<Dot>> {
        let Some(Field::Members(set)) = self.fields.get(&field) else {
            return BTreeMap::new();
        };
        set.iter()
            .map(|read| (read.val.clone(), dots::of_clock(&read.rm_clock)))
            .collect()
    }

    /// The entries of a log field, oldest first.
    pub fn entries(&self, field: FieldId) -> Vec<LogEntry> {
        match self.fields.get(&field) {
            Some(Field::Log(log)) => log.read().into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// How many members or candidates the largest set has.
    pub fn largest_set(&self) -> usize {
        self.fields
            .values()
            .map(|field| match field {
                Field::Candidates(set) => set.iter().count(),
                Field::Members(set) => set.iter().count(),
                _ => 0,
            })
            .max()
            .unwrap_or(0)
    }

    /// How many entries the longest log has.
    pub fn longest_log(&self) -> usize {
        self.fields
            .values()
            .map(|field| {
                if let Field::Log(log) = field {
                    log.read().len()
                } else {
                    0
                }
            })
            .max()
            .unwrap_or(0)
    }
}
