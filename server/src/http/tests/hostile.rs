//! The phones' resources under hostile bytes: each request is refused as the client's mistake, nothing is written,
//! and the next good request finds everything as it was.

use super::{app_of, ask_as, get, send};
use crate::test_server::TestServer;
use actix_web::http::Method;
use actix_web::web::Bytes;
use otor_protocol::wire::{FrameType, Hello, write_frame};
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
