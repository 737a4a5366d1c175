//! Tests of TLS with a pinned key.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::device::fixture;
use crate::transport::test_server::{
    Received, all_acknowledged, good_reply, phone_with_visits, route_to, serve,
};
use crate::transport::*;
use otor_protocol::keys::Secret;
use otor_protocol::wire::{self, FrameType, write_frame};

/// A certificate of `key`.
fn certificate(key: &rcgen::KeyPair) -> CertificateDer<'static> {
    rcgen::CertificateParams::new(vec!["otor.test".to_owned()])
        .unwrap()
        .self_signed(key)
        .unwrap()
        .into()
}

/// A server over TLS that shows a new certificate of `key`.
async fn start(key: &rcgen::KeyPair, mut answer: impl FnMut(&[u8]) -> Vec<u8> + Send + 'static) -> Target {
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate(key)], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let seen = Received::default();
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, &seen, &mut answer).await;
            }
        }
    });
    Target::parse(&format!("https://{address}")).unwrap()
}

#[tokio::test]
async fn key_learnt_at_enrolment_is_trusted_and_no_other() {
    let (ours, other) = (
        rcgen::KeyPair::generate().unwrap(),
        rcgen::KeyPair::generate().unwrap(),
    );
    let enroller = start(&ours, |_| {
        let reply = fixture::enrol_reply(&Secret::new([9; 32]), &Secret::new([7; 32]));
        let mut frame = Vec::new();
        write_frame(&mut frame, FrameType::EnrolReply, &wire::encode(&reply));
        good_reply(&frame)
    })
    .await;
    let enrolment = enrol(&enroller, "K7-CODE", [7; 32]).await.unwrap();
    assert!(enrolment.server_pin.is_some());

    let (phone, twin) = phone_with_visits(2);
    phone.lock().unwrap().server_pin = enrolment.server_pin;
    let renewed = start(&ours, move |request| {
        good_reply(&all_acknowledged(&twin, request))
    })
    .await;
    let impostor = start(&other, |_| panic!("nothing is said to an impostor")).await;

    let route = route_to(impostor, "lte_ok", 1, 2_000.0);
    let attempt = exchange(&phone, &route, AttemptOptions::default()).await.unwrap();
    assert_eq!(
        (attempt.ending, attempt.crossing.bytes_up),
        (Ending::Untrusted, 0)
    );

    let route = route_to(renewed, "lte_ok", 1, 2_000.0);
    let attempt = exchange(&phone, &route, AttemptOptions::default()).await.unwrap();
    assert_eq!(attempt.ending, Ending::Complete);
    assert_eq!(phone.lock().unwrap().unsent(), Some(0));
}

#[tokio::test]
async fn bytes_are_counted_without_what_tls_adds() {
    let key = rcgen::KeyPair::generate().unwrap();
    let (phone, twin) = phone_with_visits(2);
    let target = start(&key, move |request| good_reply(&all_acknowledged(&twin, request))).await;
    let pin = {
        use rcgen::PublicKeyData;
        use sha2::Digest;
        sha2::Sha256::digest(key.subject_public_key_info()).into()
    };
    phone.lock().unwrap().server_pin = Some(pin);
    let route = route_to(target, "ideal", 1, 1_000.0);
    let attempt = exchange(&phone, &route, AttemptOptions::default()).await.unwrap();
    assert_eq!(attempt.ending, Ending::Complete);
    let crossing = attempt.crossing;
    let body = crossing.body_bytes_up as usize;
    let head = http::request_head(route.target.authority(), http::SYNC_PATH, body);
    assert_eq!(crossing.bytes_up, (head.len() + body) as u64);
    assert!(crossing.bytes_down < 700, "{}", crossing.bytes_down);
}

#[tokio::test]
async fn phone_without_a_pinned_key_speaks_to_no_server_over_tls() {
    let key = rcgen::KeyPair::generate().unwrap();
    let (phone, _) = phone_with_visits(1);
    let target = start(&key, |_| panic!("nothing is said")).await;
    let route = route_to(target, "ideal", 1, 1_000.0);
    let attempt = exchange(&phone, &route, AttemptOptions::default()).await.unwrap();
    assert_eq!(attempt.ending, Ending::Untrusted);
}
