//! Idempotency keys.

use crate::decide::admin::forget::{ANSWERS_KEPT_DAYS, forget_answers};
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
fn answers_are_forgotten_after_their_days_in_bounded_acts_and_the_journal_folds_the_same() {
    const ANSWERS: usize = 520;
    let mut server = TestServer::new();
    for number in 0..ANSWERS {
        create_once(&mut server, &format!("k{number}"), 1).expect("created");
    }
    server.now_ms += (ANSWERS_KEPT_DAYS - 1) * 86_400_000;
    let young = create_once(&mut server, "young", 1).expect("created");
    assert_eq!(forget_all(&mut server), 0, "all are young enough");
    let kept = create_once(&mut server, "k0", 2);
    assert_eq!(kept, Err(AdminRefusal::KeyReused));
    server.now_ms += 2 * 86_400_000;
    assert_eq!(forget_all(&mut server), 2, "a bounded piece an act");
    assert_eq!(forget_all(&mut server), 0, "nothing is forgotten twice");
    assert_eq!(create_once(&mut server, "young", 1), Ok(young));
    assert!(create_once(&mut server, "k0", 2).is_ok(), "the key is free");
    let (have, should) = (server.dump(), server.dump_of_the_journal());
    assert!(have == should, "folding the journal forgets the same");
}

/// How many acts it took.
fn forget_all(server: &mut TestServer) -> usize {
    let (mut from, mut acts) = (None, 0);
    loop {
        let place = from.take();
        let (forgot, rest) = server.decide(move |desk| {
            let (act, rest) = forget_answers(desk, place)?;
            let forgot = act.is_some();
            Ok((act, (forgot, rest)))
        });
        acts += usize::from(forgot);
        match rest {
            Some(rest) => from = Some(rest),
            None => return acts,
        }
    }
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
