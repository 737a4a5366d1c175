//! The journal holds each op once, as its phone wrote it, under numbers that were given to nobody else.

use super::Written;
use crate::model::History;
use otor_protocol::ids::{ActorId, Dot};
use std::collections::{BTreeMap, BTreeSet};

/// One line for every op and number of which that is not so.
pub fn journaled(history: &History, written: &Written) -> Vec<String> {
    let mut found = Vec::new();
    let known: BTreeSet<(Dot, &[u8])> = written.ever().collect();
    let mut seen = BTreeSet::new();
    let mut last: BTreeMap<ActorId, u64> = BTreeMap::new();
    for (commit, op) in history.ops() {
        let name = format!("op {}-{}", op.dot.actor.0, op.dot.seq);
        if !seen.insert(op.dot) {
            found.push(format!(
                "{name} is in the journal twice, again in commit {}",
                commit.number
            ));
        }
        let before = last.insert(op.dot.actor, op.dot.seq);
        if before.is_some_and(|before| before >= op.dot.seq) {
            found.push(format!("{name} was journaled after a later one"));
        }
        let is_known = || known.contains(&(op.dot, op.op.as_slice())) || written.was_first(op.dot, &op.op);
        if op.by_phone && !is_known() {
            found.push(format!("{name} is in the journal, and no phone wrote it"));
        }
    }
    let mut owners = BTreeMap::new();
    for (actor, owner) in history.commits.iter().flat_map(|commit| &commit.issued) {
        if let Some(other) = owners.insert(*actor, *owner)
            && other != *owner
        {
            found.push(format!(
                "actor {} was given to {other:?} and to {owner:?}",
                actor.0
            ));
        }
    }
    found
}
