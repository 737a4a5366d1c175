//! Invitations, enrolment and revocation.

use crate::decide::admin::account::{self, NewAccount};
use crate::decide::admin::device::{self, NewInvitation};
use crate::decide::admin::enrol::{EnrolRefusal, Enrolled, enrol};
use crate::decide::admin::{AdminRefusal, invitation_hash, token_hash};
use crate::test_server::{GRIDS, INCARNATION, TestServer};
use otor_protocol::keys::Secret;

const MS_PER_HOUR: i64 = 3_600_000;

fn invite(server: &mut TestServer, code: &str) {
    let hash = invitation_hash(code);
    let request = NewInvitation {
        worker: "w1".into(),
        hours: 1,
    };
    let invited = server.county(move |desk, own| device::invite(desk, own, &request, hash));
    assert_eq!(invited.expect("invited").expires_ms, server.now_ms + MS_PER_HOUR);
}

fn try_to_enrol(server: &mut TestServer, code: &str, secret: u8) -> Result<Enrolled, EnrolRefusal> {
    let (hash, keys) = (invitation_hash(code), Secret::new([secret; 32]).public());
    server.decide(move |desk| enrol(desk, &hash, &keys))
}

#[test]
fn an_invitation_makes_one_phone_with_three_actors_and_its_scopes() {
    let mut server = TestServer::new();
    server.worker("w1", &GRIDS);
    invite(&mut server, "AAAA");
    let one = try_to_enrol(&mut server, "aaaa", 1).expect("enrolled");
    assert_eq!(one.scopes.len(), 3, "two grids and an inbox");
    assert_eq!(one.incarnation, INCARNATION);
    invite(&mut server, "BBBB");
    let two = try_to_enrol(&mut server, "BBBB", 2).expect("enrolled");
    assert_ne!(one.device, two.device);
    assert!(one.actors.iter().all(|actor| !two.actors.contains(actor)));
}

#[test]
fn a_lost_reply_is_given_again_and_another_phone_is_refused() {
    let mut server = TestServer::new();
    server.worker("w1", &GRIDS);
    invite(&mut server, "AAAA");
    let first = try_to_enrol(&mut server, "AAAA", 1).expect("enrolled");
    server.now_ms += 2 * MS_PER_HOUR;
    assert_eq!(try_to_enrol(&mut server, "AAAA", 1), Ok(first));
    assert_eq!(try_to_enrol(&mut server, "AAAA", 2), Err(EnrolRefusal::Used));
}

#[test]
fn unknown_and_expired_codes_are_refused() {
    let mut server = TestServer::new();
    server.worker("w1", &GRIDS);
    assert_eq!(try_to_enrol(&mut server, "AAAA", 1), Err(EnrolRefusal::Unknown));
    invite(&mut server, "AAAA");
    server.now_ms += MS_PER_HOUR;
    assert_eq!(try_to_enrol(&mut server, "AAAA", 1), Err(EnrolRefusal::Expired));
}

#[test]
fn a_phone_is_revoked_by_those_who_reach_its_owner() {
    let mut server = TestServer::new();
    server.worker("w1", &GRIDS);
    let phone = server.phone("w1", 1);
    let request = NewAccount {
        name: "elsewhere".into(),
        level: "township".into(),
        area: Some("150821101".into()),
    };
    let created = server.county(move |desk, own| account::create(desk, own, &request, token_hash("e")));
    created.expect("an account");
    let id = phone.device;
    let by_others = server.account("elsewhere", move |desk, own| device::revoke(desk, own, id));
    assert!(matches!(by_others, Err(AdminRefusal::NotFound(_))));
    let first = server
        .county(move |desk, own| device::revoke(desk, own, id))
        .expect("revoked");
    let second = server
        .county(move |desk, own| device::revoke(desk, own, id))
        .expect("still revoked");
    assert_eq!(first.commit, second.commit, "nothing is done twice");
}
