//! A record as bytes: one encoding of our own, sorted, so that equal records have equal bytes.

use super::{Candidate, Creation, Field, LogEntry, Marker, Record, dots};
use crate::area::AreaCode;
use crate::ids::{ActorId, Dot, Lane, RecordId};
use crate::op::{FieldId, KindId};
use crate::value::Value;
use crdts::{CmRDT, GSet, LWWReg, Orswot};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;

/// First byte of every encoded record.
pub const FORMAT_VERSION: u8 = 1;

/// Bytes that are not a record of a known format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRecord {
    /// Written by a newer version.
    #[error("record format {0} is not known")]
    Version(u8),
    /// Not decodable, or not the one encoding of what it decodes to.
    #[error("not an encoded record")]
    Malformed,
}

#[derive(Deserialize)]
struct Image(
    RecordId,
    KindId,
    Lane,
    Creation,
    AreaCode,
    Marker,
    Vec<(FieldId, FieldImage)>,
    Vec<FieldId>,
);

/// The same of a record that is only looked at.
#[derive(Serialize)]
struct Sight<'a>(
    RecordId,
    KindId,
    Lane,
    &'a Creation,
    &'a AreaCode,
    &'a Marker,
    Fields<'a>,
    &'a BTreeSet<FieldId>,
);

struct Fields<'a>(&'a BTreeMap<FieldId, Field>);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(id, field)| (id, sight(field))))
    }
}

#[derive(Serialize)]
enum FieldSight<'a> {
    #[serde(rename = "a")]
    Register(&'a Value, &'a Marker),
    #[serde(rename = "b")]
    Candidates(SetImage<Candidate>),
    #[serde(rename = "c")]
    Members(SetImage<Value>),
    #[serde(rename = "d")]
    Log(BTreeSet<LogEntry>),
}

/// Most records take no more bytes.
const USUAL_BYTES: usize = 512;

/// A set is its clock and its members with their dots, both sorted.
#[derive(Serialize, Deserialize)]
struct SetImage<M>(Vec<Dot>, Vec<(M, Vec<Dot>)>);

#[derive(Deserialize)]
enum FieldImage {
    #[serde(rename = "a")]
    Register(Value, Marker),
    #[serde(rename = "b")]
    Candidates(SetImage<Candidate>),
    #[serde(rename = "c")]
    Members(SetImage<Value>),
    #[serde(rename = "d")]
    Log(Vec<LogEntry>),
}

impl Record {
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let sight = Sight(
            self.id,
            self.kind,
            self.lane,
            &self.creation,
            &self.area.val,
            &self.area.marker,
            Fields(&self.fields),
            &self.erased,
        );
        let mut bytes = Vec::with_capacity(USUAL_BYTES);
        bytes.push(FORMAT_VERSION);
        crate::wire::encode_onto(&mut bytes, &sight);
        bytes
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// [`BadRecord`] if they are of another version or damaged.
    pub fn decode(bytes: &[u8]) -> Result<Record, BadRecord> {
        let (version, body) = bytes.split_first().ok_or(BadRecord::Malformed)?;
        if *version != FORMAT_VERSION {
            return Err(BadRecord::Version(*version));
        }
        let Image(id, kind, lane, creation, area, area_marker, fields, erased) =
            crate::wire::decode(body).map_err(|_| BadRecord::Malformed)?;
        let erased: BTreeSet<FieldId> = erased.into_iter().collect();
        let record = Record {
            id,
            kind,
            lane,
            creation,
            area: LWWReg {
                val: area,
                marker: area_marker,
            },
            fields: fields
                .into_iter()
                .filter(|(id, _)| !erased.contains(id))
                .map(|(id, field)| (id, restore(field)))
                .collect(),
            erased,
        };
        // Digests and repairs compare bytes: unsorted, doubled or otherwise spelt content must not pass.
        if record.encode() == bytes {
            Ok(record)
        } else {
            Err(BadRecord::Malformed)
        }
    }
}

fn sight(field: &Field) -> FieldSight<'_> {
    match field {
        Field::Register(register) => FieldSight::Register(&register.val, &register.marker),
        Field::Candidates(set) => FieldSight::Candidates(set_image(set)),
        Field::Members(set) => FieldSight::Members(set_image(set)),
        Field::Log(log) => FieldSight::Log(log.read()),
    }
}

fn set_image<M: Clone + Hash + Eq + Ord>(set: &Orswot<M, ActorId>) -> SetImage<M> {
    let members: BTreeMap<M, Vec<Dot>> = set
        .iter()
        .map(|read| (read.val.clone(), dots::of_clock(&read.rm_clock)))
        .collect();
    SetImage(dots::of_clock(&set.clock()), members.into_iter().collect())
}

fn restore(field: FieldImage) -> Field {
    match field {
        FieldImage::Register(val, marker) => Field::Register(LWWReg { val, marker }),
        FieldImage::Candidates(set) => Field::Candidates(restore_set(set)),
        FieldImage::Members(set) => Field::Members(restore_set(set)),
        FieldImage::Log(entries) => {
            let mut log = GSet::new();
            entries.into_iter().for_each(|entry| log.apply(entry));
            Field::Log(log)
        }
    }
}

/// Rebuilds a set through the crate's public operations: its adds in order, then, where the clock has seen
/// more than the members show, an add of nothing.
fn restore_set<M: Clone + Hash + Eq + Ord + std::fmt::Debug>(
    SetImage(clock, members): SetImage<M>,
) -> Orswot<M, ActorId> {
    let mut by_dot: BTreeMap<Dot, Vec<M>> = BTreeMap::new();
    for (member, seen) in members {
        for dot in seen {
            by_dot.entry(dot).or_default().push(member.clone());
        }
    }
    let mut set = Orswot::new();
    for (dot, members) in by_dot {
        dots::add(&mut set, dot, members);
    }
    for dot in clock {
        dots::add(&mut set, dot, std::iter::empty());
    }
    set
}
