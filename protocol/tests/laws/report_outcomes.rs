//! What must come of concurrent work on a report, row by row.

use crate::scene::*;
use otor_protocol::catalogue::EVENTS;
use otor_protocol::catalogue::built_in::report as numbers;
use otor_protocol::lifecycle::{self, ReportFold, ReportStatus};
use otor_protocol::op::{Change, EventId};
use otor_protocol::record::{Entry, Record};
use otor_protocol::value::Value;

fn report() -> Scene {
    let mut edit = set("title", "四号楼水管漏水");
    edit.set.push(("category".into(), "other".into()));
    edit.set.push(("severity".into(), Value::Int(2)));
    Scene::begin("report", A, edit)
}

fn close(outcome: &str) -> otor_protocol::record::Edit {
    event_with("close", "outcome", outcome)
}

fn fold(scene: &Scene) -> ReportFold {
    lifecycle::report(&scene.outcome())
}

/// How many events of this number the history holds.
fn events(record: &Record, number: EventId) -> usize {
    record
        .entries(EVENTS)
        .iter()
        .filter(|entry| matches!(entry.what, Entry::Event { event, .. } if event == number))
        .count()
}

fn register<'a>(scene: &Scene, record: &'a Record, name: &str) -> Option<&'a Value> {
    record.register(scene.kind().field_named(name)?.id)
}

#[test]
fn a_note_written_offline_on_a_closed_case_is_kept_and_marked() {
    let mut scene = report();
    let before = scene.seen();
    scene.online(TOWN, 10, close("修好了"));
    scene.offline(B, 20, &before, note("阀门换过"));
    let record = scene.outcome();
    let fold = lifecycle::report(&record);
    assert_eq!(
        (fold.status, fold.marks),
        (ReportStatus::Closed, vec!["after_closing"])
    );
    let notes = scene.kind().field_named("notes").expect("reports have notes").id;
    assert_eq!(record.entries(notes).len(), 1);
}

#[test]
fn a_note_from_before_the_closing_is_not_marked() {
    let mut scene = report();
    scene.online(B, 5, note("去看过"));
    scene.online(TOWN, 10, close("修好了"));
    assert_eq!(fold(&scene).marks, Vec::<&str>::new());
}

#[test]
fn handling_that_arrives_after_the_closing_changes_no_status_and_counts_as_late() {
    let mut scene = report();
    let before = scene.seen();
    scene.online(TOWN, 10, close("修好了"));
    scene.offline(B, 20, &before, event("handle"));
    let record = scene.outcome();
    let fold = lifecycle::report(&record);
    assert_eq!(
        (fold.status, fold.marks),
        (ReportStatus::Closed, vec!["late_event"])
    );
    assert_eq!(events(&record, numbers::HANDLE), 1);
}

#[test]
fn an_old_phone_does_not_set_an_archived_case_back() {
    let mut scene = report();
    let before = scene.seen();
    scene.online(TOWN, 10, close("修好了"));
    scene.online(TOWN, 20, event("call_back"));
    scene.online(TOWN, 30, event("archive"));
    scene.offline(B, 60_000, &before, event_with("assign", "to", "w2"));
    let record = scene.outcome();
    let fold = lifecycle::report(&record);
    assert_eq!(
        (fold.status, fold.marks),
        (ReportStatus::Archived, vec!["late_event"])
    );
    assert_eq!(events(&record, numbers::ASSIGN), 1);
}

#[test]
fn still_unsolved_asks_the_centre_to_reopen() {
    let mut scene = report();
    let before = scene.seen();
    scene.online(TOWN, 10, close("修好了"));
    // Written before the closing or after it: nobody who closed had seen it.
    for minute in [5, 20] {
        scene.offline(
            B,
            minute,
            &before,
            event_with("request_reopen", "reason", "还在漏"),
        );
        let fold = fold(&scene);
        assert_eq!((fold.status, fold.round), (ReportStatus::Closed, 1));
        assert_eq!(fold.marks, vec!["reopen_requested"]);
    }
}

#[test]
fn an_escalation_written_after_the_station_closed_becomes_a_request() {
    let mut scene = report();
    let before = scene.seen();
    scene.online(STATION, 10, close("调解"));
    scene.offline(A, 20, &before, event_with("escalate", "level", "village"));
    let fold = fold(&scene);
    assert_eq!(
        (fold.status, fold.marks),
        (ReportStatus::Closed, vec!["reopen_requested"])
    );
    assert_eq!(fold.closed_by, Some(STATION.person()));
}

#[test]
fn an_escalation_beyond_the_station_that_closes_later_without_it_becomes_a_request() {
    let mut scene = report();
    let before = scene.seen();
    scene.offline(A, 5, &before, event_with("escalate", "level", "township"));
    scene.offline(STATION, 10, &before, close("调解"));
    let fold = fold(&scene);
    assert_eq!(
        (fold.status, fold.marks),
        (ReportStatus::Closed, vec!["reopen_requested"])
    );
}

#[test]
fn an_escalation_that_reached_who_closes_is_answered_by_the_closing() {
    for (level, closer) in [
        ("village", STATION),
        ("township", TOWN),
        ("township", COUNTY),
        ("street", TOWN),
    ] {
        let mut scene = report();
        scene.online(A, 5, event_with("escalate", "level", level));
        scene.online(closer, 10, close("调解"));
        let fold = fold(&scene);
        assert_eq!(
            (fold.status, fold.marks),
            (ReportStatus::Closed, vec![]),
            "{level}"
        );
    }
}

#[test]
fn an_escalation_sent_back_down_is_answered() {
    let mut scene = report();
    scene.online(A, 5, event_with("escalate", "level", "township"));
    scene.online(TOWN, 7, event_with("return", "reason", "村里可以处理"));
    scene.online(STATION, 10, close("调解"));
    assert_eq!(fold(&scene).marks, Vec::<&str>::new());
}

#[test]
fn a_worker_closes_what_has_stayed_in_the_grid() {
    let mut scene = report();
    scene.online(B, 10, close("当场解决"));
    assert_eq!(fold(&scene).status, ReportStatus::Closed);

    let mut scene = report();
    scene.online(A, 5, event_with("escalate", "level", "village"));
    scene.online(B, 10, close("当场解决"));
    let fold = fold(&scene);
    assert_eq!((fold.status, fold.closed_by), (ReportStatus::Reported, None));
}

#[test]
fn of_two_closings_the_higher_level_s_outcome_shows_and_the_other_is_kept() {
    let mut scene = report();
    let before = scene.seen();
    scene.offline(STATION, 10, &before, close("换阀门"));
    scene.offline(COUNTY, 20, &before, close("整栋改造"));
    let record = scene.outcome();
    let fold = lifecycle::report(&record);
    assert_eq!(
        (fold.status, fold.outcome.as_deref()),
        (ReportStatus::Closed, Some("整栋改造"))
    );
    assert_eq!(
        (fold.closed_by, fold.marks),
        (Some(COUNTY.person()), vec!["two_closings"])
    );
    assert_eq!(events(&record, numbers::CLOSE), 2);
}

#[test]
fn of_two_closings_at_one_level_the_earlier_shows() {
    let mut scene = report();
    let before = scene.seen();
    scene.offline(B, 20, &before, close("居民自己修了"));
    scene.offline(C, 10, &before, close("换阀门"));
    let fold = fold(&scene);
    assert_eq!(
        (fold.outcome.as_deref(), fold.closed_by),
        (Some("换阀门"), Some(C.person()))
    );
    assert_eq!(fold.marks, vec!["two_closings"]);
}

#[test]
fn two_closings_that_agree_need_no_review() {
    let mut scene = report();
    let before = scene.seen();
    scene.offline(B, 20, &before, close("换阀门"));
    scene.offline(C, 10, &before, close("换阀门"));
    let fold = fold(&scene);
    assert_eq!((fold.status, fold.marks), (ReportStatus::Closed, vec![]));
}

#[test]
fn the_centre_s_category_stands_against_a_worker_s_later_one() {
    for (centre_minute, worker_minute) in [(10, 20), (20, 10)] {
        let mut scene = report();
        let before = scene.seen();
        scene.offline(TOWN, centre_minute, &before, set("category", "water"));
        scene.offline(B, worker_minute, &before, set("category", "noise"));
        let record = scene.outcome();
        assert_eq!(register(&scene, &record, "category"), Some(&"water".into()));
    }
}

#[test]
fn of_two_workers_categories_the_later_stands() {
    let mut scene = report();
    let before = scene.seen();
    scene.offline(C, 20, &before, set("category", "water"));
    scene.offline(B, 10, &before, set("category", "noise"));
    let record = scene.outcome();
    assert_eq!(register(&scene, &record, "category"), Some(&"water".into()));
}

#[test]
fn a_severity_raised_by_one_and_lowered_by_another_stays_raised() {
    for (raised_minute, lowered_minute) in [(10, 20), (20, 10)] {
        let mut scene = report();
        let before = scene.seen();
        scene.offline(B, raised_minute, &before, set("severity", 3));
        scene.offline(C, lowered_minute, &before, set("severity", 1));
        let record = scene.outcome();
        assert_eq!(register(&scene, &record, "severity"), Some(&Value::Int(3)));
    }
}

#[test]
fn the_centre_may_lower_a_severity() {
    let mut scene = report();
    scene.online(B, 10, set("severity", 3));
    scene.online(TOWN, 20, set("severity", 1));
    let record = scene.outcome();
    assert_eq!(register(&scene, &record, "severity"), Some(&Value::Int(1)));
}

#[test]
fn a_reopening_opens_round_two_and_the_first_closing_stays_in_the_history() {
    let mut scene = report();
    let before = scene.seen();
    scene.online(TOWN, 10, close("修好了"));
    scene.offline(A, 20, &before, event_with("request_reopen", "reason", "还在漏"));
    scene.online(TOWN, 30, event("reopen"));
    let record = scene.outcome();
    let fold = lifecycle::report(&record);
    assert_eq!(
        (fold.status, fold.round, fold.outcome),
        (ReportStatus::Reported, 2, None)
    );
    assert_eq!(fold.marks, Vec::<&str>::new());
    assert_eq!(events(&record, numbers::CLOSE), 1);

    scene.online(B, 40, event("handle"));
    scene.online(TOWN, 50, close("换了总管"));
    let fold = lifecycle::report(&scene.outcome());
    assert_eq!((fold.status, fold.round), (ReportStatus::Closed, 2));
    assert_eq!(fold.outcome.as_deref(), Some("换了总管"));
}

#[test]
fn two_reopenings_of_one_round_open_one() {
    let mut scene = report();
    scene.online(TOWN, 10, close("修好了"));
    let closed = scene.seen();
    scene.offline(TOWN, 20, &closed, event("reopen"));
    scene.offline(COUNTY, 21, &closed, event("reopen"));
    assert_eq!(fold(&scene).round, 2);
}

#[test]
fn work_of_the_first_round_that_arrives_late_does_not_move_the_second() {
    let mut scene = report();
    let before = scene.seen();
    scene.online(TOWN, 10, close("修好了"));
    scene.online(TOWN, 20, event("reopen"));
    scene.offline(STATION, 30, &before, close("已处理"));
    scene.offline(B, 31, &before, event("withdraw"));
    let fold = fold(&scene);
    assert_eq!((fold.status, fold.round), (ReportStatus::Reported, 2));
}

#[test]
fn a_reopening_of_a_round_never_reached_opens_nothing() {
    for round in [0, 2, 7, u32::MAX] {
        let mut scene = report();
        scene.raw(
            STATION,
            10,
            vec![Change::Event {
                event: numbers::REOPEN,
                round,
                args: vec![],
            }],
        );
        let fold = fold(&scene);
        assert_eq!((fold.status, fold.round), (ReportStatus::Reported, 1), "{round}");
    }
}

#[test]
fn a_withdrawn_report_stays_withdrawn_under_lower_events_and_yields_to_a_closing() {
    let mut scene = report();
    let before = scene.seen();
    scene.online(A, 10, event("withdraw"));
    scene.offline(B, 20, &before, event("handle"));
    assert_eq!(fold(&scene).status, ReportStatus::Withdrawn);
    scene.offline(TOWN, 30, &before, close("修好了"));
    assert_eq!(fold(&scene).status, ReportStatus::Closed);
}

#[test]
fn nothing_is_called_back_or_archived_that_was_not_closed() {
    let mut scene = report();
    scene.online(B, 5, event("handle"));
    scene.online(B, 10, event("call_back"));
    scene.online(TOWN, 20, event("archive"));
    assert_eq!(fold(&scene).status, ReportStatus::Handling);
}

#[test]
fn two_visits_of_one_household_on_one_day_both_stay() {
    let visit = |who| {
        let mut edit = set("household", "150821100201001-31");
        edit.set.push(("visited_at".into(), "2026-03-02".into()));
        Scene::begin("visit", who, edit).outcome()
    };
    let (first, second) = (visit(A), visit(B));
    assert_ne!(first.id, second.id);
    assert_eq!(
        first.fields.keys().collect::<Vec<_>>(),
        second.fields.keys().collect::<Vec<_>>()
    );
}
