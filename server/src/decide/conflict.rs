//! Whether an op is merged with conflict: accepted, though its author had not seen what it competes with. Decided
//! once, when the op is; what is merged is the same either way.

use crate::state::cell::{RecordCell, RunCell};
use crate::state::{Draft, StateError, key};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{ActorId, Dot};
use otor_protocol::lifecycle;
use otor_protocol::limits::FRAME_OPS_MAX;
use otor_protocol::op::{Body, Change, FieldId, Op};
use otor_protocol::record::Record;
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use otor_protocol::wire::Verdict;

/// Looks at an op over the state before it. Somebody else's op is *unseen* if it came to the server after the
/// time that the author had heard from the server last. An edit is in conflict if
///
/// - it writes another value into a register than an unseen op has;
/// - a candidate that it does not replace is left beside its own, with another value;
/// - it writes a field that is erased;
/// - the record was ended by an unseen op: closed, archived, withdrawn, completed, cancelled.
pub(super) fn is_conflict(
    draft: &Draft,
    catalogue: &Catalogue,
    dot: Dot,
    op: &Op,
    floor: Stamp,
) -> Result<bool, StateError> {
    let Body::Edit { record: id, changes } = &op.body else {
        return Ok(false);
    };
    let Some(cell) = draft.look::<RecordCell>(&key::record(*id))? else {
        return Ok(false);
    };
    let record = draft.record(*id, &cell)?;
    let look = Look {
        draft,
        cell: &cell,
        own: dot.actor,
        floor,
    };
    for change in changes {
        if look.conflicts(&record, change)? {
            return Ok(true);
        }
    }
    let Some(kind) = catalogue.kind(record.kind) else {
        return Ok(false);
    };
    for ending in lifecycle::endings(kind, &record) {
        if look.unseen(ending)? {
            return Ok(true);
        }
    }
    Ok(false)
}

struct Look<'a> {
    draft: &'a Draft<'a>,
    cell: &'a RecordCell,
    own: ActorId,
    floor: Stamp,
}

impl Look<'_> {
    fn conflicts(&self, record: &Record, change: &Change) -> Result<bool, StateError> {
        if change.field().is_some_and(|field| record.erased.contains(&field)) {
            return Ok(true);
        }
        match change {
            Change::Latest(field, value)
            | Change::Highest { field, value, .. }
            | Change::Centre { field, value, .. } => self.overwrites(record, *field, value),
            Change::Relocate { area, .. } => {
                Ok(record.area.val != *area && self.unseen(record.area.marker.dot)?)
            }
            Change::Keep {
                field,
                value,
                replaces,
            } => Ok(record.candidates(*field).iter().any(|other| {
                other.dot.actor != self.own && other.value != *value && !replaces.contains(&other.dot)
            })),
            _ => Ok(false),
        }
    }

    fn overwrites(&self, record: &Record, field: FieldId, value: &Value) -> Result<bool, StateError> {
        let differs = record.register(field).is_some_and(|there| there != value);
        match record.marker(field).filter(|_| differs) {
            Some(marker) => self.unseen(marker.dot),
            None => Ok(false),
        }
    }

    /// Whether an op of somebody else came after what the author had heard.
    fn unseen(&self, dot: Dot) -> Result<bool, StateError> {
        if dot.actor == self.own || dot == Dot::default() {
            return Ok(false);
        }
        Ok(self.came_ms(dot)? > self.floor.ms())
    }

    /// When an op came to be part of the record; for one that was kept aside first, not later than this.
    fn came_ms(&self, dot: Dot) -> Result<i64, StateError> {
        for seq in (dot.seq.saturating_sub(FRAME_OPS_MAX as u64)..=dot.seq).rev() {
            let Some(run) = self.draft.look::<RunCell>(&key::run(dot.actor, seq))? else {
                continue;
            };
            let offset = usize::try_from(dot.seq - seq).unwrap_or(usize::MAX);
            let op = run.ops.get(offset);
            if op.is_some_and(|op| op.verdict == Verdict::Accepted) {
                return Ok(run.received_ms);
            }
            break;
        }
        Ok(self.cell.changed_ms)
    }
}
