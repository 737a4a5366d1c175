//! Folding of runs: what is kept of a frame's ops for the welcomes to come.

use crate::state::cell::{ActorCell, RecordCell, RunCell, RunOp};
use crate::state::draft::{Draft, StateError};
use crate::state::entry::FrameAct;
use crate::state::key;
use otor_protocol::ids::{Dot, Position, RecordId, ScopeId};
use otor_protocol::keys::op_hash;
use otor_protocol::op::Op;
use otor_protocol::sync::clock::told_stamp;
use otor_protocol::wire::Content;

/// Notes what became of a frame's ops (`decoded` from the first new one on), so that it can be told again after a lost reply.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn grow_run(
    draft: &mut Draft,
    (begin, at_ms): (Position, i64),
    content: &Content,
    decoded: &[Option<Op>],
    frame: &FrameAct,
) -> Result<(), StateError> {
    let skip = frame.skip as usize;
    let mut ops = Vec::new();
    for (offset, judged) in frame.judged.iter().enumerate() {
        let bytes = content
            .ops
            .get(skip + offset)
            .map_or(&[][..], |bytes| bytes.as_slice());
        let op = decoded.get(offset).and_then(Option::as_ref);
        let uptime_ms = op.map_or(0, |op| op.uptime_ms);
        let expected = told_stamp(uptime_ms, frame.uptime_shift_ms);
        let dot = Dot::new(content.actor, content.first_seq + (skip + offset) as u64);
        ops.push(RunOp {
            hash: op_hash(bytes),
            stamp: (judged.facts.stamp != expected).then_some(judged.facts.stamp),
            verdict: judged.verdict.clone(),
            in_inbox: judged.lane.is_some() && in_inbox_only(draft, RecordId(dot))?,
            conflict: judged.conflict,
        });
    }
    let run = RunCell {
        commit: begin.commit,
        first_index: begin.index + frame.skip,
        level: frame
            .judged
            .first()
            .map(|judged| judged.facts.level)
            .unwrap_or_default(),
        boot: content.boot,
        received_ms: at_ms,
        chain: draft
            .look::<ActorCell>(&key::actor(content.actor))?
            .map_or_else(Default::default, |cell| cell.chain),
        ops,
    };
    draft.put(
        key::run(content.actor, content.first_seq + u64::from(frame.skip)),
        run,
    );
    Ok(())
}

/// Whether a record belongs to its author's inbox too.
pub(super) fn in_inbox_only(draft: &Draft, record: RecordId) -> Result<bool, StateError> {
    let Some(cell) = draft.look::<RecordCell>(&key::record(record))? else {
        return Ok(false);
    };
    // Nearly always, and then the record need not be read.
    if !cell.scopes.iter().any(|scope| scope.is_inbox()) {
        return Ok(false);
    }
    let author = draft
        .record(record, &cell)
        .map(|record| record.creation.author)
        .unwrap_or_default();
    Ok(cell.scopes.contains(&ScopeId::inbox(author)))
}
