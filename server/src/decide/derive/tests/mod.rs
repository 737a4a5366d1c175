//! What rules write, by example.

mod departments;
mod musters;
mod passing;

use crate::decide::admin::muster;
use crate::decide::admin::record::{self, NewRecord, RecordEvent};
use crate::decide::admin::rules::{self, Trial};
use crate::decide::{Decided, Desk, Writer, decide_frame};
use crate::service::records;
use crate::state::read;
use crate::state::rules::Rules;
use crate::test_server::{FAR_GRID, GRIDS, TestServer};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{Lane, RecordId};
use otor_protocol::op::{Body, Change, EventId};
use otor_protocol::record::Edit;
use otor_protocol::value::Value;
use otor_protocol::wire::Verdict;
use serde_json::{Map, Value as Json, json};

/// A server with two grid workers, a station and two officers of departments.
fn server() -> TestServer {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    server.worker("w2", &[GRIDS[1]]);
    server.worker("station", &[&GRIDS[0][..12]]);
    server.worker("plumber", &[FAR_GRID]);
    server.worker("electrician", &[FAR_GRID]);
    server
}

/// Makes these the rules.
fn put(server: &mut TestServer, rules: &Json) {
    let rules: Rules = serde_json::from_value(rules.clone()).expect("rules");
    let done = server.county(move |desk, county| rules::put(desk, county, &rules));
    done.expect("the rules are taken");
}

fn some_rules() -> Json {
    json!({
        "dispatch": [
            {"name": "pipes", "categories": ["pipe"], "severity_min": 2, "to": {"department": "housing"},
             "due_minutes": 120, "level": "township"},
            {"name": "hats", "role_hat": "mediation", "to": "station"},
            {"name": "all else", "area": GRIDS[0], "to": "grid"},
        ],
        "departments": [{"code": "housing", "name": "住建", "officers": ["plumber"]},
                        {"code": "power", "name": "供电", "officers": ["electrician"]}],
    })
}

/// Creates a record as the county's account.
fn create(server: &mut TestServer, kind: &str, fields: Json) -> RecordId {
    let request = NewRecord {
        kind: kind.into(),
        area: GRIDS[0].into(),
        fields: fields.as_object().cloned().expect("fields"),
    };
    let created = server.county(move |desk, county| record::create(desk, county, &request));
    created.expect("it is created").record().expect("an id")
}

/// Writes an event as the county's account.
fn say(server: &mut TestServer, id: RecordId, event: &str, fields: Json) -> Result<(), String> {
    let request = RecordEvent {
        event: event.into(),
        fields: fields.as_object().cloned().expect("arguments"),
    };
    let done = server.county(move |desk, county| record::event(desk, county, id, &request));
    done.map(|_| ()).map_err(|refusal| refusal.to_string())
}

/// The fields of a record as a row has them.
fn fields(server: &TestServer, id: RecordId) -> Map<String, Json> {
    let (reader, catalogue) = (server.reader(), Catalogue::built_in());
    let view = reader.snapshot();
    let county = read::person_by_code(&view, "county")
        .expect("readable")
        .expect("county");
    let row = records::one(&view, &catalogue, &county, id).expect("readable");
    row.expect("the record is there").fields
}

/// All records of a kind.
fn all(server: &TestServer, kind: &str) -> Vec<RecordId> {
    let (reader, catalogue) = (server.reader(), Catalogue::built_in());
    let view = reader.snapshot();
    let kind = catalogue.kind_named(kind).expect("a kind").id;
    let cells = read::under::<crate::state::cell::RecordCell>(&view, &crate::state::key::records());
    let records = cells
        .expect("readable")
        .into_iter()
        .map(|(_, cell)| cell.record().expect("a record"));
    records
        .filter(|record| record.kind == kind)
        .map(|record| record.id)
        .collect()
}

fn report(category: &str, severity: i64) -> Json {
    json!({"title": "四号楼水管漏水", "category": category, "severity": severity})
}

fn creation(kind: &str, set: Vec<(&str, Value)>) -> Body {
    let catalogue = Catalogue::built_in();
    let kind = catalogue.kind_named(kind).expect("a kind");
    let edit = Edit {
        set: set
            .into_iter()
            .map(|(name, value)| (name.to_string(), value))
            .collect(),
        ..Edit::default()
    };
    Body::Create {
        kind: kind.id,
        area: GRIDS[0].parse().expect("an area"),
        changes: edit.creating(kind).expect("fields"),
    }
}

/// Fails unless the state is what the journal folds into, byte for byte.
fn assert_folds_again(server: &TestServer) {
    assert!(server.dump() == server.dump_of_the_journal());
}

#[test]
fn a_report_becomes_a_departments_task_in_the_entry_that_brings_it() {
    let mut server = server();
    put(&mut server, &some_rules());
    let phone = server.phone("w1", 1);
    let before = server.reader().published();
    let set = vec![
        ("title", "漏水".into()),
        ("category", "pipe".into()),
        ("severity", Value::Int(3)),
    ];
    let (dot, verdict) = server.phone_writes(&phone, Lane::Reports, creation("report", set));
    assert_eq!(verdict, Verdict::Accepted);
    assert_eq!(server.reader().published(), before + 1);
    let report = fields(&server, RecordId(dot));
    assert_eq!(
        (&report["status"], &report["handling_level"]),
        (&json!("assigned"), &json!("township"))
    );
    assert_eq!(report["department"], "housing");
    let tasks = all(&server, "task");
    let task = fields(&server, tasks[0]);
    assert_eq!(
        (tasks.len(), &task["assignee"], &task["title"]),
        (1, &json!("plumber"), &json!("漏水"))
    );
    assert_eq!(task["due_at"], server.now_ms + 120 * 60_000);
    assert_eq!(
        (&task["basis"], &task["report"]),
        (&json!("pipes"), &json!(RecordId(dot).to_string()))
    );
    assert_folds_again(&server);
}

#[test]
fn the_first_rule_that_fits_counts_and_none_may() {
    let mut server = server();
    put(&mut server, &some_rules());
    create(&mut server, "report", report("pipe", 1));
    let mine = all(&server, "task");
    assert_eq!(fields(&server, mine[0])["assignee"], "w1");
    let mut hatted = report("noise", 1);
    hatted["role_hat"] = json!("mediation");
    create(&mut server, "report", hatted);
    assert_eq!(fields(&server, all(&server, "task")[1])["assignee"], "station");
    put(&mut server, &json!({}));
    create(&mut server, "report", report("pipe", 4));
    assert_eq!(all(&server, "task").len(), 2);
}

#[test]
fn a_dry_run_tells_what_would_come_and_writes_nothing() {
    let mut server = server();
    put(&mut server, &some_rules());
    let rows = server.dump();
    let trial: Trial = serde_json::from_value(json!({"area": GRIDS[1], "category": "pipe", "severity": 2}))
        .expect("a trial");
    let none: Trial = serde_json::from_value(json!({"area": GRIDS[1], "rules": {}})).expect("a trial");
    let (tried, nothing) = server.decide(move |desk| {
        let tried = rules::try_out(desk, &trial)?.expect("tried");
        Ok((None, (tried, rules::try_out(desk, &none)?.expect("tried"))))
    });
    assert_eq!(
        (tried.rule.as_deref(), tried.assignee.as_deref()),
        (Some("pipes"), Some("plumber"))
    );
    assert_eq!(
        (tried.due_minutes, tried.level.as_deref()),
        (Some(120), Some("township"))
    );
    assert_eq!(nothing.rule, None);
    assert!(server.dump() == rows);
}

#[test]
fn rules_rest_on_what_comes_back_from_a_former_history() {
    let mut server = server();
    put(&mut server, &some_rules());
    let body = creation("report", vec![("title", "漏水".into())]);
    let written = |desk: &Desk, body: &Body| {
        let county = read::person_by_code(desk.view, "county")?.expect("county");
        let actor = match &county.role {
            crate::state::cell::Role::Account(account) => account.actor,
            _ => panic!("an account"),
        };
        let cell: crate::state::cell::ActorCell =
            read::get(desk.view, &crate::state::key::actor(actor))?.expect("there");
        let op = otor_protocol::op::Op {
            author: county.id,
            uptime_ms: desk.now_ms,
            body: body.clone(),
        };
        let content = otor_protocol::wire::Content {
            actor,
            first_seq: cell.through + 1,
            boot: 0,
            wall_minus_uptime_ms: 0,
            floors: vec![(0, Default::default())],
            ops: vec![otor_protocol::wire::encode(&op).into()],
            origins: vec![],
        };
        let crate::decide::FrameDecision::Commit(frame) =
            decide_frame(desk, &Writer::Person(county.id), &content)?
        else {
            panic!("it follows");
        };
        Ok::<_, crate::state::StateError>(Decided::from(crate::state::entry::Act::Frame(*frame)))
    };
    let again = body.clone();
    server.decide(move |desk| {
        Ok((
            Some(Decided {
                quiet: true,
                ..written(desk, &again)?
            }),
            (),
        ))
    });
    assert_eq!((all(&server, "report").len(), all(&server, "task").len()), (1, 0));
    server.decide(move |desk| Ok((Some(written(desk, &body)?), ())));
    assert_eq!((all(&server, "report").len(), all(&server, "task").len()), (2, 1));
}

#[test]
fn a_whistle_holds_its_case_open_and_is_heard_by_those_it_calls() {
    let mut server = server();
    put(&mut server, &json!({"departments": some_rules()["departments"]}));
    let case = create(&mut server, "report", report("pipe", 3));
    let whistle = create(
        &mut server,
        "whistle",
        json!({"reason": "跨部门", "report": case.to_string(), "lead": "housing", "invited": ["power"]}),
    );
    let heard = fields(&server, whistle);
    assert_eq!(heard["participants"].as_array().map(Vec::len), Some(2));
    assert_eq!(fields(&server, case)["marks"], json!(["whistled"]));
    let refused = say(&mut server, case, "close", json!({"outcome": "好了"}));
    assert!(refused.is_err_and(|why| why.contains("departments")));
    say(
        &mut server,
        whistle,
        "reply",
        json!({"department": "housing", "text": "已修"}),
    )
    .expect("a reply");
    say(&mut server, whistle, "excuse", json!({"department": "power"})).expect("an excuse");
    assert_eq!(fields(&server, whistle)["status"], "solved");
    say(&mut server, case, "close", json!({"outcome": "好了"})).expect("it can be closed");
    assert_eq!(fields(&server, case)["status"], "closed");
    assert_folds_again(&server);
}

#[test]
fn the_first_claim_that_comes_leads_and_the_next_when_it_is_given_up() {
    let mut server = server();
    server.worker("w3", &[GRIDS[0]]);
    let wish = create(&mut server, "wish", json!({"text": "想要一盏台灯"}));
    let phones = [server.phone("w1", 1), server.phone("w3", 3)];
    let said = |number: u16| Body::Edit {
        record: wish,
        changes: vec![Change::Event {
            event: EventId(number),
            round: 1,
            args: vec![],
        }],
    };
    server.phone_writes(&phones[1], Lane::Rest, said(1));
    server.phone_writes(&phones[0], Lane::Rest, said(1));
    assert_eq!(fields(&server, wish)["lead"], "w3");
    server.phone_writes(&phones[1], Lane::Rest, said(2));
    assert_eq!(fields(&server, wish)["lead"], "w1");
    assert_folds_again(&server);
}

#[test]
fn what_disagrees_about_a_household_makes_one_task() {
    let mut server = server();
    server.worker("w3", &[GRIDS[0]]);
    let household = create(&mut server, "household", json!({"code": "h-31"}));
    let phones = [server.phone("w1", 1), server.phone("w3", 3)];
    let said = |word: &str| Body::Edit {
        record: household,
        changes: vec![Change::Keep {
            field: otor_protocol::catalogue::built_in::household::OCCUPANCY,
            value: word.into(),
            replaces: vec![],
        }],
    };
    server.phone_writes(&phones[0], Lane::Rest, said("moved_out"));
    assert_eq!(all(&server, "task").len(), 0);
    server.phone_writes(&phones[1], Lane::Rest, said("occupied"));
    assert_eq!(fields(&server, household)["status"], "check");
    server.phone_writes(&phones[1], Lane::Rest, said("occupied"));
    let tasks = all(&server, "task");
    assert_eq!(tasks.len(), 1);
    assert_eq!(fields(&server, tasks[0])["basis"], "occupancy_check");
}

#[test]
fn who_is_named_as_a_double_is_told_and_both_learn_the_end() {
    let mut server = server();
    let (one, two) = (
        create(&mut server, "report", report("pipe", 2)),
        create(&mut server, "report", report("pipe", 2)),
    );
    say(&mut server, one, "mark_duplicate", json!({"of": two.to_string()})).expect("marked");
    say(&mut server, one, "close", json!({"outcome": "换了水管"})).expect("closed");
    for id in [one, two] {
        assert_eq!(fields(&server, id)["case"], one.to_string(), "{id}");
    }
    let second = fields(&server, two);
    assert_eq!(
        (&second["case_status"], &second["case_outcome"]),
        (&json!("closed"), &json!("换了水管"))
    );
}

#[test]
fn what_a_caller_said_by_another_way_is_said_of_the_case() {
    let mut server = server();
    let case = create(&mut server, "report", report("pipe", 2));
    say(&mut server, case, "close", json!({"outcome": "好了"})).expect("closed");
    let words = json!({"case": case.to_string(), "round": 1, "caller": "c1", "result": "unhappy"});
    create(&mut server, "evaluation", words);
    assert_eq!(fields(&server, case)["unhappy"], 1);
}

#[test]
fn a_muster_calls_everybody_in_bounded_commits() {
    let mut server = TestServer::new();
    for number in 0..150 {
        server.worker(&format!("w{number:03}"), &[GRIDS[number % 2]]);
    }
    let request: muster::NewMuster =
        serde_json::from_value(json!({"title": "防汛", "area": &GRIDS[0][..12], "zone": "banner"}))
            .expect("a muster");
    let mut so_far = None;
    let (mut called, mut commits) = (0, 0);
    loop {
        let request = request.clone();
        let part = server.county(move |desk, county| muster::call(desk, county, &request, so_far));
        let part = part.expect("they are called");
        called += part.calls.len();
        commits += 1;
        let Some(next) = part.next else { break };
        so_far = Some((part.muster.parse().expect("an id"), next));
    }
    assert_eq!((called, commits, all(&server, "alert").len()), (150, 3, 151));
    let dues: std::collections::BTreeSet<i64> = all(&server, "alert")
        .into_iter()
        .filter_map(|id| fields(&server, id)["due_at"].as_i64())
        .collect();
    assert_eq!(
        dues.into_iter().collect::<Vec<_>>(),
        vec![server.now_ms + 2 * 3_600_000]
    );
}
