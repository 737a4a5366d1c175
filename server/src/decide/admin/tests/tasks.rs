//! The life of a task.

use crate::decide::admin::account::{self, NewAccount};
use crate::decide::admin::record::{self, NewRecord};
use crate::decide::admin::task::{self, CancelReason, NewTask};
use crate::decide::admin::{AdminRefusal, Outcome, token_hash};
use crate::service::records;
use crate::state::read;
use crate::test_server::{FAR_GRID, GRIDS, TestServer};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::RecordId;
use otor_protocol::receipt::Receipt;
use serde_json::{Map, Value as Json};

fn new_task(assignee: Option<&str>) -> NewTask {
    NewTask {
        title: "看看东头的水井".into(),
        description: None,
        area: GRIDS[0].into(),
        assignee: assignee.map(str::to_string),
        due_at: Some("2026-03-04".into()),
        report: None,
    }
}

fn create(server: &mut TestServer, request: NewTask) -> Outcome<RecordId> {
    let created = server.county(move |desk, own| task::create_task(desk, own, &request))?;
    Ok(created.record().expect("an id"))
}

fn assign(server: &mut TestServer, id: RecordId, to: &'static str) -> Outcome<()> {
    server
        .county(move |desk, own| task::assign(desk, own, id, to))
        .map(|_| ())
}

fn fields(server: &TestServer, id: RecordId) -> Map<String, Json> {
    let (reader, catalogue) = (server.reader(), Catalogue::built_in());
    let view = reader.snapshot();
    let county = read::person_by_code(&view, "county")
        .expect("readable")
        .expect("county");
    let row = records::one(&view, &catalogue, &county, id).expect("readable");
    row.expect("the task is there").fields
}

#[test]
fn each_assignment_is_a_new_epoch() {
    let mut server = TestServer::new();
    server.worker("w1", &GRIDS);
    server.worker("w2", &GRIDS);
    let id = create(&mut server, new_task(Some("w1"))).expect("created");
    assert_eq!(
        (&fields(&server, id)["assignee"], &fields(&server, id)["round"]),
        (&"w1".into(), &1.into())
    );
    assign(&mut server, id, "w2").expect("re-assigned");
    assign(&mut server, id, "w1").expect("re-assigned");
    let task = fields(&server, id);
    assert_eq!((&task["assignee"], &task["round"]), (&"w1".into(), &3.into()));
    assert_eq!(task["status"], "issued");
    assert_eq!(task["due_at"], "2026-03-04");
}

#[test]
fn a_task_without_an_assignee_gets_one_later() {
    let mut server = TestServer::new();
    server.worker("w1", &GRIDS);
    let id = create(&mut server, new_task(None)).expect("created");
    assign(&mut server, id, "w1").expect("assigned");
    assert_eq!(fields(&server, id)["assignee"], "w1");
}

#[test]
fn a_cancelled_task_says_so() {
    let mut server = TestServer::new();
    server.worker("w1", &GRIDS);
    let id = create(&mut server, new_task(Some("w1"))).expect("created");
    let cancelled = server.county(move |desk, own| task::cancel(desk, own, id, CancelReason::WrongTarget));
    cancelled.expect("cancelled");
    assert_eq!(fields(&server, id)["status"], "cancelled");
}

#[test]
fn only_workers_of_the_accounts_area_are_given_tasks() {
    let mut server = TestServer::new();
    server.worker("far", &[FAR_GRID]);
    for (assignee, why) in [("nobody", "no such worker"), ("county", "an account")] {
        let refused = create(&mut server, new_task(Some(assignee)));
        assert!(
            matches!(refused, Err(AdminRefusal::NotFound(_))),
            "{why}: {refused:?}"
        );
    }
    let request = NewAccount {
        name: "township".into(),
        level: "township".into(),
        area: Some("150821100".into()),
    };
    let created = server.county(move |desk, own| account::create(desk, own, &request, token_hash("t")));
    created.expect("an account");
    let request = new_task(Some("far"));
    let refused = server.account("township", move |desk, own| {
        task::create_task(desk, own, &request)
    });
    assert!(matches!(refused, Err(AdminRefusal::NotAllowed(_))), "{refused:?}");
}

#[test]
fn a_record_that_is_no_task_is_not_assigned() {
    let mut server = TestServer::new();
    server.worker("w1", &GRIDS);
    let request = NewRecord {
        kind: "visit".into(),
        area: GRIDS[0].into(),
        fields: Map::new(),
    };
    let visit = server.county(move |desk, own| record::create(desk, own, &request));
    let visit = visit.expect("created").record().expect("an id");
    let refused = assign(&mut server, visit, "w1");
    assert!(matches!(refused, Err(AdminRefusal::Conflict(_))), "{refused:?}");
}

#[test]
fn a_report_named_by_receipt_is_referred_to() {
    let mut server = TestServer::new();
    let report: RecordId = "17-203".parse().expect("an id");
    let request = NewTask {
        report: Some(Receipt::mint(report, 5).to_string()),
        ..new_task(None)
    };
    let id = create(&mut server, request).expect("created");
    assert_eq!(fields(&server, id)["report"], "17-203");
    let request = NewTask {
        report: Some("the one of Monday".into()),
        ..new_task(None)
    };
    assert!(matches!(
        create(&mut server, request),
        Err(AdminRefusal::Invalid(_))
    ));
}
