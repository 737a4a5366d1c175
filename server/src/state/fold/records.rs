//! Folding of ops: records, feeds, memberships, what is kept aside.

use super::delivery::await_delivery;
use super::doubles;
use super::due;
use super::facts;
use super::feeds::{tell, tell_author};
use super::history::erased_in;
use super::members::{join, join_new, leave, sound_record};
use super::runs::in_inbox_only;
use super::sources;
use crate::state::cell::{ActorCell, HeldCell, RecordCell, ServerCell};
use crate::state::draft::{Draft, StateError};
use crate::state::entry::{Judged, Released};
use crate::state::key;
use crate::state::membership::{audience, concerned};
use crate::store::engine::RowKey;
use otor_protocol::digest::record_hash;
use otor_protocol::ids::{Dot, Lane, Level, Position, RecordId};
use otor_protocol::mutation::{self, Mutation};
use otor_protocol::op::{Body, Facts, Op};
use otor_protocol::record::Record;
use otor_protocol::wire::{Content, News, Verdict};
use serde_bytes::ByteBuf;
use std::sync::Arc;

/// Most ops merged with conflict that are noted with a record.
const CONFLICTS_MAX: usize = 8;

/// Applies one op of a frame by the decision on it, at this time. `index` is its place in the content, `begin` the
/// position of the content's first op; it comes as it decodes.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn apply_judged(
    draft: &mut Draft,
    (begin, at_ms): (Position, i64),
    content: &Content,
    (index, op): (usize, Option<&Op>),
    judged: &Judged,
) -> Result<(), StateError> {
    let Some(bytes) = content.ops.get(index) else {
        return Err(damaged(&begin.commit.to_be_bytes()));
    };
    let dot = Dot::new(content.actor, content.first_seq + index as u64);
    let commit = begin.commit;
    let position = Position {
        commit,
        index: begin.index + index as u32,
    };
    match (&judged.verdict, op) {
        (Verdict::Accepted, Some(op)) => {
            let accepted = Accepted {
                facts: judged.facts,
                lane: judged.lane,
                conflict: judged.conflict,
            };
            accept(draft, position, at_ms, dot, op, bytes, &accepted)?;
        }
        (verdict, _) => {
            let reason = match verdict {
                Verdict::Quarantined(reason) => Some(*reason),
                _ => None,
            };
            let record = op.and_then(|op| op.record(dot));
            let held = HeldCell {
                reason,
                record,
                op: ByteBuf::from(bytes.to_vec()),
                facts: judged.facts,
                floor: content.floor_at(index),
                commit,
                received_ms: at_ms,
            };
            hold(draft, dot, &held);
        }
    }
    let place = key::actor(dot.actor);
    let known = draft.change_known(&place, |actor: &mut ActorCell| {
        actor.through = dot.seq;
        actor.chain = actor.chain.after(bytes);
        actor.last_stamp = actor.last_stamp.max(judged.facts.stamp);
    })?;
    if !known {
        return Err(damaged(&place));
    }
    if let Some((first, hash)) = content.origin_at(index) {
        draft.put(key::origin(first, hash), dot);
    }
    Ok(())
}

pub(super) fn damaged(key: &[u8]) -> StateError {
    StateError::Damaged { key: key.into() }
}

fn hold(draft: &mut Draft, dot: Dot, held: &HeldCell) {
    match (held.reason, held.record) {
        (Some(_), _) if mutation::active(Mutation::QuarantinedDropped) => return,
        (None, Some(record)) => draft.put(key::parked(record, dot), held.clone()),
        _ => draft.put(key::quarantined(dot), held.clone()),
    }
    if let Some(record) = held.record {
        draft.put(key::waiting(dot.actor, record), held.reason);
    }
}

/// Applies the decision on an op that had been kept aside.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn apply_released(
    draft: &mut Draft,
    commit: u64,
    index: u32,
    at_ms: i64,
    released: &Released,
) -> Result<(), StateError> {
    let position = Position { commit, index };
    let dot = released.dot;
    let Some((place, held)) = held(draft, released)? else {
        return Ok(());
    };
    draft.delete(place);
    let op: Option<Op> = otor_protocol::wire::decode(&held.op).ok();
    if let Some(record) = held.record {
        draft.delete(key::waiting(dot.actor, record));
    }
    let mut in_inbox = false;
    match (&released.verdict, op) {
        (Verdict::Accepted, Some(op)) => {
            let accepted = Accepted {
                facts: held.facts,
                lane: released.lane,
                conflict: released.conflict,
            };
            accept(draft, position, at_ms, dot, &op, &held.op, &accepted)?;
            in_inbox = released.lane.is_some() && in_inbox_only(draft, RecordId(dot))?;
        }
        (Verdict::Quarantined(reason), _) => {
            hold(
                draft,
                dot,
                &HeldCell {
                    reason: Some(*reason),
                    ..held.clone()
                },
            );
        }
        _ => hold(
            draft,
            dot,
            &HeldCell {
                reason: None,
                ..held.clone()
            },
        ),
    }
    if mutation::active(Mutation::ReleaseUntold) {
        return Ok(());
    }
    tell_author(draft, position, dot, released, held.facts, in_inbox)
}

fn held(draft: &Draft, released: &Released) -> Result<Option<(RowKey, HeldCell)>, StateError> {
    let place = match released.parked_for {
        Some(record) => key::parked(record, released.dot),
        None => key::quarantined(released.dot),
    };
    Ok(draft.get(&place)?.map(|cell| (place, cell)))
}

/// What was decided about an op that is merged.
struct Accepted {
    facts: Facts,
    /// The lane of the record it creates.
    lane: Option<Lane>,
    conflict: bool,
}

fn accept(
    draft: &mut Draft,
    position: Position,
    at_ms: i64,
    dot: Dot,
    op: &Op,
    bytes: &[u8],
    accepted: &Accepted,
) -> Result<(), StateError> {
    let Accepted {
        facts,
        lane,
        conflict,
    } = *accepted;
    let news = |lane| News::Op {
        dot,
        op: ByteBuf::from(bytes.to_vec()),
        facts,
        lane,
    };
    match &op.body {
        Body::Create { .. } => {
            let Some(mut record) = lane.and_then(|lane| Record::create(dot, lane, op, facts)) else {
                return Ok(());
            };
            let erased = erased_in(draft, &mut record)?;
            let scopes = audience(draft, &record)?;
            let state = ByteBuf::from(record.encode());
            let hash = record_hash(&state);
            for scope in &scopes {
                join_new(draft, *scope, &record, hash)?;
                let state = state.clone();
                let told = if erased {
                    News::Enter { state }
                } else {
                    news(record.lane)
                };
                tell(draft, *scope, record.lane, position, told)?;
            }
            let cell = RecordCell {
                state,
                changed: position,
                changed_ms: at_ms,
                first_commit: position.commit,
                received_ms: at_ms,
                scopes,
                past_areas: Vec::new(),
                delivered: None,
                conflicts: Vec::new(),
            };
            draft.change(key::server(), |server: &mut ServerCell| server.records += 1)?;
            await_delivery(draft, position, None, &record)?;
            due::note_creation(draft, &record)?;
            sources::note_creation(draft, &record)?;
            doubles::note(draft, position.commit, op, None, &record);
            facts::note(draft, position.commit, None, &record)?;
            put_record(draft, position, cell, &Arc::new(record))?;
        }
        Body::Edit { record: id, .. } => {
            let Some(mut cell) = draft.get::<RecordCell>(&key::record(*id))? else {
                return Ok(());
            };
            cell.changed_ms = at_ms;
            note_conflict(&mut cell, dot, facts, conflict);
            let before = sound_record(draft, *id, &cell)?;
            let mut record = Record::clone(&before);
            record.apply(dot, op, facts);
            let record = Arc::new(record);
            doubles::note(draft, position.commit, op, Some(&before), &record);
            await_delivery(draft, position, Some(&before), &record)?;
            spread(draft, position, cell, &before, &record, Some(news(record.lane)))?;
        }
        Body::Release { .. } => {}
    }
    Ok(())
}

/// Ops merged with conflict stay noted until an account writes: whoever does has seen them.
fn note_conflict(cell: &mut RecordCell, dot: Dot, facts: Facts, conflict: bool) {
    if facts.level > Level::WORKER {
        cell.conflicts.clear();
    }
    if conflict {
        cell.conflicts.push(dot);
        let surplus = cell.conflicts.len().saturating_sub(CONFLICTS_MAX);
        cell.conflicts.drain(..surplus);
    }
}

/// Stores a changed record and tells its scopes: the news where it stayed, its whole state where it came, its
/// departure where it left.
pub(super) fn spread(
    draft: &mut Draft,
    position: Position,
    mut cell: RecordCell,
    before: &Record,
    record: &Arc<Record>,
    news: Option<News>,
) -> Result<(), StateError> {
    let scopes = audience(draft, record)?;
    let (id, lane) = (record.id, record.lane);
    let state = ByteBuf::from(record.encode());
    let hash = record_hash(&state);
    for left in cell.scopes.iter().filter(|scope| !scopes.contains(scope)) {
        leave(draft, *left, record)?;
        if !mutation::active(Mutation::LeaveUntold) {
            tell(draft, *left, lane, position, News::Leave { record: id })?;
        }
    }
    for scope in &scopes {
        join(draft, *scope, record, hash)?;
        if !cell.scopes.contains(scope) && !mutation::active(Mutation::EnterUntold) {
            let state = state.clone();
            tell(draft, *scope, lane, position, News::Enter { state })?;
        } else if let Some(news) = &news {
            tell(draft, *scope, lane, position, news.clone())?;
        }
    }
    if before.area.val != record.area.val && !cell.past_areas.contains(&before.area.val) {
        cell.past_areas.push(before.area.val.clone());
    }
    due::note_filing(draft, before, record)?;
    cell.scopes = scopes;
    cell.state = state;
    put_record(draft, position, cell, record)?;
    facts::note(draft, position.commit, Some(before), record)
}

/// Files a record anew after a person it concerns was moved. How many positions it took.
pub(super) fn refile(
    draft: &mut Draft,
    position: Position,
    at_ms: i64,
    id: RecordId,
) -> Result<u32, StateError> {
    let Some(mut cell) = draft.get::<RecordCell>(&key::record(id))? else {
        return Ok(0);
    };
    cell.changed_ms = at_ms;
    let record = sound_record(draft, id, &cell)?;
    if audience(draft, &record)? == cell.scopes {
        return Ok(0);
    }
    spread(draft, position, cell, &record, &record, None)?;
    Ok(1)
}

/// Stores a record whose state is in its cell already, and moves it to the end of the log of changes.
pub(super) fn put_record(
    draft: &mut Draft,
    position: Position,
    mut cell: RecordCell,
    record: &Arc<Record>,
) -> Result<(), StateError> {
    if cell.changed != position {
        draft.delete(key::changed(cell.changed));
    }
    cell.changed = position;
    draft.put(key::changed(position), record.id);
    draft.put_record(cell, record);
    for person in concerned(record) {
        draft.put(key::concerns(person, record.id), ());
    }
    due::note(draft, record)
}
