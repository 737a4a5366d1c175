//! Copies of phones: actors given and given again, old numbers that find their records.

use crate::decide::admin::enrol::Enrolled;
use crate::decide::copies::{aliases, branch};
use crate::service::records;
use crate::state::read;
use crate::test_server::{GRIDS, TestServer};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{ActorId, Dot, Lane, RecordId};
use otor_protocol::op::{Body, KindId};
use otor_protocol::renumber::AliasRun;
use otor_protocol::wire::Verdict;

/// A visit written by a branch of a phone.
fn visit(server: &mut TestServer, phone: &Enrolled, actors: [ActorId; 3]) -> RecordId {
    let branch = Enrolled {
        actors,
        ..phone.clone()
    };
    let body = Body::Create {
        kind: KindId(2),
        area: GRIDS[0].parse().expect("a grid"),
        changes: Vec::new(),
    };
    let (dot, verdict) = server.phone_writes(&branch, Lane::Rest, body);
    assert_eq!(verdict, Verdict::Accepted);
    RecordId(dot)
}

#[test]
fn a_copy_is_given_new_actors_and_the_same_again_until_they_are_used() {
    let mut server = TestServer::new();
    server.worker("w1", &GRIDS);
    let phone = server.phone("w1", 1);
    let given_to = |server: &mut TestServer, present: ActorId, met: bool| {
        let device = phone.device;
        server
            .decide(move |desk| branch(desk, (device, present), |_| met))
            .expect("a phone")
    };
    let given = |server: &mut TestServer, met| given_to(server, phone.actors[0], met);
    let first = given(&mut server, false);
    assert!(first.iter().all(|actor| !phone.actors.contains(actor)));
    assert_eq!(given(&mut server, false), first, "its reply may have been lost");
    let second = given(&mut server, true);
    assert!(second[0] > first[2], "somebody goes on with the first");
    visit(&mut server, &phone, second);
    let third = given(&mut server, false);
    assert!(third[0] > second[2], "they have been written with");
    let fourth = given_to(&mut server, third[0], false);
    assert!(
        fourth[0] > third[2],
        "whoever has them is not told to go on with them"
    );
}

#[test]
fn an_old_number_finds_its_record_and_the_one_that_has_the_number_now() {
    let mut server = TestServer::new();
    server.worker("w1", &GRIDS);
    let phone = server.phone("w1", 1);
    let copy = server
        .decide(move |desk| branch(desk, (phone.device, phone.actors[0]), |_| false))
        .expect("a phone");
    let kept = visit(&mut server, &phone, phone.actors);
    let moved = visit(&mut server, &phone, copy);
    let run = |actor: ActorId, first, to| AliasRun {
        actor,
        first,
        count: 1,
        to: Dot::new(to, 1),
    };
    let stranger = server.phone("w1", 2);
    let told = [
        run(phone.actors[2], 1, copy[2]),
        run(phone.actors[2], 2, copy[2]),
        // Not its own to tell, and one that would lead back.
        run(stranger.actors[2], 1, copy[2]),
        run(copy[2], 1, phone.actors[2]),
    ];
    for _ in 0..2 {
        server.decide(move |desk| aliases(desk, phone.device, &told));
    }
    let (reader, catalogue) = (server.reader(), Catalogue::built_in());
    let view = reader.snapshot();
    let county = read::person_by_code(&view, "county").expect("readable");
    let county = county.expect("an account");
    let find = |id| records::find(&view, &catalogue, &county, id).expect("readable");
    let both = find(kept).expect("a record");
    assert_eq!(
        (both.row.id.as_str(), both.asked),
        (kept.to_string().as_str(), None)
    );
    assert_eq!(both.renumbered.len(), 1);
    assert_eq!(both.renumbered[0].id, moved.to_string());
    let old = RecordId(Dot::new(phone.actors[2], 2));
    let only = find(old).expect("found by its old number");
    assert_eq!(
        (only.row.id, only.asked),
        (moved.to_string(), Some(old.to_string()))
    );
    assert!(find(RecordId(Dot::new(stranger.actors[2], 1))).is_none());
    assert_eq!(read::renumbered(&view, moved).expect("readable"), []);
}
