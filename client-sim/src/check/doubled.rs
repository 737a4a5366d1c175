//! Nothing is doubled: every record comes from exactly one creating op, and logs hold no entry twice.

use super::Written;
use crate::replay::centre::Row;
use otor_protocol::ids::RecordId;
use otor_protocol::op::{Body, Op};
use otor_protocol::wire;
use std::collections::{BTreeMap, BTreeSet};

/// One line for every record that nobody wrote, and every record there twice. `others` are the records created
/// at the centre.
pub fn doubled(rows: &[Row], written: &Written, others: &BTreeSet<RecordId>) -> Vec<String> {
    let created: BTreeSet<RecordId> = written
        .iter()
        .filter(|(_, bytes)| wire::decode::<Op>(bytes).is_ok_and(|op| matches!(op.body, Body::Create { .. })))
        .map(|(dot, _)| RecordId(*dot))
        .collect();
    let mut times: BTreeMap<RecordId, u32> = BTreeMap::new();
    for row in rows {
        *times.entry(row.id).or_default() += 1;
    }
    let repeated = times.iter().filter(|(_, count)| **count > 1);
    let unknown = times
        .keys()
        .filter(|id| !created.contains(id) && !others.contains(id));
    repeated
        .map(|(id, count)| format!("record {id} is there {count} times"))
        .chain(unknown.map(|id| format!("record {id} was written by nobody")))
        .collect()
}
