//! The ordinary course of each resource.

use super::{app_of, ask, get, post, send};
use crate::decide::admin::met::Sighting;
use crate::test_server::{BEGIN_MS, FAR_GRID, GRIDS, TestServer};
use actix_web::http::Method;
use otor_protocol::ids::DeviceId;
use serde_json::json;

#[actix_web::test]
async fn imports_answer_row_by_row() {
    let app = app_of(TestServer::new());
    let file = "\u{feff}code,name,level\r\n150822,磴口县,county\r\n15,x,county\r\n";
    let request = ask(Method::POST, "/api/v1/areas/import").set_payload(file);
    let answer = send(&app, request).await.expect(200);
    assert_eq!(
        (&answer["imported"], &answer["errors"][0]["row"]),
        (&json!(1), &json!(3))
    );
    let file = format!("code,name,areas\nw1,李,{};{}\nw2,王,999\n", GRIDS[0], GRIDS[1]);
    let request = ask(Method::POST, "/api/v1/workers/import").set_payload(file.clone());
    let answer = send(&app, request).await.expect(200);
    assert_eq!(
        (&answer["imported"], &answer["errors"][0]["row"]),
        (&json!(1), &json!(3))
    );
    let request = ask(Method::POST, "/api/v1/workers/import").set_payload(file);
    assert_eq!(send(&app, request).await.expect(200)["unchanged"], 1);
    let workers = get(&app, "/api/v1/workers").await.expect(200);
    let number = &workers["workers"][0]["number"];
    assert_eq!(
        workers,
        json!({"workers": [{"number": number, "code": "w1", "name": "李", "areas": GRIDS}]})
    );
    let accounts = get(&app, "/api/v1/accounts").await.expect(200);
    let own = &accounts["accounts"][0]["number"];
    assert!(number.is_u64() && own.is_u64() && number != own, "{number} {own}");
}

#[actix_web::test]
async fn a_workers_phones_are_invited_listed_and_revoked() {
    let mut server = TestServer::new();
    server.worker("w1", &GRIDS);
    let phone = server.phone("w1", 1);
    let app = app_of(server);
    let sighting = Sighting {
        met_ms: BEGIN_MS,
        written: vec![(phone.actors[2], 7)],
    };
    app.presence.note(phone.device, sighting);
    let invited = post(&app, "/api/v1/devices/invite", &json!({"worker": "w1"}))
        .await
        .expect(201);
    assert_eq!(invited["expires_at"], "2026-03-03T00:00:00.000Z");
    assert_eq!(invited["server"], json!(app.identity.public().fingerprint()));
    let DeviceId(id) = phone.device;
    let listed = get(&app, "/api/v1/devices").await.expect(200);
    let entry = &listed["devices"][0];
    assert_eq!((&entry["id"], &entry["worker"]), (&json!(id), &json!("w1")));
    assert_eq!(entry["last_seen"], "2026-03-02T00:00:00.000Z");
    assert_eq!(entry["unsent"], 7);
    assert_eq!(
        entry["actors"][2],
        json!({"actor": phone.actors[2].0, "lane": 2, "acked": 0})
    );
    let revoked = send(&app, ask(Method::POST, &format!("/api/v1/devices/{id}/revoke"))).await;
    revoked.expect(200);
    let listed = get(&app, "/api/v1/devices").await.expect(200);
    assert_eq!(listed["devices"][0]["revoked_at"], "2026-03-02T00:00:00.000Z");
    assert_eq!(get(&app, "/api/v1/status").await.expect(200)["devices"], 0);
}

#[actix_web::test]
async fn a_move_tells_beforehand_and_afterwards_which_phones_may_hold_unsent_work() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    let (met, silent) = (server.phone("w1", 1), server.phone("w1", 2));
    let app = app_of(server);
    for area in [GRIDS[0], GRIDS[0], FAR_GRID] {
        let body = json!({"kind": "visit", "area": area, "fields": {}});
        post(&app, "/api/v1/records", &body).await.expect(201);
    }
    let sighting = Sighting {
        met_ms: BEGIN_MS,
        written: vec![(met.actors[0], 2), (met.actors[2], 3)],
    };
    app.presence.note(met.device, sighting);
    let path = "/api/v1/workers/w1/areas";
    let request = |path: &str| ask(Method::PUT, path).set_json(json!({"areas": [FAR_GRID]}));
    let asked = send(&app, request(&format!("{path}?dry_run=true")))
        .await
        .expect(200);
    let workers = get(&app, "/api/v1/workers").await.expect(200);
    assert_eq!(workers["workers"][0]["areas"], json!([GRIDS[0]]));
    let mut moved = send(&app, request(path)).await.expect(200);
    assert!(moved["commit"].is_u64());
    moved.as_object_mut().expect("an object").remove("commit");
    assert_eq!(asked, moved);
    assert_eq!(
        asked,
        json!({"areas": [FAR_GRID], "leaving": 2, "entering": 1, "phones": [
            {"device": met.device.0, "worker": "w1", "unsent": 5, "last_met": "2026-03-02T00:00:00.000Z"},
            {"device": silent.device.0, "worker": "w1", "unknown_since": "2026-03-02T00:00:00.000Z"},
        ]})
    );
}

#[actix_web::test]
async fn a_grid_is_split_and_the_list_names_its_successors() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    let app = app_of(server);
    let (one, other) = ("150821100201013", "150821100201014");
    let into = json!({"into": [{"code": one, "name": "12a"}, {"code": other, "name": "12b"}]});
    let path = format!("/api/v1/areas/{}/split", GRIDS[0]);
    let asked = post(&app, &format!("{path}?dry_run=true"), &into)
        .await
        .expect(200);
    assert_eq!(
        (&asked["commit"], &asked["added"]),
        (&json!(null), &json!([one, other]))
    );
    let split = post(&app, &path, &into).await.expect(200);
    assert_eq!(
        split["workers"],
        json!([{"code": "w1", "areas": [GRIDS[0], one, other]}])
    );
    post(&app, &path, &into).await.expect(409);
    let listed = get(&app, &format!("/api/v1/areas?under={}", GRIDS[0]))
        .await
        .expect(200);
    let entry = &listed["areas"][0];
    assert_eq!(
        (&entry["ended"], &entry["successors"]),
        (&json!("split"), &json!([one, other]))
    );
    assert_eq!(entry["until"], "2026-03-02T00:00:00.000Z");
    let merge = json!({"areas": [one, other], "into": {"code": "150821100201015", "name": "12"}});
    post(&app, "/api/v1/areas/merge", &merge).await.expect(200);
    let to = json!({"code": "150821101001012"});
    let moved = post(&app, "/api/v1/areas/150821100201015/move", &to)
        .await
        .expect(200);
    assert_eq!(moved["retired"], json!(["150821100201015"]));
    let gone = send(&app, ask(Method::POST, "/api/v1/areas/150821101001012/retire")).await;
    assert_eq!(gone.expect(200)["added"], json!([]));
}

#[actix_web::test]
async fn a_task_lives_from_creation_to_cancellation() {
    let mut server = TestServer::new();
    server.worker("w1", &GRIDS);
    server.worker("w2", &GRIDS);
    let app = app_of(server);
    let body = json!({"title": "check", "area": GRIDS[0], "assignee": "w1"});
    let made = post(&app, "/api/v1/tasks", &body).await.expect(201);
    let path = format!("/api/v1/tasks/{}", made["id"].as_str().expect("an id"));
    post(&app, &format!("{path}/assign"), &json!({"to": "w2"}))
        .await
        .expect(200);
    let listed = get(&app, "/api/v1/tasks?limit=5").await.expect(200);
    let fields = &listed["records"][0]["fields"];
    assert_eq!((&fields["assignee"], &fields["round"]), (&json!("w2"), &json!(2)));
    post(&app, &format!("{path}/cancel"), &json!({"reason": "weather"}))
        .await
        .expect(400);
    post(&app, &format!("{path}/cancel"), &json!({"reason": "safety"}))
        .await
        .expect(200);
    let listed = get(&app, "/api/v1/tasks").await.expect(200);
    assert_eq!(listed["records"][0]["fields"]["status"], "cancelled");
}

#[actix_web::test]
async fn records_are_listed_page_by_page() {
    let app = app_of(TestServer::new());
    for number in 0..7 {
        let area = if number % 2 == 0 { GRIDS[0] } else { FAR_GRID };
        let body = json!({"kind": "visit", "area": area, "fields": {"category": number.to_string()}});
        post(&app, "/api/v1/records", &body).await.expect(201);
    }
    let mut seen = Vec::new();
    let mut path = format!("/api/v1/records?area={}&limit=3", GRIDS[0]);
    loop {
        let page = get(&app, &path).await.expect(200);
        let rows = page["records"].as_array().expect("rows");
        assert!(rows.len() <= 3);
        seen.extend(rows.iter().map(|row| row["fields"]["category"].clone()));
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/records?area={}&limit=3&after={next}", GRIDS[0]),
            None => break,
        }
    }
    assert_eq!(json!(seen), json!(["0", "2", "4", "6"]));
}

#[actix_web::test]
async fn a_record_is_relocated_closed_and_erased() {
    let app = app_of(TestServer::new());
    let body = json!({"kind": "report", "area": GRIDS[0], "fields": {"title": "t", "category": "water"}});
    let made = post(&app, "/api/v1/records", &body).await.expect(201);
    let path = format!("/api/v1/records/{}", made["id"].as_str().expect("an id"));
    post(&app, &format!("{path}/relocate"), &json!({"area": GRIDS[1]}))
        .await
        .expect(200);
    let close = json!({"event": "close", "fields": {"outcome": "mended"}});
    post(&app, &format!("{path}/events"), &close).await.expect(200);
    post(&app, &format!("{path}/erase"), &json!({})).await.expect(200);
    let row = get(&app, &path).await.expect(200);
    assert_eq!(
        (&row["area"], &row["state"]),
        (&json!(GRIDS[1]), &json!("erased"))
    );
    assert_eq!(
        (&row["fields"]["status"], &row["fields"]["title"]),
        (&json!("closed"), &json!(null))
    );
    assert_eq!(row["received_at"], "2026-03-02T00:00:00.000Z");
}
