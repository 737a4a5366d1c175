//! What phones have told their workers is saved, phone by phone, through renumbering, backups and restores.

use otor_protocol::ids::Dot;
use otor_protocol::keys::op_hash;
use otor_protocol::replica::{Replica, Storage};
use std::collections::{BTreeMap, BTreeSet};

/// Ops by their dots, as bytes.
type Ops = BTreeMap<Dot, Vec<u8>>;

/// Work that a phone has renumbered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renumbered {
    /// What it was called.
    pub old: Dot,
    /// Its bytes then.
    pub op: Vec<u8>,
    /// What it is called now.
    pub new: Dot,
    /// Its bytes now.
    pub new_op: Vec<u8>,
}

/// The ops that phones have told their workers are saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    phones: BTreeMap<String, Ops>,
    /// Ops that no phone has any more and the server had when the last phone lost them.
    gone: Ops,
    /// Ops that were lost with their phone: one may still be under way in a request that is late. A phone that comes
    /// back from backups again and again may lose several of one number.
    astray: BTreeSet<(Dot, Vec<u8>)>,
    /// The first numbers of renumbered ops, each with its hash.
    firsts: BTreeMap<(Dot, u64), (Dot, u64)>,
}

impl Written {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What several runs noted, each of phones of its own.
    pub fn together(parts: impl IntoIterator<Item = Written>) -> Self {
        let mut all = Written::new();
        for part in parts {
            all.phones.extend(part.phones);
            all.gone.extend(part.gone);
            all.astray.extend(part.astray);
            all.firsts.extend(part.firsts);
        }
        all
    }

    /// Notes everything the phone called `name` has made durable so far. What it renumbered since the last time.
    pub fn note<S: Storage>(&mut self, name: &str, replica: &Replica<S>) -> Vec<Renumbered> {
        let ops = self.phones.entry(name.to_owned()).or_default();
        let mut renumbered = Vec::new();
        for run in replica
            .former_branches()
            .iter()
            .flat_map(|former| &former.renumbered)
        {
            let last = run.first.saturating_add(run.count - 1);
            let old: Vec<Dot> = ops
                .range(Dot::new(run.actor, run.first)..=Dot::new(run.actor, last))
                .map(|(dot, _)| *dot)
                .collect();
            for dot in old {
                if let (Some(op), Some(new)) = (ops.remove(&dot), run.renamed(dot)) {
                    let own = replica.own_op(new);
                    let new_op = own.map_or_else(|| op.clone(), |own| own.op.to_vec());
                    ops.insert(new, new_op.clone());
                    renumbered.push(Renumbered {
                        old: dot,
                        op,
                        new,
                        new_op,
                    });
                }
            }
        }
        for (dot, own) in replica.own_log() {
            ops.entry(dot).or_insert_with(|| own.op.to_vec());
            let first = own.origin.map(|first| ((dot, op_hash(&own.op)), first));
            self.firsts.extend(first);
        }
        renumbered
    }

    /// The phone called `name` came back from a backup: what it wrote since is only at the server, as far as
    /// `at_server` says that the server has that very op. What is nowhere any more is lost with the phone: it is answered.
    pub fn phone_restored<S: Storage>(
        &mut self,
        name: &str,
        replica: &Replica<S>,
        at_server: impl Fn(Dot, &[u8]) -> bool,
    ) -> Vec<(Dot, Vec<u8>)> {
        let before = self.phones.remove(name).unwrap_or_default();
        self.note(name, replica);
        let mut lost = Vec::new();
        for (dot, op) in before {
            if self.phones.values().any(|ops| ops.get(&dot) == Some(&op)) {
                continue;
            }
            if at_server(dot, &op) {
                self.gone.insert(dot, op);
            } else {
                self.astray.insert((dot, op.clone()));
                lost.push((dot, op));
            }
        }
        lost
    }

    /// The server came back from a backup: what no phone holds any more and the backup has not, as `at_server` says,
    /// is gone for good.
    pub fn server_restored(&mut self, at_server: impl Fn(Dot, &[u8]) -> bool) {
        self.gone.retain(|dot, op| at_server(*dot, op));
    }

    /// The number that an op first had, with its hash there.
    pub fn first(&self, dot: Dot, op: &[u8]) -> (Dot, u64) {
        let now = (dot, op_hash(op));
        self.firsts.get(&now).copied().unwrap_or(now)
    }

    /// Whether a phone wrote an op under this number at first. It may have others since, or this one again, with other names
    /// in it: what is at the server already is there as it was first written.
    pub fn was_first(&self, dot: Dot, op: &[u8]) -> bool {
        let one = (dot, op_hash(op));
        self.firsts.values().any(|first| *first == one)
    }

    /// Every op with its name; one that several phones hold is there once for each.
    pub fn ops(&self) -> impl Iterator<Item = (Dot, &[u8])> {
        self.phones
            .values()
            .chain([&self.gone])
            .flatten()
            .map(|(dot, op)| (*dot, op.as_slice()))
    }

    /// Those, and what was lost with its phone and may have come all the same.
    pub fn ever(&self) -> impl Iterator<Item = (Dot, &[u8])> {
        let astray = self.astray.iter().map(|(dot, op)| (*dot, op.as_slice()));
        self.ops().chain(astray)
    }

    /// How many ops there are.
    pub fn count(&self) -> u64 {
        let names: BTreeSet<(Dot, &[u8])> = self.ops().collect();
        names.len() as u64
    }
}

#[cfg(test)]
impl FromIterator<(Dot, Vec<u8>)> for Written {
    fn from_iter<I: IntoIterator<Item = (Dot, Vec<u8>)>>(ops: I) -> Self {
        Written {
            phones: BTreeMap::from([("d1".to_owned(), ops.into_iter().collect())]),
            gone: Ops::new(),
            astray: BTreeSet::new(),
            firsts: BTreeMap::new(),
        }
    }
}
