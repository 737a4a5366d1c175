//! Merging: commutative, associative, idempotent; one state from any delivery; states and ops agree.

use crate::delivery::{deliver, deliver_part, union};
use crate::history::histories;
use otor_protocol::ids::{ActorId, Dot, PersonId};
use otor_protocol::op::{Body, Change, FieldId, Op};
use otor_protocol::record::Record;
use otor_protocol::value::Value;
use proptest::prelude::*;

fn picks(most: usize) -> impl Strategy<Value = Vec<u16>> {
    proptest::collection::vec(any::<u16>(), 0..most)
}

fn merged(one: &Record, other: &Record) -> Record {
    let mut sum = one.clone();
    sum.merge(other.clone());
    sum
}

proptest! {
    #[test]
    fn any_delivery_gives_one_state(history in histories(24), one in picks(60), other in picks(60)) {
        let written_order = deliver(&history, &[]);
        prop_assert_eq!(deliver(&history, &one).encode(), written_order.encode());
        prop_assert_eq!(deliver(&history, &other).encode(), written_order.encode());
    }

    #[test]
    fn merging_commutes_and_is_idempotent(history in histories(24), one in picks(40), other in picks(40)) {
        let (one, other) = (deliver_part(&history, &one), deliver_part(&history, &other));
        let (one, other) = (one.record(), other.record());
        let sum = merged(one, other);
        prop_assert_eq!(sum.encode(), merged(other, one).encode());
        prop_assert_eq!(merged(one, one).encode(), one.encode());
        prop_assert_eq!(merged(&sum, other).encode(), sum.encode());
        prop_assert_eq!(merged(&sum, one).encode(), sum.encode());
    }

    #[test]
    fn merging_associates(history in histories(24), a in picks(40), b in picks(40), c in picks(40)) {
        let [a, b, c] = [a, b, c].map(|picks| deliver_part(&history, &picks));
        let [a, b, c] = [a.record(), b.record(), c.record()];
        prop_assert_eq!(merged(&merged(a, b), c).encode(), merged(a, &merged(b, c)).encode());
    }

    #[test]
    fn merged_states_equal_applied_ops(history in histories(24), one in picks(40), other in picks(40)) {
        let (one, other) = (deliver_part(&history, &one), deliver_part(&history, &other));
        let applied = union(&history, &[&one, &other]);
        prop_assert_eq!(merged(one.record(), other.record()).encode(), applied.encode());
        // And with what came before from storage or the wire.
        let read = |record: &Record| Record::decode(&record.encode()).expect("what is written can be read");
        prop_assert_eq!(merged(&read(one.record()), &read(other.record())).encode(), applied.encode());
    }

    #[test]
    fn ops_apply_to_a_merged_state_as_to_an_applied_one(
        history in histories(24), one in picks(40), other in picks(40),
    ) {
        let whole = deliver(&history, &[]);
        let (one, other) = (deliver_part(&history, &one), deliver_part(&history, &other));
        let mut sum = merged(one.record(), other.record());
        // The written order is causal: everything again, on top of what the states already contain.
        for written in &history[1..] {
            prop_assert_eq!(sum.missing(&written.op).next(), None);
            sum.apply(written.dot, &written.op, written.facts);
        }
        prop_assert_eq!(sum.encode(), whole.encode());
    }

    #[test]
    fn records_read_back(history in histories(24), picks in picks(40)) {
        let part = deliver_part(&history, &picks);
        let bytes = part.record().encode();
        let read = Record::decode(&bytes);
        prop_assert!(read.is_ok(), "{:?}", read);
        let read = read.expect("just looked");
        prop_assert_eq!(&read, part.record());
        prop_assert_eq!(read.encode(), bytes);
    }
}

fn edit(record: &Record, change: Change) -> Op {
    let body = Body::Edit {
        record: record.id,
        changes: vec![change],
    };
    Op {
        author: PersonId(1),
        uptime_ms: 0,
        body,
    }
}

#[test]
fn a_removal_of_what_was_never_seen_waits_and_if_forced_leaves_nothing_behind() {
    let history = [crate::history::creation()];
    let before = deliver(&history, &[]);
    let unseen = Dot::new(ActorId(999), 5);
    for change in [
        Change::Remove {
            field: FieldId(60),
            members: vec![("水".into(), vec![unseen])],
        },
        Change::Keep {
            field: FieldId(51),
            value: "1".into(),
            replaces: vec![unseen],
        },
    ] {
        let op = edit(&before, change);
        assert_eq!(before.missing(&op).collect::<Vec<_>>(), [unseen]);
        let mut after = before.clone();
        after.apply(Dot::new(ActorId(998), 1), &op, history[0].facts);
        // Equal even in what the bytes do not show: nothing is deferred inside a set.
        assert_eq!(Record::decode(&after.encode()), Ok(after));
    }
}

/// A dot that its phone has lost stands for what the phone wrote before it, and for nothing of anybody else's.
#[test]
fn what_is_named_and_never_came_stands_for_what_its_writer_had_there_before() {
    let creation = crate::history::creation();
    let (writer, other) = (creation.dot.actor, ActorId(998));
    let lost = Dot::new(writer, creation.dot.seq + 5);
    let mut record = deliver(std::slice::from_ref(&creation), &[]);
    let write = |record: &mut Record, dot: Dot, change: Change| {
        let op = edit(record, change);
        record.apply(dot, &op, creation.facts);
    };
    let keep = |value: &str, replaces: Vec<Dot>| Change::Keep {
        field: FieldId(51),
        value: value.into(),
        replaces,
    };
    let add = || Change::Add {
        field: FieldId(60),
        members: vec!["水".into()],
    };
    let before = Dot::new(writer, creation.dot.seq + 1);
    let later = Dot::new(writer, lost.seq + 1);
    write(&mut record, before, keep("1", vec![]));
    write(&mut record, Dot::new(other, 1), keep("2", vec![]));
    write(&mut record, later, keep("3", vec![lost]));
    let standing: Vec<Value> = record
        .candidates(FieldId(51))
        .into_iter()
        .map(|one| one.value.clone())
        .collect();
    assert_eq!(standing.len(), 2, "{standing:?}");
    assert!(!standing.contains(&"1".into()));
    write(&mut record, Dot::new(writer, before.seq + 1), add());
    write(&mut record, Dot::new(other, 2), add());
    let remove = |dots: Vec<Dot>| Change::Remove {
        field: FieldId(60),
        members: vec![("水".into(), dots)],
    };
    write(&mut record, Dot::new(writer, lost.seq + 2), remove(vec![lost]));
    let members = record.members(FieldId(60));
    assert_eq!(members.get(&"水".into()), Some(&vec![Dot::new(other, 2)]));
    assert_eq!(Record::decode(&record.encode()), Ok(record));
}
