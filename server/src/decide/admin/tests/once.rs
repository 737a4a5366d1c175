//! Idempotency keys.

use crate::decide::admin::record::{self, Created, NewRecord};
use crate::decide::admin::worker::{self, NewWorker};
use crate::decide::admin::{AdminRefusal, Outcome, RequestKey, once};
use crate::state::read;
use crate::test_server::{GRIDS, TestServer};

fn create_once(server: &mut TestServer, key: &str, request_hash: u64) -> Outcome<Created> {
    let key = key.to_string();
    server.county(move |desk, own| {
        let key = RequestKey {
            account: own.id,
            key,
            request_hash,
        };
        let request = NewRecord {
            kind: "visit".into(),
            area: GRIDS[0].into(),
            fields: serde_json::Map::new(),
        };
        once(desk, Some(&key), || record::create(desk, own, &request))
    })
}

#[test]
fn the_same_key_and_request_gives_the_same_answer_and_does_nothing_twice() {
    let mut server = TestServer::new();
    let first = create_once(&mut server, "k", 1).expect("created");
    server.now_ms += 5_000;
    assert_eq!(create_once(&mut server, "k", 1), Ok(first.clone()));
    assert_eq!(create_once(&mut server, "k", 2), Err(AdminRefusal::KeyReused));
    assert_ne!(create_once(&mut server, "k2", 1), Ok(first));
    let counted = read::server(&server.reader().snapshot())
        .expect("readable")
        .records;
    assert_eq!(counted, 2);
}

#[test]
fn an_answer_to_a_request_with_nothing_to_do_is_kept_too() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    let put = |server: &mut TestServer| {
        server.county(|desk, own| {
            let key = RequestKey {
                account: own.id,
                key: "k".into(),
                request_hash: 1,
            };
            let worker = NewWorker {
                code: "w1".into(),
                name: "worker w1".into(),
                areas: vec![GRIDS[0].into()],
            };
            once(desk, Some(&key), || worker::put(desk, own, &worker))
        })
    };
    let first = put(&mut server).expect("unchanged");
    server.worker("w1", &[GRIDS[1]]);
    assert_eq!(
        put(&mut server),
        Ok(first),
        "the repeated request does not move the worker back"
    );
    let cell = read::person_by_code(&server.reader().snapshot(), "w1").expect("readable");
    assert_eq!(cell.expect("the worker").areas()[0].as_str(), GRIDS[1]);
}
