//! What a resident learns of their report by its number, and what nobody learns.

use super::{App, app_of, ask, ask_as, post, send};
use crate::decide::admin::enrol::Enrolled;
use crate::decide::admin::record::{self, NewRecord, RecordEvent};
use crate::decide::copies::{aliases, branch};
use crate::service::guesses::BOUNDS;
use crate::test_server::{BEGIN_MS, FAR_GRID, GRIDS, TestServer};
use actix_web::http::Method;
use otor_protocol::ids::{ActorId, Dot, Lane, RecordId};
use otor_protocol::op::{Body, Change, FieldId, KindId};
use otor_protocol::receipt::Receipt;
use otor_protocol::renumber::AliasRun;
use otor_protocol::value::Value;
use otor_protocol::wire::Verdict;
use serde_json::{Value as Json, json};

/// A report written by a phone, and the number its resident is given.
fn report(server: &mut TestServer, phone: &Enrolled, title: &str) -> (RecordId, String) {
    let body = Body::Create {
        kind: KindId(3),
        area: GRIDS[0].parse().expect("a grid"),
        changes: vec![Change::Once(FieldId(2), Value::from(title))],
    };
    let written_ms = server.now_ms;
    let (dot, verdict) = server.phone_writes(phone, Lane::Reports, body);
    assert_eq!(verdict, Verdict::Accepted);
    let id = RecordId(dot);
    (id, Receipt::mint(id, written_ms).to_string())
}

fn event(server: &mut TestServer, id: RecordId, event: &str, fields: Json) {
    server.now_ms += 1_000;
    let event = RecordEvent {
        event: event.into(),
        fields: fields.as_object().cloned().unwrap_or_default(),
    };
    let done = server.county(move |desk, own| record::event(desk, own, id, &event));
    done.expect("the event is taken");
}

/// An account of a desk for the county; its token.
async fn desk(app: &App) -> String {
    let body = json!({"name": "hall", "level": "desk", "area": "150821"});
    let made = post(app, "/api/v1/accounts", &body).await.expect(201);
    made["token"].as_str().expect("a token").to_string()
}

async fn answer(app: &App, token: &str, number: &str, status: u16) -> Json {
    let path = format!("/api/v1/receipts/{number}");
    send(app, ask_as(token, Method::GET, &path)).await.expect(status)
}

#[actix_web::test]
async fn both_residents_who_reported_one_matter_learn_its_result_and_nothing_else() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    let phone = server.phone("w1", 1);
    let (first, first_number) = report(&mut server, &phone, "桥头水管漏水");
    server.now_ms += 7_000;
    let (second, second_number) = report(&mut server, &phone, "王家门口漏水");
    event(
        &mut server,
        second,
        "mark_duplicate",
        json!({"of": first.to_string()}),
    );
    event(
        &mut server,
        first,
        "close",
        json!({"outcome": "老王家的阀门换了"}),
    );
    let app = app_of(server);
    let token = desk(&app).await;
    let closed = answer(&app, &token, &second_number, 200).await;
    assert_eq!(closed["result"], Json::Null, "what is not public is not told");
    let path = format!("/api/v1/records/{first}/events");
    let public = json!({"event": "publish", "fields": {"text": "阀门已更换"}});
    post(&app, &path, &public).await.expect(200);
    for number in [first_number, second_number] {
        assert_eq!(
            answer(&app, &token, &number, 200).await,
            json!({
                "number": number,
                "received_on": "2026-03-02",
                "stage": "closed",
                "closed": true,
                "result": "阀门已更换",
            })
        );
    }
}

#[actix_web::test]
async fn a_report_that_a_copied_phone_has_renumbered_is_found_and_the_one_that_has_its_number_now_is_not() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    let phone = server.phone("w1", 1);
    let (kept, kept_number) = report(&mut server, &phone, "the original's");
    server.now_ms += 60_000;
    let device = phone.device;
    let original = (device, phone.actors[0]);
    let copy = server
        .decide(move |desk| branch(desk, original, |_| false))
        .expect("a phone");
    let of_copy = Enrolled {
        actors: copy,
        ..phone.clone()
    };
    // The copy had told a resident the number that its report had then: that of the original's report.
    let told = Receipt::mint(kept, server.now_ms).to_string();
    let (moved, _) = report(&mut server, &of_copy, "the copy's");
    let run = AliasRun {
        actor: kept.0.actor,
        first: kept.0.seq,
        count: 1,
        to: moved.0,
    };
    server.decide(move |desk| aliases(desk, device, &[run]));
    event(&mut server, moved, "close", json!({"outcome": "mended"}));
    let app = app_of(server);
    let token = desk(&app).await;
    assert_eq!(answer(&app, &token, &told, 200).await["stage"], "closed");
    assert_eq!(answer(&app, &token, &kept_number, 200).await["stage"], "reported");
}

#[actix_web::test]
async fn an_erased_report_reveals_nothing_not_even_that_it_was_there() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    let phone = server.phone("w1", 1);
    let (id, number) = report(&mut server, &phone, "张三家漏水");
    let app = app_of(server);
    let token = desk(&app).await;
    assert_eq!(answer(&app, &token, &number, 200).await["closed"], false);
    post(&app, &format!("/api/v1/records/{id}/erase"), &json!({}))
        .await
        .expect(200);
    let nothing = Receipt::mint(RecordId(Dot::new(ActorId(7), 7)), 7).to_string();
    let (erased, unknown) = (
        answer(&app, &token, &number, 404).await,
        answer(&app, &token, &nothing, 404).await,
    );
    assert_eq!(erased, unknown);
}

#[actix_web::test]
async fn what_is_no_report_or_lies_elsewhere_is_not_told_of() {
    let mut server = TestServer::new();
    let mut numbers = Vec::new();
    for (kind, area) in [("visit", GRIDS[0]), ("report", FAR_GRID)] {
        let request = NewRecord {
            kind: kind.into(),
            area: area.into(),
            fields: Default::default(),
        };
        let made = server.county(move |desk, own| record::create(desk, own, &request));
        numbers.push(made.expect("created").receipt);
    }
    let app = app_of(server);
    let body = json!({"name": "town", "level": "desk", "area": "150821100"});
    let made = post(&app, "/api/v1/accounts", &body).await.expect(201);
    let town = made["token"].as_str().expect("a token");
    for number in &numbers {
        answer(&app, town, number, 404).await;
    }
    let county = send(
        &app,
        ask(Method::GET, &format!("/api/v1/receipts/{}", numbers[1])),
    )
    .await;
    assert_eq!(county.expect(200)["stage"], "reported");
}

#[actix_web::test]
async fn a_desk_can_ask_for_receipts_and_for_nothing_else() {
    let app = app_of(TestServer::new());
    let token = desk(&app).await;
    for path in [
        "status",
        "records",
        "workers",
        "pull",
        "areas",
        "accounts",
        "records/1-1",
    ] {
        let request = ask_as(&token, Method::GET, &format!("/api/v1/{path}"));
        send(&app, request).await.expect(403);
    }
    let body = json!({"kind": "report", "area": GRIDS[0]});
    let create = ask_as(&token, Method::POST, "/api/v1/records").set_json(body);
    send(&app, create).await.expect(403);
    answer(&app, "nobody's", "1", 401).await;
}

#[actix_web::test]
async fn numbers_cannot_be_found_by_trying() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    let phone = server.phone("w1", 1);
    let (id, number) = report(&mut server, &phone, "t");
    let app = app_of(server);
    let token = desk(&app).await;
    let (body, last) = number.split_at(number.len() - 1);
    let other = if last == "0" { 1 } else { 0 };
    let wrong_digit = format!("{body}{other}");
    answer(&app, &token, &wrong_digit, 400).await;
    let mut tried = 0;
    for ms in 1.. {
        let guess = Receipt::mint(id, BEGIN_MS - ms).to_string();
        if guess == number {
            continue;
        }
        tried += 1;
        if tried > BOUNDS[0].0 {
            let refused = answer(&app, &token, &guess, 429).await;
            assert_eq!(refused["type"], "urn:otor:problem:guessing");
            break;
        }
        answer(&app, &token, &guess, 404).await;
    }
    // Not even the right one is told now; another account is not concerned.
    answer(&app, &token, &number, 429).await;
    let county = ask(Method::GET, &format!("/api/v1/receipts/{number}"));
    send(&app, county).await.expect(200);
}
