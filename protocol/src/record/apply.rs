//! Applying an op's changes to a record, one merge rule each.

use super::{Candidate, Entry, Field, LogEntry, Marker, Record, dots};
use crate::ids::{Dot, PersonId};
use crate::mutation::{self, Mutation};
use crate::op::{Change, Facts, FieldId, Op};
use crate::stamp::Stamp;
use crate::value::Value;
use crdts::{CmRDT, GSet, LWWReg, Orswot, VClock};

impl Record {
    /// The dots that `op` means to remove and this record has not seen. While one of them may still come, the op has to
    /// wait, and behind it the later ops of its actor on this record: what it would have removed would stand beside it;
    /// applied after a later one, what it adds would be taken for a repetition. A dot that never comes stands for what its
    /// actor wrote before it.
    pub fn missing(&self, op: &Op) -> impl Iterator<Item = Dot> {
        let unseen = |change: &Change| match change {
            Change::Keep { field, .. } => self.unseen(*field, CANDIDATES),
            Change::Remove { field, .. } => self.unseen(*field, MEMBERS),
            _ => None,
        };
        let looked_at = op
            .changes()
            .iter()
            .filter_map(move |change| Some((change, unseen(change)?)));
        looked_at.flat_map(|(change, unseen)| change.takes_away().into_iter().filter(unseen))
    }

    /// Tells which dots a field of this shape has not seen; none if the field takes no such change any more.
    fn unseen(&self, field: FieldId, shape: u8) -> Option<impl Fn(&Dot) -> bool> {
        let standing = self.fields.get(&field);
        if self.erased.contains(&field) || standing.is_some_and(|field| field.shape() > shape) {
            return None;
        }
        let clock = match standing {
            Some(Field::Candidates(set)) if shape == CANDIDATES => set.clock(),
            Some(Field::Members(set)) => set.clock(),
            _ => VClock::new(),
        };
        Some(move |dot: &Dot| clock.get(&dot.actor) < dot.seq)
    }

    pub(super) fn apply_changes(&mut self, dot: Dot, author: PersonId, facts: Facts, changes: &[Change]) {
        for (index, change) in changes.iter().enumerate() {
            match change {
                Change::Erase(fields) => self.erase(fields),
                Change::Relocate { area, epoch } => {
                    let marker = Marker {
                        epoch: *epoch,
                        level: facts.level,
                        stamp: facts.stamp,
                        dot,
                        weight: 0,
                    };
                    self.area.update(area.clone(), marker);
                }
                _ => self.apply_change(dot, index, author, facts, change),
            }
        }
    }

    fn apply_change(&mut self, dot: Dot, index: usize, author: PersonId, facts: Facts, change: &Change) {
        let field = change.field().unwrap_or(crate::catalogue::EVENTS);
        if self.erased.contains(&field) {
            return;
        }
        // A change's number within its op fits: ops have at most `OP_CHANGES_MAX` changes.
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        let entry = |what| LogEntry {
            stamp: facts.stamp,
            dot,
            index,
            author,
            level: facts.level,
            what,
        };
        let stamped = Marker {
            stamp: if mutation::active(Mutation::LaterStampLoses) {
                Stamp(!facts.stamp.0)
            } else {
                facts.stamp
            },
            dot: if mutation::active(Mutation::TieBreakRemoved) {
                Dot::default()
            } else {
                dot
            },
            ..Marker::default()
        };
        match change {
            Change::Once(_, value) => self.set(
                field,
                value,
                Marker {
                    dot,
                    ..Marker::default()
                },
            ),
            Change::Latest(_, value) => self.set(field, value, stamped),
            Change::Highest { value, by_value, .. } => {
                let weight = if *by_value { value.as_int().unwrap_or(0) } else { 0 };
                self.set(
                    field,
                    value,
                    Marker {
                        level: facts.level,
                        weight,
                        ..stamped
                    },
                );
            }
            Change::Centre { value, epoch, .. } => {
                self.set(
                    field,
                    value,
                    Marker {
                        epoch: *epoch,
                        level: facts.level,
                        ..stamped
                    },
                );
            }
            Change::Keep { value, replaces, .. } => {
                let candidate = Candidate {
                    stamp: facts.stamp,
                    dot,
                    author,
                    value: value.clone(),
                };
                self.keep(field, candidate, replaces);
            }
            Change::Add { members, .. } => self.add_members(field, dot, members),
            Change::Remove { members, .. } => self.remove_members(field, members),
            Change::Append(_, value) => self.log(field, entry(Entry::Note(value.clone()))),
            Change::Event { event, round, args } => {
                self.log(
                    field,
                    entry(Entry::Event {
                        event: *event,
                        round: *round,
                        args: args.clone(),
                    }),
                );
            }
            Change::Relocate { .. } | Change::Erase(_) => {}
        }
    }

    fn set(&mut self, field: FieldId, value: &Value, marker: Marker) {
        match self.fields.get_mut(&field) {
            None => {
                let val = value.clone();
                self.fields.insert(field, Field::Register(LWWReg { val, marker }));
            }
            Some(Field::Register(register)) => register.update(value.clone(), marker),
            Some(_) => {}
        }
    }

    /// The field, in the shape of `empty`; none if it has a greater one (see [`Field::shape`]).
    fn slot(&mut self, field: FieldId, empty: Field) -> Option<&mut Field> {
        let shape = empty.shape();
        let slot = self.fields.entry(field).or_insert_with(|| empty.clone());
        if slot.shape() < shape {
            *slot = empty;
        }
        (slot.shape() == shape).then_some(slot)
    }

    fn keep(&mut self, field: FieldId, candidate: Candidate, replaces: &[Dot]) {
        if let Some(Field::Candidates(set)) = self.slot(field, Field::Candidates(Orswot::new())) {
            dots::remove_candidates(set, replaces);
            dots::add(set, candidate.dot, std::iter::once(candidate));
        }
    }

    fn add_members(&mut self, field: FieldId, dot: Dot, members: &[Value]) {
        if let Some(Field::Members(set)) = self.slot(field, Field::Members(Orswot::new())) {
            dots::add(set, dot, members.iter().cloned());
        }
    }

    fn remove_members(&mut self, field: FieldId, members: &[(Value, Vec<Dot>)]) {
        if let Some(Field::Members(set)) = self.fields.get_mut(&field) {
            for (member, seen) in members {
                dots::remove(set, member, seen);
            }
        }
    }

    fn log(&mut self, field: FieldId, entry: LogEntry) {
        if let Some(Field::Log(log)) = self.slot(field, Field::Log(GSet::new())) {
            log.apply(entry);
        }
    }

    /// Erases fields for good.
    pub fn erase(&mut self, fields: &[FieldId]) {
        self.erased.extend(fields);
        self.fields.retain(|field, _| !self.erased.contains(field));
    }
}

const CANDIDATES: u8 = 1;
const MEMBERS: u8 = 2;

impl Field {
    /// Order of the shapes. A field has one rule for ever, but nobody can check that for a field that only a
    /// newer catalogue knows: if two writers differ, the greater shape stands and the lesser is nothing, in
    /// whatever order their ops arrive.
    pub(super) fn shape(&self) -> u8 {
        match self {
            Field::Register(_) => 0,
            Field::Candidates(_) => CANDIDATES,
            Field::Members(_) => MEMBERS,
            Field::Log(_) => 3,
        }
    }
}
