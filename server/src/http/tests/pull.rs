//! The pull as it is streamed.

use super::{app_of, ask, get, post, send};
use crate::test_server::{FAR_GRID, GRIDS, TestServer};
use actix_web::http::Method;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value as Json, json};

fn rows(text: &str) -> Vec<Json> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a row"))
        .collect()
}

#[actix_web::test]
async fn a_pull_begins_where_the_last_one_ended() {
    let app = app_of(TestServer::new());
    let mut ids = Vec::new();
    for _ in 0..350 {
        let body = json!({"kind": "visit", "area": GRIDS[0]});
        let made = post(&app, "/api/v1/records", &body).await.expect(201);
        ids.push(made["id"].as_str().expect("an id").to_string());
    }
    let first = get(&app, "/api/v1/pull").await;
    assert_eq!(first.header("content-type"), "application/x-ndjson");
    assert_eq!(rows(&first.text()).len(), 350, "more than a page");
    let cursor = first.header("otor-next-cursor").to_string();
    let path = format!("/api/v1/records/{}/relocate", ids[7]);
    post(&app, &path, &json!({"area": FAR_GRID})).await.expect(200);
    let second = get(&app, &format!("/api/v1/pull?cursor={cursor}")).await;
    let second = rows(&second.text());
    assert_eq!(second.len(), 1);
    assert_eq!(
        (&second[0]["id"], &second[0]["state"]),
        (&json!(ids[7]), &json!("live"))
    );
    let area = get(&app, &format!("/api/v1/pull?area={}", GRIDS[0])).await;
    assert_eq!(rows(&area.text()).len(), 349);
}

#[actix_web::test]
async fn a_cursor_of_another_history_is_a_conflict() {
    let app = app_of(TestServer::new());
    let cursor = get(&app, "/api/v1/pull")
        .await
        .header("otor-next-cursor")
        .to_string();
    let mut bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).expect("a cursor");
    bytes[1] ^= 1;
    let other = BASE64URL_NOPAD.encode(&bytes);
    let answer = get(&app, &format!("/api/v1/pull?cursor={other}"))
        .await
        .expect(409);
    assert_eq!(answer["type"], "urn:otor:problem:stale-cursor");
    get(&app, "/api/v1/pull?cursor=rubbish").await.expect(400);
    let filtered = get(&app, &format!("/api/v1/pull?kind=visit&cursor={cursor}")).await;
    filtered.expect(400);
}

#[actix_web::test]
async fn a_csv_file_survives_a_spreadsheet() {
    let app = app_of(TestServer::new());
    let fields = json!({"code": "150821100201001", "place": "=HYPERLINK(1)", "notes": ["a", "b"]});
    let body = json!({"kind": "household", "area": GRIDS[0], "fields": fields});
    post(&app, "/api/v1/records", &body).await.expect(201);
    let answer = send(&app, ask(Method::GET, "/api/v1/pull?kind=household&format=csv")).await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let text = answer.text();
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let record = reader.records().next().expect("a row").expect("well formed");
    let cell = |name: &str| {
        let place = header.iter().position(|column| column == name);
        record[place.expect("the column is there")].to_string()
    };
    assert_eq!(cell("area"), format!("\t{}", GRIDS[0]));
    assert_eq!(cell("code"), "\t150821100201001");
    assert_eq!(cell("place"), "'=HYPERLINK(1)");
    assert_eq!(cell("notes"), "a; b");
    assert_eq!(cell("state"), "live");
}

#[actix_web::test]
async fn a_pull_is_told_in_words_where_a_language_is_asked_for_and_else_by_stable_names() {
    let app = app_of(TestServer::new());
    let body =
        json!({"kind": "report", "area": GRIDS[0], "fields": {"title": "closed", "service_mode": "proxy"}});
    post(&app, "/api/v1/records", &body).await.expect(201);
    let plain = rows(&get(&app, "/api/v1/pull").await.text()).remove(0);
    let told = rows(&get(&app, "/api/v1/pull?lang=zh-CN").await.text()).remove(0);
    assert_eq!(
        (&plain["kind"], &plain["state"]),
        (&json!("report"), &json!("live"))
    );
    assert_eq!(
        (&told["kind"], &told["state"]),
        (&json!("上报事项"), &json!("有效"))
    );
    assert_eq!(told["id"], plain["id"], "the frame of a row keeps its names");
    assert_eq!(plain["fields"]["status"], "reported");
    assert_eq!(told["fields"]["状态"], "已上报");
    assert_eq!(told["fields"]["服务方式"], "代办");
    assert_eq!(told["fields"]["标题"], "closed", "what somebody wrote stays");
    let csv = get(&app, "/api/v1/pull?kind=report&format=csv&lang=mn-Cyrl")
        .await
        .text();
    assert!(csv.starts_with("\u{feff}дугаар,баримтын дугаар,төрөл,"), "{csv}");
    assert!(csv.contains(",мэдэгдэл,") && csv.contains(",мэдэгдсэн,"), "{csv}");
    assert!(!csv.contains(['\u{2068}', '\u{2069}']), "{csv}");
    let stable = get(&app, "/api/v1/pull?kind=report&format=csv").await.text();
    assert!(stable.starts_with("\u{feff}id,receipt,kind,"), "{stable}");
    get(&app, "/api/v1/pull?lang=tlh").await.expect(400);
}

#[actix_web::test]
async fn words_are_served_for_whoever_shows_records_in_another_way() {
    let app = app_of(TestServer::new());
    let known = get(&app, "/api/v1/words").await.expect(200);
    assert_eq!(known["languages"][0]["lang"], "zh-Hans");
    assert_eq!(
        known["languages"][3],
        json!({"lang": "mn-Mong", "name": "ᠮᠣᠩᠭᠣᠯ", "draft": true})
    );
    let words = get(&app, "/api/v1/words/zh").await.expect(200);
    assert_eq!(
        (&words["lang"], &words["draft"]),
        (&json!("zh-Hans"), &json!(false))
    );
    assert_eq!(words["words"]["status-closed"], "已结案");
    assert_eq!(words["words"]["field-lead.whistle"], "牵头部门");
    get(&app, "/api/v1/words/tlh").await.expect(400);
}
