//! Stored times are never ahead of the receipt, server time never runs backwards, and what a phone wrote later comes
//! later: after its own ops before, in whatever lane, and after what it had seen.

use super::watch::Watch;
use crate::model::History;

/// How far beyond its receipt a stamp may lie, in milliseconds: what is received within one is known to that.
const ROOM_MS: i64 = 2;

/// One line for every time that is wrong.
pub fn times(history: &History, watch: &Watch) -> Vec<String> {
    let mut found = Vec::new();
    let mut last_ms = i64::MIN;
    for commit in &history.commits {
        if commit.at_ms < last_ms {
            found.push(format!("commit {} is earlier than the one before", commit.number));
        }
        last_ms = commit.at_ms;
        for op in commit.ops.iter().filter(|op| op.by_phone) {
            let ahead_ms = op.facts.stamp.ms() - commit.at_ms;
            if ahead_ms > ROOM_MS {
                let (actor, seq) = (op.dot.actor.0, op.dot.seq);
                found.push(format!("op {actor}-{seq} is {ahead_ms} ms ahead of its receipt"));
            }
        }
    }
    found.extend(watch.disorder(history));
    found
}
