//! Idempotency keys over HTTP.

use super::{Answer, App, app_of, ask, get, send};
use crate::state::cell::AnswerCell;
use crate::state::{key, read};
use crate::test_server::{GRIDS, TestServer};
use actix_web::http::Method;
use serde_json::{Value as Json, json};

async fn post_with_key(app: &App, path: &str, key: &str, body: &Json) -> Answer {
    let request = ask(Method::POST, path)
        .insert_header(("idempotency-key", key))
        .set_json(body);
    send(app, request).await
}

#[actix_web::test]
async fn a_repeated_request_is_answered_the_same_and_done_once() {
    let app = app_of(TestServer::new());
    let body = json!({"kind": "visit", "area": GRIDS[0]});
    let first = post_with_key(&app, "/api/v1/records", "k1", &body)
        .await
        .expect(201);
    let second = post_with_key(&app, "/api/v1/records", "k1", &body)
        .await
        .expect(201);
    assert_eq!(first, second);
    assert_eq!(get(&app, "/api/v1/status").await.expect(200)["records"], 1);
    let other = json!({"kind": "visit", "area": GRIDS[1]});
    let refused = post_with_key(&app, "/api/v1/records", "k1", &other)
        .await
        .expect(422);
    assert_eq!(refused["type"], "urn:otor:problem:key-reused");
    post_with_key(
        &app,
        "/api/v1/tasks",
        "k1",
        &json!({"title": "t", "area": GRIDS[0]}),
    )
    .await
    .expect(422);
}

#[actix_web::test]
async fn repeated_secrets_are_the_same_and_are_not_kept() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    let app = app_of(server);
    let invitation = json!({"worker": "w1"});
    let account = json!({"name": "village", "level": "village", "area": "150821100201"});
    let requests = [
        ("/api/v1/devices/invite", "k1", invitation, "code"),
        ("/api/v1/accounts", "k2", account, "token"),
    ];
    for (path, key, body, secret) in requests {
        let first = post_with_key(&app, path, key, &body).await.expect(201);
        assert_eq!(first, post_with_key(&app, path, key, &body).await.expect(201));
        let secret = first[secret].as_str().expect("a secret").to_string();
        let reader = app.reader.clone();
        let county = read::person_by_code(&reader.snapshot(), "county").expect("readable");
        let place = key::answer(county.expect("county").id, "");
        let kept = read::under::<AnswerCell>(&reader.snapshot(), &place).expect("readable");
        assert!(!kept.is_empty());
        assert!(
            kept.iter()
                .all(|(_, cell)| !String::from_utf8_lossy(&cell.answer).contains(&secret))
        );
    }
    let another = post_with_key(&app, "/api/v1/devices/invite", "k3", &json!({"worker": "w1"})).await;
    let third = another.expect(201);
    let first = post_with_key(&app, "/api/v1/devices/invite", "k1", &json!({"worker": "w1"})).await;
    assert_ne!(first.expect(201)["code"], third["code"]);
}

#[actix_web::test]
async fn an_import_repeated_under_its_key_is_answered_the_same() {
    let app = app_of(TestServer::new());
    let mut file = String::from("code,name,level\n");
    for grid in 1..=700 {
        file.push_str(&format!(
            "15082110{:04}{:03},g{grid},grid\n",
            1 + grid / 900,
            grid % 900
        ));
    }
    let import = || {
        let request = ask(Method::POST, "/api/v1/areas/import").insert_header(("idempotency-key", "i"));
        send(&app, request.set_payload(file.clone()))
    };
    let first = import().await.expect(200);
    assert_eq!(first["imported"], 700);
    assert_eq!(first["errors"], json!([]));
    assert_eq!(import().await.expect(200), first);
}

#[actix_web::test]
async fn a_key_is_short_visible_text() {
    let app = app_of(TestServer::new());
    let body = json!({"kind": "visit", "area": GRIDS[0]});
    post_with_key(&app, "/api/v1/records", &"k".repeat(80), &body)
        .await
        .expect(201);
    for key in ["k".repeat(81), "two words".into(), String::new()] {
        post_with_key(&app, "/api/v1/records", &key, &body)
            .await
            .expect(400);
    }
}
