//! What cannot be read, is too large, or is not there.

use super::{app_of, ask, get, post, send};
use crate::test_server::{GRIDS, TestServer};
use actix_web::http::Method;
use serde_json::json;

#[actix_web::test]
async fn every_refusal_is_a_problem() {
    let app = app_of(TestServer::new());
    let cases = [
        (ask(Method::GET, "/api/v1/nothing"), 404),
        (ask(Method::GET, "/nothing"), 404),
        (ask(Method::DELETE, "/api/v1/workers"), 405),
        (ask(Method::GET, "/api/v1/records?colour=red"), 400),
        (ask(Method::GET, "/api/v1/records?kind=horoscope"), 400),
        (ask(Method::GET, "/api/v1/records?after=yesterday"), 400),
        (ask(Method::GET, "/api/v1/records/9-9"), 404),
        (ask(Method::GET, "/api/v1/areas?under=abc"), 400),
        (ask(Method::GET, "/api/v1/pull?format=xlsx"), 400),
        (ask(Method::GET, "/api/v1/pull?format=csv"), 400),
        (ask(Method::GET, "/api/v1/pull?since=yesterday"), 400),
        (ask(Method::POST, "/api/v1/devices/one/revoke"), 404),
        (ask(Method::POST, "/api/v1/devices/77/revoke"), 404),
        (ask(Method::POST, "/api/v1/quarantine/1/release"), 400),
        (ask(Method::POST, "/api/v1/quarantine/1-1/release"), 404),
        (ask(Method::POST, "/api/v1/tasks").set_payload("{"), 400),
        (
            ask(Method::POST, "/api/v1/tasks").set_json(json!({"title": "t", "area": GRIDS[0], "x": 1})),
            400,
        ),
        (
            ask(Method::POST, "/api/v1/devices/invite").set_json(json!({"worker": "nobody"})),
            404,
        ),
    ];
    for (request, status) in cases {
        let answer = send(&app, request).await;
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{}",
            answer.text()
        );
        let problem = answer.expect(status);
        assert_eq!(problem["status"], status);
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| !detail.is_empty()),
            "{problem}"
        );
    }
}

#[actix_web::test]
async fn bodies_beyond_the_bound_are_refused() {
    let app = app_of(TestServer::new());
    let large = "x".repeat(super::super::BODY_BYTES_MAX + 1);
    let request = ask(Method::POST, "/api/v1/records").set_payload(large.clone());
    send(&app, request).await.expect(413);
    let import = ask(Method::POST, "/api/v1/areas/import").set_payload(format!("code,name,level\n{large}"));
    assert_eq!(send(&app, import).await.expect(200)["errors"][0]["row"], 2);
}

#[actix_web::test]
async fn an_import_without_a_header_names_the_row() {
    let app = app_of(TestServer::new());
    let import = ask(Method::POST, "/api/v1/workers/import").set_payload("w1,Li,150821\n");
    assert_eq!(send(&app, import).await.expect(400)["errors"][0]["row"], 1);
}

#[actix_web::test]
async fn an_unacceptable_edit_says_why() {
    let app = app_of(TestServer::new());
    let body = json!({"kind": "visit", "area": GRIDS[0], "fields": {"note": "n"}});
    let made = post(&app, "/api/v1/records", &body).await.expect(201);
    let path = format!("/api/v1/records/{}", made["receipt"].as_str().expect("a receipt"));
    let edit = ask(Method::PATCH, &path).set_json(json!({"set": {"note": "other"}}));
    let refused = send(&app, edit).await.expect(422);
    assert!(
        refused["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("\"note\"")),
        "{refused}"
    );
    assert_eq!(get(&app, &path).await.expect(200)["fields"]["note"], "n");
}
