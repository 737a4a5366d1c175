//! What a worker asks of the phone: lists and suggestions, each from an index that is kept as ops are written and
//! applied, and made anew when the phone is opened. An index never decides anything: it only finds what the view says.

mod care;
mod cases;
mod doubles;
mod look;
mod nearby;
mod states;
mod tasks;
mod text;
mod words;

pub use care::CareDue;
pub use cases::OpenCase;
pub use doubles::{Alike, HouseholdDraft, LikeHousehold};
pub use look::ToLookAt;
pub use nearby::{LikeReport, ReportDraft};
pub use states::RecordState;
pub use tasks::MyTask;

use super::{OwnOp, Replica, Storage};
use crate::catalogue::KindSpec;
use crate::catalogue::built_in::KINDS;
use crate::ids::{Dot, PersonId, RecordId};
use crate::record::Record;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// A record as the worker sees it, with what the phone itself wrote on it.
struct Seen<'a> {
    record: &'a Record,
    kind: &'static KindSpec,
    /// The worker.
    me: PersonId,
    /// The own ops on it that are still kept.
    own: &'a [(Dot, &'a OwnOp)],
    /// Who wrote on it last.
    last: words::LastWords,
}

/// All indexes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Index {
    tasks: tasks::Tasks,
    care: care::Care,
    cases: cases::Cases,
    nearby: nearby::Nearby,
    doubles: doubles::Doubles,
    states: states::States,
    look: look::Look,
}

impl Index {
    /// Takes a record for what it is now; what it was has been forgotten.
    fn note(&mut self, seen: &Seen<'_>) {
        self.tasks.note(seen);
        self.care.note(seen);
        self.cases.note(seen);
        self.nearby.note(seen);
        self.doubles.note(seen);
        self.states.note(seen);
        self.look.note(seen);
    }

    /// Takes a record for gone.
    fn forget(&mut self, id: RecordId) {
        self.tasks.forget(id);
        self.care.forget(id);
        self.cases.forget(id);
        self.nearby.forget(id);
        self.doubles.forget(id);
        self.states.forget(id);
        self.look.forget(id);
    }
}

impl<S: Storage> Replica<S> {
    /// Brings the indexes up to what the worker sees of a record now.
    pub(super) fn reindex(&mut self, id: RecordId) {
        let mut index = std::mem::take(&mut self.index);
        self.note_in(&mut index, id);
        self.index = index;
    }

    /// Makes the indexes anew.
    pub(super) fn build_index(&mut self) {
        self.index = self.fresh_index();
    }

    fn fresh_index(&self) -> Index {
        let mut index = Index::default();
        let ids: BTreeSet<RecordId> = self.mirror.keys().chain(self.own_ops.keys()).copied().collect();
        for id in ids {
            self.note_in(&mut index, id);
        }
        index
    }

    fn note_in(&self, index: &mut Index, id: RecordId) {
        let own: Vec<(Dot, &OwnOp)> = self.own_ops_on(id).map(|(_, dot, own)| (dot, own)).collect();
        let seen = match self.mirror.get(&id) {
            Some(held) if own.iter().all(|(_, own)| own.is_merged()) => Some(Cow::Borrowed(&held.record)),
            _ => self.view(id).map(Cow::Owned),
        };
        index.forget(id);
        match &seen {
            Some(record) => {
                let kind = KINDS.iter().find(|kind| kind.id == record.kind);
                let me = self.identity().certificate.owner;
                let own = own.as_slice();
                match kind {
                    Some(kind) => index.note(&Seen {
                        record,
                        kind,
                        me,
                        own,
                        last: words::last_words(record, me),
                    }),
                    None => index.note_unknown(id, own),
                }
            }
            None => index.note_unknown(id, &own),
        }
    }

    /// Whether the indexes are what they would be if they were made anew: for tests to demand.
    pub fn index_is_right(&self) -> bool {
        self.index == self.fresh_index()
    }
}

impl Index {
    /// What is known of own ops on a record that cannot be shown, or of a kind that only a later version knows.
    fn note_unknown(&mut self, id: RecordId, own: &[(Dot, &OwnOp)]) {
        self.states.note_own(id, own);
        self.look.note_own(id, own);
    }
}
