//! Answering a phone whose records differ: which of its ranges do, and the records of those that are small enough.

use crate::state::{StateError, audit, key};
use crate::store::engine::View;
use otor_protocol::digest::{Digest, IdRange};
use otor_protocol::ids::{Lane, RecordId, ScopeId};
use otor_protocol::limits::FRAME_BYTES_AIM;
use otor_protocol::wire::{Hello, RepairFrame, Request};
use serde_bytes::ByteBuf;
use std::collections::VecDeque;

/// Members read at once.
const PAGE_ROWS: usize = 512;
/// A range with at most this many members is answered with its records, whatever the phone holds in it.
const LISTED_MEMBERS: usize = 2;

/// Something a check asks.
#[derive(Clone, Copy, Debug)]
enum Question {
    /// Whether the server's own digest is that of its members.
    Own,
    /// Whether a range is the same on both sides.
    Same { range: IdRange, count: u32, sum: Digest },
    /// The records of a range.
    List(IdRange),
}

/// The questions of a hello that are not answered yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Checks(VecDeque<(ScopeId, Lane, Question)>);

impl Checks {
    /// What a hello asks about scopes that the phone has.
    pub fn of(hello: &Hello, has: impl Fn(ScopeId) -> bool) -> Checks {
        let mut questions = VecDeque::new();
        for request in &hello.requests {
            let Request::Check {
                scope,
                lane,
                after,
                ranges,
            } = request
            else {
                continue;
            };
            if !has(*scope) {
                continue;
            }
            let whole = after.is_none() && ranges.last().is_some_and(|last| last.through.is_none());
            if whole {
                tracing::warn!(
                    device = hello.device.0,
                    scope = scope.0,
                    lane = u8::from(*lane),
                    "a phone does not hold what the server holds; what differs is sent again"
                );
                questions.push_back((*scope, *lane, Question::Own));
            }
            let mut after = *after;
            for checked in ranges {
                let range = IdRange {
                    after,
                    through: checked.through,
                };
                let (count, sum) = (checked.count, checked.sum);
                questions.push_back((*scope, *lane, Question::Same { range, count, sum }));
                after = checked.through;
            }
        }
        Checks(questions)
    }

    /// Whether everything is answered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next answer that says something; none when all is answered.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read, or does not agree with itself.
    pub fn next(&mut self, view: &dyn View, published: u64) -> Result<Option<RepairFrame>, StateError> {
        while let Some((scope, lane, question)) = self.0.pop_front() {
            let frame = |range: IdRange, states| RepairFrame {
                scope,
                lane,
                as_of: published,
                after: range.after,
                through: range.through,
                states,
            };
            match question {
                Question::Own => agrees_with_itself(view, scope, lane)?,
                Question::Same { range, count, sum } => {
                    let members = members(view, scope, lane, range)?;
                    if sum == members.iter().map(|(_, hash)| *hash).collect() {
                        continue;
                    }
                    if count > 1 && members.len() > LISTED_MEMBERS {
                        return Ok(Some(frame(range, None)));
                    }
                    self.0.push_front((scope, lane, Question::List(range)));
                }
                Question::List(range) => {
                    let (states, rest) = list(view, members(view, scope, lane, range)?)?;
                    let mut listed = range;
                    if let Some(named) = rest {
                        listed.through = Some(named);
                        let rest = IdRange {
                            after: Some(named),
                            ..range
                        };
                        self.0.push_front((scope, lane, Question::List(rest)));
                    }
                    return Ok(Some(frame(listed, Some(states))));
                }
            }
        }
        Ok(None)
    }
}

fn agrees_with_itself(view: &dyn View, scope: ScopeId, lane: Lane) -> Result<(), StateError> {
    let members = members(view, scope, lane, IdRange::ALL)?;
    let sum: Digest = members.into_iter().map(|(_, hash)| hash).collect();
    if sum == audit::digest(view, scope, lane)? {
        return Ok(());
    }
    Err(StateError::Damaged {
        key: key::digest(scope, lane),
    })
}

fn members(
    view: &dyn View,
    scope: ScopeId,
    lane: Lane,
    range: IdRange,
) -> Result<Vec<(RecordId, u64)>, StateError> {
    let mut found = Vec::new();
    let mut after = range.after;
    loop {
        let page = audit::members(view, (scope, lane), after, PAGE_ROWS)?;
        let full = page.len() == PAGE_ROWS;
        after = page.last().map(|(id, _)| *id);
        let inside = page.iter().filter(|(id, _)| range.contains(*id)).count();
        found.extend(page.iter().take(inside));
        if !full || inside < page.len() {
            return Ok(found);
        }
    }
}

/// As many states as a frame takes; the last record named if there are more.
fn list(
    view: &dyn View,
    members: Vec<(RecordId, u64)>,
) -> Result<(Vec<ByteBuf>, Option<RecordId>), StateError> {
    let (mut states, mut bytes, mut named) = (Vec::new(), 0, None);
    for (id, hash) in members {
        let cell = audit::member(view, id, hash)?;
        if bytes > 0 && bytes + cell.state.len() > FRAME_BYTES_AIM {
            return Ok((states, named));
        }
        bytes += cell.state.len();
        states.push(cell.state);
        named = Some(id);
    }
    Ok((states, None))
}
