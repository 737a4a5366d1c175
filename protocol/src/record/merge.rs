//! Merging two states of one record: commutative, associative, idempotent, and equal to applying the ops.

use super::{Field, Record};
use crdts::CvRDT;

impl Record {
    /// Merges another state of the same record into this one.
    pub fn merge(&mut self, other: Record) {
        debug_assert_eq!(self.id, other.id);
        self.area.merge(other.area);
        for (id, theirs) in other.fields {
            match self.fields.get_mut(&id) {
                None => {
                    self.fields.insert(id, theirs);
                }
                Some(ours) => merge_field(ours, theirs),
            }
        }
        self.erased.extend(other.erased);
        self.fields.retain(|field, _| !self.erased.contains(field));
    }
}

fn merge_field(ours: &mut Field, theirs: Field) {
    match (ours, theirs) {
        (Field::Register(ours), Field::Register(theirs)) => ours.merge(theirs),
        (Field::Candidates(ours), Field::Candidates(theirs)) => ours.merge(theirs),
        (Field::Members(ours), Field::Members(theirs)) => ours.merge(theirs),
        (Field::Log(ours), Field::Log(theirs)) => ours.merge(theirs),
        (ours, theirs) if ours.shape() < theirs.shape() => *ours = theirs,
        _ => {}
    }
}
