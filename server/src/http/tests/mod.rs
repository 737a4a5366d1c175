//! The administrators' API over HTTP, against a server in memory.

mod access;
mod auditor;
mod bodies;
mod clock;
mod hostile;
mod pull;
mod receipts;
mod repeats;
mod resources;
mod room;
mod seldom;
mod stats;

use super::{App, Exchanges, LongWork, Waiters, configure};
use crate::commit::thread::{Endless, start};
use crate::service::clock::{Reading, ServerClock};
use crate::test_server::{BEGIN_MS, COUNTY_TOKEN, TestServer};
use actix_web::http::{Method, StatusCode, header};
use actix_web::test::{self, TestRequest};
use actix_web::web::{Bytes, Data};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::keys::Secret;
use serde_json::Value as Json;
use std::sync::Arc;

/// An application over a server in memory with a thread that commits. The thread ends with the application.
fn app_of(server: TestServer) -> App {
    let reader = server.reader();
    let waiters = Arc::new(Waiters::default());
    let told = Arc::clone(&waiters);
    let tell = move |touched: &_| told.wake(touched);
    let (committer, _thread) =
        start(server.into_path(), || BEGIN_MS, tell, Endless).expect("a thread starts");
    let secret = Secret::new([9; 32]);
    let clock = ServerClock::watched(BEGIN_MS, || steady(0));
    let threads = (Exchanges::start().unwrap(), LongWork::start().unwrap());
    App::new(
        (committer, waiters),
        threads,
        reader,
        Catalogue::built_in(),
        secret,
        clock,
    )
}

/// What a machine's clocks show that is `off_ms` away from the time of the tests.
fn steady(off_ms: i64) -> Reading {
    Reading {
        wall_ms: BEGIN_MS + off_ms,
        steady_ms: 0,
    }
}

/// What came back.
struct Answer {
    status: StatusCode,
    headers: header::HeaderMap,
    body: Bytes,
}

impl Answer {
    fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    }

    /// The answer as JSON, if its status is the one expected.
    fn expect(&self, status: u16) -> Json {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self.json()
    }
}

/// A request by the county's account.
fn ask(method: Method, path: &str) -> TestRequest {
    ask_as(COUNTY_TOKEN, method, path)
}

/// A request with a token.
fn ask_as(token: &str, method: Method, path: &str) -> TestRequest {
    TestRequest::with_uri(path)
        .method(method)
        .insert_header((header::AUTHORIZATION, format!("Bearer {token}")))
}

async fn send(app: &App, request: TestRequest) -> Answer {
    let service = actix_web::App::new()
        .app_data(Data::new(app.clone()))
        .configure(configure);
    let service = test::init_service(service).await;
    let response = test::call_service(&service, request.to_request()).await;
    Answer {
        status: response.status(),
        headers: response.headers().clone(),
        body: test::read_body(response).await,
    }
}

async fn get(app: &App, path: &str) -> Answer {
    send(app, ask(Method::GET, path)).await
}

async fn post(app: &App, path: &str, body: &Json) -> Answer {
    send(app, ask(Method::POST, path).set_json(body)).await
}
