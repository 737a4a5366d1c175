//! Who wrote on a record last: the worker, or somebody of a station or a centre.

use super::super::OwnOp;
use crate::ids::{Level, PersonId};
use crate::record::{Field, Record};
use crate::stamp::Stamp;

/// Whether a level is that of a person of a station or a centre.
fn is_centre(level: Level) -> bool {
    level > Level::WORKER && level < Level::RULES
}

/// When an own op was written, by the server's reckoning where that is known.
pub(super) fn stamp_of(own: &OwnOp) -> Stamp {
    let said = own.told.as_ref().or(own.formerly.as_ref());
    said.map_or(own.own_stamp, |told| told.facts.stamp)
}

/// The last words on a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LastWords {
    /// Of the worker.
    pub(super) mine: Stamp,
    /// Of somebody above worker level who is not a rule.
    pub(super) centre: Stamp,
}

/// Finds the last words on a record.
pub(super) fn last_words(record: &Record, me: PersonId) -> LastWords {
    let (mut mine, mut centre) = (Stamp::default(), Stamp::default());
    let mut said = |author: Option<PersonId>, level: Level, stamp: Stamp| {
        if author == Some(me) {
            mine = mine.max(stamp);
        }
        if is_centre(level) {
            centre = centre.max(stamp);
        }
    };
    let creation = record.creation;
    said(Some(creation.author), creation.facts.level, creation.facts.stamp);
    said(None, record.area.marker.level, record.area.marker.stamp);
    for (id, field) in &record.fields {
        match field {
            Field::Register(register) => said(None, register.marker.level, register.marker.stamp),
            Field::Candidates(_) => {
                for one in record.candidates(*id) {
                    said(Some(one.author), Level::default(), one.stamp);
                }
            }
            Field::Log(log) => {
                // Sorted by time, but what a centre said may be early.
                for entry in log.read() {
                    said(Some(entry.author), entry.level, entry.stamp);
                }
            }
            Field::Members(_) => {}
        }
    }
    LastWords { mine, centre }
}
