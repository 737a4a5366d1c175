//! What the server's rules write because of what somebody else wrote: frames of the rules' own actor, journaled in
//! the same entry. Folding runs no rule; and none runs on what a phone brings back after a restoring.

mod follow;
mod write;

pub(super) use write::write_all;

use super::Desk;
use crate::state::cell::{HeldCell, RecordCell};
use crate::state::entry::{Act, Entry, FrameAct, Released};
use crate::state::{Draft, StateError, apply_entry, key, read};
use crate::store::engine::{View, Writes};
use follow::Follow;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::catalogue::built_in::{field_work, household, together::whistle};
use otor_protocol::ids::{Dot, RecordId};
use otor_protocol::op::{Body, Change, Op};
use otor_protocol::record::Record;
use otor_protocol::wire::{self, Content, Verdict};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the rules write because of an act. `known` is what folding it comes to and the records that rules heed, where
/// that is known already: then the act is folded again only where the rules do write something.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn derive(
    desk: &Desk,
    act: &Act,
    known: Option<(&Writes, &Heeded)>,
) -> Result<Vec<FrameAct>, StateError> {
    let Act::Frame(frame) = act else {
        return Ok(Vec::new());
    };
    if let Some((folded, heeded)) = known {
        debug_assert!(
            heeded.are(&heeded_in(desk, frame)?),
            "deciding and the act differ"
        );
        if heeded.is_empty() || follow(desk, &folded.over(desk.view), heeded)?.is_empty() {
            return Ok(Vec::new());
        }
    }
    let heeded = heeded_in(desk, frame)?;
    if heeded.is_empty() {
        return Ok(Vec::new());
    }
    let mut draft = Draft::new(desk.view);
    let entry = Entry {
        at_ms: desk.now_ms,
        act: act.clone(),
        answer: None,
        derived: Vec::new(),
        by: None,
    };
    apply_entry(&mut draft, desk.commit, &entry)?;
    let bodies = {
        let heeded = Heeded::after(&draft, desk.commit, heeded)?;
        let writes = draft.clone().into_written()?;
        follow(desk, &writes.over(desk.view), &heeded)?
    };
    write_all(desk, draft, bodies)
}

/// What the rules have to say about records, by the state after an act.
fn follow(desk: &Desk, after: &dyn View, heeded: &Heeded) -> Result<Vec<Body>, StateError> {
    let mut follow = Follow::new(desk, after)?;
    for (record, is_new) in &heeded.0 {
        follow.on(record, *is_new)?;
    }
    Ok(follow.bodies)
}

/// The records that rules may have something to say about, by number: as an act leaves them, and whether they are new.
#[derive(Clone, Debug)]
pub struct Heeded(Vec<(Arc<Record>, bool)>);

impl Heeded {
    /// These, after the act of this commit.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub(super) fn after(draft: &Draft, commit: u64, ids: BTreeSet<RecordId>) -> Result<Self, StateError> {
        let mut heeded = Vec::with_capacity(ids.len());
        for id in ids {
            if let Some(cell) = draft.look::<RecordCell>(&key::record(id))? {
                heeded.push((draft.record(id, &cell)?, cell.first_commit == commit));
            }
        }
        Ok(Heeded(heeded))
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether they are these.
    fn are(&self, ids: &BTreeSet<RecordId>) -> bool {
        self.0.iter().map(|(record, _)| record.id).eq(ids.iter().copied())
    }
}

/// The records of a frame that rules may have something to say about: created, or changed by what rules heed.
fn heeded_in(desk: &Desk, frame: &FrameAct) -> Result<BTreeSet<RecordId>, StateError> {
    let Ok(content) = Content::decode(&frame.content) else {
        return Ok(BTreeSet::new());
    };
    let mut heeded = heeded_of_released(desk, &frame.released)?;
    for (judged, index) in frame.judged.iter().zip(frame.skip as usize..) {
        let dot = Dot::new(content.actor, content.first_seq + index as u64);
        if judged.verdict == Verdict::Accepted
            && let Ok(op) = content.op(index)
        {
            heeded.extend(heeded_of(desk.catalogue, dot, &op));
        }
    }
    Ok(heeded)
}

/// The same of what a frame releases.
pub(super) fn heeded_of_released(
    desk: &Desk,
    released: &[Released],
) -> Result<BTreeSet<RecordId>, StateError> {
    let mut heeded = BTreeSet::new();
    for released in released.iter().filter(|one| one.verdict == Verdict::Accepted) {
        let place = match released.parked_for {
            Some(record) => key::parked(record, released.dot),
            None => key::quarantined(released.dot),
        };
        let held = read::get::<HeldCell>(desk.view, &place)?;
        let op = held.and_then(|held| wire::decode::<Op>(&held.op).ok());
        heeded.extend(op.and_then(|op| heeded_of(desk.catalogue, released.dot, &op)));
    }
    Ok(heeded)
}

/// The record of an accepted op, if rules may have something to say about it.
pub(super) fn heeded_of(catalogue: &Catalogue, dot: Dot, op: &Op) -> Option<RecordId> {
    is_heeded(catalogue, op).then(|| op.record(dot)).flatten()
}

/// Kinds of which a record that comes is heeded, whatever it says. (Of a visit, whether it says whom it was paid to.)
const HEEDED: [&str; 5] = ["report", "wish", "household", "whistle", "evaluation"];

fn is_heeded(catalogue: &Catalogue, op: &Op) -> bool {
    let heeded = |change: &Change| match change {
        Change::Event { .. } => true,
        Change::Keep { field, .. } => *field == household::OCCUPANCY,
        Change::Add { field, .. } => *field == whistle::INVITED,
        Change::Once(field, _)
        | Change::Latest(field, _)
        | Change::Highest { field, .. }
        | Change::Centre { field, .. } => *field == field_work::VISITED,
        _ => false,
    };
    let comes = match &op.body {
        Body::Create { kind, .. } => catalogue
            .kind(*kind)
            .is_some_and(|kind| HEEDED.contains(&kind.name)),
        _ => false,
    };
    comes || op.changes().iter().any(heeded)
}

#[cfg(test)]
mod tests;
