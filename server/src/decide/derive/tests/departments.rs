//! Departments answer for areas: which of a sort gets a task.

use super::{put, server};
use crate::decide::admin::rules::{self, Trial};
use crate::test_server::GRIDS;
use serde_json::json;

#[test]
fn the_department_of_a_sort_that_answers_for_the_area_gets_the_task() {
    let mut server = server();
    let departments = json!([
        {"code": "police-county", "name": "公安局", "sort": "police", "officers": ["electrician"]},
        {"code": "police-1", "name": "第一派出所", "sort": "police", "areas": [GRIDS[0]], "officers": ["plumber"]},
        {"code": "housing", "name": "住建", "areas": [GRIDS[1]]},
    ]);
    let dispatch = json!([{"name": "all", "to": {"department_of": "police"}}]);
    put(
        &mut server,
        &json!({"dispatch": dispatch, "departments": departments}),
    );
    let mut tried = |area: &str| {
        let trial = Trial {
            area: area.into(),
            category: None,
            severity: None,
            role_hat: None,
            author: None,
            rules: None,
        };
        let tried = server.decide(move |desk| Ok((None, rules::try_out(desk, &trial)?)));
        let tried = tried.expect("tried");
        (tried.department, tried.assignee)
    };
    let told = |department: &str, assignee: &str| (Some(department.to_owned()), Some(assignee.to_owned()));
    assert_eq!(tried(GRIDS[0]), told("police-1", "plumber"));
    assert_eq!(tried(GRIDS[1]), told("police-county", "electrician"));
    let reader = server.reader();
    let view = reader.snapshot();
    let rules = crate::decide::dispatch::rules(&view).expect("readable");
    let answering = |area| {
        let answering = rules.answering(area).into_iter();
        answering
            .map(|department| department.code.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(answering(GRIDS[0]), ["police-1", "police-county"]);
    assert_eq!(answering(GRIDS[1]), ["housing", "police-county"]);
}
