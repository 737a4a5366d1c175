//! Whether there is room for a request is decided by its head, and can be asked.

use super::{app_of, ask_as, send};
use crate::http::room::{PLACE, WAIT_MS};
use crate::test_server::TestServer;
use actix_web::http::{Method, StatusCode, header};

#[actix_web::test]
async fn a_phone_that_asks_is_told_whether_there_is_room() {
    let app = app_of(TestServer::new());
    let asked = || ask_as("", Method::GET, "/v1/sync");
    assert_eq!(send(&app, asked()).await.status, StatusCode::NO_CONTENT);
    let working: Vec<_> = (0..1_000).map(|_| app.admission.work()).collect();
    for request in [
        asked(),
        ask_as("", Method::POST, "/v1/sync").set_payload("whatever"),
    ] {
        let refused = send(&app, request).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
        let number = |name: &str| -> u64 { refused.header(name).parse().unwrap() };
        let (after_s, wait_ms) = (number(header::RETRY_AFTER.as_str()), number(WAIT_MS));
        assert!((1..60).contains(&after_s));
        assert!(wait_ms <= after_s * 1_000 && wait_ms > (after_s - 1) * 1_000);
    }
    drop(working);
    assert_eq!(send(&app, asked()).await.status, StatusCode::NO_CONTENT);
}

#[actix_web::test]
async fn a_place_that_is_kept_lets_the_request_in_where_others_find_no_room() {
    let app = app_of(TestServer::new());
    let crowd = || (0..1_000).map(|_| app.admission.work()).collect::<Vec<_>>();
    let working = crowd();
    let asks = |place: &str| ask_as("", Method::GET, "/v1/sync").insert_header((PLACE, place));
    let refused = send(&app, asks("")).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    let place = refused.header(PLACE).to_owned();
    drop(working);
    let told = send(&app, asks(&place)).await;
    assert_eq!(
        (told.status, told.header(PLACE)),
        (StatusCode::NO_CONTENT, place.as_str())
    );
    let _working = crowd();
    let brings = |place: &str| {
        ask_as("", Method::POST, "/v1/sync")
            .insert_header((PLACE, place))
            .set_payload("whatever")
    };
    let made_up = send(&app, brings("made-up")).await;
    assert_eq!(made_up.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        !made_up.header(PLACE).is_empty(),
        "it is given a place of its own"
    );
    // Let in, and found not to be a phone's.
    assert_eq!(send(&app, brings(&place)).await.status, StatusCode::BAD_REQUEST);
    let again = send(&app, brings(&place)).await;
    assert_eq!(again.status, StatusCode::SERVICE_UNAVAILABLE, "once");
}
