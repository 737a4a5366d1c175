//! Folds one record again from the journal, where the table has damaged it: every act that says whose a record
//! is, and of the ops those on this record.

use super::cell::RecordCell;
use super::draft::{Draft, StateError, decode};
use super::entry::{Act, Entry, FrameAct};
use super::fold::{apply_entry, apply_judged, apply_released};
use super::{audit, key, read};
use crate::store::engine::{Row, View, ViewError, Writes};
use otor_protocol::digest::{Digest, record_hash};
use otor_protocol::ids::{Dot, Lane, Position, RecordId, ScopeId};
use otor_protocol::wire::Content;

/// Rows read at once.
const PAGE_ROWS: usize = 512;

/// A state in which nothing is.
struct Nothing;

impl View for Nothing {
    fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, ViewError> {
        Ok(None)
    }

    fn range(&self, _: &[u8], _: &[u8], _: usize) -> Result<Vec<Row>, ViewError> {
        Ok(Vec::new())
    }
}

/// One record under way through the journal.
pub struct Refold {
    id: RecordId,
    draft: Draft<'static>,
}

/// Whether an entry of the journal can say anything of a record: all but frames, and what rules wrote with them, that
/// have no op on it and release nothing.
pub fn concerns(id: RecordId, payload: &[u8]) -> bool {
    match Entry::decode(payload) {
        Some(Entry {
            act: Act::Frame(frame),
            derived,
            ..
        }) => std::iter::once(&frame)
            .chain(&derived)
            .any(|frame| is_on(id, frame)),
        _ => true,
    }
}

fn is_on(id: RecordId, frame: &FrameAct) -> bool {
    let Ok(content) = Content::decode(&frame.content) else {
        return false;
    };
    let dots = (content.first_seq..).map(|seq| Dot::new(content.actor, seq));
    let mut ops = (0..content.ops.len()).zip(dots);
    !frame.released.is_empty()
        || ops.any(|(index, dot)| content.op(index).is_ok_and(|op| op.record(dot) == Some(id)))
}

impl Refold {
    /// Begins with nothing.
    pub fn new(id: RecordId) -> Self {
        Refold {
            id,
            draft: Draft::new(&Nothing),
        }
    }

    /// Takes the next entry of the journal.
    ///
    /// # Errors
    /// [`StateError`] if the journal's entries do not follow from one another.
    pub fn take(&mut self, commit: u64, payload: &[u8]) -> Result<(), StateError> {
        let damaged = || StateError::Damaged {
            key: commit.to_be_bytes().as_slice().into(),
        };
        let mut entry = Entry::decode(payload).ok_or_else(damaged)?;
        entry.answer = None;
        match &mut entry.act {
            Act::Frame(frame) => {
                let begin = Position { commit, index: 0 };
                let mut free = self.take_frame(begin, entry.at_ms, frame)?;
                for frame in &entry.derived {
                    free = self.take_frame(free, entry.at_ms, frame)?;
                }
                Ok(())
            }
            Act::Delivered(tasks) => {
                // The others' places in the commit are not this record's.
                let ours: Vec<_> = tasks.iter().filter(|(id, _)| *id == self.id).copied().collect();
                if ours.is_empty() {
                    return Ok(());
                }
                let act = Act::Delivered(ours);
                apply_entry(&mut self.draft, commit, &Entry { act, ..entry })
            }
            _ => apply_entry(&mut self.draft, commit, &entry),
        }
    }

    /// Takes a frame whose first op has the position `begin`; the first position after it.
    fn take_frame(&mut self, begin: Position, at_ms: i64, frame: &FrameAct) -> Result<Position, StateError> {
        let Ok(content) = Content::decode(&frame.content) else {
            return Ok(begin);
        };
        let commit = begin.commit;
        for (judged, index) in frame.judged.iter().zip(frame.skip as usize..) {
            let dot = Dot::new(content.actor, content.first_seq + index as u64);
            let op = content.op(index).ok();
            if op.as_ref().and_then(|op| op.record(dot)) == Some(self.id) {
                let place = (index, op.as_ref());
                apply_judged(&mut self.draft, (begin, at_ms), &content, place, judged)?;
            }
        }
        // Those of other records were not kept aside here and are passed over.
        let mut free = begin.index + content.ops.len() as u32;
        for released in &frame.released {
            apply_released(&mut self.draft, commit, free, at_ms, released)?;
            free += 1;
        }
        Ok(Position { commit, index: free })
    }

    /// The rows of the record, its memberships and the digests they add up to, to be laid over `view`, the state
    /// after the last entry taken. None if the journal knows no such record.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn rows(self, view: &dyn View) -> Result<Option<Writes>, StateError> {
        let place = key::record(self.id);
        let Some(mut cell) = self.draft.get::<RecordCell>(&place)? else {
            return Ok(None);
        };
        let lane = cell
            .record()
            .map_err(|_| StateError::Damaged { key: place.clone() })?
            .lane;
        if let Some(changed) = last_change(view, self.id, cell.changed.commit)? {
            cell.changed = changed;
        }
        let mut rows = Draft::new(&Nothing);
        rows.put(key::changed(cell.changed), self.id);
        for scope in &cell.scopes {
            rows.put(key::member(*scope, lane, self.id), record_hash(&cell.state));
        }
        rows.put(place, cell.clone());
        let writes = rows.into_written()?;
        let mut sums = Draft::new(&Nothing);
        for scope in &cell.scopes {
            let sum = sum(&writes.over(view), *scope, lane)?;
            sums.put(key::digest(*scope, lane), sum);
        }
        Ok(Some(sums.add_to(writes)?))
    }
}

/// Where the log of changes names a record in a commit: its place among all that this commit changed.
fn last_change(view: &dyn View, id: RecordId, commit: u64) -> Result<Option<Position>, StateError> {
    let from = key::changed(Position { commit, index: 0 });
    let to = key::changed(Position {
        commit: commit + 1,
        index: 0,
    });
    let rows = read::range::<RecordId>(view, &from, &to, usize::MAX)?;
    let row = rows.iter().find(|(_, changed)| *changed == id);
    Ok(row.and_then(|(place, _)| key::changed_position(place)))
}

fn sum(view: &dyn View, scope: ScopeId, lane: Lane) -> Result<Digest, StateError> {
    let members = audit::members(view, (scope, lane), None, usize::MAX)?;
    Ok(members.into_iter().map(|(_, hash)| hash).collect())
}

/// The memberships and the digest of a scope and lane, from the records themselves.
///
/// # Errors
/// [`StateError::Damaged`] names a record that has to be put right first.
pub fn lane_rows(view: &dyn View, scope: ScopeId, lane: Lane) -> Result<Writes, StateError> {
    let mut rows = Draft::new(&Nothing);
    let prefix = key::members(scope, lane);
    for (place, _) in view.range(&prefix, &key::end_of(&prefix), usize::MAX)? {
        rows.delete(place);
    }
    let mut digest = Digest::default();
    let prefix = key::records();
    let (mut from, end) = (prefix.clone(), key::end_of(&prefix));
    loop {
        let page = read::range::<RecordCell>(view, &from, &end, PAGE_ROWS)?;
        for (place, cell) in page.iter().filter(|(_, cell)| cell.scopes.contains(&scope)) {
            let record = cell
                .record()
                .map_err(|_| StateError::Damaged { key: place.clone() })?;
            if record.lane == lane {
                let hash = record_hash(&cell.state);
                let membership = key::member(scope, lane, record.id);
                let member = view.get(&membership)?;
                let named = member.and_then(|bytes| decode::<u64>(&membership, &bytes).ok());
                if named.is_some_and(|named| named != hash) {
                    // One of the two is altered: only the journal knows which.
                    return Err(StateError::Damaged { key: place.clone() });
                }
                rows.put(key::member(scope, lane, record.id), hash);
                digest += hash;
            }
        }
        match page.last() {
            Some((last, _)) if page.len() == PAGE_ROWS => from = key::end_of(last),
            _ => break,
        }
    }
    rows.put(key::digest(scope, lane), digest);
    rows.into_written()
}

#[cfg(test)]
mod tests {
    use super::*;
    use otor_protocol::ids::{ActorId, PersonId};
    use otor_protocol::op::{Body, Op};
    use otor_protocol::stamp::Stamp;
    use otor_protocol::wire::encode;

    fn frame(actor: u32, record: RecordId) -> FrameAct {
        let op = Op {
            author: PersonId(1),
            uptime_ms: 1,
            body: Body::Edit {
                record,
                changes: Vec::new(),
            },
        };
        let content = Content {
            actor: ActorId(actor),
            first_seq: 5,
            boot: 1,
            wall_minus_uptime_ms: 0,
            floors: vec![(0, Stamp::default())],
            ops: vec![encode(&op).into()],
            origins: Vec::new(),
        };
        FrameAct {
            content: content.encode().into(),
            skip: 0,
            clock: None,
            uptime_shift_ms: 0,
            judged: Vec::new(),
            released: Vec::new(),
            signature: None,
        }
    }

    #[test]
    fn frame_concerns_the_records_of_its_ops_and_those_that_rules_wrote_to_because_of_it() {
        let [reported, ruled, other] = [1, 2, 3].map(|seq| RecordId(Dot::new(ActorId(9), seq)));
        let entry = Entry {
            at_ms: 1,
            act: Act::Frame(frame(7, reported)),
            answer: None,
            derived: vec![frame(1, ruled)],
            by: None,
        };
        let payload = entry.encode();
        assert!(concerns(reported, &payload) && concerns(ruled, &payload));
        assert!(!concerns(other, &payload));
        // What creates a record is named by its own dot; what is no frame may concern any.
        let persons = Entry {
            act: Act::Persons(Vec::new()),
            ..entry
        };
        assert!(concerns(other, &persons.encode()));
    }
}
