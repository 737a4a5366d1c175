//! Unsent work never vanishes from a phone: what was written and is not acknowledged is in its log, whatever comes, and
//! its worker sees it.

use super::Checked;
use otor_protocol::ids::{ActorId, Dot, Level};
use otor_protocol::op::Facts;
use otor_protocol::replica::{OwnOp, Replica, Storage};
use std::collections::BTreeMap;

/// The unsent ops of each phone as they were last seen, and the first actor of the branch it wrote in.
#[derive(Debug, Default)]
pub(super) struct Unsent(BTreeMap<String, (ActorId, BTreeMap<Dot, Vec<u8>>)>);

impl Unsent {
    /// Looks whether all unsent work is still there, and seen. A phone of which there are copies may learn that another
    /// one has handed over what both held: it is that one's then, under its number.
    pub fn look<S: Storage>(&mut self, phone: &Checked<S>, is_copied: bool) -> Vec<String> {
        let (name, replica) = (phone.name, phone.replica);
        let mut found = Vec::new();
        let branch = replica.identity().certificate.actors[0];
        let before = self.0.remove(name);
        // Of what copies hold together each op goes on with one of them: that none is lost is asked at the end.
        let before = before.filter(|(former, _)| *former == branch);
        for (dot, bytes) in before.into_iter().flat_map(|(_, ops)| ops) {
            let is_own = replica.identity().certificate.actors.contains(&dot.actor);
            if !is_kept(replica, dot, &bytes) && (is_own || !is_copied) {
                found.push(format!(
                    "unsent op {}-{} vanished from {name}",
                    dot.actor.0, dot.seq
                ));
            }
        }
        let mut unsent = BTreeMap::new();
        for (dot, own) in replica.own_log().filter(|(_, own)| own.told.is_none()) {
            if !is_seen(replica, dot, own) {
                found.push(format!(
                    "unsent op {}-{} is not seen on {name}",
                    dot.actor.0, dot.seq
                ));
            }
            unsent.insert(dot, own.op.to_vec());
        }
        self.0.insert(name.to_owned(), (branch, unsent));
        found
    }

    /// What a phone held is not to be looked for.
    pub fn forget(&mut self, phone: &str) {
        self.0.remove(phone);
    }
}

/// Whether an op is still in the log, under its number or the one it was given since.
fn is_kept<S: Storage>(replica: &Replica<S>, dot: Dot, bytes: &[u8]) -> bool {
    if replica.own_op(dot).is_some_and(|own| own.op == bytes) {
        return true;
    }
    // What it refers to may have got other numbers too: its bytes are others then.
    let runs = replica
        .former_branches()
        .iter()
        .flat_map(|former| &former.renumbered);
    let renamed = runs.filter_map(|run| run.renamed(dot));
    let certificates = replica.former_branches().iter().map(|former| &former.certificate);
    let mut branches = certificates.chain([&replica.identity().certificate]);
    renamed.into_iter().any(|dot| {
        // What another copy handed over first is the server's, under that copy's number.
        let is_another = !branches.any(|branch| branch.actors.contains(&dot.actor));
        is_another || replica.own_op(dot).is_some()
    })
}

/// Whether the worker sees what an op did: doing it again changes nothing.
fn is_seen<S: Storage>(replica: &Replica<S>, dot: Dot, own: &OwnOp) -> bool {
    // What a former history had acknowledged may have left the phone with its record since.
    let op = own.decoded().filter(|_| own.formerly.is_none());
    let Some(op) = op else { return true };
    let Some(record) = op.record(dot) else { return true };
    let Some(shown) = replica.view(record) else {
        // Where the storage has damaged what created it, there is nothing to see it on.
        let former = replica.former_branches().iter().map(|former| &former.certificate);
        let mut own = former.chain([&replica.identity().certificate]);
        let is_own = own.any(|branch| branch.actors.contains(&record.0.actor));
        return is_own && replica.own_op(record.0).is_none();
    };
    let facts = Facts {
        stamp: own.own_stamp,
        claimed_ms: op.uptime_ms + own.wall_minus_uptime_ms,
        level: Level::WORKER,
        uncertain: false,
    };
    let mut again = shown.clone();
    again.apply(dot, &op, facts);
    again == shown
}
