//! A server whose own clock jumped: it says so, is not ready, sends phones away, and finds back.

use super::{App, app_of, ask, get, post, send, steady};
use crate::service::clock::ServerClock;
use crate::test_server::{BEGIN_MS, TestServer};
use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// An application whose machine's clock is as far off as the number says.
fn app_with_clock() -> (App, Arc<AtomicI64>) {
    let off_ms = Arc::new(AtomicI64::new(0));
    let shown = Arc::clone(&off_ms);
    let mut app = app_of(TestServer::new());
    app.clock = ServerClock::watched(BEGIN_MS, move || steady(shown.load(Ordering::Relaxed)));
    (app, off_ms)
}

async fn is_ready(app: &App) -> bool {
    let answer = send(app, TestRequest::with_uri("/readyz")).await;
    if answer.status.as_u16() == 200 {
        return true;
    }
    assert_eq!(answer.header("retry-after"), "60");
    let told = answer.expect(503);
    assert_eq!(told["type"], "urn:otor:problem:clock-not-trusted");
    false
}

async fn clock_as_told(app: &App) -> Json {
    get(app, "/api/v1/status").await.expect(200)["clock"].clone()
}

#[actix_web::test]
async fn server_whose_clock_jumped_says_so_and_is_ready_again_when_it_is_right() {
    let (app, off_ms) = app_with_clock();
    assert!(is_ready(&app).await);
    assert_eq!(clock_as_told(&app).await, "right");
    for (jump_ms, told) in [
        (86_400_000, "the server's clock jumped 86400 s ahead"),
        (-45_000, "the server's clock jumped 45 s back"),
    ] {
        off_ms.store(jump_ms, Ordering::Relaxed);
        assert!(!is_ready(&app).await);
        assert_eq!(clock_as_told(&app).await, told);
        off_ms.store(0, Ordering::Relaxed);
        assert!(is_ready(&app).await);
    }
}

#[actix_web::test]
async fn phones_are_sent_away_politely_while_the_clock_is_not_trusted() {
    let (app, off_ms) = app_with_clock();
    off_ms.store(3_600_000, Ordering::Relaxed);
    let request = || TestRequest::with_uri("/v1/enrol").method(Method::POST);
    let answer = send(&app, request().set_payload("anything")).await;
    assert_eq!(answer.header("retry-after"), "60");
    assert_eq!(answer.expect(503)["type"], "urn:otor:problem:clock-not-trusted");
    off_ms.store(0, Ordering::Relaxed);
    send(&app, request().set_payload("anything")).await.expect(400);
}

#[actix_web::test]
async fn administrator_over_the_whole_tree_takes_the_clock_for_right() {
    let (app, off_ms) = app_with_clock();
    let nothing = post(&app, "/api/v1/clock/accept", &json!({})).await;
    assert_eq!(nothing.expect(200)["accepted"], Json::Null);
    off_ms.store(86_400_000, Ordering::Relaxed);
    assert!(!is_ready(&app).await);

    let body = json!({"name": "township", "level": "township", "area": "150821100"});
    let made = post(&app, "/api/v1/accounts", &body).await.expect(201);
    let token = made["token"].as_str().expect("a token");
    let township = super::ask_as(token, Method::POST, "/api/v1/clock/accept").set_json(json!({}));
    send(&app, township).await.expect(403);
    assert!(!is_ready(&app).await);

    let accepted = send(
        &app,
        ask(Method::POST, "/api/v1/clock/accept").set_json(json!({})),
    )
    .await;
    let told = "the server's clock jumped 86400 s ahead";
    assert_eq!(accepted.expect(200)["accepted"], told);
    assert!(is_ready(&app).await);
    assert_eq!(clock_as_told(&app).await, "right");
}
