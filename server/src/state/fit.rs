//! What becomes of an entry of a damaged journal where earlier ones are missing: whether it still fits, and which
//! ops are known to be lost.

use super::cell::{ActorCell, ActorOwner, DeviceCell, RecordCell};
use super::draft::StateError;
use super::entry::{Act, Entry};
use super::{key, read};
use crate::store::engine::View;
use otor_protocol::ids::{ActorId, Dot, RecordId};
use otor_protocol::op::Body;
use otor_protocol::wire::{Content, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// Ops of one actor, from one seq to another.
pub type Seqs = (ActorId, u64, u64);

/// What is known of the ops in a journal with holes.
#[derive(Debug, Default)]
pub struct Fitting {
    /// The last op of each actor that was met.
    met: BTreeMap<ActorId, u64>,
    /// Ops that stood in holes, as far as later entries prove it.
    pub lost: Vec<Seqs>,
    /// Ops that are whole but cannot be built upon what is there: their phones bring them again.
    pub aside: Vec<Seqs>,
    /// Edits that wait now for their record, whose creation is missing.
    pub parked: Vec<Dot>,
}

impl Fitting {
    /// Fits an entry to the state that the entries before it have come to: as it was, with edits of missing records
    /// parked, or none if it has to be left out.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn fit(&mut self, view: &dyn View, mut entry: Entry) -> Result<Option<Entry>, StateError> {
        let Act::Frame(frame) = &mut entry.act else {
            return Ok(Some(entry));
        };
        let Ok(content) = Content::decode(&frame.content) else {
            return Ok(Some(entry));
        };
        let first = content.first_seq + u64::from(frame.skip);
        let ops = (content.actor, first, content.last_seq());
        let cell = read::get::<ActorCell>(view, &key::actor(content.actor))?;
        let through = cell.as_ref().map_or(0, |cell| cell.through);
        let met = self.met.insert(content.actor, content.last_seq());
        let expected = met.unwrap_or(through).max(through) + 1;
        if first > expected {
            self.lost.push((content.actor, expected, first - 1));
        }
        let fits = match cell {
            Some(cell) => first <= cell.through + 1 || !comes_again(view, &cell)?,
            None => false,
        };
        if !fits {
            self.aside.push(ops);
            return Ok(None);
        }
        let mut made: BTreeSet<RecordId> = BTreeSet::new();
        for (offset, judged) in frame.judged.iter_mut().enumerate() {
            let index = frame.skip as usize + offset;
            let dot = Dot::new(content.actor, content.first_seq + index as u64);
            let (Verdict::Accepted, Ok(op)) = (&judged.verdict, content.op(index)) else {
                continue;
            };
            match op.body {
                Body::Create { .. } => drop(made.insert(RecordId(dot))),
                Body::Edit { record, .. } => {
                    let is_there = made.contains(&record)
                        || read::get::<RecordCell>(view, &key::record(record))?.is_some();
                    if !is_there {
                        judged.verdict = Verdict::Parked;
                        judged.lane = None;
                        judged.conflict = false;
                        self.parked.push(dot);
                    }
                }
                Body::Release { .. } => {}
            }
        }
        Ok(Some(entry))
    }

    /// An entry that had to be left out after all.
    pub fn leave_out(&mut self, entry: &Entry) {
        self.aside.extend(ops_in(entry));
    }
}

/// The ops in an entry.
pub fn ops_in(entry: &Entry) -> Option<Seqs> {
    let Act::Frame(frame) = &entry.act else {
        return None;
    };
    let content = Content::decode(&frame.content).ok()?;
    let first = content.first_seq + u64::from(frame.skip);
    Some((content.actor, first, content.last_seq()))
}

/// Whether a phone that is still in use brings this actor's ops again, which then have to follow one another
/// without gaps.
fn comes_again(view: &dyn View, actor: &ActorCell) -> Result<bool, StateError> {
    let ActorOwner::Device(device, _) = actor.owner else {
        return Ok(false);
    };
    let device = read::get::<DeviceCell>(view, &key::device(device))?;
    Ok(device.is_some_and(|device| device.revoked_ms.is_none()))
}
