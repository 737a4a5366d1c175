//! What must come of concurrent work on a task, row by row.

use crate::scene::*;
use otor_protocol::catalogue::EVENTS;
use otor_protocol::lifecycle::{self, TaskFold, TaskStatus};
use otor_protocol::record::Edit;
use otor_protocol::value::Value;

/// A task for A.
fn task() -> Scene {
    let mut edit = set("title", "看望31号住户");
    edit.set.push(("assignee".into(), Value::Person(A.person())));
    Scene::begin("task", TOWN, edit)
}

fn assign(who: Who) -> Edit {
    set("assignee", Value::Person(who.person()))
}

fn complete(outcome: &str) -> Edit {
    event_with("complete", "outcome", outcome)
}

fn cancel(reason: &str) -> Edit {
    event_with("cancel", "reason", reason)
}

fn fold(scene: &Scene) -> TaskFold {
    lifecycle::task(&scene.outcome())
}

#[test]
fn a_task_is_issued_accepted_done_and_verified() {
    let mut scene = task();
    let mut statuses = vec![fold(&scene).status];
    for (who, minute, edit) in [
        (A, 2, event("accept")),
        (A, 3, complete("在家")),
        (STATION, 4, event("verify")),
    ] {
        scene.online(who, minute, edit);
        statuses.push(fold(&scene).status);
    }
    let expected = [
        TaskStatus::Issued,
        TaskStatus::Accepted,
        TaskStatus::Done,
        TaskStatus::Verified,
    ];
    assert_eq!(statuses, expected);
    assert_eq!(fold(&scene).marks, Vec::<&str>::new());
}

#[test]
fn only_an_issued_task_is_shown_as_delivered() {
    for (said, shown) in [
        (None, "delivered"),
        (Some("accept"), "accepted"),
        (Some("complete"), "done"),
    ] {
        let mut scene = task();
        if let Some(said) = said {
            scene.online(A, 5, event(said));
        }
        let status = lifecycle::status(scene.kind(), &scene.outcome()).expect("tasks have a status");
        let mut fields = serde_json::Map::from_iter([("status".to_string(), status.into())]);
        lifecycle::show_delivered(&mut fields);
        assert_eq!(fields["status"], shown);
    }
}

#[test]
fn work_done_by_the_former_assignee_counts_and_is_credited() {
    let mut scene = task();
    let before = scene.seen();
    scene.online(TOWN, 10, assign(B));
    scene.offline(A, 20, &before, complete("在家"));
    let fold = fold(&scene);
    assert_eq!((fold.status, fold.done_by), (TaskStatus::Done, Some(A.person())));
    assert_eq!((fold.epoch, fold.assignee), (2, Some(B.person())));
    assert_eq!(fold.marks, vec!["done_by_former_assignee"]);
}

#[test]
fn when_both_did_it_the_task_is_done_once_and_marked() {
    let mut scene = task();
    let before = scene.seen();
    scene.online(TOWN, 10, assign(B));
    let reassigned = scene.seen();
    scene.offline(A, 20, &before, complete("在家"));
    scene.offline(B, 30, &reassigned, complete("不在家"));
    let record = scene.outcome();
    let fold = lifecycle::task(&record);
    assert_eq!((fold.status, fold.done_by), (TaskStatus::Done, Some(A.person())));
    assert_eq!(fold.outcome.as_deref(), Some("在家"));
    assert!(fold.marks.contains(&"double_work"), "{:?}", fold.marks);
    assert_eq!(record.entries(EVENTS).len(), 2);
}

#[test]
fn one_who_says_twice_that_it_is_done_has_not_worked_double() {
    let mut scene = task();
    scene.online(A, 20, complete("在家"));
    scene.online(A, 30, complete("在家"));
    let fold = fold(&scene);
    assert_eq!((fold.status, fold.marks), (TaskStatus::Done, vec![]));
}

#[test]
fn done_beats_a_plain_cancel() {
    for (cancelled_minute, done_minute) in [(10, 20), (20, 10)] {
        let mut scene = task();
        let before = scene.seen();
        scene.offline(TOWN, cancelled_minute, &before, cancel("plain"));
        assert_eq!(fold(&scene).status, TaskStatus::Cancelled);
        scene.offline(A, done_minute, &before, complete("在家"));
        let fold = fold(&scene);
        assert_eq!((fold.status, fold.done_by), (TaskStatus::Done, Some(A.person())));
    }
}

#[test]
fn work_on_a_task_cancelled_for_a_cause_is_evidence_and_does_not_complete_it() {
    for reason in ["wrong_target", "safety"] {
        for (cancelled_minute, done_minute) in [(10, 20), (20, 10)] {
            let mut scene = task();
            let before = scene.seen();
            scene.offline(TOWN, cancelled_minute, &before, cancel(reason));
            scene.offline(A, done_minute, &before, complete("在家"));
            let record = scene.outcome();
            let fold = lifecycle::task(&record);
            assert_eq!(
                (fold.status, fold.marks),
                (TaskStatus::Cancelled, vec!["evidence_after_cancel"])
            );
            assert_eq!(record.entries(EVENTS).len(), 2, "the evidence stays");
        }
    }
}

#[test]
fn what_the_former_assignee_said_does_not_bind_the_next() {
    for said in ["accept", "refuse"] {
        let mut scene = task();
        let before = scene.seen();
        scene.online(TOWN, 10, assign(B));
        scene.offline(A, 20, &before, event(said));
        let fold = fold(&scene);
        assert_eq!((fold.status, fold.epoch), (TaskStatus::Issued, 2), "{said}");
    }
}

#[test]
fn an_assignee_who_gets_the_task_back_is_asked_again() {
    let mut scene = task();
    scene.online(A, 5, event("accept"));
    scene.online(TOWN, 10, assign(B));
    scene.online(TOWN, 20, assign(A));
    let back = fold(&scene);
    assert_eq!(
        (back.status, back.epoch, back.assignee),
        (TaskStatus::Issued, 3, Some(A.person()))
    );
    scene.online(A, 30, event("accept"));
    assert_eq!(fold(&scene).status, TaskStatus::Accepted);
}

#[test]
fn of_two_reassignments_the_higher_epoch_stands() {
    let mut scene = task();
    let before = scene.seen();
    scene.online(TOWN, 10, assign(B));
    scene.online(TOWN, 11, assign(C));
    scene.offline(COUNTY, 30, &before, assign(A));
    let fold = fold(&scene);
    assert_eq!((fold.epoch, fold.assignee), (3, Some(C.person())));
}

#[test]
fn of_two_reassignments_of_one_epoch_the_higher_level_stands() {
    for (town_minute, county_minute) in [(10, 20), (20, 10)] {
        let mut scene = task();
        let before = scene.seen();
        scene.offline(TOWN, town_minute, &before, assign(B));
        scene.offline(COUNTY, county_minute, &before, assign(C));
        let fold = fold(&scene);
        assert_eq!((fold.epoch, fold.assignee), (2, Some(C.person())));
    }
}

#[test]
fn what_the_loser_of_two_reassignments_said_does_not_bind_the_winner() {
    for said in ["accept", "refuse"] {
        let mut scene = task();
        let before = scene.seen();
        scene.offline(TOWN, 10, &before, assign(B));
        let told_b = scene.seen();
        scene.offline(B, 11, &told_b, event(said));
        scene.offline(COUNTY, 20, &before, assign(C));
        assert_eq!(fold(&scene).status, TaskStatus::Issued, "{said}");
        scene.online(C, 30, event("accept"));
        assert_eq!(fold(&scene).status, TaskStatus::Accepted);
    }
}

#[test]
fn the_centre_may_accept_or_refuse_for_the_assignee() {
    let mut scene = task();
    scene.online(STATION, 10, event("accept"));
    assert_eq!(fold(&scene).status, TaskStatus::Accepted);
    scene.online(STATION, 20, event("refuse"));
    assert_eq!(fold(&scene).status, TaskStatus::Refused);
}

#[test]
fn refused_is_undone_by_doing() {
    let mut scene = task();
    scene.online(A, 10, event("refuse"));
    assert_eq!(fold(&scene).status, TaskStatus::Refused);
    scene.online(A, 20, complete("还是去了"));
    assert_eq!(fold(&scene).status, TaskStatus::Done);
}

#[test]
fn nothing_is_verified_that_was_not_done() {
    let mut scene = task();
    scene.online(STATION, 10, event("verify"));
    assert_eq!(fold(&scene).status, TaskStatus::Issued);
}
