//! What the model makes of small histories, whatever the order in which they are told.

use super::{Commit, Expected, History, JournaledOp, predict};
use otor_protocol::catalogue::built_in::{report, task};
use otor_protocol::ids::{ActorId, Dot, Level, PersonId, RecordId};
use otor_protocol::op::{Body, Change, EventId, Facts, FieldId, KindId, Op};
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use otor_protocol::wire::{self, Verdict};

const RECORD: RecordId = RecordId(Dot {
    actor: ActorId(2),
    seq: 1,
});
const TAGS: FieldId = FieldId(61);
const CATEGORY: FieldId = FieldId(6);

fn op(actor: u32, seq: u64, ms: i64, level: Level, body: Body) -> JournaledOp {
    let op = Op {
        author: PersonId(actor),
        uptime_ms: ms,
        body,
    };
    JournaledOp {
        dot: Dot::new(ActorId(actor), seq),
        op: wire::encode(&op),
        facts: Facts {
            stamp: Stamp::at_ms(ms),
            claimed_ms: ms,
            level,
            uncertain: false,
        },
        verdict: Verdict::Accepted,
        by_phone: true,
        conflict: false,
    }
}

fn creation(kind: u16, changes: Vec<Change>) -> JournaledOp {
    let body = Body::Create {
        kind: KindId(kind),
        area: "150821100201001".parse().unwrap(),
        changes,
    };
    op(2, 1, 1_000, Level::WORKER, body)
}

fn edit(actor: u32, seq: u64, ms: i64, level: Level, change: Change) -> JournaledOp {
    let body = Body::Edit {
        record: RECORD,
        changes: vec![change],
    };
    op(actor, seq, ms, level, body)
}

fn event(actor: u32, seq: u64, ms: i64, level: Level, event: EventId) -> JournaledOp {
    let change = Change::Event {
        event,
        round: 1,
        args: Vec::new(),
    };
    edit(actor, seq, ms, level, change)
}

/// The record, told forwards and backwards.
fn expected(ops: Vec<JournaledOp>) -> Expected {
    let told = |ops: Vec<JournaledOp>| {
        let commit = Commit {
            number: 1,
            ops,
            ..Commit::default()
        };
        let commits = vec![commit];
        predict(&History { commits }).remove(&RECORD).unwrap()
    };
    let backwards = told(ops.iter().rev().cloned().collect());
    let forwards = told(ops);
    assert_eq!(forwards, backwards);
    forwards
}

#[test]
fn later_write_stands_and_of_equal_stamps_that_of_the_greater_op() {
    let set = |actor, seq, ms, code: &str| {
        edit(
            actor,
            seq,
            ms,
            Level::WORKER,
            Change::Latest(CATEGORY, code.into()),
        )
    };
    let visit = expected(vec![
        creation(2, Vec::new()),
        set(3, 1, 5_000, "late"),
        set(4, 1, 4_000, "early"),
        set(3, 2, 5_000, "same moment"),
    ]);
    assert_eq!(visit.values[&CATEGORY], Value::from("same moment"));
}

#[test]
fn member_goes_only_where_its_adding_was_seen() {
    let add = |actor, seq| {
        let members = vec![Value::from("a")];
        let change = Change::Add { field: TAGS, members };
        edit(actor, seq, 2_000, Level::WORKER, change)
    };
    let remove = |seen: Vec<Dot>| {
        let members = vec![(Value::from("a"), seen)];
        let change = Change::Remove { field: TAGS, members };
        edit(5, 1, 9_000, Level::WORKER, change)
    };
    let (one, other) = (Dot::new(ActorId(3), 1), Dot::new(ActorId(4), 1));
    let ops = |seen| vec![creation(2, Vec::new()), add(3, 1), add(4, 1), remove(seen)];
    assert_eq!(expected(ops(vec![one])).members[&TAGS].len(), 1);
    assert!(expected(ops(vec![one, other])).members.is_empty());
}

#[test]
fn what_was_not_accepted_leaves_no_trace() {
    let mut aside = edit(3, 1, 5_000, Level::WORKER, Change::Latest(CATEGORY, "a".into()));
    aside.verdict = Verdict::Parked;
    let visit = expected(vec![creation(2, Vec::new()), aside]);
    assert!(visit.values.is_empty());
}

#[test]
fn report_that_was_escalated_is_not_closed_by_its_worker_and_late_handling_changes_nothing() {
    let worker = Level::WORKER;
    let ops = |closing: JournaledOp| {
        vec![
            creation(3, Vec::new()),
            event(3, 1, 2_000, worker, report::ESCALATE),
            event(4, 1, 6_000, worker, report::HANDLE),
            closing,
        ]
    };
    let by_worker = ops(event(5, 1, 3_000, worker, report::CLOSE));
    assert_eq!(expected(by_worker).status(), Some("handling"));
    let by_centre = ops(event(5, 1, 3_000, Level::COUNTY, report::CLOSE));
    assert_eq!(expected(by_centre).status(), Some("closed"));
}

#[test]
fn task_that_was_done_is_done_but_where_it_was_cancelled_for_safety() {
    let done = event(3, 1, 5_000, Level::WORKER, task::COMPLETE);
    let cancelled = |reason: &str| {
        let change = Change::Event {
            event: task::CANCEL,
            round: 1,
            args: vec![(task::REASON_ARG, reason.into())],
        };
        edit(4, 1, 4_000, Level::COUNTY, change)
    };
    let ops = |reason| vec![creation(4, Vec::new()), done.clone(), cancelled(reason)];
    assert_eq!(expected(ops("plain")).status(), Some("done"));
    assert_eq!(expected(ops("safety")).status(), Some("cancelled"));
}
