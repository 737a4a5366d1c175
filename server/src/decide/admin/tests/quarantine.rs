//! Ops kept aside and their release.

use crate::decide::admin::account::{self, NewAccount};
use crate::decide::admin::quarantine::release;
use crate::decide::admin::{AdminRefusal, device, token_hash};
use crate::service::held;
use crate::state::read;
use crate::test_server::{FAR_GRID, GRIDS, TestServer};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{Dot, Lane, RecordId};
use otor_protocol::op::{Body, Change, FieldId, KindId};
use otor_protocol::wire::{Reason, Verdict};

fn visit(area: &str) -> Body {
    Body::Create {
        kind: KindId(2),
        area: area.parse().expect("a code"),
        changes: vec![Change::Once(FieldId(5), "note".into())],
    }
}

fn held_ops(server: &TestServer, account: &str) -> Vec<(String, String, Option<String>)> {
    let (reader, catalogue) = (server.reader(), Catalogue::built_in());
    let view = reader.snapshot();
    let account = read::person_by_code(&view, account)
        .expect("readable")
        .expect("the account");
    let page = held::page(&view, &catalogue, &account, None).expect("readable");
    page.held
        .into_iter()
        .map(|entry| (entry.op, entry.reason, entry.author))
        .collect()
}

/// A worker's visit outside their area and a note on it, both kept aside.
fn two_held(server: &mut TestServer) -> (Dot, Dot) {
    server.worker("w1", &[GRIDS[0]]);
    let phone = server.phone("w1", 1);
    let (first, verdict) = server.phone_writes(&phone, Lane::Rest, visit(FAR_GRID));
    assert_eq!(verdict, Verdict::Quarantined(Reason::OutOfArea));
    let note = Body::Edit {
        record: RecordId(first),
        changes: vec![Change::Append(FieldId(60), "later".into())],
    };
    let (second, verdict) = server.phone_writes(&phone, Lane::Rest, note);
    assert_eq!(verdict, Verdict::Quarantined(Reason::BehindAnother));
    (first, second)
}

#[test]
fn a_released_op_takes_with_it_what_waited_behind() {
    let mut server = TestServer::new();
    let (first, second) = two_held(&mut server);
    let name = |dot| RecordId(dot).to_string();
    let author = Some("w1".to_string());
    assert_eq!(
        held_ops(&server, "county"),
        [
            (name(first), "out_of_area".into(), author.clone()),
            (name(second), "behind_another".into(), author),
        ]
    );
    let behind = server.county(move |desk, own| release(desk, own, second));
    assert!(matches!(behind, Err(AdminRefusal::Unacceptable(_))), "{behind:?}");
    let released = server
        .county(move |desk, own| release(desk, own, first))
        .expect("released");
    assert_eq!((released.verdict.as_str(), released.reason), ("accepted", None));
    assert_eq!(held_ops(&server, "county"), []);
    let again = server.county(move |desk, own| release(desk, own, first));
    assert!(matches!(again, Err(AdminRefusal::NotFound(_))), "{again:?}");
}

#[test]
fn work_of_a_revoked_phone_is_listed_and_can_be_released() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    let phone = server.phone("w1", 1);
    let id = phone.device;
    server
        .county(move |desk, own| device::revoke(desk, own, id))
        .expect("revoked");
    let (dot, verdict) = server.phone_writes(&phone, Lane::Rest, visit(GRIDS[0]));
    assert_eq!(verdict, Verdict::Quarantined(Reason::DeviceRevoked));
    let released = server
        .county(move |desk, own| release(desk, own, dot))
        .expect("released");
    assert_eq!(released.verdict, "accepted");
}

#[test]
fn an_account_sees_and_releases_only_what_concerns_its_area() {
    let mut server = TestServer::new();
    let (first, _) = two_held(&mut server);
    for (name, area) in [("near", "150821100"), ("far", "150821101")] {
        let request = NewAccount {
            name: name.into(),
            level: "township".into(),
            area: Some(area.into()),
        };
        let hash = token_hash(name);
        let created = server.county(move |desk, own| account::create(desk, own, &request, hash));
        created.expect("an account");
    }
    assert_eq!(held_ops(&server, "far").len(), 1, "the visit is about its area");
    assert_eq!(
        held_ops(&server, "near").len(),
        1,
        "of the note only the sender is known"
    );
    let released = server.account("near", move |desk, own| release(desk, own, first));
    assert!(matches!(released, Err(AdminRefusal::NotFound(_))), "{released:?}");
    server
        .account("far", move |desk, own| release(desk, own, first))
        .expect("released");
}
