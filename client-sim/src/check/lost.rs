//! No work is lost: what was acknowledged is in the merged records (or kept aside), what was written is in an
//! outbox or at the server.

use super::{Checked, Written};
use crate::replay::centre::Row;
use otor_protocol::ids::{ActorId, Dot, RecordId};
use otor_protocol::op::Op;
use otor_protocol::record::Record;
use otor_protocol::replica::{OwnOp, Replica, Storage};
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
    let mut on_phones: BTreeMap<Dot, (&OwnOp, &Replica<S>)> = BTreeMap::new();
    for phone in phones {
        let actors = phone.replica.identity().certificate.actors;
        for (lane, actor) in phone.replica.lanes().iter().zip(actors) {
            on_phones.extend(
                lane.ops()
                    .map(|(seq, own)| (Dot::new(actor, seq), (own, phone.replica))),
            );
        }
    }
    for (dot, bytes) in written {
        let held = through.get(&dot.actor).is_some_and(|through| *through >= dot.seq);
        let name = format!("op {}-{}", dot.actor.0, dot.seq);
        match on_phones.get(dot) {
            None if !held => lost.push(format!(
                "{name} was saved, and is neither on its phone nor at the server"
            )),
            Some((own, _)) if own.told.is_some() && !held => {
                lost.push(format!(
                    "{name} was acknowledged, and the server does not have it"
                ));
            }
            Some((own, replica)) => {
                let missing = missing_effect((*dot, bytes), own, replica, rows);
                lost.extend(missing.map(|why| format!("{name} {why}")));
            }
            None => {}
        }
    }
    lost
}

/// Why an acknowledged op is not in the merged records, if it is not.
///
/// Rows that come without their canonical bytes tell only that the record is there. Whether it holds the op is
/// then asked of the phone's mirror: that the two agree is for [`super::differences`] to find.
fn missing_effect<S: Storage>(
    (dot, bytes): (Dot, &[u8]),
    own: &OwnOp,
    replica: &Replica<S>,
    rows: &BTreeMap<RecordId, Row>,
) -> Option<&'static str> {
    let told = own
        .told
        .as_ref()
        .filter(|told| told.verdict == Verdict::Accepted)?;
    if own.op.as_slice() != bytes {
        return Some("is another op than the one that was saved");
    }
    let op: Op = wire::decode(bytes).ok()?;
    let id = op.record(dot)?;
    let Some(row) = rows.get(&id) else {
        return Some("was acknowledged, and its record is not among the merged ones");
    };
    let (record, where_not) = match &row.state {
        Some(state) => (
            Record::decode(state).ok()?,
            "was acknowledged, and is not in its merged record",
        ),
        None => (
            replica.mirrored(id)?.clone(),
            "was acknowledged, and is not in its phone's mirror",
        ),
    };
    // An op that a record contains changes nothing when it is applied again.
    let mut again = record.clone();
    again.apply(dot, &op, told.facts);
    (again.encode() != record.encode()).then_some(where_not)
}
