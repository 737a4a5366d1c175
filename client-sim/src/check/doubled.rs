//! Nothing is doubled: every record comes from exactly one creating op, no work stands under two numbers and, where a
//! row has its canonical bytes (in process; the API has none), no log holds one entry twice.

use super::{Checked, Written};
use crate::replay::centre::Row;
use otor_protocol::ids::{Dot, RecordId};
use otor_protocol::keys::op_hash;
use otor_protocol::op::{Body, Op};
use otor_protocol::record::Record;
use otor_protocol::replica::{OwnOp, Storage};
use otor_protocol::wire::{self, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// What the server's rules are called.
const RULES: &str = "server";

/// One line for every record that nobody wrote, and every record there twice. `others` are the records created
/// at the centre; those of the server's rules are told by their author.
pub fn doubled(rows: &[Row], written: &Written, others: &BTreeSet<RecordId>) -> Vec<String> {
    let created: BTreeSet<RecordId> = written
        .ever()
        .filter(|(_, bytes)| wire::decode::<Op>(bytes).is_ok_and(|op| matches!(op.body, Body::Create { .. })))
        .map(|(dot, _)| RecordId(dot))
        .collect();
    let mut times: BTreeMap<RecordId, u32> = BTreeMap::new();
    for row in rows {
        *times.entry(row.id).or_default() += 1;
    }
    let repeated = times.iter().filter(|(_, count)| **count > 1);
    let by_rules: BTreeSet<RecordId> = rows
        .iter()
        .filter(|row| row.created_by == RULES)
        .map(|row| row.id)
        .collect();
    let unknown = times
        .keys()
        .filter(|id| !created.contains(id) && !others.contains(id) && !by_rules.contains(id));
    repeated
        .map(|(id, count)| format!("record {id} is there {count} times"))
        .chain(unknown.map(|id| format!("record {id} was written by nobody")))
        .chain(rows.iter().filter_map(doubled_entry))
        .collect()
}

/// One line for all work that was merged under more than one number: copies of a phone that both held it unsent have
/// handed it over twice.
pub fn twice<S: Storage>(phones: &[Checked<S>]) -> Vec<String> {
    let is_merged = |own: &OwnOp| {
        let told = own.told.as_ref();
        told.is_some_and(|told| told.verdict == Verdict::Accepted)
    };
    let mut under: BTreeMap<(Dot, u64), BTreeSet<Dot>> = BTreeMap::new();
    for (dot, own) in phones.iter().flat_map(|phone| phone.replica.own_log()) {
        if is_merged(own) {
            let first = own.origin.unwrap_or_else(|| (dot, op_hash(&own.op)));
            under.entry(first).or_default().insert(dot);
        }
    }
    let doubled = under.into_iter().filter(|(_, dots)| dots.len() > 1);
    doubled
        .map(|((first, _), dots)| {
            let dots: Vec<String> = dots
                .iter()
                .map(|dot| format!("{}-{}", dot.actor.0, dot.seq))
                .collect();
            format!(
                "what was first {}-{} was merged as {}",
                first.actor.0,
                first.seq,
                dots.join(" and ")
            )
        })
        .collect()
}

/// An entry that a log of the row's record holds twice. An entry is named by its op and its place in that op: the
/// log is a set, so a second one can only stand there with other facts.
fn doubled_entry(row: &Row) -> Option<String> {
    let record = Record::decode(row.state.as_deref()?).ok()?;
    record.fields.keys().find_map(|field| {
        let mut seen = BTreeSet::new();
        let entries = record.entries(*field);
        let twice = entries
            .iter()
            .find(|entry| !seen.insert((entry.dot, entry.index)))?;
        let (actor, seq) = (twice.dot.actor.0, twice.dot.seq);
        Some(format!(
            "record {} holds what op {actor}-{seq} appended twice",
            row.id
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::row_of;
    use super::*;
    use otor_protocol::ids::{ActorId, Dot, Lane, Level, PersonId};
    use otor_protocol::op::{Change, Facts, FieldId, KindId};
    use otor_protocol::stamp::Stamp;

    fn visit() -> (Dot, Op) {
        let area = "150821100201001".parse().unwrap();
        let body = Body::Create {
            kind: KindId(2),
            area,
            changes: vec![Change::Append(FieldId(60), "one".into())],
        };
        (
            Dot::new(ActorId(4), 1),
            Op {
                author: PersonId(1),
                uptime_ms: 1,
                body,
            },
        )
    }

    fn facts(ms: i64) -> Facts {
        Facts {
            stamp: Stamp::at_ms(ms),
            claimed_ms: ms,
            level: Level::WORKER,
            uncertain: false,
        }
    }

    #[test]
    fn record_written_once_passes_and_one_that_is_there_twice_or_written_by_nobody_does_not() {
        let (dot, op) = visit();
        let row = row_of(&Record::create(dot, Lane::Rest, &op, facts(5)).unwrap());
        let written: Written = [(dot, wire::encode(&op))].into_iter().collect();
        let nobody = BTreeSet::new();
        assert!(doubled(std::slice::from_ref(&row), &written, &nobody).is_empty());
        assert_eq!(doubled(&[row.clone(), row.clone()], &written, &nobody).len(), 1);
        assert_eq!(doubled(&[row], &Written::new(), &nobody).len(), 1);
    }

    #[test]
    fn entry_that_a_log_holds_twice_is_found() {
        let (dot, op) = visit();
        let mut record = Record::create(dot, Lane::Rest, &op, facts(5)).unwrap();
        record.apply(dot, &op, facts(6));
        let written: Written = [(dot, wire::encode(&op))].into_iter().collect();
        let found = doubled(&[row_of(&record)], &written, &BTreeSet::new());
        assert_eq!(found, ["record 4-1 holds what op 4-1 appended twice"]);
    }
}
