//! What must come of concurrent work on wishes, hazards, whistles, residents and the rest, row by row.

use crate::scene::*;
use otor_protocol::lifecycle::{self, Told};
use otor_protocol::record::Edit;
use otor_protocol::value::Value;

#[test]
fn somebody_who_lives_there_and_somebody_who_moved_out_have_to_be_looked_at() {
    let mut scene = Scene::begin("household", A, set("code", "150821100201001-031"));
    let before = scene.seen();
    scene.offline(A, 10, &before, set("occupancy", "moved_out"));
    assert_eq!(fold_of(&scene).status, "moved_out");
    scene.offline(B, 20, &before, set("occupancy", "occupied"));
    assert_eq!(fold_of(&scene).status, "check");
    assert_eq!(
        lifecycle::conflicts(scene.kind(), &scene.outcome()),
        vec!["occupancy"]
    );
    scene.online(C, 30, set("occupancy", "occupied"));
    assert_eq!(fold_of(&scene).status, "occupied");
}

#[test]
fn a_removal_stands_only_against_what_it_had_seen_and_an_erasure_always() {
    let mut scene = Scene::begin("resident", A, set("name", "王某"));
    let before = scene.seen();
    scene.offline(B, 20, &before, event_with("remove", "reason", "double"));
    assert_eq!(fold_of(&scene).status, "removed");
    scene.offline(C, 10, &before, set("phone", "10000000001"));
    let folded = fold_of(&scene);
    assert_eq!(
        (folded.status, folded.marks),
        ("current", vec!["removal_not_seen_by_all"])
    );
    scene.online(B, 30, event_with("remove", "reason", "double"));
    assert_eq!(fold_of(&scene).status, "removed");
    let personal = scene.kind().personal_fields();
    scene.raw(COUNTY, 40, vec![otor_protocol::op::Change::Erase(personal)]);
    scene.offline(A, 50, &before, set("name", "王某某"));
    let record = scene.outcome();
    assert_eq!(fold_of(&scene).status, "erased");
    assert!(!record.encode().windows(3).any(|part| part == "王".as_bytes()));
}

#[test]
fn a_wish_claimed_by_two_has_both_as_helpers() {
    let mut scene = Scene::begin("wish", A, set("text", "想要一盏台灯"));
    let before = scene.seen();
    scene.offline(B, 10, &before, event("claim"));
    scene.offline(C, 5, &before, event("claim"));
    let helpers = Told::List(vec![Told::Person(B.person()), Told::Person(C.person())]);
    let folded = fold_of(&scene);
    assert_eq!(
        (folded.status, told(&folded, "helpers")),
        ("claimed", Some(helpers))
    );
    assert_eq!(
        lifecycle::claimants(&scene.outcome()),
        vec![C.person(), B.person()]
    );
    scene.online(RULES, 11, set("lead", Value::Person(B.person())));
    scene.online(B, 20, event("unclaim"));
    assert_eq!(fold_of(&scene).marks, vec!["lead_gave_up"]);
    scene.online(C, 30, event("deliver"));
    scene.online(A, 40, event("confirm"));
    assert_eq!(fold_of(&scene).status, "confirmed");
}

#[test]
fn a_claim_from_before_the_lapse_keeps_a_wish_alive_however_late_it_comes() {
    let mut scene = Scene::begin("wish", A, set("text", "想要一盏台灯"));
    let before = scene.seen();
    scene.online(RULES, 60, event_with("lapse", "due", 60));
    scene.offline(B, 70, &before, event("claim"));
    let folded = fold_of(&scene);
    assert_eq!(
        (folded.status, folded.marks),
        ("lapsed", vec!["claimed_after_lapse"])
    );
    scene.offline(C, 50, &before, event("claim"));
    assert_eq!(fold_of(&scene).status, "claimed");
}

#[test]
fn a_hazard_is_as_bad_as_anybody_said_and_gone_only_when_another_has_seen_it() {
    let begun = with(set("finding", "烟道私改"), "severity_found", 2);
    let mut scene = Scene::begin("hazard", A, begun);
    let before = scene.seen();
    scene.offline(B, 20, &before, event_with("assess", "severity", 3));
    scene.offline(C, 30, &before, event_with("assess", "severity", 1));
    assert_eq!(told(&fold_of(&scene), "severity"), Some(Told::Number(3)));
    scene.online(TOWN, 40, event("order"));
    scene.online(B, 50, event_with("rectify", "outcome", "拆了"));
    scene.online(B, 60, event("verify"));
    let folded = fold_of(&scene);
    assert_eq!(
        (folded.status, folded.marks),
        ("rectified", vec!["verified_by_rectifier"])
    );
    scene.online(C, 70, event("verify"));
    assert_eq!(fold_of(&scene).status, "verified");
    scene.online(TOWN, 80, event("reopen"));
    scene.online(C, 90, event_with("assess", "severity", 1));
    let folded = fold_of(&scene);
    assert_eq!((folded.status, folded.round), ("found", Some(2)));
    assert_eq!(told(&folded, "severity"), Some(Told::Number(1)));
}

#[test]
fn two_departments_that_answer_together_do_not_collide() {
    let mut begun = set("lead", "housing");
    begun
        .add
        .push(("invited".into(), vec!["water".into(), "police".into()]));
    let mut scene = Scene::begin("whistle", TOWN, begun);
    let before = scene.seen();
    let reply = |department: &str| {
        event_of(
            "reply",
            &[("department", department.into()), ("text", "已处理".into())],
        )
    };
    scene.online(A, 5, event_with("arrive", "department", "housing"));
    assert_eq!(fold_of(&scene).status, "reported_in");
    scene.offline(A, 10, &before, reply("housing"));
    scene.offline(B, 10, &before, reply("water"));
    scene.offline(C, 11, &before, reply("forestry"));
    let folded = fold_of(&scene);
    let slots = ["housing: replied", "police: called", "water: replied"];
    let slots = Told::List(slots.into_iter().map(Told::from).collect());
    assert_eq!((folded.status, told(&folded, "slots")), ("solving", Some(slots)));
    scene.online(TOWN, 20, event_with("excuse", "department", "police"));
    assert_eq!(fold_of(&scene).status, "solved");
}

#[test]
fn who_comes_late_or_was_out_of_coverage_has_not_refused() {
    let alert = || {
        let begun = with(set("title", "防汛集合"), "due_at", 60 * 60_000);
        Scene::begin(
            "alert",
            COUNTY,
            with(begun, "assignee", Value::Person(A.person())),
        )
    };
    let mut late = alert();
    late.online(A, 30, event("acknowledge"));
    late.online(RULES, 60, event_with("time_up", "due", 60 * 60_000));
    assert_eq!(
        (fold_of(&late).status, fold_of(&late).marks),
        ("acknowledged", vec!["time_up"])
    );
    late.online(A, 61, event("arrive"));
    assert_eq!(
        (fold_of(&late).status, fold_of(&late).marks),
        ("arrived", vec!["late"])
    );

    let mut in_time = alert();
    in_time.online(A, 60, event("arrive"));
    assert_eq!(
        (fold_of(&in_time).status, fold_of(&in_time).marks),
        ("arrived", vec!["in_time"])
    );

    let mut dark = alert();
    dark.online(RULES, 60, event_with("unreachable", "due", 60 * 60_000));
    assert_eq!(fold_of(&dark).status, "unreachable");
    // Somebody else's word is not theirs.
    dark.online(B, 61, event("decline"));
    assert_eq!(fold_of(&dark).status, "unreachable");
}

#[test]
fn of_two_ends_of_a_mediation_the_higher_level_s_stands_and_both_are_kept() {
    let mut scene = Scene::begin("mediation", A, set("title", "宅基地边界"));
    scene.online(B, 5, event("accept"));
    scene.online(B, 8, event("session"));
    assert_eq!(fold_of(&scene).status, "in_session");
    let before = scene.seen();
    scene.offline(B, 10, &before, event_with("fail", "reason", "不肯"));
    scene.offline(STATION, 20, &before, event_with("agree", "sealed", "9f86d081"));
    let folded = fold_of(&scene);
    assert_eq!((folded.status, folded.marks), ("agreed", vec!["two_endings"]));
    scene.online(B, 30, event("fulfil"));
    assert_eq!(fold_of(&scene).status, "fulfilled");
}

#[test]
fn the_coverage_of_a_patrol_never_falls() {
    let mut scene = Scene::begin("patrol", A, set("planned", "s1 s2 s3"));
    let touch = |segment: &str| Edit {
        append: vec![("touched".into(), vec![segment.into()])],
        ..Edit::default()
    };
    for segment in ["s1", "s1", "s9"] {
        scene.online(A, 5, touch(segment));
    }
    scene.online(A, 10, event("end"));
    scene.online(B, 20, touch("s3"));
    let folded = fold_of(&scene);
    assert_eq!(folded.status, "ended");
    let share = (
        told(&folded, "segments_touched"),
        told(&folded, "segments_planned"),
    );
    assert_eq!(share, (Some(Told::Number(2)), Some(Told::Number(3))));
}

#[test]
fn praise_is_published_only_with_consent() {
    let mut begun = set("about", "person");
    begun.append.push(("texts".into(), vec!["热心邻居".into()]));
    let mut scene = Scene::begin("announcement", STATION, begun);
    scene.online(STATION, 10, event("publish"));
    assert_eq!(
        (fold_of(&scene).status, fold_of(&scene).marks),
        ("draft", vec!["consent_missing"])
    );
    scene.online(STATION, 20, event("approve"));
    scene.online(A, 30, event_with("consent", "sealed", "9f86d081"));
    assert_eq!(fold_of(&scene).status, "approved");
    scene.online(STATION, 40, event("publish"));
    assert_eq!(fold_of(&scene).status, "published");
    scene.online(STATION, 50, event("withdraw"));
    assert_eq!(fold_of(&scene).status, "withdrawn");
}

#[test]
fn two_thirds_are_counted_in_whole_numbers() {
    let begun = with(set("name", "业委会登记"), "threshold_of", 2);
    let begun = with(with(begun, "threshold_in", 3), "households", 4);
    let mut scene = Scene::begin("campaign", TOWN, begun);
    for (household, minute) in [("h1", 1), ("h2", 2), ("h2", 3)] {
        scene.online(A, minute, event_with("registered", "household", household));
    }
    scene.online(B, 4, event_with("contacted", "household", "h1"));
    assert_eq!(told(&fold_of(&scene), "registered"), Some(Told::Number(2)));
    assert_eq!(fold_of(&scene).marks, Vec::<&str>::new());
    scene.online(A, 5, event_with("registered", "household", "h3"));
    assert_eq!(fold_of(&scene).marks, vec!["threshold_met"]);
}

#[test]
fn a_task_that_lapsed_counts_as_done_if_it_was() {
    let mut edit = set("title", "看井");
    edit.set.push(("assignee".into(), Value::Person(A.person())));
    let mut scene = Scene::begin("task", TOWN, with(edit, "due_at", 60_000));
    let before = scene.seen();
    scene.online(RULES, 1, event_with("overdue", "due", 60_000));
    assert_eq!(
        (fold_of(&scene).status, fold_of(&scene).marks),
        ("issued", vec!["overdue"])
    );
    scene.online(TOWN, 5, event("expire"));
    assert_eq!(fold_of(&scene).status, "expired");
    scene.offline(A, 4, &before, event_with("complete", "outcome", "好"));
    assert_eq!(
        (fold_of(&scene).status, fold_of(&scene).marks),
        ("done", vec!["done_late"])
    );
}

#[test]
fn a_refusal_says_whether_the_work_was_off_the_list() {
    let mut edit = set("title", "收水费");
    edit.set.push(("assignee".into(), Value::Person(A.person())));
    let mut scene = Scene::begin("task", TOWN, edit);
    scene.online(A, 5, event_with("refuse", "reason", "off_list"));
    assert_eq!(
        (fold_of(&scene).status, fold_of(&scene).marks),
        ("refused", vec!["refused_off_list"])
    );
}
