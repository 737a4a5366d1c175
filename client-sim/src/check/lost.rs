//! No work is lost: what was acknowledged is in the merged records (or kept aside), what was written is in an
//! outbox or at the server.

use super::{Checked, Written};
use crate::replay::centre::Row;
use otor_protocol::ids::{ActorId, Dot, RecordId};
use otor_protocol::op::Op;
use otor_protocol::record::Record;
use otor_protocol::replica::{OwnOp, Storage};
use otor_protocol::wire::{self, Verdict};
use std::collections::BTreeMap;

/// One line for every op that is lost. `through` is how far the server has each actor.
pub fn lost<S: Storage>(
    phones: &[Checked<S>],
    written: &Written,
    rows: &BTreeMap<RecordId, Row>,
    through: &BTreeMap<ActorId, u64>,
) -> Vec<String> {
    let mut lost = Vec::new();
    let mut on_phones: BTreeMap<Dot, &OwnOp> = BTreeMap::new();
    for phone in phones {
        let actors = phone.replica.identity().certificate.actors;
        for (lane, actor) in phone.replica.lanes().iter().zip(actors) {
            on_phones.extend(lane.ops().map(|(seq, own)| (Dot::new(actor, seq), own)));
        }
    }
    for (dot, bytes) in written {
        let held = through.get(&dot.actor).is_some_and(|through| *through >= dot.seq);
        let name = format!("op {}-{}", dot.actor.0, dot.seq);
        match on_phones.get(dot) {
            None if !held => lost.push(format!("{name} was saved, and is neither on its phone nor at the server")),
            Some(own) if own.told.is_some() && !held => {
                lost.push(format!("{name} was acknowledged, and the server does not have it"));
            }
            Some(own) => lost.extend(missing_effect(*dot, bytes, own, rows).map(|why| format!("{name} {why}"))),
            None => {}
        }
    }
    lost
}

/// Why an acknowledged op is not in the merged records, if it is not.
fn missing_effect(
    dot: Dot,
    bytes: &[u8],
    own: &OwnOp,
    rows: &BTreeMap<RecordId, Row>,
) -> Option<&'static str> {
    let told = own.told.as_ref().filter(|told| told.verdict == Verdict::Accepted)?;
    if own.op.as_slice() != bytes {
        return Some("is another op than the one that was saved");
    }
    let op: Op = wire::decode(bytes).ok()?;
    let Some(row) = rows.get(&op.record(dot)?) else {
        return Some("was acknowledged, and its record is not among the merged ones");
    };
    // An op that a record contains changes nothing when it is applied again.
    let mut record = row.state.as_deref().and_then(|state| Record::decode(state).ok())?;
    record.apply(dot, &op, told.facts);
    (Some(record.encode()) != row.state).then_some("was acknowledged, and is not in its merged record")
}
