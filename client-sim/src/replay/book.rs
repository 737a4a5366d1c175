//! The trace's own names against the system's: records by `ref`, workers by code, phones by name.

use crate::check::Renumbered;
use crate::trace::AdminAct;
use anyhow::Context;
use otor_protocol::catalogue::{ArgSpec, Catalogue, FieldSpec, ValueType};
use otor_protocol::ids::{DeviceId, Dot, PersonId, Position, RecordId};
use otor_protocol::keys::op_hash;
use otor_protocol::receipt::Receipt;
use otor_protocol::record::Names;
use otor_protocol::replica::{Replica, Storage};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// What a replay knows by name.
#[derive(Debug, Default)]
pub struct Book {
    /// How many ops were damaged on their phones, which do not know any more what became of them.
    damaged: u64,
    /// A backup was used without a word: what a phone has from after it may be found out by its digest only.
    restored_untold: bool,
    /// What each phone passes over of what a server then goes on with: after the commit of the backup, through the one that
    /// it had read before.
    passes_over: BTreeMap<DeviceId, Vec<RangeInclusive<u64>>>,
    /// What phones that had read beyond a backup did not hold of its records when it was used without a word: what had left
    /// them is theirs again, and they do not hear so.
    absent: BTreeSet<(DeviceId, RecordId)>,
    /// What phones were told of records, where they passed over what had been merged into them before.
    passed_over: BTreeSet<(DeviceId, RecordId, Position)>,
    records: BTreeMap<String, RecordId>,
    /// How phones created records: copies of a phone give one number to different ones.
    creations: BTreeMap<String, Created>,
    /// The numbers that residents were given.
    receipts: BTreeMap<String, String>,
    kinds: BTreeMap<String, String>,
    refs: BTreeMap<RecordId, String>,
    /// The records in the order in which they were noted.
    made: Vec<RecordId>,
    persons: BTreeMap<PersonId, String>,
    areas: BTreeMap<String, Vec<String>>,
}

/// What tells a record from another one of the same number: the hash of the op that created it, and when that was by
/// its phone's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Created {
    op: u64,
    claimed_ms: i64,
}

impl Book {
    /// Notes a record that this replay made.
    pub fn note_record(&mut self, name: &str, kind: &str, id: RecordId) {
        self.records.insert(name.to_string(), id);
        self.kinds.insert(name.to_string(), kind.to_string());
        self.refs.insert(id, name.to_string());
        self.made.push(id);
    }

    /// How many records were noted so far.
    pub fn made_so_far(&self) -> usize {
        self.made.len()
    }

    /// The records noted since there were so many.
    pub fn made_since(&self, before: usize) -> impl Iterator<Item = RecordId> {
        self.made.iter().skip(before).copied()
    }

    /// Notes how a phone created the record called `name`.
    pub fn note_creation<S: Storage>(&mut self, name: &str, replica: &Replica<S>) {
        let Some(id) = self.records.get(name) else { return };
        if let (Some(own), Some(record)) = (replica.own_op(id.0), replica.view(*id)) {
            let created = Created {
                op: op_hash(&own.op),
                claimed_ms: record.creation.facts.claimed_ms,
            };
            self.creations.insert(name.to_string(), created);
            self.receipts
                .insert(name.to_string(), Receipt::of(&record).to_string());
        }
    }

    /// An op was damaged on its phone, which does not know any more what became of it.
    pub fn note_damaged(&mut self) {
        self.damaged += 1;
    }

    /// How many were.
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// A backup of the server was used without a word of it, one that was made after a commit. Phones had read so far, or will
    /// have by a reply that is on its way.
    pub fn note_restored_untold(&mut self, backed_up: u64, read: BTreeMap<DeviceId, u64>) {
        self.restored_untold = true;
        for (device, through) in read {
            let ranges = self.passes_over.entry(device).or_default();
            ranges.push(backed_up + 1..=through);
        }
    }

    /// Whether a phone may have taken a commit for one that it had read before a backup was used without a word.
    pub fn passes_over(&self, device: DeviceId, commit: u64) -> bool {
        let mut ranges = self.passes_over.get(&device).into_iter().flatten();
        ranges.any(|range| range.contains(&commit))
    }

    /// A phone holds none of these records of a backup that was used without a word. Of one that had read no further nothing
    /// is noted.
    pub fn note_absent(&mut self, device: DeviceId, records: impl Iterator<Item = RecordId>) {
        if self.passes_over.contains_key(&device) {
            self.absent.extend(records.map(|record| (device, record)));
        }
    }

    /// Whether one is noted so.
    pub fn was_absent(&self, device: DeviceId, record: RecordId) -> bool {
        self.absent.contains(&(device, record))
    }

    /// A phone was told at a position of a record that it does not hold, because it passed over what was merged before.
    pub fn note_passed_over(&mut self, device: DeviceId, record: RecordId, position: Position) {
        self.passed_over.insert((device, record, position));
    }

    /// Whether that is known of it.
    pub fn has_passed_over(&self, device: DeviceId, record: RecordId, position: Position) -> bool {
        self.passed_over.contains(&(device, record, position))
    }

    /// Whether one was.
    pub fn restored_untold(&self) -> bool {
        self.restored_untold
    }

    /// The receipt number that a phone gave for the record called `name` when it wrote it.
    ///
    /// # Errors
    /// If no phone of this replay has written it.
    pub fn receipt(&self, name: &str) -> anyhow::Result<&str> {
        let receipt = self.receipts.get(name).map(String::as_str);
        receipt.with_context(|| format!("no phone has written {name}"))
    }

    /// What was lost with a phone and never reached the server is as if it had never been: its number may be given
    /// to something else.
    pub fn forget(&mut self, lost: &[(Dot, Vec<u8>)]) {
        for (dot, op) in lost {
            let hash = op_hash(op);
            self.records.retain(|name, id| {
                let created = self.creations.get(name);
                let same = *id == RecordId(*dot) && created.is_some_and(|created| created.op == hash);
                !same
            });
        }
    }

    /// Whether a phone has something else under the number of the record called `name`: one of the phones is a
    /// copy, and does not know it yet.
    pub fn is_taken_on<S: Storage>(&self, name: &str, replica: &Replica<S>) -> bool {
        let record = self.records.get(name).and_then(|id| replica.view(*id));
        match (record, self.creations.get(name)) {
            (Some(record), Some(created)) => record.creation.facts.claimed_ms != created.claimed_ms,
            _ => false,
        }
    }

    /// A copied phone has given its work other numbers.
    pub fn renumber(&mut self, renumbered: &Renumbered) {
        let (old, new) = (RecordId(renumbered.old), RecordId(renumbered.new));
        let hash = op_hash(&renumbered.op);
        let names: Vec<String> = self
            .creations
            .iter()
            .filter(|(name, created)| created.op == hash && self.records.get(*name) == Some(&old))
            .map(|(name, _)| name.clone())
            .collect();
        for name in names {
            self.records.insert(name.clone(), new);
            if let Some(created) = self.creations.get_mut(&name) {
                created.op = op_hash(&renumbered.new_op);
            }
            self.refs.insert(new, name);
            let other = self.records.iter().find(|(_, id)| **id == old);
            match other.map(|(name, _)| name.clone()) {
                Some(other) => self.refs.insert(old, other),
                None => self.refs.remove(&old),
            };
        }
    }

    /// Notes what persons are called.
    pub fn note_persons(&mut self, persons: BTreeMap<PersonId, String>) {
        self.persons.extend(persons);
    }

    /// Notes the areas a worker serves.
    pub fn note_worker(&mut self, worker: &str, areas: &[String]) {
        self.areas.insert(worker.to_string(), areas.to_vec());
    }

    /// Notes a change of the area tree.
    pub fn note_reshaped(&mut self, act: &AdminAct) {
        for areas in self.areas.values_mut() {
            *areas = act.areas_after(areas);
        }
    }

    /// The one area of a worker, for records that do not say where they belong.
    pub fn only_area(&self, worker: &str) -> Option<&str> {
        match self.areas.get(worker).map(Vec::as_slice) {
            Some([only]) => Some(only),
            _ => None,
        }
    }

    /// The record the trace calls `name`.
    ///
    /// # Errors
    /// If this replay has not made it.
    pub fn id(&self, name: &str) -> anyhow::Result<RecordId> {
        self.records
            .get(name)
            .copied()
            .with_context(|| format!("{name} has not been created"))
    }

    /// The kind of the record the trace calls `name`.
    ///
    /// # Errors
    /// If this replay has not made it.
    pub fn kind(&self, name: &str) -> anyhow::Result<&str> {
        self.kinds
            .get(name)
            .map(String::as_str)
            .with_context(|| format!("{name} has not been created"))
    }

    /// What the trace calls a record, if this replay made it.
    pub fn name_of(&self, id: RecordId) -> Option<&str> {
        self.refs.get(&id).map(String::as_str)
    }

    /// The records this replay made.
    pub fn records(&self) -> impl Iterator<Item = RecordId> {
        self.refs.keys().copied()
    }

    /// Fields of a record as the API takes them: references to records by id.
    ///
    /// # Errors
    /// If a reference names a record that this replay has not made.
    pub fn fields_outward(
        &self,
        catalogue: &Catalogue,
        kind: &str,
        fields: impl IntoIterator<Item = (String, Value)>,
    ) -> anyhow::Result<Map<String, Value>> {
        let spec = catalogue.kind_named(kind);
        let is_reference = |name: &str| {
            spec.and_then(|spec| spec.field_named(name))
                .is_some_and(|field: &FieldSpec| field.value_type == ValueType::Record)
        };
        self.outward(fields, is_reference)
    }

    /// Arguments of an event as the API takes them.
    ///
    /// # Errors
    /// As [`Book::fields_outward`].
    pub fn args_outward(
        &self,
        catalogue: &Catalogue,
        kind: &str,
        event: &str,
        args: impl IntoIterator<Item = (String, Value)>,
    ) -> anyhow::Result<Map<String, Value>> {
        let spec = catalogue
            .kind_named(kind)
            .and_then(|spec| spec.event_named(event));
        let is_reference = |name: &str| {
            spec.and_then(|spec| ArgSpec::named(spec.args, name))
                .is_some_and(|arg| arg.value_type == ValueType::Record)
        };
        self.outward(args, is_reference)
    }

    fn outward(
        &self,
        fields: impl IntoIterator<Item = (String, Value)>,
        is_reference: impl Fn(&str) -> bool,
    ) -> anyhow::Result<Map<String, Value>> {
        let mut out = Map::new();
        for (name, value) in fields {
            let value = match &value {
                Value::String(text) if is_reference(&name) => Value::String(self.id(text)?.to_string()),
                _ => value,
            };
            out.insert(name, value);
        }
        Ok(out)
    }

    /// Fields as the API gives them, with records named as the trace names them.
    pub fn fields_inward(
        &self,
        catalogue: &Catalogue,
        kind: &str,
        mut fields: Map<String, Value>,
    ) -> Map<String, Value> {
        let spec = catalogue.kind_named(kind);
        for (name, value) in &mut fields {
            let reference = matches!(name.as_str(), "duplicate_of" | "case")
                || spec
                    .and_then(|spec| spec.field_named(name))
                    .is_some_and(|field| field.value_type == ValueType::Record);
            if reference && let Some(known) = value.as_str().and_then(|id| self.name_of(id.parse().ok()?)) {
                *value = Value::String(known.to_string());
            }
        }
        fields
    }
}

impl Names for Book {
    fn person(&self, text: &str) -> Option<PersonId> {
        self.persons
            .iter()
            .find(|(_, name)| *name == text)
            .map(|(person, _)| *person)
    }

    fn record(&self, text: &str) -> Option<RecordId> {
        self.records.get(text).copied()
    }

    fn person_name(&self, person: PersonId) -> String {
        self.persons
            .get(&person)
            .cloned()
            .unwrap_or_else(|| format!("person {}", person.0))
    }

    fn record_name(&self, record: RecordId) -> String {
        record.to_string()
    }
}
