//! Tests of exchanges over HTTP: what is sent, what is counted, how endings are told apart, and trying again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use otor_protocol::keys::Secret;
use otor_protocol::sync::pace::ContactEnd;
use otor_protocol::wire::{self, FrameReader, FrameType, Refusal, write_frame};

use crate::device::fixture;
use crate::link::Cut;
use crate::transport::http::{SYNC_PATH, reply_len, request_head};
use crate::transport::test_server::{
    TestServer, all_acknowledged, good_reply, nothing_new, phone_with_visits, refused,
};
use crate::transport::*;

fn cut_after(bytes: u64) -> AttemptOptions {
    AttemptOptions {
        severing: Severing::At(Cut::AfterBytes(bytes)),
        ..AttemptOptions::default()
    }
}

/// The types of the frames in a body.
fn frame_types(body: &[u8]) -> Vec<FrameType> {
    let mut reader = FrameReader::default();
    reader.push(body);
    std::iter::from_fn(|| reader.next_frame().expect("frames"))
        .map(|frame| frame.frame_type)
        .collect()
}

#[tokio::test]
async fn request_and_reply_are_counted_as_the_pure_function_counts_them() {
    let (phone, twin) = phone_with_visits(3);
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&bodies);
    let server = TestServer::start(move |request| {
        let body = all_acknowledged(&twin, request);
        noted.lock().unwrap().push((request.to_vec(), body.len()));
        good_reply(&body)
    })
    .await;
    let route = server.route("lte_ok", 1, 2_000.0);
    let attempt = sync_once(&phone, &route, AttemptOptions::default())
        .await
        .unwrap();
    assert_eq!(attempt.ending, Ending::Complete);
    assert_eq!(attempt.report.welcome.unwrap().acked, 3);
    let (request, reply_body_len) = bodies.lock().unwrap()[0].clone();
    let head = request_head(route.target.authority(), SYNC_PATH, request.len());
    let received = server.received_on(0);
    assert_eq!(String::from_utf8_lossy(&received[..head.len()]), head);
    assert_eq!(received[head.len()..], request);
    let statistics = phone.lock().unwrap().statistics;
    assert_eq!(statistics.bytes_up, received.len() as u64);
    assert_eq!(statistics.bytes_down, reply_len(&[reply_body_len]));
    assert_eq!(
        (statistics.syncs, statistics.round_trips, statistics.connections),
        (1, 1, 1)
    );
    assert_eq!(statistics.bytes_resent, 0);
    // A handshake and a request: two round trips of 70 ± 20 ms, if nothing was lost.
    assert!(statistics.virtual_ms >= 100, "{}", statistics.virtual_ms);
    assert_eq!(phone.lock().unwrap().unsent(), Some(0));
}

#[tokio::test]
async fn cut_in_the_upload_lets_the_complete_frames_before_it_through() {
    let (phone, twin) = phone_with_visits(100);
    // Its contacts were short of late: it sends small frames.
    for _ in 0..3 {
        let mut phone = phone.lock().unwrap();
        let replica = phone.replica_mut().unwrap();
        replica.note_contact(2_000, ContactEnd::Cut).unwrap();
    }
    let server = TestServer::start(move |request| good_reply(&nothing_new(&twin, request))).await;
    let route = server.route("ideal", 1, 1_000.0);
    let attempt = sync_once(&phone, &route, cut_after(1_000)).await.unwrap();
    assert_eq!((attempt.ending, attempt.crossing.bytes_up), (Ending::Cut, 1_000));
    // The next attempt comes after the server has seen the end of the first.
    exchange(&phone, &route, AttemptOptions::default()).await.unwrap();
    let received = server.received_on(0);
    assert_eq!(received.len(), 1_000);
    let body = &received[received
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .unwrap()
        + 4..];
    assert_eq!(
        frame_types(body)[..3],
        [FrameType::Hello, FrameType::Ops, FrameType::Ops]
    );
}

#[tokio::test]
async fn lost_reply_is_cut_with_the_request_delivered() {
    let (phone, twin) = phone_with_visits(1);
    let server = TestServer::start(move |request| good_reply(&all_acknowledged(&twin, request))).await;
    let route = server.route("ideal", 1, 1_000.0);
    let options = AttemptOptions {
        severing: Severing::BeforeReply,
        ..AttemptOptions::default()
    };
    let attempt = sync_once(&phone, &route, options).await.unwrap();
    assert_eq!((attempt.ending, attempt.crossing.bytes_down), (Ending::Cut, 0));
    assert_eq!(attempt.crossing.bytes_up, server.received_on(0).len() as u64);
    assert_eq!(phone.lock().unwrap().unsent(), Some(1));
}

#[tokio::test]
async fn trying_until_done_survives_a_cut_and_ends_with_an_exchange_that_brings_nothing() {
    let (phone, twin) = phone_with_visits(2);
    let server = TestServer::start(move |request| good_reply(&all_acknowledged(&twin, request))).await;
    let route = server.route("lte_ok", 1, 5_000.0);
    let outcome = run_until_done(&phone, &route, cut_after(300), None)
        .await
        .unwrap();
    assert_eq!(
        outcome,
        Outcome {
            done: true,
            attempts: 3,
            last: Ending::Complete
        }
    );
    let phone = phone.lock().unwrap();
    assert_eq!(phone.unsent(), Some(0));
    assert_eq!((phone.statistics.syncs, phone.statistics.round_trips), (1, 3));
}

#[tokio::test]
async fn trying_ends_at_the_deadline_without_a_link() {
    let (phone, twin) = phone_with_visits(1);
    let server = TestServer::start(move |request| good_reply(&nothing_new(&twin, request))).await;
    let mut route = server.route("down", 1, 1.0);
    // A second passes whenever somebody looks at the clock, however long that takes.
    let now_us = AtomicU64::new(0);
    let passing = move || now_us.fetch_add(1_000_000, Ordering::Relaxed);
    route.pace = Pace::new(Arc::new(passing), Arc::new(|| 0), 1e9);
    let outcome = run_until_done(&phone, &route, AttemptOptions::default(), Some(600_000_000))
        .await
        .unwrap();
    assert_eq!((outcome.done, outcome.last), (false, Ending::NoConnection));
    assert!(outcome.attempts > 3, "{}", outcome.attempts);
    let phone = phone.lock().unwrap();
    assert_eq!((phone.statistics.connections, phone.statistics.bytes_up), (0, 0));
    assert_eq!(phone.unsent(), Some(1));
}

#[tokio::test]
async fn server_that_asks_to_wait_is_tried_again_after_that() {
    let (phone, twin) = phone_with_visits(1);
    let mut asked = 0;
    let server = TestServer::start(move |request| {
        asked += 1;
        if asked == 1 {
            b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 90\r\notor-place: W7\r\ncontent-length: 4\r\n\r\nbusy".to_vec()
        } else {
            good_reply(&all_acknowledged(&twin, request))
        }
    })
    .await;
    let route = server.route("ideal", 1, 2_000.0);
    let began_us = route.pace.now_us();
    let outcome = run_until_done(&phone, &route, AttemptOptions::default(), None)
        .await
        .unwrap();
    assert!(outcome.done);
    assert!(route.pace.now_us() - began_us >= 90_000_000);
    // Once it was refused, it brings nothing before it is told that there is room.
    assert!(server.received_on(0).starts_with(b"POST "));
    let asked = server.received_on(1);
    assert!(asked.starts_with(b"GET /v1/sync "));
    let brought = b"otor-place: W7\r\n";
    assert!(asked.windows(brought.len()).any(|bytes| bytes == brought));
}

#[tokio::test]
async fn answers_that_are_final_end_the_trying() {
    let unknown = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 4\r\n\r\nnope".to_vec();
    let status = Ending::Status {
        code: 401,
        retry_after_ms: None,
        place: None,
        explanation: "nope".to_owned(),
    };
    let other_protocol = Refusal::Protocol(2);
    // A server that does not know the phone may have been restored: it is shown the certificate, once.
    for (refusal, ending, attempts) in [
        (Some(other_protocol.clone()), Ending::Refused(other_protocol), 1),
        (None, status, 2),
    ] {
        let (phone, twin) = phone_with_visits(1);
        let unknown = unknown.clone();
        let server = TestServer::start(move |request| match refusal.clone() {
            Some(refusal) => good_reply(&refused(&twin, request, refusal)),
            None => unknown.clone(),
        })
        .await;
        let route = server.route("ideal", 1, 1_000.0);
        let outcome = run_until_done(&phone, &route, AttemptOptions::default(), None)
            .await
            .unwrap();
        assert_eq!(
            outcome,
            Outcome {
                done: false,
                attempts,
                last: ending
            }
        );
        assert_eq!(phone.lock().unwrap().unsent(), Some(1));
    }
}

#[tokio::test]
async fn server_that_is_not_there_is_told_from_a_link_that_is_not() {
    let (phone, _) = phone_with_visits(1);
    let server = TestServer::start(|_| Vec::new()).await;
    let route = server.route("ideal", 1, 1_000.0);
    let attempt = exchange(&phone, &route, AttemptOptions::default()).await.unwrap();
    assert_eq!(attempt.ending, Ending::Cut, "it hangs up unanswered");
    server.stop().await;
    let attempt = exchange(&phone, &route, AttemptOptions::default()).await.unwrap();
    assert_eq!(attempt.ending, Ending::NoServer);
}

#[tokio::test]
async fn restart_of_the_phone_in_an_exchange_drops_the_reply() {
    let (phone, twin) = phone_with_visits(1);
    let restarted = Arc::clone(&phone);
    let server = TestServer::start(move |request| {
        restarted.lock().unwrap().restart().unwrap();
        good_reply(&all_acknowledged(&twin, request))
    })
    .await;
    let route = server.route("ideal", 1, 1_000.0);
    let attempt = exchange(&phone, &route, AttemptOptions::default()).await.unwrap();
    assert_eq!(attempt.ending, Ending::Interrupted);
    assert_eq!(phone.lock().unwrap().unsent(), Some(1));
}

#[tokio::test]
async fn enrolment_takes_the_reply_of_a_server_that_signs_it_and_no_other() {
    let server_secret = Secret::new([9; 32]);
    for (seed, good) in [([7; 32], true), ([8; 32], false)] {
        let signer = server_secret.clone();
        let server = TestServer::start(move |request| {
            assert_eq!(frame_types(request), [FrameType::EnrolRequest]);
            let reply = fixture::enrol_reply(&signer, &Secret::new([7; 32]));
            let mut frame = Vec::new();
            write_frame(&mut frame, FrameType::EnrolReply, &wire::encode(&reply));
            good_reply(&frame)
        })
        .await;
        let enrolled = enrol(&server.target(), "K7-CODE", seed).await;
        match enrolled {
            Ok(enrolment) if good => assert_eq!(enrolment.server_pin, None),
            Err(EnrolError::Unusable) if !good => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn declined_enrolment_says_what_the_server_said() {
    let server =
        TestServer::start(|_| b"HTTP/1.1 403 Forbidden\r\ncontent-length: 5\r\n\r\nspent".to_vec()).await;
    let declined = enrol(&server.target(), "K7-CODE", [7; 32]).await;
    assert!(
        matches!(&declined, Err(EnrolError::Declined { code: 403, explanation }) if explanation == "spent"),
        "{declined:?}"
    );
}

#[test]
fn exchanges_may_run_on_any_thread() {
    fn sendable<T: Send>(_: T) {}
    let (phone, _) = phone_with_visits(0);
    let target = Target::parse("http://127.0.0.1:1").unwrap();
    let route = crate::transport::test_server::route_to(target.clone(), "down", 1, 1.0);
    sendable(run_until_done(&phone, &route, AttemptOptions::default(), None));
    sendable(enrol(&target, "", [0; 32]));
}
