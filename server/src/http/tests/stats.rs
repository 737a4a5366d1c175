//! Statistics, ledgers and supplied figures over HTTP.

use super::{App, app_of, ask, ask_as, get, post, send};
use crate::test_server::{GRIDS, TestServer};
use actix_web::http::Method;
use otor_protocol::words::{Language, OwnWords};
use serde_json::{Value as Json, json};

const MARCH: &str = "from=2026-03-01&to=2026-03-31";

async fn report(app: &App, channel: &str) -> String {
    let body = json!({"kind": "report", "area": GRIDS[0], "fields": {"title": "pipe", "channel": channel}});
    let created = post(app, "/api/v1/records", &body).await.expect(201);
    created["id"].as_str().expect("an id").to_string()
}

async fn close(app: &App, id: &str) {
    let path = format!("/api/v1/records/{id}/events");
    post(
        app,
        &path,
        &json!({"event": "close", "fields": {"outcome": "done"}}),
    )
    .await
    .expect(200);
}

/// A figure of the whole.
fn told(answer: &Json, measure: &str) -> Json {
    let figures = answer["figures"].as_array().expect("figures");
    let found = figures
        .iter()
        .find(|figure| figure["measure"] == measure && figure["by"].is_null());
    found.unwrap_or_else(|| panic!("no {measure} in {answer}"))["value"].clone()
}

#[actix_web::test]
async fn a_report_says_what_its_figures_are_of_and_stays_as_it_was_after_its_commit() {
    let app = app_of(TestServer::new());
    let first = report(&app, "appeal").await;
    report(&app, "hotline").await;
    let path = format!("/api/v1/stats?{MARCH}&area=150821&statistics=F1,matters");
    let before = get(&app, &path).await.expect(200);
    assert_eq!(told(&before, "received"), 1);
    assert_eq!(before["from"], "2026-03-01");
    assert_eq!(before["area"], "150821");
    assert_eq!(before["history"], "0000000000000007");
    assert_eq!(before["region_version"], 3);
    let cut_off = before["cut_off"].as_u64().expect("a commit");
    close(&app, &first).await;
    let now = get(&app, &path).await.expect(200);
    assert_eq!(
        (told(&now, "closed"), told(&now, "closure_rate")),
        (json!(1), json!(100.0))
    );
    let then = get(&app, &format!("{path}&as_of={cut_off}")).await.expect(200);
    assert_eq!(then, before);
}

#[actix_web::test]
async fn a_ledger_is_published_reckoned_again_and_held_against_what_is_known_now() {
    let app = app_of(TestServer::new());
    let first = report(&app, "appeal").await;
    let body = json!({"title": "三月台账", "area": "150821", "from": "2026-03-01", "to": "2026-03-31"});
    let published = post(&app, "/api/v1/stats/ledgers", &body).await.expect(201);
    assert_eq!(published["number"], 1);
    close(&app, &first).await;
    let late = report(&app, "appeal").await;
    let shown = get(&app, "/api/v1/stats/ledgers/1").await.expect(200);
    assert_eq!(
        (&shown["same"], &shown["ledger"]["title"]),
        (&json!(true), &json!("三月台账"))
    );
    assert_eq!(told(&shown["report"], "received"), 1);
    let compared = get(&app, "/api/v1/stats/ledgers/1/compare").await.expect(200);
    let changed = compared["changed"].as_array().expect("a list");
    let received = changed
        .iter()
        .find(|one| one["statistic"] == "appeals" && one["measure"] == "received");
    assert_eq!(
        received.map(|one| (&one["published"], &one["now"])),
        Some((&json!(1), &json!(2)))
    );
    let events = compared["late"]["events"].as_array().expect("a list");
    let of = |id: &str, matter: &str| {
        let found = events
            .iter()
            .find(|one| one["record"] == id && one["matter"] == matter);
        found.map(|one| one["how"].clone())
    };
    assert_eq!(of(&late, "report"), Some(json!("late")));
    assert_eq!(of(&first, "report"), Some(json!("corrected")));
    assert_eq!(of(&first, "report_closed"), Some(json!("corrected")));
    assert_eq!(compared["late"]["late"]["report"], 1);
    let listed = get(&app, "/api/v1/stats/ledgers").await.expect(200);
    assert_eq!(listed["ledgers"][0]["published_by"], "county");
    let again = post(&app, "/api/v1/stats/ledgers", &body).await.expect(201);
    assert_eq!(again["number"], 2);
}

#[actix_web::test]
async fn an_account_sees_and_publishes_only_what_lies_in_its_area() {
    let app = app_of(TestServer::new());
    report(&app, "appeal").await;
    let account = |name: &str, level: &str, area: &str| json!({"name": name, "level": level, "area": area});
    let mut tokens = Vec::new();
    for (name, level, area) in [
        ("town", "township", "150821100"),
        ("village", "village", "150821100201"),
        ("far", "township", "150821101"),
    ] {
        let made = post(&app, "/api/v1/accounts", &account(name, level, area))
            .await
            .expect(201);
        tokens.push(made["token"].as_str().expect("a token").to_string());
    }
    let asked = |token: usize, path: String| {
        let request = ask_as(&tokens[token], Method::GET, &path);
        send(&app, request)
    };
    // Without an area it is the account's own; a larger one is cut down to it; another is refused.
    for area in ["", "&area=150821", "&area=150821100"] {
        let path = format!("/api/v1/stats?{MARCH}&statistics=matters{area}");
        let answer = asked(0, path).await.expect(200);
        assert_eq!(
            (&answer["area"], told(&answer, "received")),
            (&json!("150821100"), json!(1))
        );
    }
    asked(2, format!("/api/v1/stats?{MARCH}&area=150821100"))
        .await
        .expect(403);
    let ledger = json!({"title": "t", "from": "2026-03-01", "to": "2026-03-31"});
    let publish = |token: usize, body: Json| {
        let request = ask_as(&tokens[token], Method::POST, "/api/v1/stats/ledgers");
        send(&app, request.set_json(body))
    };
    publish(1, ledger.clone()).await.expect(403);
    publish(0, ledger).await.expect(201);
    let elsewhere = json!({"title": "t", "area": "150821101", "from": "2026-03-01", "to": "2026-03-31"});
    publish(0, elsewhere).await.expect(403);
    asked(0, "/api/v1/stats/ledgers/1".into()).await.expect(200);
    asked(2, "/api/v1/stats/ledgers/1".into()).await.expect(404);
    let listed = asked(2, "/api/v1/stats/ledgers".into()).await.expect(200);
    assert_eq!(listed["ledgers"], json!([]));
}

#[actix_web::test]
async fn supplied_figures_count_from_their_day_on() {
    let app = app_of(TestServer::new());
    let village = &GRIDS[0][..12];
    let body =
        json!({"name": "flagged_community", "figures": [{"area": village, "day": "2026-03-10", "value": 1}]});
    post(&app, "/api/v1/stats/supplied", &body).await.expect(200);
    for (to, flagged) in [("2026-03-09", 0), ("2026-03-10", 1)] {
        let path = format!("/api/v1/stats?from=2026-03-01&to={to}&statistics=F10");
        let answer = get(&app, &path).await.expect(200);
        assert_eq!(told(&answer, "flagged"), flagged, "{to}");
        assert_eq!(told(&answer, "communities"), 2);
    }
    for (name, figure) in [
        (
            "Bad Name",
            json!({"area": village, "day": "2026-03-10", "value": 1}),
        ),
        ("x", json!({"area": village, "day": "2026-03-10", "value": -1})),
        ("x", json!({"area": "150822", "day": "2026-03-10", "value": 1})),
        ("x", json!({"area": village, "day": "someday", "value": 1})),
    ] {
        let body = json!({"name": name, "figures": [figure]});
        post(&app, "/api/v1/stats/supplied", &body).await.expect(400);
    }
}

#[actix_web::test]
async fn csv_has_a_line_a_figure_with_all_that_it_is_of() {
    let app = app_of(TestServer::new());
    report(&app, "appeal").await;
    let path = format!("/api/v1/stats?{MARCH}&area={}&statistics=F1&format=csv", GRIDS[0]);
    let answer = get(&app, &path).await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let text = answer.text();
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert!(lines[0].starts_with("statistic,by,group,measure,value,unit,at_least,part,whole,from,to,area"));
    assert!(lines[1].starts_with("appeals,,,received,1,count,,,,2026-03-01,2026-03-31,\t150821100201001,"));
    assert!(
        lines[5].starts_with("appeals,,,closure_rate,0.0,percent,,0,1,"),
        "{}",
        lines[5]
    );
}

#[actix_web::test]
async fn what_makes_no_sense_is_told_in_a_sentence() {
    let app = app_of(TestServer::new());
    for (query, says) in [
        (
            "from=2026-03-01&to=2026-02-01",
            "the period ends before it begins",
        ),
        ("from=2026-03-01&to=soon", "is not a day such as"),
        ("from=1970-01-01&to=2026-01-01", "a period has at most"),
        (
            "from=2026-03-01&to=2026-03-02&as_of=999",
            "commit 999 has not come yet",
        ),
        (
            "from=2026-03-01&to=2026-03-02&statistics=F99",
            "there is no statistic",
        ),
        ("from=2026-03-01&to=2026-03-02&area=1", "is not an area code"),
    ] {
        let answer = get(&app, &format!("/api/v1/stats?{query}")).await.expect(400);
        let detail = answer["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(says), "{query}: {detail}");
    }
    get(&app, "/api/v1/stats/ledgers/7").await.expect(404);
    let elsewhere = format!("/api/v1/stats?{MARCH}&area=150899");
    assert_eq!(
        get(&app, &elsewhere).await.expect(404)["detail"],
        "there is no area 150899"
    );
    let defined = get(&app, "/api/v1/stats/definitions").await.expect(200);
    assert_eq!(defined["statistics"].as_array().map(Vec::len), Some(24));
    let request = ask(Method::DELETE, "/api/v1/stats");
    send(&app, request).await.expect(405);
}

#[actix_web::test]
async fn a_deployment_s_own_codes_have_its_own_words_in_exports() {
    let mut own = OwnWords::default();
    own.add(Language::Chinese, "code-category-flue = 烟道改装\n")
        .expect("words");
    let app = app_of(TestServer::new()).speaking(own);
    let body = json!({"kind": "report", "area": GRIDS[0], "fields": {"title": "pipe", "category": "flue"}});
    post(&app, "/api/v1/records", &body).await.expect(201);
    let path = format!("/api/v1/stats?{MARCH}&statistics=closure&format=csv&lang=zh-Hans");
    let csv = get(&app, &path).await.text();
    assert!(csv.contains("烟道改装"), "{csv}");
    let words = get(&app, "/api/v1/words/zh-Hans").await.expect(200);
    assert_eq!(words["words"]["code-category-flue"], "烟道改装");
}
