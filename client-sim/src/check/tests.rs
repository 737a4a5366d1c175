//! Each check of a history finds what it is for, and nothing in one that is sound.

use super::{Checked, Watch, Written, aside, journaled, rights, times};
use crate::device::PhoneStorage;
use crate::model::{Commit, History, Issued, JournaledOp};
use crate::replay::centre::Row;
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{ActorId, Dot, Level, PersonId, RecordId};
use otor_protocol::op::{Body, Change, Facts, FieldId, KindId, Op};
use otor_protocol::record::Record;
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::{self, Reason, Verdict};
use std::collections::BTreeSet;

const ME: u32 = 2;
const NOBODY: [Checked<PhoneStorage>; 0] = [];

/// The row that a server in this process shows of a record.
pub(super) fn row_of(record: &Record) -> Row {
    Row {
        id: record.id,
        kind: "visit".into(),
        area: record.area.val.to_string(),
        created_by: "w".into(),
        commit: 1,
        fields: Default::default(),
        conflicts: Vec::new(),
        merge_conflicts: 0,
        time_uncertain: false,
        state: Some(record.encode()),
    }
}

fn grid() -> AreaCode {
    "150821100201001".parse().unwrap()
}

/// The first op creates a record, the others add notes to it.
fn op(seq: u64, ms: i64, verdict: Verdict) -> JournaledOp {
    let record = RecordId(Dot::new(ActorId(ME), 1));
    let body = match seq {
        1 => Body::Create {
            kind: KindId(2),
            area: grid(),
            changes: Vec::new(),
        },
        _ => Body::Edit {
            record,
            changes: vec![Change::Append(FieldId(60), "又去了".into())],
        },
    };
    let op = Op {
        author: PersonId(1),
        uptime_ms: ms,
        body,
    };
    JournaledOp {
        dot: Dot::new(ActorId(ME), seq),
        op: wire::encode(&op),
        facts: Facts {
            stamp: Stamp::at_ms(ms),
            claimed_ms: ms,
            level: Level::WORKER,
            uncertain: false,
        },
        verdict,
        by_phone: true,
        conflict: false,
    }
}

/// Commits a second apart, an op each.
fn history(ops: &[JournaledOp]) -> History {
    let commits = ops.iter().zip(1u32..).map(|(op, number)| Commit {
        number: u64::from(number),
        at_ms: i64::from(number) * 1_000,
        ops: vec![op.clone()],
        ..Commit::default()
    });
    History {
        commits: commits.collect(),
    }
}

fn written(history: &History) -> Written {
    history.ops().map(|(_, op)| (op.dot, op.op.clone())).collect()
}

#[test]
fn op_that_is_journaled_twice_or_that_nobody_wrote_is_found() {
    let sound = history(&[op(1, 900, Verdict::Accepted), op(2, 1_900, Verdict::Accepted)]);
    let known = written(&sound);
    assert_eq!(journaled(&sound, &known), Vec::<String>::new());
    let again = op(2, 1_900, Verdict::Accepted);
    let twice = history(&[op(1, 900, Verdict::Accepted), again.clone(), again]);
    assert_eq!(journaled(&twice, &known).len(), 2, "twice, and out of order");
    let other = history(&[op(1, 900, Verdict::Accepted), op(2, 1_800, Verdict::Accepted)]);
    assert_eq!(journaled(&other, &known).len(), 1);
}

#[test]
fn number_that_was_given_to_two_is_found() {
    let mut sound = history(&[op(1, 900, Verdict::Accepted)]);
    sound.commits[0].issued = vec![(ActorId(9), Issued::Phone(1)), (ActorId(9), Issued::Phone(1))];
    let known = written(&sound);
    assert!(journaled(&sound, &known).is_empty(), "a phone admitted again");
    sound.commits[0].issued.push((ActorId(9), Issued::Phone(2)));
    assert_eq!(journaled(&sound, &known).len(), 1);
}

#[test]
fn op_that_was_kept_aside_and_is_gone_is_found() {
    let aside_op = op(2, 1_900, Verdict::Quarantined(Reason::OutOfArea));
    let history = history(&[op(1, 900, Verdict::Accepted), aside_op.clone()]);
    let held = BTreeSet::from([aside_op.dot]);
    assert_eq!(aside(&NOBODY, &history, &held), Vec::<String>::new());
    assert_eq!(aside(&NOBODY, &history, &BTreeSet::new()).len(), 1);
}

#[test]
fn op_that_waits_for_what_is_there_and_one_that_overtakes_it_are_found() {
    let parked = op(2, 1_900, Verdict::Parked);
    let held = BTreeSet::from([parked.dot]);
    let waits = history(&[op(1, 900, Verdict::Accepted), parked.clone()]);
    assert_eq!(aside(&NOBODY, &waits, &held).len(), 1);
    let overtaken = history(&[
        op(1, 900, Verdict::Accepted),
        parked,
        op(3, 2_900, Verdict::Accepted),
    ]);
    assert_eq!(aside(&NOBODY, &overtaken, &held).len(), 2);
}

#[test]
fn stamp_ahead_of_its_receipt_is_found() {
    let watch = Watch::default();
    assert!(times(&history(&[op(1, 1_001, Verdict::Accepted)]), &watch).is_empty());
    assert_eq!(
        times(&history(&[op(1, 1_003, Verdict::Accepted)]), &watch).len(),
        1
    );
}

#[test]
fn creation_judged_by_rights_of_another_time_is_found() {
    let mut watch = Watch::default();
    watch.answers_for("w1", &[grid()], 0);
    watch.answers_for("w1", &["150821100201002".parse().unwrap()], 5_000);
    let judged = |ms, verdict| rights(&history(&[op(1, ms, verdict)]), &watch, |_| "w1".to_owned());
    let out = Verdict::Quarantined(Reason::OutOfArea);
    assert!(judged(4_000, Verdict::Accepted).is_empty() && judged(6_000, out.clone()).is_empty());
    assert_eq!(judged(6_000, Verdict::Accepted).len(), 1);
    assert_eq!(judged(4_000, out).len(), 1);
}

#[test]
fn rights_change_when_the_server_made_the_change_and_not_when_it_runs_again() {
    let mut watch = Watch::default();
    watch.answers_for("w1", &["150821100201002".parse().unwrap()], 0);
    watch.dies_after_change(5_000);
    let from_ms = watch.is_sure(9_000);
    watch.answers_for("w1", &[grid()], from_ms);
    let judged = |ms, verdict| rights(&history(&[op(1, ms, verdict)]), &watch, |_| "w1".to_owned());
    assert!(judged(7_000, Verdict::Accepted).is_empty());
    assert_eq!(judged(4_000, Verdict::Accepted).len(), 1);
    assert_eq!(judged(7_000, Verdict::Quarantined(Reason::OutOfArea)).len(), 1);
}
