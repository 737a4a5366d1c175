//! The phones' resources under hostile bytes: each request is refused as the client's mistake, nothing is written,
//! and the next good request finds everything as it was.

use super::{app_of, ask_as, get, send};
use crate::test_server::{GRIDS, INCARNATION, TestServer};
use actix_web::http::Method;
use actix_web::web::Bytes;
use otor_protocol::keys::{DeviceKey, Secret};
use otor_protocol::wire::{self, FrameType, Hello, PROTOCOL_VERSION, write_frame};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// Requests that are tried, unless `OTOR_FUZZ_REQUESTS` says how many.
const REQUESTS: usize = 600;

const TYPES: [FrameType; 6] = [
    FrameType::Hello,
    FrameType::HelloAlone,
    FrameType::Ops,
    FrameType::Refill,
    FrameType::EnrolRequest,
    FrameType::End,
];

/// Pieces of MessagePack that are well made, so that some get far.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => prop::collection::vec(any::<u8>(), 0..60),
        2 => (0u8..16, 0u8..16).prop_map(|(count, value)| [vec![0x90 | count], vec![value; usize::from(count)]].concat()),
        1 => Just(vec![0xdd, 0xff, 0xff, 0xff, 0xff]),
        1 => Just(vec![0x91; 3_000]),
        1 => Just([vec![0xc4, 32], vec![7; 32]].concat()),
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let frame = (0..TYPES.len(), prop::collection::vec(piece(), 0..6));
    let frames = prop::collection::vec(frame, 1..4).prop_map(|frames| {
        let mut out = Vec::new();
        for (which, pieces) in frames {
            write_frame(&mut out, TYPES[which], &pieces.concat());
        }
        out
    });
    prop_oneof![4 => frames, 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

#[actix_web::test]
async fn hostile_requests_are_refused_and_change_nothing() {
    let given = std::env::var("OTOR_FUZZ_REQUESTS")
        .ok()
        .and_then(|text| text.parse().ok());
    let app = app_of(TestServer::new());
    let before = get(&app, "/api/v1/status").await.json();
    let mut runner = TestRunner::deterministic();
    for number in 0..given.unwrap_or(REQUESTS) {
        let bytes = body().new_tree(&mut runner).expect("bytes").current();
        let path = if number % 3 == 0 { "/v1/enrol" } else { "/v1/sync" };
        let request = ask_as("", Method::POST, path).set_payload(Bytes::from(bytes.clone()));
        let answer = send(&app, request).await;
        assert!(
            answer.status.is_client_error(),
            "{path} answers {} to {bytes:02x?}",
            answer.status
        );
    }
    assert_eq!(get(&app, "/api/v1/status").await.json(), before);
}

/// A request that is a hello alone, with its code by this key.
fn request(hello: &Hello, key: &DeviceKey) -> Bytes {
    let mut payload = wire::encode(hello);
    let mac = key.hello_mac(&payload);
    payload.extend_from_slice(&mac);
    let mut bytes = Vec::new();
    write_frame(&mut bytes, FrameType::HelloAlone, &payload);
    bytes.into()
}

#[actix_web::test]
async fn a_hello_that_is_not_its_phones_takes_no_attempt_from_it() {
    let mut server = TestServer::new();
    server.worker("w-1", &[GRIDS[0]]);
    let phone = server.phone("w-1", 5);
    let app = app_of(server);
    let key_of = |secret| {
        let keys = Secret::new([secret; 32]).public();
        app.identity.device_key(&keys, &keys)
    };
    let hello = Hello {
        protocol: PROTOCOL_VERSION,
        catalogue: 1,
        packing: 0,
        dictionary: 0,
        device: phone.device,
        nonce: 1,
        confirmed: 0,
        anchor: None,
        recent: Vec::new(),
        incarnation: INCARNATION,
        first_actor: phone.actors[0],
        lanes: Default::default(),
        point: 0,
        feeds: Vec::new(),
        boot: 1,
        uptime_ms: 0,
        reply_budget_bytes: 0,
        wait_ms: 0,
        frame_aim: 0,
        requests: Vec::new(),
        signature: None,
    };
    let signed_by_another = Hello {
        signature: Some(Secret::new([6; 32]).sign(&hello.signed_bytes()).to_vec().into()),
        ..hello.clone()
    };
    let post = |bytes| send(&app, ask_as("", Method::POST, "/v1/sync").set_payload(bytes));
    for forged in [
        request(&hello, &key_of(6)),
        request(&signed_by_another, &key_of(5)),
    ] {
        assert!(post(forged).await.status.is_client_error());
        assert!(!app.attempts.has_met(hello.first_actor));
    }
    assert!(post(request(&hello, &key_of(5))).await.status.is_success());
    assert!(app.attempts.has_met(hello.first_actor));
}

#[actix_web::test]
async fn a_request_of_megabytes_is_given_up_at_its_first_frame() {
    let app = app_of(TestServer::new());
    for bytes in [vec![0x91; 8 << 20], vec![1; 8 << 20], vec![0; 8 << 20]] {
        for path in ["/v1/sync", "/v1/enrol"] {
            let request = ask_as("", Method::POST, path).set_payload(Bytes::from(bytes.clone()));
            let answer = send(&app, request).await;
            assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        }
    }
    assert!(otor_protocol::wire::decode::<Hello>(&[0x91; 4_000]).is_err());
}
