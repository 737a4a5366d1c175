//! What lies over a case: whistles, levels, demands, callers' words, duplicates.

use crate::scene::*;
use otor_protocol::ids::{ActorId, Dot, RecordId};
use otor_protocol::lifecycle::{self, Told};
use otor_protocol::value::Value;

#[test]
fn a_case_to_which_departments_were_called_is_closed_only_when_they_are_done() {
    let whistle = Value::Record(RecordId(Dot::new(ActorId(3), 9)));
    let mut scene = Scene::begin("report", A, set("title", "四号楼水管漏水"));
    scene.online(RULES, 10, event_with("whistle_blown", "of", whistle.clone()));
    scene.online(TOWN, 20, event_with("close", "outcome", "修好了"));
    let folded = fold_of(&scene);
    assert_eq!(
        (folded.status, folded.marks),
        ("reported", vec!["closed_before_whistle", "whistled"])
    );
    scene.online(RULES, 30, event_with("whistle_solved", "of", whistle));
    scene.online(TOWN, 40, event_with("close", "outcome", "修好了"));
    let folded = fold_of(&scene);
    assert_eq!((folded.status, folded.marks), ("closed", vec![]));
}

#[test]
fn a_closing_from_before_the_whistle_stands() {
    let whistle = Value::Record(RecordId(Dot::new(ActorId(3), 9)));
    let mut scene = Scene::begin("report", A, set("title", "四号楼水管漏水"));
    scene.online(STATION, 5, event_with("close", "outcome", "修好了"));
    scene.online(RULES, 10, event_with("whistle_blown", "of", whistle));
    assert_eq!(fold_of(&scene).status, "closed");
}

#[test]
fn what_is_escalated_and_sent_back_is_handled_where_it_came_from() {
    let mut scene = Scene::begin("report", A, set("title", "两家争一条水渠"));
    let level = |scene: &Scene| told(&fold_of(scene), "handling_level");
    assert_eq!(level(&scene), Some("grid".into()));
    scene.online(A, 1, event("escalate"));
    assert_eq!(level(&scene), Some("village".into()));
    scene.online(STATION, 2, event_with("escalate", "level", "county"));
    assert_eq!(level(&scene), Some("county".into()));
    scene.online(COUNTY, 3, event("return"));
    assert_eq!(level(&scene), Some("village".into()));
}

#[test]
fn a_demand_lies_over_any_open_case_until_it_is_answered() {
    let mut scene = Scene::begin("report", A, set("title", "路灯不亮"));
    scene.online(
        COUNTY,
        10,
        event_of(
            "supervise",
            &[("demand", "三天内办结".into()), ("due", 900.into())],
        ),
    );
    let folded = fold_of(&scene);
    assert_eq!(
        (folded.status, folded.marks.as_slice()),
        ("reported", &["supervised"][..])
    );
    assert_eq!(told(&folded, "supervised_until"), Some(Told::Number(900)));
    scene.online(RULES, 20, event_with("overdue", "due", 900));
    assert_eq!(fold_of(&scene).marks, vec!["supervised", "supervision_overdue"]);
    scene.online(TOWN, 30, event_with("answer_supervision", "reply", "已派人"));
    assert_eq!(fold_of(&scene).marks, Vec::<&str>::new());
}

#[test]
fn each_caller_counts_once_a_round_and_unhappy_wins() {
    let mut scene = Scene::begin("report", A, set("title", "路灯不亮"));
    scene.online(TOWN, 10, event_with("close", "outcome", "换了灯"));
    let before = scene.seen();
    let word = |caller: &str, result: &str| {
        event_of(
            "evaluate",
            &[("caller", caller.into()), ("result", result.into())],
        )
    };
    scene.offline(A, 20, &before, word("c1", "unhappy"));
    scene.offline(B, 30, &before, word("c1", "satisfied"));
    scene.offline(C, 25, &before, word("c2", "satisfied"));
    let folded = fold_of(&scene);
    assert_eq!(told(&folded, "unhappy"), Some(Told::Number(1)));
    assert_eq!(told(&folded, "satisfied"), Some(Told::Number(1)));
    assert_eq!(folded.marks, vec!["unhappy"]);
}

#[test]
fn two_closings_that_somebody_has_reviewed_are_flagged_no_longer() {
    let mut scene = Scene::begin("report", A, set("title", "路灯不亮"));
    let before = scene.seen();
    scene.offline(B, 10, &before, event_with("close", "outcome", "换了灯"));
    scene.offline(C, 20, &before, event_with("close", "outcome", "换了线"));
    assert_eq!(fold_of(&scene).marks, vec!["two_closings"]);
    scene.online(STATION, 30, event("reviewed"));
    assert_eq!(fold_of(&scene).marks, Vec::<&str>::new());
}

#[test]
fn twin_reports_that_name_one_another_are_one_case_with_the_smaller_as_its_root() {
    let id = |number| RecordId(Dot::new(ActorId(number), 1));
    // Every scene's record has the number of who begins it.
    let mut first = Scene::begin("report", A, set("title", "水管漏水"));
    let mut second = Scene::begin("report", B, set("title", "水管漏水"));
    let third = Scene::begin("report", C, set("title", "路灯"));
    let (one, two) = (first.outcome().id, second.outcome().id);
    assert_eq!((one, two), (id(11), id(12)));
    second.online(A, 10, event_with("mark_duplicate", "of", Value::Record(one)));
    first.online(B, 10, event_with("mark_duplicate", "of", Value::Record(two)));
    let records = [first.outcome(), second.outcome(), third.outcome()];
    let read = |wanted| Ok::<_, ()>(records.iter().find(|record| record.id == wanted).cloned());
    for (record, root) in records.iter().zip([one, one, third.outcome().id]) {
        assert_eq!(lifecycle::case_root(record, read), Ok(root));
    }
}

#[test]
fn a_mark_that_was_taken_back_joins_nothing_though_the_other_was_told() {
    let mut first = Scene::begin("report", A, set("title", "水管漏水"));
    let mut second = Scene::begin("report", B, set("title", "水管漏水"));
    let (one, two) = (first.outcome().id, second.outcome().id);
    second.online(A, 10, event_with("mark_duplicate", "of", Value::Record(one)));
    first.online(RULES, 10, event_with("linked", "of", Value::Record(two)));
    second.online(TOWN, 20, event_with("unmark_duplicate", "of", Value::Record(one)));
    let records = [first.outcome(), second.outcome()];
    let read = |wanted| Ok::<_, ()>(records.iter().find(|record| record.id == wanted).cloned());
    assert_eq!(lifecycle::case_root(&records[0], read), Ok(one));
    assert_eq!(lifecycle::case_root(&records[1], read), Ok(two));
}
