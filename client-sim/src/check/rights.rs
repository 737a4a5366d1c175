//! Rights are those at the time of writing: a record that a worker created is accepted if they answered for its area
//! then, however late it came, and kept aside if not.

use super::watch::Watch;
use crate::model::History;
use otor_protocol::ids::PersonId;
use otor_protocol::op::Body;
use otor_protocol::wire::{Reason, Verdict};

/// One line for every creation that was judged by other rights. `code_of` tells what a person is called.
pub fn rights(history: &History, watch: &Watch, code_of: impl Fn(PersonId) -> String) -> Vec<String> {
    let mut found = Vec::new();
    for (_, journaled) in history.ops().filter(|(_, op)| op.by_phone) {
        let is_in = match journaled.verdict {
            Verdict::Accepted => true,
            Verdict::Quarantined(Reason::OutOfArea) => false,
            _ => continue,
        };
        let Some(op) = journaled.decoded() else { continue };
        let Body::Create { area, .. } = &op.body else {
            continue;
        };
        let answered = watch.answered_at(&code_of(op.author), area, journaled.facts.stamp.ms());
        if answered.is_some_and(|answered| answered != is_in) {
            let (actor, seq) = (journaled.dot.actor.0, journaled.dot.seq);
            let verdict = &journaled.verdict;
            found.push(format!(
                "op {actor}-{seq} in {area} was {verdict:?}, by other rights than those then"
            ));
        }
    }
    found
}
