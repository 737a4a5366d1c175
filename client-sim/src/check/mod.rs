//! Invariants, a file each: what must hold at the end of every run.

mod convergence;
mod doubled;
mod lost;
mod scopes;

pub use convergence::differences;
pub use doubled::doubled;
pub use lost::lost;
pub use scopes::scopes;

use otor_protocol::ids::Dot;
use otor_protocol::replica::{Replica, Storage};
use std::collections::BTreeMap;

/// A phone under check.
pub struct Checked<'a, S> {
    /// The trace's name for it.
    pub name: &'a str,
    /// The code of its owner.
    pub worker: &'a str,
    /// What it holds.
    pub replica: &'a Replica<S>,
}

/// The ops that phones have told their workers are saved: dot to bytes.
pub type Written = BTreeMap<Dot, Vec<u8>>;

/// Notes everything a phone has made durable so far.
pub fn note_written<S: Storage>(written: &mut Written, replica: &Replica<S>) {
    let actors = replica.identity().certificate.actors;
    for (lane, actor) in replica.lanes().iter().zip(actors) {
        for (seq, own) in lane.ops() {
            written
                .entry(Dot::new(actor, seq))
                .or_insert_with(|| own.op.to_vec());
        }
    }
}
