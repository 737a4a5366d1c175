//! The same work under two numbers: a phone and its copy hold the same unsent ops, and the copy's got others. What is
//! first written under one number and has one hash there is one op, whoever hands it over.

use super::cell::{DeviceCell, RunCell};
use super::draft::StateError;
use super::{key, read};
use crate::store::engine::View;
use otor_protocol::ids::{ActorId, Dot};
use otor_protocol::keys::op_hash;
use otor_protocol::limits::FRAME_OPS_MAX;
use otor_protocol::wire::Content;
use std::collections::BTreeSet;

/// The runs of an actor that hold its ops from `first` to `last`, each with the seq of its own first.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn runs(
    view: &dyn View,
    actor: ActorId,
    first: u64,
    last: u64,
) -> Result<Vec<(u64, RunCell)>, StateError> {
    // A run has at most FRAME_OPS_MAX ops: the one that holds `first` begins no earlier than this.
    let from = key::run(actor, first.saturating_sub(FRAME_OPS_MAX as u64));
    let to = key::run(actor, last.saturating_add(1));
    let found = read::range::<RunCell>(view, &from, &to, usize::MAX)?;
    Ok(found
        .into_iter()
        .filter_map(|(place, run)| Some((key::run_seq(&place)?, run)))
        .collect())
}

/// The run that holds an op, with the seq of its first; none if the server has no such op.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn run_of(view: &dyn View, dot: Dot) -> Result<Option<(u64, RunCell)>, StateError> {
    let found = runs(view, dot.actor, dot.seq, dot.seq)?;
    Ok(found.into_iter().find(|(first_seq, run)| {
        let after = first_seq.saturating_add(run.ops.len() as u64);
        (*first_seq..after).contains(&dot.seq)
    }))
}

/// Hash of the op that the server has under a dot; none if it has none.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn op_hash_at(view: &dyn View, dot: Dot) -> Result<Option<u64>, StateError> {
    Ok(run_of(view, dot)?.and_then(|(first_seq, run)| {
        let offset = usize::try_from(dot.seq.checked_sub(first_seq)?).ok()?;
        run.ops.get(offset).map(|op| op.hash)
    }))
}

/// Whether the server has the op at `index` of a phone's content already, under another number.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn has_twin(
    view: &dyn View,
    device: &DeviceCell,
    content: &Content,
    index: usize,
) -> Result<bool, StateError> {
    if device.copies.is_empty() {
        return Ok(false);
    }
    let dot = Dot::new(content.actor, content.first_seq + index as u64);
    let own = content.ops.get(index).map(|op| (dot, op_hash(op)));
    let claimed = content
        .origin_at(index)
        .filter(|(first, _)| device.has(first.actor));
    let Some((first, hash)) = claimed.or(own) else {
        return Ok(false);
    };
    let elsewhere = read::get::<Dot>(view, &key::origin(first, hash))?;
    Ok(elsewhere.is_some_and(|held| held != dot) || (first != dot && op_hash_at(view, first)? == Some(hash)))
}

/// Where the server has what was first written under a number: the hash that each such op had there, and its number.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn first_written_as(view: &dyn View, first: Dot) -> Result<BTreeSet<(u64, Dot)>, StateError> {
    let (from, to) = (
        key::origins_from(first),
        key::origins_from(Dot::new(first.actor, first.seq.saturating_add(1))),
    );
    let mut found: BTreeSet<(u64, Dot)> = read::range::<Dot>(view, &from, &to, ORIGINS_MAX)?
        .into_iter()
        .filter_map(|(place, held)| Some((key::origin_named(&place)?.1, held)))
        .collect();
    found.extend(op_hash_at(view, first)?.map(|hash| (hash, first)));
    Ok(found)
}

/// Most ops of one first number that are looked at: there are as many as copies of the phone wrote different things.
const ORIGINS_MAX: usize = 16;

impl DeviceCell {
    /// Whether an actor is one of the phone's, in any of its branches.
    pub fn has(&self, actor: ActorId) -> bool {
        self.branches().any(|actors| actors.contains(&actor))
    }
}
