//! What somebody should look at: fields with several truths, own work that was merged beside other work or is kept
//! aside, and records whose history disagrees with itself.

use super::super::tray::kept_aside;
use super::super::{OwnOp, Replica, Storage};
use super::Seen;
use super::words::stamp_of;
use crate::ids::{Dot, RecordId};
use crate::lifecycle;
use crate::wire::Verdict;
use std::collections::BTreeMap;

/// A record to look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToLookAt {
    /// Fields that hold several truths until somebody settles them.
    pub fields: Vec<&'static str>,
    /// Marks that tell of work which does not fit together.
    pub marks: Vec<&'static str>,
    /// Own ops that were merged though the worker had not seen what they compete with, since the centre wrote last.
    pub merged_with_conflict: Vec<Dot>,
    /// Own ops that the server keeps aside.
    pub in_tray: Vec<Dot>,
}

/// The marks that tell of work which does not fit together. The others tell that something is late or asked for, and
/// stand in other lists.
const CONFLICTING: [&str; 8] = [
    "two_closings",
    "closed_before_whistle",
    "after_closing",
    "double_work",
    "done_by_former_assignee",
    "evidence_after_cancel",
    "removal_not_seen_by_all",
    "verified_by_rectifier",
];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Look(BTreeMap<RecordId, ToLookAt>);

impl Look {
    pub(super) fn note(&mut self, seen: &Seen<'_>) {
        let id = seen.record.id;
        // What the centre wrote since is its answer.
        let answered = |own: &OwnOp| stamp_of(own) <= seen.last.centre && !kept_aside(own);
        let own: Vec<(Dot, &OwnOp)> = seen
            .own
            .iter()
            .filter(|(_, own)| !answered(own))
            .copied()
            .collect();
        self.note_own(id, &own);
        let fields = lifecycle::conflicts(seen.kind, seen.record);
        let folded = lifecycle::fold(seen.kind, seen.record);
        let marks = folded.map(|folded| folded.marks).unwrap_or_default();
        let marks: Vec<_> = marks
            .into_iter()
            .filter(|mark| CONFLICTING.contains(mark))
            .collect();
        if !(fields.is_empty() && marks.is_empty()) {
            let entry = self.0.entry(id).or_default();
            (entry.fields, entry.marks) = (fields, marks);
        }
    }

    /// Takes what the phone itself wrote on a record.
    pub(super) fn note_own(&mut self, id: RecordId, own: &[(Dot, &OwnOp)]) {
        let dots = |which: fn(&OwnOp) -> bool| -> Vec<Dot> {
            let chosen = own.iter().filter(|(_, own)| which(own));
            chosen.map(|(dot, _)| *dot).collect()
        };
        let entry = ToLookAt {
            merged_with_conflict: dots(merged_with_conflict),
            in_tray: dots(kept_aside),
            ..ToLookAt::default()
        };
        if entry != ToLookAt::default() {
            self.0.insert(id, entry);
        }
    }

    pub(super) fn forget(&mut self, id: RecordId) {
        self.0.remove(&id);
    }
}

fn merged_with_conflict(own: &OwnOp) -> bool {
    let told = own.told.as_ref();
    told.is_some_and(|told| told.conflict && told.verdict == Verdict::Accepted)
}

impl<S: Storage> Replica<S> {
    /// The records to look at: conflicts, and own work that the server keeps aside.
    pub fn to_look_at(&self) -> impl Iterator<Item = (RecordId, &ToLookAt)> {
        self.index.look.0.iter().map(|(id, entry)| (*id, entry))
    }
}
