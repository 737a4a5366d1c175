//! Ops that come again: whether they are the ones the server has.

use super::Desk;
use crate::state::cell::RunCell;
use crate::state::{StateError, key, read};
use otor_protocol::keys::op_hash;
use otor_protocol::limits::FRAME_OPS_MAX;
use otor_protocol::mutation::{self, Mutation};
use otor_protocol::wire::Content;

/// Whether the first `skip` ops are the ones the server has.
pub(super) fn repeats_agree(desk: &Desk, content: &Content, skip: usize) -> Result<bool, StateError> {
    if skip == 0 || mutation::active(Mutation::WorkNotCompared) {
        return Ok(true);
    }
    let from = key::run(
        content.actor,
        content.first_seq.saturating_sub(FRAME_OPS_MAX as u64),
    );
    let to = key::run(content.actor, content.first_seq + skip as u64);
    let mut known = std::collections::BTreeMap::new();
    for (place, run) in read::range::<RunCell>(desk.view, &from, &to, usize::MAX)? {
        let first_seq = place
            .get(5..13)
            .and_then(|seq| seq.try_into().ok())
            .map_or(0, u64::from_be_bytes);
        for (offset, op) in run.ops.iter().enumerate() {
            known.insert(first_seq + offset as u64, op.hash);
        }
    }
    Ok((0..skip)
        .all(|index| known.get(&(content.first_seq + index as u64)) == Some(&op_hash(&content.ops[index]))))
}
