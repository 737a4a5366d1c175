//! An auditor's account over HTTP: figures, ledgers and what accounts did, and nothing else.

use super::{App, app_of, ask_as, get, post, send};
use crate::test_server::{GRIDS, TestServer};
use actix_web::http::Method;
use serde_json::{Value as Json, json};

async fn auditor(app: &App, area: Option<&str>) -> String {
    let name = area.unwrap_or("all");
    let body = json!({"name": format!("audit-{name}"), "level": "auditor", "area": area});
    let made = post(app, "/api/v1/accounts", &body).await.expect(201);
    made["token"].as_str().expect("a token").to_string()
}

async fn report(app: &App, title: &str) -> String {
    let body = json!({"kind": "report", "area": GRIDS[0], "fields": {"title": title}});
    let created = post(app, "/api/v1/records", &body).await.expect(201);
    created["id"].as_str().expect("an id").to_string()
}

#[actix_web::test]
async fn an_auditor_reads_figures_ledgers_and_acts_and_nothing_else() {
    let app = app_of(TestServer::new());
    let id = report(&app, "张三家漏水").await;
    let token = auditor(&app, None).await;
    let ledger = json!({"title": "三月", "from": "2026-03-01", "to": "2026-03-31"});
    post(&app, "/api/v1/stats/ledgers", &ledger).await.expect(201);
    let may = [
        "/api/v1/stats?from=2026-03-01&to=2026-03-31",
        "/api/v1/stats/definitions",
        "/api/v1/stats/ledgers",
        "/api/v1/stats/ledgers/1",
        "/api/v1/stats/ledgers/1/compare",
        "/api/v1/acts",
        "/api/v1/areas",
        "/api/v1/words/zh-Hans",
    ];
    for path in may {
        let answer = send(&app, ask_as(&token, Method::GET, path)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert!(!answer.text().contains("张三"), "{path} tells what a record says");
    }
    let one = format!("/api/v1/records/{id}");
    let receipt = get(&app, &one).await.expect(200)["receipt"].clone();
    let number = receipt.as_str().expect("a number");
    let may_not = [
        "/api/v1/records?kind=report",
        &one,
        "/api/v1/tasks",
        "/api/v1/workers",
        "/api/v1/devices",
        "/api/v1/accounts",
        "/api/v1/quarantine",
        "/api/v1/waiting",
        "/api/v1/rules",
        "/api/v1/pull",
        &format!("/api/v1/receipts/{number}"),
    ];
    for path in may_not {
        let answer = send(&app, ask_as(&token, Method::GET, path)).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text());
    }
    let event = format!("{one}/events");
    let supply =
        json!({"name": "volunteers", "figures": [{"area": "150821", "day": "2026-03-01", "value": 1}]});
    let writes = [
        ("/api/v1/records", json!({"kind": "report", "area": GRIDS[0]})),
        (event.as_str(), json!({"event": "close"})),
        ("/api/v1/accounts", json!({"name": "x", "level": "desk"})),
        ("/api/v1/stats/ledgers", ledger),
        ("/api/v1/stats/supplied", supply),
    ];
    for (path, body) in writes {
        let answer = send(&app, ask_as(&token, Method::POST, path).set_json(&body)).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text());
    }
    let accounts = get(&app, "/api/v1/accounts").await.expect(200);
    let levels: Vec<&Json> = accounts["accounts"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|account| &account["level"])
        .collect();
    assert_eq!(levels, [&json!("county"), &json!("auditor")]);
}

#[actix_web::test]
async fn acts_tell_who_did_what_and_an_auditor_of_an_area_hears_of_its_accounts_alone() {
    let app = app_of(TestServer::new());
    let token = auditor(&app, Some("150821")).await;
    let of_all = auditor(&app, None).await;
    let body = json!({"name": "town", "level": "township", "area": "150821"});
    let town = post(&app, "/api/v1/accounts", &body).await.expect(201)["token"].clone();
    let town = town.as_str().expect("a token");
    let worker = json!({"code": "w-017", "name": "Li Hua", "areas": [GRIDS[0]]});
    post(&app, "/api/v1/workers", &worker).await.expect(200);
    post(&app, "/api/v1/devices/invite", &json!({"worker": "w-017"}))
        .await
        .expect(201);
    let id = report(&app, "pipe").await;
    let path = format!("/api/v1/records/{id}/events");
    let close = json!({"event": "close", "fields": {"outcome": "mended by Wang"}});
    send(&app, ask_as(town, Method::POST, &path).set_json(&close))
        .await
        .expect(200);
    let acts = async |token: &str| {
        let answer = send(&app, ask_as(token, Method::GET, "/api/v1/acts"))
            .await
            .expect(200);
        let acts = answer["acts"].as_array().expect("a list").clone();
        let told = acts
            .iter()
            .map(|act| (act["by"].clone(), act["act"].clone(), act["on"].clone()));
        told.collect::<Vec<_>>()
    };
    let closing = (
        json!("town"),
        json!("write_records"),
        json!([format!("{id} close")]),
    );
    assert_eq!(acts(&token).await, std::slice::from_ref(&closing));
    let all = acts(&of_all).await;
    let creation = (
        json!("county"),
        json!("write_records"),
        json!([format!("{id} create report")]),
    );
    assert!(all.contains(&creation) && all.contains(&closing), "{all:?}");
    assert!(
        all.contains(&(json!("county"), json!("put_persons"), json!(["town"]))),
        "{all:?}"
    );
    let invitation = (json!("county"), json!("invite_phone"), json!(["w-017"]));
    assert!(all.contains(&invitation), "{all:?}");
    let later = send(&app, ask_as(&of_all, Method::GET, "/api/v1/acts?after=999")).await;
    assert_eq!(later.expect(200), json!({"acts": []}));
}
