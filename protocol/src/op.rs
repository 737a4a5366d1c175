//! Ops: one atomic edit each. Every change says its own merge rule, so that merging needs no catalogue and
//! the fold of an old journal never changes.

use crate::area::AreaCode;
use crate::ids::{Dot, Level, PersonId, RecordId};
use crate::stamp::Stamp;
use crate::value::Value;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Number of a field within its kind (see the catalogue). Never reused with another rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FieldId(pub u16);

/// Number of a kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KindId(pub u16);

/// Number of a life-cycle event within its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventId(pub u16);

/// One atomic edit. Its dot stands beside it, not in it: frames hold consecutive ops of one actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Op {
    /// Who wrote it (phones are shared).
    pub author: PersonId,
    /// The phone's uptime at writing, in milliseconds; for writers without a boot, wall time.
    pub uptime_ms: i64,
    /// What it does.
    pub body: Body,
}

/// What an op does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Creates the record named by the op's own dot.
    #[serde(rename = "a")]
    Create {
        /// What it is.
        kind: KindId,
        /// Where it belongs.
        area: AreaCode,
        /// Its first content.
        changes: Vec<Change>,
    },
    /// Changes a record.
    #[serde(rename = "b")]
    Edit {
        /// Which one.
        record: RecordId,
        /// The changes, all or none.
        changes: Vec<Change>,
    },
    /// Releases a quarantined op: it is judged again, as if written now by its author.
    #[serde(rename = "c")]
    Release {
        /// The quarantined op.
        dot: Dot,
    },
}

/// One change of one field, with its merge rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Set by the creating op, for ever.
    #[serde(rename = "a")]
    Once(FieldId, Value),
    /// The latest stamp wins.
    #[serde(rename = "b")]
    Latest(FieldId, Value),
    /// The author's level wins, then the greater number if `by_value`, then the latest stamp.
    #[serde(rename = "c")]
    Highest {
        /// The field.
        field: FieldId,
        /// Its new value.
        value: Value,
        /// Whether a greater number wins over a later one.
        by_value: bool,
    },
    /// Written above worker level only: the highest epoch wins, then the level, then the stamp.
    #[serde(rename = "d")]
    Centre {
        /// The field.
        field: FieldId,
        /// Its new value.
        value: Value,
        /// One more than the epoch its author saw.
        epoch: u64,
    },
    /// Adds a candidate and removes exactly those the author saw.
    #[serde(rename = "e")]
    Keep {
        /// The field.
        field: FieldId,
        /// The new candidate.
        value: Value,
        /// The candidates it replaces, by the ops that wrote them.
        replaces: Vec<Dot>,
    },
    /// Adds members to a set.
    #[serde(rename = "f")]
    Add {
        /// The field.
        field: FieldId,
        /// The new members.
        members: Vec<Value>,
    },
    /// Removes from a set what the author saw.
    #[serde(rename = "g")]
    Remove {
        /// The field.
        field: FieldId,
        /// Each member with the dots under which its author saw it.
        members: Vec<(Value, Vec<Dot>)>,
    },
    /// Appends to a log.
    #[serde(rename = "h")]
    Append(FieldId, Value),
    /// A life-cycle event.
    #[serde(rename = "i")]
    Event {
        /// Which one.
        event: EventId,
        /// The round (report) or assignment epoch (task) its author saw.
        round: u32,
        /// Arguments, numbered by the catalogue.
        args: Vec<(u8, Value)>,
    },
    /// Files the record under another area; written above worker level only.
    #[serde(rename = "j")]
    Relocate {
        /// The new area.
        area: AreaCode,
        /// One more than the epoch its author saw.
        epoch: u64,
    },
    /// Erases fields for good: it beats every concurrent edit. Written above worker level only.
    #[serde(rename = "k")]
    Erase(Vec<FieldId>),
}

impl Op {
    /// The record this op concerns, given its own dot; none for a release.
    pub fn record(&self, dot: Dot) -> Option<RecordId> {
        match &self.body {
            Body::Create { .. } => Some(RecordId(dot)),
            Body::Edit { record, .. } => Some(*record),
            Body::Release { .. } => None,
        }
    }

    /// The changes it makes to its record.
    pub fn changes(&self) -> &[Change] {
        match &self.body {
            Body::Create { changes, .. } | Body::Edit { changes, .. } => changes,
            Body::Release { .. } => &[],
        }
    }
}

impl Change {
    /// The field it concerns, if one.
    pub fn field(&self) -> Option<FieldId> {
        match self {
            Change::Once(field, _) | Change::Latest(field, _) | Change::Append(field, _) => Some(*field),
            Change::Highest { field, .. }
            | Change::Centre { field, .. }
            | Change::Keep { field, .. }
            | Change::Add { field, .. }
            | Change::Remove { field, .. } => Some(*field),
            Change::Event { .. } | Change::Relocate { .. } | Change::Erase(_) => None,
        }
    }

    /// The ops whose effects it takes away: candidates that it replaces, members that it takes off.
    pub fn takes_away(&self) -> Vec<Dot> {
        match self {
            Change::Keep { replaces, .. } => replaces.clone(),
            Change::Remove { members, .. } => members.iter().flat_map(|(_, dots)| dots.clone()).collect(),
            _ => Vec::new(),
        }
    }
}

/// What the server decided about an op, stored with it and delivered with it. Merging uses these and
/// nothing that depends on when an op arrives somewhere.
///
/// Encoded as a list of the first three, and `true` after them where the stamp is uncertain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Facts {
    /// When it was written, in corrected server time.
    pub stamp: Stamp,
    /// When its author's device claimed it was written, milliseconds since the Unix epoch.
    pub claimed_ms: i64,
    /// The author's authority at that time.
    pub level: Level,
    /// The stamp is a guess from the phone's wall clock: its boot never met the server.
    pub uncertain: bool,
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let certain = (self.stamp, self.claimed_ms, self.level);
        if self.uncertain {
            (certain.0, certain.1, certain.2, true).serialize(serializer)
        } else {
            certain.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Facts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;
        impl<'de> Visitor<'de> for Parts {
            type Value = Facts;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("stamp, claimed time and level, and true where the stamp is uncertain")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Facts, A::Error> {
                let missing = |at| A::Error::invalid_length(at, &"three parts");
                let stamp = parts.next_element()?.ok_or_else(|| missing(0))?;
                let claimed_ms = parts.next_element()?.ok_or_else(|| missing(1))?;
                let level = parts.next_element()?.ok_or_else(|| missing(2))?;
                let uncertain = parts.next_element()?;
                if uncertain == Some(false) {
                    return Err(A::Error::custom("certainty is told by leaving the mark out"));
                }
                Ok(Facts {
                    stamp,
                    claimed_ms,
                    level,
                    uncertain: uncertain.is_some(),
                })
            }
        }
        deserializer.deserialize_seq(Parts)
    }
}
