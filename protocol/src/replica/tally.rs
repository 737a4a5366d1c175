//! What the mirror adds up to: the digest of each scope and lane, kept as records come, change and go.

use super::mirror::Held;
use crate::digest::{Digest, IdRange};
use crate::ids::{Lane, Position, RecordId, ScopeId};
use std::collections::BTreeMap;

/// The sums, and what each record adds to them.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    records: BTreeMap<RecordId, Counted>,
    sums: BTreeMap<(ScopeId, Lane), Sum>,
}

#[derive(Clone, Debug)]
struct Counted {
    hash: u64,
    lane: Lane,
    scopes: Vec<ScopeId>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    digest: Digest,
    latest: Position,
}

impl Tally {
    /// Counts a record as it is held now, in place of what it was. `hash` is that of its canonical bytes.
    pub fn count(&mut self, id: RecordId, held: &Held, hash: u64) {
        self.forget(id);
        let (lane, scopes) = (held.record.lane, held.memberships.keys().copied().collect());
        for scope in held.memberships.keys() {
            let sum = self.sums.entry((*scope, lane)).or_default();
            sum.digest += hash;
            sum.latest = sum.latest.max(held.as_of);
        }
        self.records.insert(id, Counted { hash, lane, scopes });
    }

    /// A record is no longer held.
    pub fn forget(&mut self, id: RecordId) {
        let Some(counted) = self.records.remove(&id) else {
            return;
        };
        for scope in counted.scopes {
            if let Some(sum) = self.sums.get_mut(&(scope, counted.lane)) {
                sum.digest -= counted.hash;
            }
        }
    }

    /// The digest of what is held through a scope in a lane.
    pub fn digest(&self, scope: ScopeId, lane: Lane) -> Digest {
        self.sums.get(&(scope, lane)).copied().unwrap_or_default().digest
    }

    /// The latest position that something held through a scope in a lane was ever as of.
    pub fn latest(&self, scope: ScopeId, lane: Lane) -> Position {
        self.sums.get(&(scope, lane)).copied().unwrap_or_default().latest
    }

    /// The records of a range held through a scope in a lane, each with its hash, in ascending order.
    pub fn records(&self, scope: ScopeId, lane: Lane, range: IdRange) -> Vec<(RecordId, u64)> {
        let inside = self.records.iter().filter(|(id, counted)| {
            counted.lane == lane && range.contains(**id) && counted.scopes.contains(&scope)
        });
        inside.map(|(id, counted)| (*id, counted.hash)).collect()
    }
}
