//! Who may ask for what.

use super::{app_of, ask, ask_as, get, post, send};
use crate::test_server::{COUNTY, FAR_GRID, GRIDS, TestServer};
use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::{Value as Json, json};

#[actix_web::test]
async fn without_a_valid_token_nothing_is_shown() {
    let app = app_of(TestServer::new());
    let nobody = TestRequest::with_uri("/api/v1/status");
    let answer = send(&app, nobody).await;
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    assert_eq!(answer.expect(401)["type"], "urn:otor:problem:not-authenticated");
    for token in ["", "county", "county-token2"] {
        let answer = send(&app, ask_as(token, Method::GET, "/api/v1/workers")).await;
        answer.expect(401);
        let post = ask_as(token, Method::POST, "/api/v1/tasks").set_json(json!({}));
        send(&app, post).await.expect(401);
    }
    assert_eq!(get(&app, "/api/v1/status").await.expect(200)["commit"], 3);
}

#[actix_web::test]
async fn health_and_readiness_need_no_token() {
    let app = app_of(TestServer::new());
    for path in ["/healthz", "/readyz"] {
        let answer = send(&app, TestRequest::with_uri(path)).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}");
    }
}

/// An account over one township; its token.
async fn township(app: &super::App) -> String {
    let body = json!({"name": "township", "level": "township", "area": "150821100"});
    let made = post(app, "/api/v1/accounts", &body).await.expect(201);
    made["token"].as_str().expect("a token").to_string()
}

#[actix_web::test]
async fn an_account_sees_and_changes_only_its_subtree() {
    let app = app_of(TestServer::new());
    let token = township(&app).await;
    for (code, area) in [("near", GRIDS[0]), ("far", FAR_GRID)] {
        let body = json!({"code": code, "name": code, "areas": [area]});
        post(&app, "/api/v1/workers", &body).await.expect(200);
        let body = json!({"kind": "report", "area": area, "fields": {"title": code}});
        post(&app, "/api/v1/records", &body).await.expect(201);
    }
    let listed = |json: Json, list: &str, name: &str| -> Vec<String> {
        let rows = json[list].as_array().expect("a list").clone();
        rows.iter()
            .map(|row| row[name].as_str().unwrap_or("").to_string())
            .collect()
    };
    let answer = send(&app, ask_as(&token, Method::GET, "/api/v1/workers")).await;
    assert_eq!(listed(answer.expect(200), "workers", "code"), ["near"]);
    let answer = send(&app, ask_as(&token, Method::GET, "/api/v1/records?kind=report")).await;
    assert_eq!(listed(answer.expect(200), "records", "area"), [GRIDS[0]]);
    let answer = send(&app, ask_as(&token, Method::GET, "/api/v1/areas?under=15")).await;
    assert_eq!(listed(answer.expect(200), "areas", "level").len(), 4);
    let answer = send(&app, ask_as(&token, Method::GET, "/api/v1/pull")).await;
    assert_eq!(answer.text().lines().count(), 1);
    let above = format!("/api/v1/pull?area={COUNTY}");
    let answer = send(&app, ask_as(&token, Method::GET, &above)).await;
    assert_eq!(answer.text().lines().count(), 1, "what it sees of the county");
    let beside = format!("/api/v1/pull?area={FAR_GRID}");
    send(&app, ask_as(&token, Method::GET, &beside)).await.expect(403);
    let moved =
        ask_as(&token, Method::PUT, "/api/v1/workers/far/areas").set_json(json!({"areas": [GRIDS[0]]}));
    send(&app, moved).await.expect(403);
    let accounts = send(&app, ask_as(&token, Method::GET, "/api/v1/accounts")).await;
    assert_eq!(listed(accounts.expect(200), "accounts", "name"), ["township"]);
}

#[actix_web::test]
async fn a_record_elsewhere_is_as_if_it_were_not() {
    let app = app_of(TestServer::new());
    let token = township(&app).await;
    let body = json!({"kind": "report", "area": FAR_GRID});
    let made = post(&app, "/api/v1/records", &body).await.expect(201);
    let path = format!("/api/v1/records/{}", made["id"].as_str().expect("an id"));
    send(&app, ask_as(&token, Method::GET, &path)).await.expect(404);
    let edit = ask_as(&token, Method::PATCH, &path).set_json(json!({"append": {"notes": ["x"]}}));
    send(&app, edit).await.expect(404);
    get(&app, &path).await.expect(200);
}

#[actix_web::test]
async fn a_revoked_accounts_token_opens_nothing_from_then_on() {
    let app = app_of(TestServer::new());
    let token = township(&app).await;
    send(&app, ask_as(&token, Method::GET, "/api/v1/status"))
        .await
        .expect(200);
    send(&app, ask(Method::POST, "/api/v1/accounts/township/revoke"))
        .await
        .expect(200);
    send(&app, ask_as(&token, Method::GET, "/api/v1/status"))
        .await
        .expect(401);
}
