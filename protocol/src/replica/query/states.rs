//! How far the worker's records have come: on this phone, at the server, seen by somebody of the centre.

use super::super::{OwnOp, RecordStage, Replica, Storage};
use super::Seen;
use super::words::stamp_of;
use crate::ids::{Dot, RecordId};
use crate::stamp::Stamp;
use std::collections::{BTreeMap, BTreeSet};

/// How far a record has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordState {
    /// So many of the worker's ops on it are only on this phone.
    OnPhone {
        /// How many.
        unsent: usize,
    },
    /// The server has all of it.
    AtServer,
    /// Somebody of a station or centre has had it before them since the worker wrote on it last, and wrote on it.
    SeenByCentre {
        /// When they wrote on it last, milliseconds since the Unix epoch.
        at_ms: i64,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Words {
    unsent: BTreeSet<Dot>,
    /// The worker's last word on it.
    mine: Stamp,
    /// The last word of somebody above worker level who is not a rule.
    centre: Stamp,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct States {
    of: BTreeMap<RecordId, Words>,
    unsent: BTreeSet<RecordId>,
}

impl States {
    pub(super) fn note(&mut self, seen: &Seen<'_>) {
        let id = seen.record.id;
        self.note_own(id, seen.own);
        let words = self.of.entry(id).or_default();
        words.mine = words.mine.max(seen.last.mine);
        words.centre = seen.last.centre;
    }

    /// Takes what the phone itself wrote on a record.
    pub(super) fn note_own(&mut self, id: RecordId, own: &[(Dot, &OwnOp)]) {
        if own.is_empty() {
            return;
        }
        let words = Words {
            unsent: own
                .iter()
                .filter(|(_, own)| own.told.is_none())
                .map(|(dot, _)| *dot)
                .collect(),
            mine: own.iter().map(|(_, own)| stamp_of(own)).max().unwrap_or_default(),
            centre: Stamp::default(),
        };
        if !words.unsent.is_empty() {
            self.unsent.insert(id);
        }
        self.of.insert(id, words);
    }

    pub(super) fn forget(&mut self, id: RecordId) {
        self.of.remove(&id);
        self.unsent.remove(&id);
    }
}

impl<S: Storage> Replica<S> {
    /// How far a record has come; none if the phone does not hold it.
    ///
    /// That the centre has seen it is told by what somebody above worker level wrote on it: no phone and no server
    /// can know who has looked at a screen.
    pub fn record_state(&self, id: RecordId) -> Option<RecordState> {
        let words = self.index.states.of.get(&id);
        let unsent = words.map_or(0, |words| words.unsent.len());
        if unsent > 0 {
            return Some(RecordState::OnPhone { unsent });
        }
        let stage = self.stage(id)?;
        let seen = words.filter(|words| words.centre > words.mine && stage != RecordStage::OnPhone);
        Some(
            seen.map_or(RecordState::AtServer, |words| RecordState::SeenByCentre {
                at_ms: words.centre.ms(),
            }),
        )
    }

    /// The records on which the worker's work is only on this phone.
    pub fn unsent_records(&self) -> impl Iterator<Item = RecordId> {
        self.index.states.unsent.iter().copied()
    }
}
