//! What passes in time, in virtual time.

use super::{all, assert_folds_again, create, fields, put, say, server};
use crate::decide::schedule::{next_due_ms, note_heard, pass, silent};
use crate::service::sync::{Delivered, propose_delivered};
use crate::state::read;
use crate::test_server::{GRIDS, TestServer};
use otor_protocol::catalogue::EVENTS;
use otor_protocol::ids::{Lane, PersonId, RecordId};
use otor_protocol::op::{Body, Change, FieldId, KindId};
use serde_json::json;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// Looks at what is due until nothing more is written; how many commits that took.
fn look(server: &mut TestServer) -> u32 {
    let mut commits = 0;
    let mut from = None;
    loop {
        let before = server.reader().published();
        from = server.decide(move |desk| pass(desk, from));
        commits += u32::from(server.reader().published() > before);
        if from.is_none() {
            return commits;
        }
    }
}

fn at(server: &mut TestServer, ms: i64) -> u32 {
    server.now_ms = ms;
    look(server)
}

fn events(server: &TestServer, id: RecordId) -> usize {
    let reader = server.reader();
    let cell = read::record(&reader.snapshot(), id)
        .expect("readable")
        .expect("there");
    cell.record().expect("a record").entries(EVENTS).len()
}

#[test]
fn a_day_that_passes_is_written_down_once() {
    let mut server = server();
    let due = server.now_ms + 60 * MINUTE_MS;
    let task = create(
        &mut server,
        "task",
        json!({"title": "看井", "assignee": "w1", "due_at": due}),
    );
    assert_eq!(
        at(&mut server, due),
        0,
        "who does it at that very moment is in time"
    );
    assert_eq!(at(&mut server, due + 1), 1);
    assert_eq!(fields(&server, task)["marks"], json!(["overdue"]));
    assert_eq!(at(&mut server, due + DAY_MS), 0);
    assert_eq!(events(&server, task), 1);
    assert_folds_again(&server);
}

#[test]
fn many_days_that_pass_at_once_are_written_down_in_bounded_commits() {
    let mut server = server();
    let due = server.now_ms + 60 * MINUTE_MS;
    for _ in 0..100 {
        create(&mut server, "task", json!({"title": "看井", "due_at": due}));
    }
    assert_eq!(at(&mut server, due + 1), 4);
    let tasks = all(&server, "task");
    assert!(tasks.iter().all(|task| events(&server, *task) == 1));
    let view = server.reader();
    assert_eq!(next_due_ms(&view.snapshot()).expect("readable"), None);
}

#[test]
fn what_is_done_in_time_is_never_overdue_and_a_new_day_counts_anew() {
    let mut server = server();
    let due = server.now_ms + 60 * MINUTE_MS;
    let done = create(
        &mut server,
        "task",
        json!({"title": "一", "assignee": "w1", "due_at": due}),
    );
    say(&mut server, done, "complete", json!({"outcome": "好"})).expect("done");
    let moved = create(
        &mut server,
        "task",
        json!({"title": "二", "assignee": "w1", "due_at": due}),
    );
    at(&mut server, due + 1);
    let later = due + DAY_MS;
    let edit = crate::decide::admin::record::RecordEdit {
        set: json!({"due_at": later}).as_object().cloned().expect("fields"),
        ..Default::default()
    };
    let edited = server.county(move |desk, own| crate::decide::admin::record::edit(desk, own, moved, &edit));
    edited.expect("a new day");
    assert_eq!(fields(&server, moved).get("marks"), None);
    at(&mut server, later + 1);
    assert_eq!(fields(&server, moved)["marks"], json!(["overdue"]));
    assert_eq!((events(&server, done), events(&server, moved)), (1, 2));
}

#[test]
fn a_case_whose_day_passes_goes_up_the_tree_step_by_step() {
    let mut server = server();
    put(
        &mut server,
        &json!({"dispatch": [{"name": "all", "to": "grid", "due_minutes": 60}],
                "escalation": [{"from": "grid", "to": "village", "due_minutes": 60},
                               {"from": "village", "to": "township"}]}),
    );
    let case = create(&mut server, "report", json!({"title": "路灯不亮"}));
    let begin = server.now_ms;
    let level = |server: &TestServer| fields(server, case)["handling_level"].clone();
    assert_eq!(level(&server), "grid");
    at(&mut server, begin + 60 * MINUTE_MS + 1);
    assert_eq!(level(&server), "village");
    at(&mut server, begin + 121 * MINUTE_MS);
    assert_eq!(level(&server), "township");
    at(&mut server, begin + 9 * DAY_MS);
    assert_eq!(level(&server), "township");
    assert_folds_again(&server);
}

fn visit(server: &mut TestServer, phone: &crate::decide::admin::enrol::Enrolled) {
    let body = Body::Create {
        kind: KindId(2),
        area: GRIDS[0].parse().expect("an area"),
        changes: vec![Change::Once(FieldId(1), "h-31".into())],
    };
    server.phone_writes(phone, Lane::Rest, body);
}

#[test]
fn a_household_with_a_cadence_is_overdue_until_somebody_comes() {
    let mut server = server();
    let phone = server.phone("w1", 1);
    let household = create(
        &mut server,
        "household",
        json!({"code": "h-31", "care_every_days": 7}),
    );
    let begin = server.now_ms;
    server.now_ms = begin + 3 * DAY_MS;
    visit(&mut server, &phone);
    assert_eq!(at(&mut server, begin + 8 * DAY_MS), 0);
    assert_eq!(at(&mut server, begin + 10 * DAY_MS + 1), 1);
    assert_eq!(fields(&server, household)["marks"], json!(["care_overdue"]));
    assert_eq!(at(&mut server, begin + 30 * DAY_MS), 0, "it is told once");
    visit(&mut server, &phone);
    let told = fields(&server, household);
    assert_eq!(
        (told.get("care_overdue_since"), &told["marks"]),
        (None, &json!(["care_late"]))
    );
    assert_eq!(at(&mut server, begin + 37 * DAY_MS + 1), 1);
    assert_folds_again(&server);
}

#[test]
fn a_wish_that_nobody_took_up_lapses() {
    let mut server = server();
    let lapses = server.now_ms + DAY_MS;
    let wish = create(
        &mut server,
        "wish",
        json!({"text": "想要一盏台灯", "lapses_at": lapses}),
    );
    at(&mut server, lapses + 1);
    assert_eq!(fields(&server, wish)["status"], "lapsed");
}

#[test]
fn who_was_out_of_coverage_is_unreachable_when_the_time_is_up() {
    let mut server = server();
    let due = server.now_ms + 60 * MINUTE_MS;
    let alert = create(
        &mut server,
        "alert",
        json!({"title": "集合", "assignee": "w1", "due_at": due}),
    );
    at(&mut server, due + 1);
    let told = fields(&server, alert);
    assert_eq!(
        (&told["status"], &told["marks"]),
        (&json!("unreachable"), &json!(["time_up"]))
    );
}

#[test]
fn a_task_that_never_reaches_a_silent_phone_is_told_once_an_assignment() {
    let mut server = server();
    put(&mut server, &json!({"silent_days": 3}));
    let task = create(&mut server, "task", json!({"title": "看井", "assignee": "w1"}));
    let told = look_for_silence;
    server.now_ms += DAY_MS;
    create(&mut server, "visit", json!({"note": "a day that has an entry"}));
    assert_eq!(told(&mut server), 0);
    server.now_ms += 5 * DAY_MS;
    create(&mut server, "visit", json!({"note": "another"}));
    assert_eq!((told(&mut server), told(&mut server)), (1, 0));
    assert_eq!(fields(&server, task)["marks"], json!(["assignee_silent"]));
}

/// A round through what phones are silent about; how many commits it took.
fn look_for_silence(server: &mut TestServer) -> u64 {
    let before = server.reader().published();
    let mut from = None;
    loop {
        from = server.decide(move |desk| silent(desk, from));
        if from.is_none() {
            return server.reader().published() - before;
        }
    }
}

/// A phone of the person is met, and holds this assignment of the task.
fn meet(server: &mut TestServer, person: PersonId, task: RecordId, epoch: u32) {
    server.decide(move |desk| propose_delivered(desk, &[Delivered { record: task, epoch }]));
    server.decide(move |desk| note_heard(desk, person));
}

fn person(server: &TestServer, code: &str) -> PersonId {
    let person = read::person_by_code(&server.reader().snapshot(), code).expect("readable");
    person.expect("a person").id
}

#[test]
fn an_accepted_task_of_a_phone_that_fell_silent_goes_to_somebody_else_once_an_assignment() {
    let mut server = server();
    server.worker("w3", &[GRIDS[0]]);
    put(&mut server, &json!({"silent_days": 3, "silent_to": "grid"}));
    let task = create(&mut server, "task", json!({"title": "看井", "assignee": "w1"}));
    let done = create(&mut server, "task", json!({"title": "送信", "assignee": "w1"}));
    let w1 = person(&server, "w1");
    meet(&mut server, w1, task, 1);
    meet(&mut server, w1, done, 1);
    say(&mut server, task, "accept", json!({})).expect("accepted");
    say(&mut server, done, "complete", json!({})).expect("done");
    // The first look notes that silence counts from now on.
    assert_eq!(
        (look_for_silence(&mut server), look_for_silence(&mut server)),
        (1, 0)
    );
    // As long as the phone is met now and then, the task stays, however long it takes.
    for _ in 0..5 {
        server.now_ms += 2 * DAY_MS;
        server.decide(move |desk| note_heard(desk, w1));
        assert_eq!(look_for_silence(&mut server), 0);
    }
    server.now_ms += 3 * DAY_MS;
    assert_eq!(look_for_silence(&mut server), 0);
    server.now_ms += DAY_MS;
    assert_eq!(
        (look_for_silence(&mut server), look_for_silence(&mut server)),
        (1, 0)
    );
    let told = fields(&server, task);
    assert_eq!((&told["assignee"], &told["round"]), (&json!("w3"), &json!(2)));
    assert_eq!(fields(&server, done)["status"], json!("done"));
    assert_eq!(events(&server, done), 1);
    assert_folds_again(&server);
}

#[test]
fn where_nothing_is_known_of_a_phone_that_holds_a_task_its_silence_counts_from_the_first_look() {
    let mut server = server();
    put(&mut server, &json!({"silent_days": 3}));
    let task = create(&mut server, "task", json!({"title": "看井", "assignee": "w1"}));
    let seen = Delivered {
        record: task,
        epoch: 1,
    };
    server.decide(move |desk| propose_delivered(desk, &[seen]));
    server.now_ms += 30 * DAY_MS;
    // It is noted, and nothing told.
    assert_eq!(
        (look_for_silence(&mut server), look_for_silence(&mut server)),
        (1, 0)
    );
    assert!(!fields(&server, task).contains_key("marks"));
    server.now_ms += 4 * DAY_MS;
    assert_eq!(
        (look_for_silence(&mut server), look_for_silence(&mut server)),
        (1, 0)
    );
    assert_eq!(fields(&server, task)["marks"], json!(["assignee_silent"]));
}

#[test]
fn a_phone_is_noted_every_few_hours_and_only_while_it_holds_a_task() {
    let mut server = server();
    let w1 = person(&server, "w1");
    let noted = |server: &mut TestServer| {
        let before = server.reader().published();
        server.decide(move |desk| note_heard(desk, w1));
        server.reader().published() - before
    };
    assert_eq!(noted(&mut server), 0);
    let task = create(&mut server, "task", json!({"title": "看井", "assignee": "w1"}));
    meet(&mut server, w1, task, 1);
    server.now_ms += DAY_MS;
    assert_eq!(noted(&mut server), 0, "no rule asks for it");
    put(&mut server, &json!({"silent_days": 3}));
    look_for_silence(&mut server);
    server.now_ms += 5 * 60 * MINUTE_MS;
    assert_eq!(noted(&mut server), 0);
    server.now_ms += 2 * 60 * MINUTE_MS;
    assert_eq!((noted(&mut server), noted(&mut server)), (1, 0));
    say(&mut server, task, "complete", json!({})).expect("done");
    server.now_ms += DAY_MS;
    assert_eq!(noted(&mut server), 0);
}
