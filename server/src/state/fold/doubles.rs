//! Folding of marks by which reports are one case: rows that are only added, under both reports.

use crate::state::draft::Draft;
use crate::state::key::{self, Way};
use otor_protocol::catalogue::LifeCycle;
use otor_protocol::catalogue::built_in::{KINDS, report};
use otor_protocol::lifecycle::duplicate_of;
use otor_protocol::op::{Change, Op};
use otor_protocol::record::Record;

/// Notes what an op does to the mark of a report; `before` is as the report was, if it was there.
pub(super) fn note(draft: &mut Draft, commit: u64, op: &Op, before: Option<&Record>, after: &Record) {
    let says = |change: &Change| {
        matches!(
            change,
            Change::Event {
                event: report::MARK_DUPLICATE | report::UNMARK_DUPLICATE,
                ..
            }
        )
    };
    let is_report = || {
        let mut kinds = KINDS.iter();
        kinds.any(|kind| kind.id == after.kind && kind.life_cycle == LifeCycle::Report)
    };
    if !op.changes().iter().any(says) || !is_report() {
        return;
    }
    let (was, is) = (before.and_then(duplicate_of), duplicate_of(after));
    if was == is {
        return;
    }
    for (other, stands) in [(was, false), (is, true)] {
        if let Some(other) = other {
            draft.put(key::mark(after.id, other, Way::Marked, commit), stands);
            draft.put(key::mark(other, after.id, Way::MarkedBy, commit), stands);
        }
    }
}
