//! The folds over any events: one result from any delivery; more events never set a status back.

use crate::delivery::{deliver, deliver_part};
use crate::history::Written;
use otor_protocol::catalogue::TASK_ASSIGNEE;
use otor_protocol::catalogue::built_in::report as numbers;
use otor_protocol::ids::{ActorId, Dot, Level, PersonId, RecordId};
use otor_protocol::lifecycle::{self, TaskStatus};
use otor_protocol::op::{Body, Change, EventId, Facts, KindId, Op};
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use proptest::collection::vec;
use proptest::prelude::*;

/// Kind numbers of the built-in catalogue.
const REPORT: KindId = KindId(3);
const TASK: KindId = KindId(4);

fn text_argument() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just("plain"),
        Just("safety"),
        Just("wrong_target"),
        Just("township"),
        Just("换阀门")
    ]
    .prop_map(Value::from)
}

fn event(events: impl Strategy<Value = u16>) -> impl Strategy<Value = Change> {
    let rounds = prop_oneof![8 => 1..4u32, 1 => any::<u32>()];
    (events, rounds, vec((1..5u8, text_argument()), 0..2)).prop_map(|(event, round, args)| Change::Event {
        event: EventId(event),
        round,
        args,
    })
}

fn assignment() -> impl Strategy<Value = Change> {
    (0..4u32, 1..4u64).prop_map(|(person, epoch)| Change::Centre {
        field: TASK_ASSIGNEE,
        value: Value::Person(PersonId(person)),
        epoch,
    })
}

fn written(actor: u32, seq: u64, minute: u8, level: u8, body: Body) -> Written {
    Written {
        dot: Dot::new(ActorId(actor), seq),
        op: Op {
            author: PersonId(actor),
            uptime_ms: 0,
            body,
        },
        facts: Facts {
            stamp: Stamp::at_ms(i64::from(minute)),
            claimed_ms: 0,
            level: Level(level),
            uncertain: false,
        },
    }
}

/// Histories of a record of this kind: its creation and one change an op.
fn histories(kind: KindId, changes: impl Strategy<Value = Change>) -> impl Strategy<Value = Vec<Written>> {
    vec((0..4u32, 0..20u8, 1..5u8, changes), 0..16).prop_map(move |script| {
        let area = "150821100201001".parse().expect("an area code");
        let mut history = vec![written(
            0,
            1,
            0,
            1,
            Body::Create {
                kind,
                area,
                changes: vec![],
            },
        )];
        for (seq, (actor, minute, level, change)) in (2..).zip(script) {
            let body = Body::Edit {
                record: RecordId(Dot::new(ActorId(0), 1)),
                changes: vec![change],
            };
            history.push(written(actor, seq, minute, level, body));
        }
        history
    })
}

fn report_histories() -> impl Strategy<Value = Vec<Written>> {
    histories(REPORT, event(1..13u16))
}

fn task_histories() -> impl Strategy<Value = Vec<Written>> {
    histories(TASK, prop_oneof![4 => event(1..8u16), 1 => assignment()])
}

fn escalates(written: &Written) -> bool {
    written
        .op
        .changes()
        .iter()
        .any(|change| matches!(change, Change::Event { event, .. } if *event == numbers::ESCALATE))
}

proptest! {
    #[test]
    fn a_report_has_one_fold_in_whatever_order_its_events_arrive(
        history in report_histories(), picks in vec(any::<u16>(), 0..60),
    ) {
        let (one, other) = (deliver(&history, &[]), deliver(&history, &picks));
        prop_assert_eq!(lifecycle::report(&one), lifecycle::report(&other));
    }

    #[test]
    fn a_task_has_one_fold_in_whatever_order_its_events_arrive(
        history in task_histories(), picks in vec(any::<u16>(), 0..60),
    ) {
        let (one, other) = (deliver(&history, &[]), deliver(&history, &picks));
        prop_assert_eq!(lifecycle::task(&one), lifecycle::task(&other));
    }

    /// Only an escalation does: it takes a later closing away from a grid worker.
    #[test]
    fn no_event_that_arrives_sets_a_report_back(
        history in report_histories(), picks in vec(any::<u16>(), 0..40),
    ) {
        let history: Vec<Written> = history.into_iter().filter(|written| !escalates(written)).collect();
        let before = lifecycle::report(deliver_part(&history, &picks).record());
        let after = lifecycle::report(&deliver(&history, &[]));
        prop_assert!((before.round, before.status) <= (after.round, after.status), "{:?} {:?}", before, after);
    }

    #[test]
    fn work_that_was_done_stays_done_unless_it_was_cancelled_for_a_cause(
        history in task_histories(), picks in vec(any::<u16>(), 0..40),
    ) {
        let before = lifecycle::task(deliver_part(&history, &picks).record());
        let after = lifecycle::task(&deliver(&history, &[]));
        let done = |status| matches!(status, TaskStatus::Done | TaskStatus::Verified);
        if done(before.status) {
            let for_a_cause = after.status == TaskStatus::Cancelled && after.marks.contains(&"evidence_after_cancel");
            prop_assert!(done(after.status) || for_a_cause, "{:?} {:?}", before, after);
        }
        prop_assert!(before.epoch <= after.epoch);
    }
}
