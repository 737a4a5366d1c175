//! No work is lost: what was acknowledged is in the merged records (or kept aside), what was written is in an
//! outbox or at the server.

use super::{Checked, Written};
use crate::replay::centre::Row;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{ActorId, Dot, RecordId};
use otor_protocol::op::{Change, Facts, Op};
use otor_protocol::patrol::Points;
use otor_protocol::record::Record;
use otor_protocol::replica::{OwnOp, Replica, Storage};
use otor_protocol::value::Value;
use otor_protocol::wire::{self, Verdict};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// An op on the phone that keeps it.
type Kept<'a, S> = (&'a OwnOp, &'a Replica<S>);

/// One line for every op that is lost. `through` is how far the server has each actor. A server that came back from a
/// backup without a word may have taken an op again by a request that came late, and decided otherwise on its time than
/// its phone was told before: `decided_again` has those decisions.
pub fn lost<S: Storage>(
    phones: &[Checked<S>],
    written: &Written,
    rows: &BTreeMap<RecordId, Row>,
    through: &BTreeMap<ActorId, u64>,
    decided_again: &BTreeMap<Dot, Facts>,
) -> Vec<String> {
    let mut lost = Vec::new();
    let mut on_phones: BTreeMap<(Dot, &[u8]), Kept<S>> = BTreeMap::new();
    for phone in phones {
        let log = phone.replica.own_log();
        on_phones.extend(log.map(|(dot, own)| ((dot, own.op.as_slice()), (own, phone.replica))));
    }
    let is_at_server = |dot: Dot| through.get(&dot.actor).is_some_and(|through| *through >= dot.seq);
    // What a copy has brought under a number of its own. Others may have the same to show, without its first number.
    let logs = phones.iter().flat_map(|phone| phone.replica.own_log());
    let renumbered: BTreeSet<(Dot, u64)> = logs
        .filter(|(dot, _)| is_at_server(*dot))
        .filter_map(|(_, own)| own.origin)
        .collect();
    let ops: BTreeSet<(Dot, &[u8])> = written.ops().collect();
    for (dot, bytes) in ops {
        let held = is_at_server(dot);
        let name = format!("op {}-{}", dot.actor.0, dot.seq);
        match on_phones.get(&(dot, bytes)) {
            None if renumbered.contains(&written.first(dot, bytes)) => {}
            None if !held => lost.push(format!(
                "{name} was saved, and is neither on its phone nor at the server"
            )),
            Some((own, _)) if own.told.is_some() && !held => {
                lost.push(format!(
                    "{name} was acknowledged, and the server does not have it"
                ));
            }
            Some((own, replica)) => {
                let again = decided_again.get(&dot);
                let missing = missing_effect((dot, bytes), (own, again), replica, rows);
                lost.extend(missing.map(|why| format!("{name} {why}")));
            }
            None => {}
        }
    }
    lost
}

/// Why an acknowledged op is not in the merged records, if it is not.
///
/// Rows that come without their canonical bytes tell whether the record is there and what was appended to its
/// logs. Whether the record holds the rest of the op is then asked of the phone's mirror: that the two agree is
/// for [`super::differences`] to find.
fn missing_effect<S: Storage>(
    (dot, bytes): (Dot, &[u8]),
    (own, decided_again): (&OwnOp, Option<&Facts>),
    replica: &Replica<S>,
    rows: &BTreeMap<RecordId, Row>,
) -> Option<&'static str> {
    let told = own
        .told
        .as_ref()
        .filter(|told| told.verdict == Verdict::Accepted)?;
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
        None if !shows_appended(&op, row) => {
            return Some("was acknowledged, and what it appended is not in its merged record");
        }
        None => (
            replica.mirrored(id)?.clone(),
            "was acknowledged, and is not in its phone's mirror",
        ),
    };
    // An op that a record contains changes nothing when it is applied again.
    let mut again = record.clone();
    again.apply(dot, &op, *decided_again.unwrap_or(&told.facts));
    (again.encode() != record.encode()).then_some(where_not)
}

/// Whether a row has every text that an op appended to a log.
fn shows_appended(op: &Op, row: &Row) -> bool {
    let catalogue = Catalogue::built_in();
    let Some(kind) = catalogue.kind_named(&row.kind) else {
        return true;
    };
    op.changes().iter().all(|change| match change {
        Change::Append(field, Value::Text(text)) => {
            let log = kind.field(*field).and_then(|spec| row.fields.get(spec.name));
            match log {
                Some(Json::Array(entries)) => entries.iter().any(|entry| is_entry(entry, text)),
                _ => false,
            }
        }
        _ => true,
    })
}

/// Whether an entry of a row is this text, or the points that it packs.
fn is_entry(entry: &Json, text: &str) -> bool {
    let are_they = |points: Points| {
        let marked = entry["points"].as_array().map_or(0, Vec::len);
        entry["segment"] == points.segment
            && entry["seq"] == points.first_seq
            && marked == points.points.len()
    };
    entry.as_str() == Some(text) || Points::unpack(text).is_some_and(are_they)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Crossing, Phone, fixture};
    use otor_protocol::record::Edit;
    use serde_json::{Map, json};

    const NOTE: &str = "后来又去了一次";

    /// A phone whose visit, and a note added to it, are acknowledged; the visit, and its state without the note.
    fn phone() -> (Phone, RecordId, Vec<u8>) {
        let mut phone = fixture::enrolled_phone();
        let visit = fixture::write_visit(&mut phone, 500);
        acknowledge(&mut phone);
        let before = phone.replica().unwrap().mirrored(visit).unwrap().encode();
        let mut edit = Edit::default();
        edit.append.push(("notes".to_owned(), vec![Value::from(NOTE)]));
        let (replica, clock) = phone.desk(900).unwrap();
        replica.edit(clock, visit, &edit).unwrap();
        acknowledge(&mut phone);
        (phone, visit, before)
    }

    fn acknowledge(phone: &mut Phone) {
        let mut exchange = phone.begin_exchange(1_000, 0).unwrap();
        let mut reader = wire::FrameReader::default();
        reader.push(&exchange.frames()[0]);
        let hello = reader.next_frame().unwrap().unwrap().payload;
        let reply = fixture::reply_acknowledging(&hello, phone.replica().unwrap());
        exchange.handle_bytes(phone, &reply).unwrap();
        assert!(exchange.finish(phone, &Crossing::default()).unwrap().complete);
    }

    fn row(id: RecordId, state: Option<Vec<u8>>) -> BTreeMap<RecordId, Row> {
        let row = Row {
            id,
            kind: "visit".into(),
            area: fixture::grid().to_string(),
            created_by: "w1".into(),
            commit: 1,
            fields: Map::from_iter([("notes".to_owned(), json!([NOTE]))]),
            conflicts: Vec::new(),
            merge_conflicts: 0,
            time_uncertain: false,
            state,
        };
        BTreeMap::from([(id, row)])
    }

    /// What is lost by a server that holds `rows` and has every actor up to `through`.
    fn found(phone: &Phone, rows: &BTreeMap<RecordId, Row>, through: u64) -> Vec<String> {
        let replica = phone.replica().unwrap();
        let mut written = Written::new();
        written.note("d1", replica);
        let through = replica
            .identity()
            .certificate
            .actors
            .iter()
            .map(|actor| (*actor, through))
            .collect();
        let checked = Checked {
            name: &phone.name,
            worker: &phone.worker,
            replica,
        };
        lost(&[checked], &written, rows, &through, &BTreeMap::new())
    }

    #[test]
    fn what_the_server_holds_is_not_lost_with_canonical_bytes_or_without() {
        let (phone, visit, _) = phone();
        let state = phone.replica().unwrap().mirrored(visit).unwrap().encode();
        assert_eq!(found(&phone, &row(visit, Some(state)), 2), Vec::<String>::new());
        assert_eq!(found(&phone, &row(visit, None), 2), Vec::<String>::new());
    }

    #[test]
    fn acknowledged_op_whose_record_is_not_there_is_lost() {
        let (phone, _, _) = phone();
        let lost = found(&phone, &BTreeMap::new(), 2);
        assert_eq!(lost.len(), 2);
        assert!(
            lost[0].contains("its record is not among the merged ones"),
            "{lost:?}"
        );
    }

    #[test]
    fn acknowledged_op_that_the_server_has_not_counted_is_lost() {
        let (phone, visit, _) = phone();
        let lost = found(&phone, &row(visit, None), 1);
        assert_eq!(lost.len(), 1);
        assert!(lost[0].contains("the server does not have it"), "{lost:?}");
    }

    #[test]
    fn acknowledged_op_that_its_record_does_not_show_is_lost() {
        let (phone, visit, before) = phone();
        let lost = found(&phone, &row(visit, Some(before)), 2);
        assert_eq!(lost.len(), 1);
        assert!(lost[0].contains("is not in its merged record"), "{lost:?}");
        let mut rows = row(visit, None);
        for row in rows.values_mut() {
            row.fields.remove("notes");
        }
        let lost = found(&phone, &rows, 2);
        assert_eq!(lost.len(), 1);
        assert!(
            lost[0].contains("what it appended is not in its merged record"),
            "{lost:?}"
        );
    }

    #[test]
    fn saved_op_of_a_phone_that_has_forgotten_it_is_lost_unless_the_server_has_it() {
        let (phone, visit, _) = phone();
        let mut written = Written::new();
        written.note("d1", phone.replica().unwrap());
        let none: [Checked<crate::device::PhoneStorage>; 0] = [];
        let actor = visit.0.actor;
        let rows = row(visit, None);
        let lost = |through: u64| {
            let through = BTreeMap::from([(actor, through)]);
            lost(&none, &written, &rows, &through, &BTreeMap::new())
        };
        assert_eq!(lost(2), Vec::<String>::new());
        assert_eq!(lost(1).len(), 1);
    }
}
