//! An edit counts as in conflict only with what its author had not heard of: where everybody else's work on the record had
//! come to the server before the phone was last answered, nothing is marked.

use super::Checked;
use crate::model::{History, JournaledOp};
use otor_protocol::ids::{ActorId, Dot, RecordId};
use otor_protocol::op::{Change, FieldId};
use otor_protocol::replica::Storage;
use otor_protocol::wire::Verdict;
use std::collections::{BTreeMap, BTreeSet};

/// What one phone wrote in one branch, and when it had last been answered.
#[derive(Debug)]
struct Heard {
    branch: ActorId,
    life: u64,
    nonce: u32,
    /// When the attempt began that was answered last, milliseconds since the Unix epoch; none if that is not known.
    heard_ms: Option<i64>,
    known: BTreeSet<Dot>,
    wrote: Vec<(Dot, i64)>,
}

/// The same of all phones.
#[derive(Debug, Default)]
pub(super) struct Unseen(BTreeMap<String, Heard>);

impl Unseen {
    /// Notes what is new in a phone's log, and whether it was answered: by an attempt that began at `since_ms`.
    pub fn look<S: Storage>(&mut self, phone: &Checked<S>, life: u64, since_ms: i64) {
        let branch = phone.replica.identity().certificate.actors[0];
        let nonce = phone.replica.confirmed_nonce();
        let before = self.0.get_mut(phone.name).filter(|heard| heard.branch == branch);
        let Some(heard) = before else {
            let known = phone.replica.own_log().map(|(dot, _)| dot).collect();
            let heard = Heard {
                branch,
                life,
                nonce,
                heard_ms: None,
                known,
                wrote: Vec::new(),
            };
            self.0.insert(phone.name.to_owned(), heard);
            return;
        };
        // What it had been told may have been lost with its process.
        if heard.life != life {
            (heard.life, heard.nonce, heard.heard_ms) = (life, nonce, None);
        }
        let unsent = phone.replica.own_log().filter(|(_, own)| own.told.is_none());
        for (dot, _) in unsent {
            if heard.known.insert(dot) {
                heard.wrote.extend(heard.heard_ms.map(|heard_ms| (dot, heard_ms)));
            }
        }
        if heard.nonce != nonce {
            heard.nonce = nonce;
            // A phone that is told of another history forgets its nonces: a refusal tells nothing of anybody's work.
            if nonce != 0 {
                heard.heard_ms = Some(since_ms);
            }
        }
    }

    /// What a phone wrote before is not to be looked at.
    pub fn forget(&mut self, phone: &str) {
        self.0.remove(phone);
    }

    /// Edits that are marked without a reason, a line each.
    pub fn unfounded(&self, history: &History) -> Vec<String> {
        let mut marked = BTreeMap::new();
        let mut came: BTreeMap<RecordId, Vec<(ActorId, i64)>> = BTreeMap::new();
        let mut records = BTreeMap::new();
        // Of what was kept aside first the server does not know when it became part of its record.
        let mut excused = BTreeSet::new();
        let mut erased = BTreeSet::new();
        for commit in &history.commits {
            // A backup does not bring back what was erased since: that is no op in the new history.
            erased.extend(commit.erased.iter().flat_map(each_field));
            for journaled in &commit.ops {
                let Some((record, changes)) = edited(journaled) else {
                    continue;
                };
                let founded = changes.iter().any(|change| is_founded(change, record, &erased));
                if journaled.verdict == Verdict::Accepted {
                    erased.extend(erasures(&changes, record));
                }
                records.insert(journaled.dot, record);
                let others = came.entry(record).or_default();
                if journaled.conflict && !founded && !excused.contains(&record) {
                    let last = others.iter().filter(|(actor, _)| *actor != journaled.dot.actor);
                    marked.insert(journaled.dot, last.map(|(_, at_ms)| *at_ms).max());
                }
                others.push((journaled.dot.actor, commit.at_ms));
            }
            for (dot, _) in &commit.again {
                excused.extend(records.get(dot).copied());
            }
        }
        let wrote = self
            .0
            .iter()
            .flat_map(|(name, heard)| heard.wrote.iter().map(move |wrote| (name, wrote)));
        wrote
            .filter(|(_, (dot, heard_ms))| {
                let last = marked.get(dot);
                last.is_some_and(|last| last.is_none_or(|last| last < *heard_ms))
            })
            .map(|(name, (dot, _))| {
                let (actor, seq) = (dot.actor.0, dot.seq);
                format!("op {actor}-{seq} of {name} is marked as in conflict, and it had heard of everything")
            })
            .collect()
    }
}

/// The record of an op, and what it changes there.
fn edited(journaled: &JournaledOp) -> Option<(RecordId, Vec<Change>)> {
    let op = journaled.decoded()?;
    Some((op.record(journaled.dot)?, op.changes().to_vec()))
}

/// Whether a change may be in conflict with what came long before, and was heard of: of candidates that is a question of
/// which it names, and whoever writes what is erased writes in vain, whether or not they knew.
fn is_founded(change: &Change, record: RecordId, erased: &BTreeSet<(RecordId, FieldId)>) -> bool {
    let in_vain = change
        .field()
        .is_some_and(|field| erased.contains(&(record, field)));
    in_vain || matches!(change, Change::Keep { .. })
}

fn erasures(changes: &[Change], record: RecordId) -> Vec<(RecordId, FieldId)> {
    let fields = changes.iter().filter_map(|change| match change {
        Change::Erase(fields) => Some((record, fields.clone())),
        _ => None,
    });
    fields.collect::<Vec<_>>().iter().flat_map(each_field).collect()
}

fn each_field((record, fields): &(RecordId, Vec<FieldId>)) -> impl Iterator<Item = (RecordId, FieldId)> {
    fields.iter().map(|field| (*record, *field))
}
