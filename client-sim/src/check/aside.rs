//! Nothing quarantined is dropped: every op kept aside is still there and in its author's tray; each phone knows what
//! became of its ops; what is parked waits for something; and what comes later on a record waits behind it.

use super::Checked;
use crate::model::{History, JournaledOp};
use otor_protocol::ids::{ActorId, Dot, RecordId};
use otor_protocol::op::{Body, Change, Op};
use otor_protocol::replica::Storage;
use otor_protocol::wire::{Reason, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// One line for every op of which something else became. `held` are the ops that the server keeps aside.
pub fn aside<S: Storage>(phones: &[Checked<S>], history: &History, held: &BTreeSet<Dot>) -> Vec<String> {
    let verdicts = history.verdicts();
    let mut found = Vec::new();
    for (dot, verdict) in &verdicts {
        let name = format!("op {}-{}", dot.actor.0, dot.seq);
        match (verdict == &Verdict::Accepted, held.contains(dot)) {
            (false, false) => found.push(format!("{name} was kept aside ({verdict:?}), and is gone")),
            (true, true) => found.push(format!("{name} was accepted, and is kept aside")),
            _ => {}
        }
    }
    found.extend(waiting_for_nothing(history, &verdicts));
    found.extend(overtaking(history));
    for phone in phones.iter().filter(|phone| !phone.replica.is_revoked()) {
        for (dot, own) in phone.replica.own_log() {
            let (Some(told), Some(is)) = (&own.told, verdicts.get(&dot)) else {
                continue;
            };
            if told.verdict != *is {
                let (name, told) = (phone.name, &told.verdict);
                let (actor, seq) = (dot.actor.0, dot.seq);
                found.push(format!(
                    "{name} was told {told:?} of op {actor}-{seq}, and it is {is:?}"
                ));
            }
        }
    }
    found
}

/// Edits that are parked though their record is there, with everything they refer to that has not been lost, and nothing
/// before them waits.
fn waiting_for_nothing(history: &History, verdicts: &BTreeMap<Dot, Verdict>) -> Vec<String> {
    let accepted = |dot: Dot| verdicts.get(&dot) == Some(&Verdict::Accepted);
    let settled = |dot: Dot| accepted(dot) || history.is_lost(dot);
    let mut first: BTreeMap<(ActorId, RecordId), Dot> = BTreeMap::new();
    let mut edits: BTreeMap<Dot, Op> = BTreeMap::new();
    for (_, journaled) in history.ops().filter(|(_, op)| !accepted(op.dot)) {
        let Some((record, op)) = edited(journaled) else {
            continue;
        };
        let place = first
            .entry((journaled.dot.actor, record))
            .or_insert(journaled.dot);
        *place = journaled.dot.min(*place);
        edits.insert(journaled.dot, op);
    }
    let mut found = Vec::new();
    for ((_, record), dot) in first {
        let parked = verdicts.get(&dot) == Some(&Verdict::Parked);
        let complete = accepted(record.0)
            && edits
                .get(&dot)
                .is_some_and(|op| op.changes().iter().flat_map(Change::takes_away).all(settled));
        if parked && complete {
            let (actor, seq) = (dot.actor.0, dot.seq);
            found.push(format!(
                "op {actor}-{seq} waits, and all that it waits for is there"
            ));
        }
    }
    found
}

/// Ops that were weighed when they came though an earlier one of their writer on the same record was kept aside.
fn overtaking(history: &History) -> Vec<String> {
    let mut aside: BTreeMap<(ActorId, RecordId), BTreeSet<Dot>> = BTreeMap::new();
    let mut records: BTreeMap<Dot, RecordId> = BTreeMap::new();
    let mut found = Vec::new();
    // A new history takes verdicts as they were told in the former one, where what they wait for may have been let in.
    let mut tells_anew = false;
    for commit in &history.commits {
        tells_anew |= commit.begins_anew;
        for journaled in &commit.ops {
            let (dot, op) = (journaled.dot, journaled.decoded());
            let Some(record) = op.and_then(|op| op.record(dot)) else {
                continue;
            };
            records.insert(dot, record);
            let waiting = aside.entry((dot.actor, record)).or_default();
            if journaled.verdict != Verdict::Accepted {
                if let Some(before) = waiting.first()
                    && is_weighed(&journaled.verdict)
                    && !tells_anew
                {
                    let (actor, seq, before) = (dot.actor.0, dot.seq, before.seq);
                    found.push(format!("op {actor}-{seq} was weighed before {actor}-{before}"));
                }
                waiting.insert(dot);
            } else if let Some(before) = waiting.first() {
                let (actor, seq, before) = (dot.actor.0, dot.seq, before.seq);
                found.push(format!("op {actor}-{seq} was merged before {actor}-{before}"));
            }
        }
        for (dot, verdict) in &commit.again {
            if let (Some(record), Verdict::Accepted) = (records.get(dot), verdict)
                && let Some(waiting) = aside.get_mut(&(dot.actor, *record))
            {
                waiting.remove(dot);
            }
        }
    }
    found
}

/// Whether a verdict says something of the op itself, and not of its author or of what it waits behind.
fn is_weighed(verdict: &Verdict) -> bool {
    let Verdict::Quarantined(reason) = verdict else {
        return false;
    };
    !matches!(
        reason,
        Reason::BehindAnother | Reason::DeviceRevoked | Reason::WrongAuthor | Reason::Unreadable
    )
}

fn edited(journaled: &JournaledOp) -> Option<(RecordId, Op)> {
    let op = journaled.decoded()?;
    match op.body {
        Body::Edit { record, .. } => Some((record, op)),
        _ => None,
    }
}
