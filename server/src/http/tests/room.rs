//! Whether there is room for a request is decided by its head, and can be asked.

use super::{app_of, ask_as, send};
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
        let after_s: u64 = refused
            .headers
            .get(header::RETRY_AFTER)
            .unwrap()
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..60).contains(&after_s));
    }
    drop(working);
    assert_eq!(send(&app, asked()).await.status, StatusCode::NO_CONTENT);
}
